"""The rights of a restore: the caller's on the vault, and those of the vault's own identity on disks and snapshots."""

from __future__ import annotations

from azure_recovery.rest.arm.ids import ResourceGroupId
from azure_recovery.rest.errors import AzureRecoveryError, OperationError, ServiceError

READ_INSTANCE = "Microsoft.DataProtection/backupVaults/backupInstances/read"
LIST_POINTS = "Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints/read"
VALIDATE = "Microsoft.DataProtection/backupVaults/backupInstances/validateRestore/action"
RESTORE = "Microsoft.DataProtection/backupVaults/backupInstances/restore/action"
READ_JOBS = "Microsoft.DataProtection/backupVaults/backupJobs/read"
READ_DISK = "Microsoft.Compute/disks/read"

_VAULT_LACKS = "usererrormsimissingpermissions"
"""Code of a validation. It comes with `isRetryable: false` for an assignment that is a minute old, too.

Source: recorded validation, 2024-04-01; restore of managed disks, permissions.
"""


class MissingVaultRightError(AzureRecoveryError):
    """The vault's identity may not make the disk, and waiting did not help.

    Attributes:
        group_id: The resource group that the disk is to be in.
    """

    def __init__(self, group_id: ResourceGroupId, waited_s: float, refusal: OperationError | ServiceError) -> None:
        self.group_id = group_id
        super().__init__(
            f"the vault's identity still lacks a right after {waited_s:.0f} s: it needs Disk Restore Operator on "
            f"{group_id} (Owner or Contributor do not serve) and Disk Snapshot Contributor on the group of the "
            f"snapshots; grant them, then run up again; {refusal}"
        )


def vault_lacks_right(error: AzureRecoveryError) -> bool:
    """Return whether *error* says that the vault's identity lacks a right, or that one is still spreading."""
    return isinstance(error, OperationError | ServiceError) and error.code.lower() == _VAULT_LACKS
