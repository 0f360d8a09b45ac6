"""When a disk may be restored: the rules in the order in which the service asks them.

What is wrong with a request itself is refused at once, with 400. What is wrong with the world ends the operation that
the request started, which stays at 200 and says so in its body. Validation asks every rule; the restore leaves the last
one, whether the disk exists, to the job.

Source: restore documentation of managed disks; disk backup support matrix; a recorded failure of 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_recovery.emulator import managed_disks, recovery_points, regions, rights
from azure_recovery.emulator.backup_contract import NEW_DATASOURCE, POINT_BASED
from azure_recovery.emulator.backup_inventory import guard_request
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import TOKEN, Call, Cloud
from azure_recovery.emulator.ids import DISK, ArmId, parse
from azure_recovery.emulator.inventory import group_key
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row, Store
from azure_recovery.emulator.user_errors import MISSING_RIGHTS, TARGET_EXISTS, UserError, user_error

_RESTORABLE: Final = (
    "ProtectionConfigured", "BackupSchedulesSuspended", "RetentionSchedulesSuspended", "ProtectionStopped",
    "ProtectionError", "UpdatingProtection",
)  # fmt: skip
_SAME_SUBSCRIPTION_ONLY: Final = ("Disabled", "PermanentlyDisabled")


@dataclass(frozen=True)
class Wanted:
    """A restore as it was asked for.

    Attributes:
        disk: Id of the disk to make.
        location: Where, or empty.
        point: Name of the recovery point.
        principal: The identity that restores.
    """

    disk: ArmId
    location: str
    point: str
    principal: str


def asked(request: Mapping[str, Any], vault: Document, source_id: str) -> Wanted:
    """Return what a restore request asks for.

    Args:
        request: As read from the body.
        vault: Whose identity restores.
        source_id: The disk that is protected.

    Raises:
        ArmError: 400, disks cannot be restored that way.
    """
    target = request["restoreTargetInfo"]
    if request["objectType"].lower() != POINT_BASED.lower():
        raise _bad(
            "UserErrorRestoreModeNotSupported", "Disks can only be restored from a recovery point.", "objectType"
        )
    if target["objectType"].lower() != NEW_DATASOURCE.lower():
        raise _bad("UserErrorRestoreTypeNotSupported", "Disks can only be restored as a new disk.", "restoreTargetInfo")
    if request["sourceDataStoreType"] != "OperationalStore":
        raise _bad(
            "UserErrorDataStoreNotSupported",
            f"Backups of disks are in OperationalStore; '{request['sourceDataStoreType']}' holds none.",
            "sourceDataStoreType",
        )
    info = target["datasourceInfo"]
    disk = parse(info["resourceID"])
    if disk is None or disk.resource_type != DISK:
        raise _bad(
            "UserErrorInvalidTarget",
            f"'{info['resourceID']}' is not the id of a resource of type Microsoft.Compute/disks.",
            "restoreTargetInfo.datasourceInfo.resourceID",
        )
    if disk.key == source_id.lower():
        raise _bad(
            "UserErrorOriginalLocationRestoreNotSupported",
            f"Original location recovery is not supported for disks; '{disk}' is the disk that is protected. Restore "
            "to a disk of another name or in another resource group.",
            "restoreTargetInfo.datasourceInfo.resourceID",
        )
    location = target.get("restoreLocation") or info.get("resourceLocation") or ""
    return Wanted(disk, location, request["recoveryPointId"], _principal(vault, request.get("identityDetails", {})))


def _principal(vault: Document, details: Mapping[str, Any]) -> str:
    """Return the identity that a request names: the system-assigned one unless it says otherwise."""
    if details.get("useSystemAssignedIdentity", "userAssignedIdentityArmUrl" not in details):
        return str(vault["principal_id"])
    named = details.get("userAssignedIdentityArmUrl", "")
    known = {name.lower(): principal for name, principal in vault["identities"].items()}
    if named.lower() not in known:
        raise _bad(
            "UserErrorIdentityNotFound",
            f"Identity '{named}' is not assigned to vault '{vault['name']}'.",
            "identityDetails.userAssignedIdentityArmUrl",
        )
    return str(known[named.lower()])


def _bad(code: str, message: str, target: str) -> ArmError:
    return ArmError(400, code, message, target=target)


def refuse_unguarded(vault: Document, request: Mapping[str, Any], call: Call, *, tenant: str) -> None:
    """Refuse a restore from a guarded vault that does not name the guard, or may not use it.

    Args:
        vault: With or without a resource guard.
        request: As read from the body.
        call: For the token of the guard's tenant.
        tenant: The caller's.

    Raises:
        ArmError: 403.
    """
    if vault["guard_id"] is None:
        return
    named = [entry.lower() for entry in request.get("resourceGuardOperationRequests", [])]
    if guard_request(vault).lower() not in named:
        raise ArmError(
            403,
            "UserErrorResourceGuardOperationRequestMissing",
            f"The operation is protected by resource guard '{vault['guard_id']}'; name its request in "
            "resourceGuardOperationRequests.",
            target="resourceGuardOperationRequests",
        )
    guard_tenant = vault["guard_tenant_id"]
    auxiliary = [token.strip() for token in call.headers.get("x-ms-authorization-auxiliary", "").split(",")]
    if guard_tenant.lower() != tenant.lower() and f"Bearer {TOKEN}" not in auxiliary:
        raise ArmError(
            403,
            "LinkedAuthorizationFailed",
            "The client has permission to perform action 'Microsoft.DataProtection/resourceGuards/read' on scope "
            f"'{vault['guard_id']}', however the current tenant '{tenant}' is not authorized to access linked tenant "
            f"'{guard_tenant}'.",
        )


def obstacle(cloud: Cloud, vault: Row, instance: Row, wanted: Wanted, now: float) -> UserError | None:
    """Return what keeps a restore from beginning, or None."""
    return (
        _of_protection(instance.document)
        or _of_point(instance, wanted, now, cloud.settings)
        or _of_place(cloud.store, vault.document, instance.document, wanted)
        or _of_rights(cloud.store, vault.document, instance.document, wanted, now)
    )


def occupied(store: Store, wanted: Wanted, now: float) -> UserError | None:
    """Return the error for a target disk that exists, or None: FailIfExists."""
    row = store.get(wanted.disk.key, DISK)
    return target_exists(wanted.disk) if row is not None and managed_disks.visible(row, now) else None


def target_exists(disk: ArmId) -> UserError:
    """Return the error of a restore to a disk that is there."""
    return user_error(
        TARGET_EXISTS,
        f"A disk with the name '{disk.name}' already exists in the target resource group '{disk.group}'.",
        "Provide another name for the disk, or delete the existing one, and retry the operation.",
    )


def _of_protection(instance: Document) -> UserError | None:
    state = instance["protection_state"]
    if state in _RESTORABLE:
        return None
    return user_error(
        "UserErrorBackupInstanceNotProtected",
        f"Backup instance '{instance['name']}' cannot be restored in protection state '{state}'.",
        "Configure protection, or undelete the backup instance, and retry the operation.",
    )


def _of_point(instance: Row, wanted: Wanted, now: float, settings: Settings) -> UserError | None:
    point = recovery_points.named(instance, wanted.point, now, settings)
    if point is None:
        return user_error(
            "UserErrorRecoveryPointNotFound",
            f"Recovery point '{wanted.point}' was not found for backup instance '{instance.document['name']}'.",
            "Select a recovery point from the list of the backup instance.",
        )
    if now >= point["expires_at"]:
        return user_error(
            "UserErrorRecoveryPointExpired",
            f"Recovery point '{wanted.point}' has expired.",
            "Select a recovery point that has not expired.",
        )
    if point["state"] != "COMMITTED" or not point["visible"]:
        return user_error(
            "UserErrorRecoveryPointNotRestorable",
            f"Recovery point '{wanted.point}' cannot be restored in state '{point['state']}'.",
            "Select a recovery point that is COMMITTED.",
        )
    return None


def _of_place(store: Store, vault: Document, instance: Document, wanted: Wanted) -> UserError | None:
    disk = wanted.disk
    elsewhere = disk.subscription.lower() != str(vault["id"]).split("/")[2].lower()
    if elsewhere and vault["cross_subscription"] in _SAME_SUBSCRIPTION_ONLY:
        return user_error(
            "UserErrorCrossSubscriptionRestoreNotAllowed",
            f"Cross subscription restore is '{vault['cross_subscription']}' for vault '{vault['name']}'.",
            "Enable cross subscription restore on the vault, or restore to its own subscription.",
        )
    if store.get(group_key(disk.subscription, disk.group)) is None:
        return user_error(
            "UserErrorTargetResourceGroupNotFound",
            f"Target resource group '{disk.group}' was not found in subscription '{disk.subscription}'.",
            "Create the resource group and retry the operation.",
        )
    snapshots = instance["source"]["location"]
    if regions.normalised(wanted.location) != regions.normalised(snapshots):
        return user_error(
            "UserErrorRestoreLocationMismatch",
            f"Restore location '{wanted.location}' is not the location of the snapshot, '{snapshots}'.",
            f"Restore to '{snapshots}'.",
        )
    return None


def _of_rights(store: Store, vault: Document, instance: Document, wanted: Wanted, now: float) -> UserError | None:
    principal = wanted.principal
    needed = (
        (group_key(wanted.disk.subscription, wanted.disk.group), rights.RESTORE_OPERATOR, "Disk Restore Operator"),
        (str(instance["snapshot_group_id"]).lower(), rights.SNAPSHOT_CONTRIBUTOR, "Disk Snapshot Contributor"),
    )
    for group, role, name in needed:
        if not rights.holds(store, principal, role, group, now):
            return user_error(
                MISSING_RIGHTS,
                f"Appropriate permissions to perform the operation is missing: the managed identity of vault "
                f"'{vault['name']}' needs the role {name} on '{group}'.",
                f"Grant the role {name} on '{group}' to the vault's managed identity. If it was granted recently, "
                "retry the operation after a few minutes.",
                inner=("AuthorizationFailed", _unauthorised(principal, group)),
            )
    return None


def _unauthorised(principal: str, scope: str) -> str:
    return (
        f"The client '{principal}' with object id '{principal}' does not have authorization to perform action over "
        f"scope '{scope}' or the scope is invalid."
    )
