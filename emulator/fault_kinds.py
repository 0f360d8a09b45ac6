"""The faults there are: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Parameter = str | int | float


@dataclass(frozen=True)
class Kind:
    """One row: what goes wrong, and what can be said about it besides where and how often.

    Attributes:
        operations: The only operations that it can strike; any if empty.
        count: How many requests it strikes unless told otherwise; 0 is every one.
    """

    name: str
    meaning: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    operations: tuple[str, ...] = ()
    count: int = 1


_COPY: Final = ("RestorePoints.CreateOrUpdate",)
_VALIDATE: Final = ("BackupInstances.ValidateForRestore",)
_RESTORE: Final = ("BackupInstances.TriggerRestore",)
_DELETIONS: Final = ("RestorePoints.Delete", "RestorePointCollections.Delete", "Disks.Delete")
_CHECKPOINTS: Final = ("VMCheckPoints.Merge", "VMCheckPoints.Put", "VMCheckPoints.Create")
_STATUSES: Final = (
    "OperationStatus.Get", "OperationStatusBackupVaultContext.Get", "OperationStatusResourceGroupContext.Get",
)  # fmt: skip
_RESULTS: Final = ("OperationResult.Get", "BackupInstances.GetBackupInstanceOperationResult")
_JOBS: Final = ("Jobs.Get", "Jobs.List")
_STARTING: Final = (*_COPY, *_DELETIONS, *_VALIDATE, *_RESTORE)
SYSTEM_CENTER: Final = (
    *_CHECKPOINTS, "VMCheckPoints.Delete", "VMCheckPoints.Get", "VMCheckPoints.List", "VirtualMachines.Get",
    "VirtualMachines.List", "Jobs.Get", "Jobs.List",
)  # fmt: skip
"""What can be asked of System Center. Some names are those of operations of ARM, too; paths tell them apart."""


KINDS: Final = (
    Kind("throttled", "429 with Retry-After, before any effect.", {"retry_after": 30}),
    Kind("unavailable", "A 5xx before any effect.", {"status": 503}),
    Kind("error-after", "A 5xx although the request took effect.", {"status": 500}),
    Kind("forbidden", "403 AuthorizationFailed, as while a right is missing or still spreading."),
    Kind("html", "A gateway's HTML page instead of the JSON answer; the request took effect.", {"status": 502}),
    Kind("cut-body", "The connection is cut in the middle of the answer's body; after its headers, where it has none."),
    Kind("cut-before", "The connection is cut before the request took effect."),
    Kind("cut-after", "The connection is cut after the request took effect, before any answer."),
    Kind("hang-before", "Nothing happens until the fault is taken away or the caller gives up; no effect until then."),
    Kind("hang-after", "The request takes effect; the answer waits as above."),
    Kind("slow", "The answer takes longer, in Azure's seconds.", {"seconds": 30.0}),
    Kind(
        "silent-region", "Requests about resources in a region are never answered.", {"region": "westeurope"}, count=0
    ),
    Kind(
        "operation-fails",
        "The operation that a request starts ends Failed, with what it was to make; what it was to delete stays.",
        {"code": "InternalExecutionError", "message": "An internal execution error occurred. Please retry later."},
        _STARTING,
    ),
    Kind("operation-hangs", "The operation that a request starts never ends.", {}, _STARTING),
    Kind("disk-fails", "Disks of a copy fail at a percentage.", {"disk": "*", "percent": 40.0}, _COPY),
    Kind("disk-stalls", "Disks of a copy stop at a percentage, for good.", {"disk": "*", "percent": 40.0}, _COPY),
    Kind(
        "disk-regresses",
        "Disks of a copy fall back to half at a percentage and go on.",
        {"disk": "*", "percent": 40.0},
        _COPY,
    ),
    Kind(
        "copy-terminated",
        "A copy is terminated at a percentage, as after two weeks.",
        {"disk": "*", "percent": 40.0},
        _COPY,
    ),
    Kind(
        "validate-fails",
        "A validation ends Failed, with an error that is meant for the user.",
        {
            "code": "UserErrorMSIMissingPermissions",
            "message": "Appropriate permissions to perform the operation is missing.",
            "recommendation": "Grant appropriate permissions to perform this operation.",
        },
        _VALIDATE,
    ),
    Kind(
        "job-fails",
        "The job of a restore fails at a percentage of its length; what it had made of the disk goes.",
        {
            "code": "UserErrorDiskRestoreFailed",
            "message": "The disk could not be restored from its snapshot.",
            "recommendation": "Retry the operation.",
            "percent": 50.0,
        },
        _RESTORE,
    ),
    Kind(
        "job-cancelled",
        "The job of a restore is Cancelled at a percentage, and its disk goes.",
        {"percent": 50.0},
        _RESTORE,
    ),
    Kind(
        "job-warns",
        "The job of a restore ends CompletedWithWarnings; its disk is there.",
        {
            "code": "UserWarningDiskTagsNotRestored",
            "message": "The tags of the disk were not restored.",
            "recommendation": "Set the tags of the restored disk.",
        },
        _RESTORE,
    ),
    Kind("job-hangs", "The job of a restore never ends.", {}, _RESTORE),
    Kind(
        "rights-spread",
        "A role assignment counts only after so many of Azure's seconds.",
        {"seconds": 900.0},
        ("RoleAssignments.Create",),
    ),
    Kind(
        "status-path",
        "The status of a validation or restore is under another path; see the setting backup_status_scope.",
        {"scope": "location"},
        (*_VALIDATE, *_RESTORE),
        count=0,
    ),
    Kind(
        "job-id-form",
        "Status and result of a restore name its job in one form; see job_id_form.",
        {"form": "bare"},
        (*_STATUSES, *_RESULTS),
        count=0,
    ),
    Kind(
        "operation-word",
        "An operation of the backup service that is under way says another word than Inprogress.",
        {"word": "InProgress"},
        _STATUSES,
        count=0,
    ),
    Kind("no-end-time", "It has no endTime, in the place of one in the year 1.", {}, _STATUSES, count=0),
    Kind("job-word", "A backup job that runs says another word than InProgress.", {"word": "Started"}, _JOBS, count=0),
    Kind("no-nulls", "A backup job leaves out what has no value.", {}, _JOBS, count=0),
    Kind("no-details", "The list of backup jobs shows no extendedInfo.", {}, ("Jobs.List",), count=0),
    Kind("other-job-id", "A backup job answers with another id than it was asked by.", {}, ("Jobs.Get",), count=0),
    Kind(
        "bytes-spelling",
        "The number of bytes of a backup job is spelled so.",
        {"member": "dataTransferedInBytes"},
        _JOBS,
        count=0,
    ),
    Kind(
        "source-casing",
        "The data source of a backup instance is spelled so.",
        {"member": "datasourceInfo"},
        ("BackupInstances.Get",),
        count=0,
    ),
    Kind("disk-attached", "The deletion of a disk is refused, as if a VM had it attached.", {}, ("Disks.Delete",)),
    Kind("unauthorized", "System Center's 401, a page of IIS, before any effect.", {}, SYSTEM_CENTER),
    Kind(
        "checkpoint-job-fails",
        "The job of a checkpoint's restore, or of a new one, fails at a percentage of its length.",
        {
            "code": 2912,
            "problem": "An internal error has occurred trying to contact the host of the virtual machine.",
            "action": "Ensure that the host is running and try the operation again.",
            "percent": 50.0,
        },
        _CHECKPOINTS,
    ),
    Kind("checkpoint-job-canceled", "It is Canceled at a percentage.", {"percent": 50.0}, _CHECKPOINTS),
    Kind(
        "checkpoint-job-informs",
        "It ends SucceedWithInfo, with a message.",
        {
            "code": 13926,
            "problem": "The virtual machine was not fully synchronized with its host.",
            "action": "Refresh the virtual machine.",
        },
        _CHECKPOINTS,
    ),
    Kind("checkpoint-job-hangs", "It never ends.", {}, _CHECKPOINTS),
    Kind(
        "checkpoint-job-late", "It can be seen only after so many of Azure's seconds.", {"seconds": 120.0}, _CHECKPOINTS
    ),
    Kind("checkpoint-job-missing", "It does its work and is never seen.", {}, _CHECKPOINTS),
)
