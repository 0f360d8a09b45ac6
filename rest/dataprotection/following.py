"""Waiting for a restore: from its operation to its job, from its job to the end, and finding a job that nobody noted.

A look that fails says nothing about the job: it is told, and the job is looked at again until the deadline passes. For
half a minute after it was posted a job may be missing from every answer; so "there is no such job" is believed only
after a look that was taken late enough and succeeded.

Source for the half minute: none of Microsoft's; what is taken for granted is `VISIBLE_WITHIN_S`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from azure_recovery.rest.arm.ids import ResourceId, id_key
from azure_recovery.rest.arm.operation_steps import Finished
from azure_recovery.rest.arm.operations import Operation
from azure_recovery.rest.bodies import fitted
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.calls import BackupVaults, job_name
from azure_recovery.rest.dataprotection.errors import RestoreJobTimedOutError, RestoreJobVanishedError
from azure_recovery.rest.dataprotection.job_models import BackupJob
from azure_recovery.rest.dataprotection.jobs import JobStatus, is_restore, job_status, outcome_of, raise_if_over
from azure_recovery.rest.dataprotection.models import OperationJob, OperationStatus
from azure_recovery.rest.dataprotection.pacing import job_pause_s
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError
from azure_recovery.rest.looking import Looking
from azure_recovery.rest.retrying import OnWait

OnProgress = Callable[[JobStatus], None]
"""Told of each look that brought a status, the last one included."""

VISIBLE_WITHIN_S = 60.0
"""Azure's seconds within which a job that was posted shows in its vault."""

UNKNOWN_FOR_S = 900.0
"""Azure's seconds for which the vault may deny that a job exists before it is believed."""

ENDED_JOBS_LOOKED_AT = 25
"""Jobs that have ended, newest first, that are asked one by one where they restored to, if the list does not say.

An older one that is missed costs nothing twice: the disk that it made is there, and refused as nobody's.
"""

_LOOK_EVERY_S = 10.0


async def started_job(operation: Operation, *, deadline: Deadline | None = None, on_wait: OnWait | None = None) -> str:
    """Follow the operation of a restore to its end and return the GUID of the job that it made.

    The status that says `Succeeded` names the job; where it does not, the operation's result does.

    Raises:
        OperationError: The operation did not succeed, with the service's words and what it recommends.
        UnexpectedAnswerError: It succeeded and names no job: look for it with `find_jobs`.
    """
    result = await operation.finish(deadline, on_wait=on_wait, read_result=False)
    status = operation.step.status if isinstance(operation.step, Finished) else None
    named = _named(fitted(OperationStatus, status).properties if status is not None else None)
    if named:
        return named
    if result is None:
        result = await operation.finish(deadline, on_wait=on_wait)
    named = _named(fitted(OperationJob, result) if result is not None and isinstance(result.body, dict) else None)
    if named:
        return named
    last = result or status or operation.accepted
    raise last.unexpected("it names no job, although the restore was accepted: look for it in the vault's jobs")


async def follow_job(
    api: BackupVaults,
    vault_id: ResourceId,
    job_id: str,
    *,
    deadline: Deadline,
    disk_id: str = "",
    on_progress: OnProgress | None = None,
    on_wait: OnWait | None = None,
) -> JobStatus:
    """Wait until a restore job has brought its disk.

    Args:
        api: The calls.
        vault_id: `/subscriptions/…/backupVaults/{v}`.
        job_id: GUID of the job, or its ARM id.
        deadline: Until when; the last look is taken when it passes.
        disk_id: The disk that was asked for, for messages.
        on_progress: Told of each status.
        on_wait: Told of each look that failed, and of throttling.

    Returns:
        The status of the job, completed with or without warnings.

    Raises:
        RestoreJobFailedError: It failed, or as RestoreJobCancelledError was cancelled.
        RestoreJobVanishedError: ARM goes on saying that there is no such job.
        RestoreJobTimedOutError: It is not over, or could not be looked at, when the deadline passed.
    """
    name = job_name(job_id)
    looking = Looking(api.transport, deadline, on_wait, job_pause_s)
    status: JobStatus | None = None
    unknown_since: float | None = None
    while True:
        trouble: AzureRecoveryError | None = None
        try:
            status = job_status(await api.get_job(vault_id, name, deadline=deadline, on_wait=on_wait), name)
        except AzureRecoveryError as error:
            trouble = error
        if isinstance(trouble, NotFoundError) and trouble.is_gone:
            unknown_since = looking.waited_s if unknown_since is None else unknown_since
            unknown_s = looking.waited_s - unknown_since
            if unknown_s >= UNKNOWN_FOR_S:
                raise RestoreJobVanishedError(job_id=name, disk_id=disk_id, text=str(trouble), waited_s=unknown_s)
        elif trouble is None and status is not None:
            unknown_since = None
            if on_progress:
                on_progress(status)
            if status.outcome.succeeded:
                return status
            raise_if_over(status, disk_id)
        if deadline.passed:
            raise RestoreJobTimedOutError(
                job_id=name,
                disk_id=(status.disk_id if status else "") or disk_id,
                word=status.word if status else "",
                text=f"last look: {trouble}" if trouble else "",
                waited_s=deadline.waited_s,
            )
        begun = status.started_at if status else None
        lasted_s = (api.transport.service_now() - begun).total_seconds() if begun else 0.0
        await looking.pause(trouble, lasted_s)


@dataclass(frozen=True)
class FoundJobs:
    """The restore jobs of one backup instance, as far as they concern one disk; newest first.

    Attributes:
        to_disk: Those that make, made or failed to make this disk.
        unclear: Those that are running and do not say which disk they make: any of them may be this one's.
    """

    to_disk: tuple[JobStatus, ...] = ()
    unclear: tuple[JobStatus, ...] = ()

    @property
    def running(self) -> JobStatus | None:
        """The newest job to this disk that is not over."""
        return next((status for status in self.to_disk if status.running), None)

    @property
    def newest(self) -> JobStatus | None:
        """The newest job to this disk."""
        return self.to_disk[0] if self.to_disk else None


async def find_jobs(
    api: BackupVaults,
    vault_id: ResourceId,
    instance_id: ResourceId,
    disk_id: ResourceId,
    *,
    deadline: Deadline | None = None,
    on_wait: OnWait | None = None,
) -> FoundJobs:
    """Return the restore jobs of a backup instance whose destination is one disk.

    A list may leave out where a job restores to: then each job that runs, and the newest that have ended, are asked.

    Args:
        api: The calls.
        vault_id: `/subscriptions/…/backupVaults/{v}`. instance_id: `{vault}/backupInstances/{i}`.
        disk_id: `/subscriptions/…/providers/Microsoft.Compute/disks/{name}`.
        deadline: Past which nothing is waited for. on_wait: Told of each pause.

    Raises:
        AzureRecoveryError: One of the looks failed, so that nobody can say what there is.
    """
    jobs = await api.list_jobs(vault_id, deadline=deadline, on_wait=on_wait)
    ours = sorted((job for job in jobs if is_restore(job) and _is_of(job, instance_id)), key=_started, reverse=True)
    to_disk, unclear, ended = [], [], 0
    for job in ours:
        status = job_status(job)
        if not status.disk_id and status.job_id:
            final = outcome_of(job.properties.status).is_final
            ended += final
            if final and ended > ENDED_JOBS_LOOKED_AT:
                continue
            asked = await api.get_job(vault_id, status.job_id, deadline=deadline, on_wait=on_wait)
            status = job_status(asked, status.job_id)
        if status.goes_to(disk_id):
            to_disk.append(status)
        elif not status.disk_id and status.running:
            unclear.append(status)
    return FoundJobs(tuple(to_disk), tuple(unclear))


def _until_the_next_look(waited_s: float, _shorten: float) -> float:
    """Return when to look again: every ten seconds while a job may show, less often where no look succeeds."""
    return min(max(_LOOK_EVERY_S, waited_s / 30.0), 60.0)


async def wait_until_known(
    api: BackupVaults,
    vault_id: ResourceId,
    instance_id: ResourceId,
    disk_id: ResourceId,
    *,
    known: Collection[str] = (),
    seconds: float = VISIBLE_WITHIN_S,
    deadline: Deadline,
    on_wait: OnWait | None = None,
) -> FoundJobs:
    """Look for a job that may have been posted, for as long as it may take to show.

    Args:
        api: The calls.
        vault_id: `/subscriptions/…/backupVaults/{v}`. instance_id: `{vault}/backupInstances/{i}`.
        disk_id: `/subscriptions/…/providers/Microsoft.Compute/disks/{name}`.
        known: GUIDs of jobs that were there before.
        seconds: Azure's seconds; 0 looks once.
        deadline: Until when looks that fail are repeated.
        on_wait: Told of each look that failed, and of throttling.

    Returns:
        What a look found that saw a job to this disk besides the known ones, or that was taken *seconds* after the
        first look: there is no such job then.

    Raises:
        AzureRecoveryError: No look succeeded late enough before *deadline*: nobody can say that there is no job.
    """
    before = {job_name(job_id).lower() for job_id in known}
    looking = Looking(api.transport, deadline, on_wait, _until_the_next_look)
    showing: Deadline | None = None
    while True:
        trouble: AzureRecoveryError | None = None
        late_enough = seconds <= 0.0 or (showing is not None and showing.passed)
        try:
            found = await find_jobs(api, vault_id, instance_id, disk_id, deadline=deadline, on_wait=on_wait)
        except AzureRecoveryError as error:
            trouble = error
        else:
            if late_enough or any(status.job_id.lower() not in before for status in found.to_disk):
                return found
        # Not from the beginning: on its way to Azure a look, like what was posted before it, may have taken seconds.
        showing = showing or Deadline(api.transport.clock, seconds)
        if deadline.passed:
            raise trouble or RestoreJobTimedOutError(
                job_id="",
                disk_id=str(disk_id),
                word="",
                text="a job just posted may not show yet",
                waited_s=looking.waited_s,
            )
        await looking.pause(trouble)


def _is_of(job: BackupJob, instance_id: ResourceId) -> bool:
    said = job.properties.backup_instance_id
    return said is None or id_key(said) == instance_id.key


def _started(job: BackupJob) -> datetime:
    # One that does not say when it began may be the newest of all.
    return job.properties.started_at or datetime.max.replace(tzinfo=UTC)


def _named(made: OperationJob | None) -> str:
    return job_name(made.job_id or "") if made is not None else ""
