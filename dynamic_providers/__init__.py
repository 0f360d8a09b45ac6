"""Azure's recovery lifecycles as Pulumi resources that are done only when they are usable.

One module a resource: its inputs and outputs, and what the engine's verbs mean for it. `bridge` is how a provider
reaches what the engine offers and the SDK does not hand on. Wire formats and polling are in `azure_recovery.rest`.

Errors that are made here continue the tree of `rest.errors`. The engine prints the class before the text, so no two
share a name:

    AzureRecoveryError
    ├── InterruptedWaitError         the engine asked to end, or went away (`session`)
    ├── MissingRightError            the identity lacks a right, and waiting did not help (`rights`)
    ├── SourceUnknownError           the restore points of a source cannot be looked up (`source_points`)
    ├── CopyNotUsableError           a copy that a gate waits for is not usable, or not there (`copy_watch`)
    ├── NotBackedUpError             resources are not backed up as required (`backup_looks`)
    ├── MissingVaultRightError       the vault's identity lacks a right (`disk_rights`)
    ├── UnclearStartError            whether a restore was started cannot be told (`disk_start`)
    ├── ThrottledStartError          a restore was not started yet: the service asks to wait (`disk_start`)
    ├── BrokenDiskError              a restore has left a disk that is of no use (`disk_looks`)
    ├── RestoreEndedError            the job that was to bring a disk failed (`disk_lifecycle`)
    ├── SafetyCheckpointError        the checkpoint that comes first is not there (`checkpoint_safety`)
    ├── UnclearRestoreError          whether a machine was restored cannot be told (`checkpoint_errors`)
    ├── RestoreRefusedError          System Center said no before anything happened (`checkpoint_errors`)
    ├── RestoreVanishedError         System Center knows no such job any more (`checkpoint_errors`)
    ├── UndocumentedEndError         a job is over with a word that nobody documents (`checkpoint_errors`)
    └── CheckpointRestoreEndedError  the job that was to restore a machine failed (`checkpoint_errors`)
"""

from azure_recovery.dynamic_providers.backup_invokes import (
    GetBackupStatusResult,
    get_backup_status,
    get_backup_status_output,
)
from azure_recovery.dynamic_providers.backup_status import BackupStatus
from azure_recovery.dynamic_providers.checkpoint_baseline import CheckpointBaseline
from azure_recovery.dynamic_providers.checkpoint_restore_run import CheckpointRestoreRun
from azure_recovery.dynamic_providers.copied_disk import CopiedDisk
from azure_recovery.dynamic_providers.disk_restore import DiskRestore
from azure_recovery.dynamic_providers.protection_gate import ProtectionGate
from azure_recovery.dynamic_providers.replication_gate import ReplicationGate
from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopy
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopy
from azure_recovery.dynamic_providers.sub_task import SubTask

__all__ = [
    "BackupStatus",
    "CheckpointBaseline",
    "CheckpointRestoreRun",
    "CopiedDisk",
    "DiskRestore",
    "GetBackupStatusResult",
    "ProtectionGate",
    "ReplicationGate",
    "RestorePointCollectionCopy",
    "RestorePointCopy",
    "SubTask",
    "get_backup_status",
    "get_backup_status_output",
]
