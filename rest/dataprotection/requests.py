"""What is asked of a vault to restore a disk, in the casing of the API's definition.

Pages and clients write `dataSourceInfo`, `resourceId` and `restoreTargetInfo` here and there, and the service has taken
them. `restore` takes the request as it is; `validateRestore` takes it wrapped, with the recovery point *inside*: seed
004 shows it beside the wrapped request, where no definition has it.

Only what a disk allows can be asked: from a recovery point, to a new disk, from the operational store.

Source: definitions of api-version 2026-06-01; recorded restore of a disk, 2023-01-01; support matrix of disk backup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azure_recovery.rest.arm.ids import ResourceId

DISK = "Microsoft.Compute/disks"
OPERATIONAL_STORE = "OperationalStore"
"""The only store of disks: their snapshots are never copied into the vault."""


def disk_restore_request(
    recovery_point_id: str,
    disk_id: ResourceId,
    location: str,
    *,
    identity_id: str | None = None,
    resource_guard_operation_requests: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the body of a `restore` that makes a new disk.

    Args:
        recovery_point_id: Name of the recovery point, 32 hexadecimal digits.
        disk_id: `/subscriptions/…/providers/Microsoft.Compute/disks/{name}`, which must not exist.
        location: Region of the snapshots, `westeurope`: the disk is made there and nowhere else.
        identity_id: ARM id of the vault's user-assigned identity that writes; None means the system-assigned one.
        resource_guard_operation_requests: `defaultResourceRequest` of the guard's proxy, one for each operation.
    """
    request: dict[str, Any] = {
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "recoveryPointId": recovery_point_id,
        "sourceDataStoreType": OPERATIONAL_STORE,
        "restoreTargetInfo": {
            "objectType": "RestoreTargetInfo",
            "recoveryOption": "FailIfExists",
            "restoreLocation": location,
            "datasourceInfo": {
                "objectType": "Datasource",
                "datasourceType": DISK,
                "resourceID": str(disk_id),
                "resourceLocation": location,
                "resourceName": disk_id.name,
                "resourceType": DISK,
                "resourceUri": str(disk_id),
            },
        },
    }
    if identity_id is not None:
        request["identityDetails"] = {"useSystemAssignedIdentity": False, "userAssignedIdentityArmUrl": identity_id}
    if resource_guard_operation_requests:
        request["resourceGuardOperationRequests"] = list(resource_guard_operation_requests)
    return request


def validation_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a `validateRestore` for the *request* of a restore."""
    return {"restoreRequestObject": dict(request)}
