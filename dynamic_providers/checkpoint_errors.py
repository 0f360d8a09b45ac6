"""How a checkpoint restore can end without a machine that is restored; every text has the way out."""

from __future__ import annotations

from azure_recovery.dynamic_providers.checkpoint_found import FoundRestore
from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.spf.errors import (
    CheckpointJobFailedError,
    CheckpointJobUnclearError,
    CheckpointJobVanishedError,
)


class UnclearRestoreError(AzureRecoveryError):
    """Whether a restore was sent for the trigger, or which job it is, cannot be told; nothing is sent again.

    Args:
        found: What was found. trouble: What the request ended with, if it was this run that sent it.
        accepted: Whether the service has accepted it. other: A job that restored another checkpoint.
        unsent: Whether it is certain that nothing was sent, because jobs of others came first.
    """

    def __init__(
        self,
        found: FoundRestore,
        *,
        trouble: AzureRecoveryError | None = None,
        accepted: bool = False,
        other: str = "",
        unsent: bool = False,
    ) -> None:
        baseline = found.baseline
        machine = f"machine {found.machine.name or baseline.vm_id} ({baseline.vm_id} in stamp {baseline.stamp_id})"
        if accepted:
            begun = "the service accepted the restore and shows no job of it"
        elif trouble is not None:
            begun = f"whether the restore took effect is not known ({trouble})"
        elif other:
            begun = f"job {other} restored another checkpoint, {found.machine.last_restored_checkpoint_id}"
        elif unsent:
            begun = "nothing was sent, because others may have restored the machine since the baseline was taken"
        else:
            begun = "whether a restore was sent is not known"
        super().__init__(
            f"trigger {baseline.trigger!r}: {begun}; {_seen(found)}. Nothing is sent again. Look at the jobs of "
            f"{machine} since {baseline.taken_at}, for Restore-SCVMCheckpoint of checkpoint {found.checkpoint_id}: if "
            "one did it, set confirmed_job_id to its id; if it was done without one, set "
            f"confirmed_done={baseline.trigger!r}; to have it restored, or restored again, change trigger"
        )


class RestoreRefusedError(AzureRecoveryError):
    """The service said no before anything happened. The trigger is used up all the same."""

    def __init__(self, trigger: str, words: str) -> None:
        super().__init__(
            f"trigger {trigger!r}: nothing was restored: {words}; correct that, then change trigger and run up again"
        )


class RestoreVanishedError(AzureRecoveryError):
    """The service knows no such job any more: it keeps them for a while."""

    def __init__(self, trigger: str, error: CheckpointJobVanishedError) -> None:
        super().__init__(
            f"trigger {trigger!r}: {error}; look at the machine: if it was restored, set confirmed_done={trigger!r}; "
            "to have it restored, or restored again, change trigger"
        )


class UndocumentedEndError(AzureRecoveryError):
    """The job of the restore is over with a word that nobody documents: the machine may have been restored."""

    def __init__(self, trigger: str, error: CheckpointJobUnclearError) -> None:
        super().__init__(
            f"trigger {trigger!r}: whether the machine was restored cannot be told: {error}; look at the machine: if "
            f"it was restored, set confirmed_done={trigger!r}; to have it restored, or restored again, change trigger"
        )


class CheckpointRestoreEndedError(AzureRecoveryError):
    """The job of the restore failed; the text has its own words."""

    def __init__(self, trigger: str, error: CheckpointJobFailedError) -> None:
        super().__init__(
            f"trigger {trigger!r}: the restore failed: {error}; look at the machine, then change trigger to restore "
            "again"
        )


def _seen(found: FoundRestore) -> str:
    """Return what the service shows since the baseline."""
    shown = {
        None: "does not show which checkpoint was last restored",
        True: "shows this checkpoint as the last restored",
        False: f"shows {found.machine.last_restored_checkpoint_id} as the last restored checkpoint",
    }[found.shows_checkpoint]
    if found.shows_checkpoint and not found.was_restored_since:
        shown += ", as it did before"
    jobs = ", ".join(f"{job.id} ({job.name or job.cmdlet_name or 'unnamed'}: {job.status})" for job in found.since[:5])
    which = f"jobs since: {jobs}" if jobs else "no job shows since"
    partly = "" if found.complete else ", of which only the most recent can be seen"
    return f"{which}{partly}; the machine {shown}"
