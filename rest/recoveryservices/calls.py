"""`backupStatus`: a question that Azure takes as a POST, in the region and the subscription of what is asked about.

It changes nothing, so it may be sent again after a lost connection as a GET may. It needs a right of its own, which
Reader does not hold: `Microsoft.RecoveryServices/locations/backupStatus/action`.

Source: azure-mgmt-recoveryservicesbackup 11.2.0 (2026-10-01); status page (2025-08-01).
"""

from __future__ import annotations

from azure_recovery.rest.arm.ids import ResourceId, normal_location
from azure_recovery.rest.bodies import fitted
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.recoveryservices.models import BackupStatus, DataSourceType
from azure_recovery.rest.retrying import OnWait, Repeat
from azure_recovery.rest.settings import BACKUP_STATUS_API_VERSION
from azure_recovery.rest.transport import Transport

_TYPES = {
    "microsoft.compute/virtualmachines": DataSourceType.VM,
    "microsoft.storage/storageaccounts": DataSourceType.AZURE_FILE_SHARE,
}


def type_of(resource_id: ResourceId) -> DataSourceType | None:
    """Return what kind of workload an id says it is, or None where only its owner knows: a VM of a database is a VM."""
    return _TYPES.get(resource_id.type.lower())


class BackupStatuses:
    """Backup status of Microsoft.RecoveryServices.

    Args:
        transport: To the cloud's ARM endpoint.
        api_version: Both 2025-08-01 and 2026-10-01 serve; they differ in the shape of errors, and the later one knows
            `SQLInstance`.
    """

    def __init__(self, transport: Transport, *, api_version: str = BACKUP_STATUS_API_VERSION) -> None:
        self.transport = transport
        self.api_version = api_version

    async def get_status(
        self,
        resource_id: ResourceId,
        *,
        location: str,
        resource_type: str | None = None,
        po_logical_name: str | None = None,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> BackupStatus:
        """Return how a resource is backed up.

        Args:
            resource_id: Of the VM, storage account or other thing that is backed up, in any subscription.
            location: Its region, in any spelling.
            resource_type: A `DataSourceType` or a word that is none yet; not sent when left out.
            po_logical_name: Of the protectable item in it: a file share, a database.
            deadline: Past which nothing is waited for.
            on_wait: Told of each pause before it begins.

        Raises:
            NotFoundError: Azure knows no such subscription, group or resource.
            UnexpectedAnswerError: The body is not as documented.
            ServiceError: Azure refuses; 403 without the right to ask.
        """
        asked = {"resourceId": str(resource_id), "resourceType": resource_type, "poLogicalName": po_logical_name}
        answer = await self.transport.send(
            "POST",
            f"/subscriptions/{resource_id.subscription_id}/providers/Microsoft.RecoveryServices/locations/"
            f"{normal_location(location)}/backupStatus",
            query={"api-version": self.api_version},
            body={name: value for name, value in asked.items() if value is not None},
            repeat=Repeat.SAFE,
            deadline=deadline,
            on_wait=on_wait,
        )
        return fitted(BackupStatus, answer)
