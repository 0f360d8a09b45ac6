"""Where a provider process is killed that restores a disk."""

from __future__ import annotations

from tests.kills.moments import OPERATION_GET, Match, Position, cells

DISK_GET = "Disks.Get"
DISK_DELETE = "Disks.Delete"
INSTANCE_GET = "BackupInstances.Get"
POINTS_LIST = "RecoveryPoints.List"
VALIDATION_POST = "BackupInstances.ValidateForRestore"
RESTORE_POST = "BackupInstances.TriggerRestore"
STATUS_GET = "OperationStatusBackupVaultContext.Get"
JOBS_LIST = "Jobs.List"
JOB_GET = "Jobs.Get"


def before_a_restore() -> list[Position]:
    """Return the requests until a restore is started: the look-ups of the check, and both looks of the create."""
    validation = Match(VALIDATION_POST)
    return [
        Position("preflight-look-at-the-instance", Match(INSTANCE_GET)),
        Position("preflight-look-at-the-points", Match(POINTS_LIST)),
        Position("preflight-look-at-the-disk", Match(DISK_GET)),
        Position("first-look-at-the-disk", Match(DISK_GET, nth=2)),
        Position("first-look-at-the-jobs", Match(JOBS_LIST)),
        Position("look-at-the-instance", Match(INSTANCE_GET, nth=2)),
        Position("look-at-the-points", Match(POINTS_LIST, nth=2)),
        Position("validation", validation),
        Position("first-poll-of-the-validation", Match(STATUS_GET), after=validation),
        Position("second-look-at-the-disk", Match(DISK_GET), after=validation),
        Position("second-look-at-the-jobs", Match(JOBS_LIST), after=validation),
    ]


def of_a_restore() -> list[Position]:
    """Return the requests that start a restore and follow it to its disk."""
    post, job = Match(RESTORE_POST), Match(JOB_GET)
    until = ("drill", "restored")
    return [
        Position("restore", post, making="drill", starts=True, stands=True),
        Position("first-poll-of-the-restore", Match(STATUS_GET), after=post, making="drill", stands=True),
        Position("first-look-at-the-job", job, making="drill", stands=True),
        Position("last-look-at-the-job", job, until=until, making="drill", stands=True),
        Position("look-at-the-restored-disk", Match(DISK_GET), after=post, making="drill", ends=True, stands=True),
    ]


def of_the_deletion_of_a_disk() -> list[Position]:
    """Return the requests of a destroy of a restored disk."""
    delete = Match(DISK_DELETE)
    return [
        Position("delete-of-the-disk", delete),
        Position("first-poll-of-the-delete-of-the-disk", Match(OPERATION_GET), after=delete),
    ]


NOT_STARTED = cells("restored", *before_a_restore())
"""Every request of a program that restores a disk, until it is started."""

STARTED = cells("restored", *of_a_restore())
"""Every request from the start of a restore on."""

STARTED_AGAIN = cells("restored", *(position for position in of_a_restore() if position.starts))
"""The start of a restore that came to nothing in the run before."""

DISK_DELETIONS = cells("restored", *of_the_deletion_of_a_disk())
"""Every request of a destroy of a restored disk."""

_SAMPLE = {
    "validation-after-its-effect-and-before-its-answer",
    "restore-before-it-took-effect",
    "restore-after-its-effect-and-before-its-answer",
    "last-look-at-the-job-after-its-answer",
}
SAMPLE = [cell for cell in (*NOT_STARTED, *STARTED) if str(cell) in _SAMPLE]
"""The four that are tried on the Pulumi CLI as well."""
