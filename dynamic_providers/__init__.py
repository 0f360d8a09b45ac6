"""Azure's recovery lifecycles as Pulumi resources that are done only when they are usable.

One module a resource: its inputs and outputs, and what the engine's verbs mean for it. `bridge` is how a provider
reaches what the engine offers and the SDK does not hand on. Wire formats and polling are in `azure_recovery.rest`.
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
