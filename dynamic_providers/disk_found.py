"""What a restore finds under the disk's name and among the vault's jobs, and what it does about it. Pure.

A disk does not say what made it. That it is the outcome of a restore is known from the jobs: one of this backup
instance has this disk as its destination, has completed, and the disk was made while it ran. Two jobs may have had the
same destination; the disk is that of the one that ran when it was made, and a job that failed because of it made none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from azure_recovery.dynamic_providers.disk_outputs import point_id
from azure_recovery.rest.arm.ids import id_key
from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.compute.managed_disk_models import ManagedDisk
from azure_recovery.rest.dataprotection.following import VISIBLE_WITHIN_S, FoundJobs
from azure_recovery.rest.dataprotection.jobs import JobStatus

_CLOCKS_APART = timedelta(minutes=10)
"""Compute tells when a disk was made, the vault when its job ran: how far the two may disagree."""

_LONGEST_RESTORE = timedelta(days=1)
"""A completed job that does not tell its end has ended by then."""


class Move(Enum):
    """What is done about what was found."""

    START = "start"
    FOLLOW = "follow the job that runs"
    ADOPT = "adopt the disk"
    """Adopting means owning: `destroy` deletes what was adopted."""
    AWAIT_DISK = "wait for the disk of a job that has just completed"
    LOOK_AGAIN = "look again: a job runs that does not say which disk it makes"
    WAIT_UNTIL_GONE = "wait until the disk that is being deleted is gone"
    REFUSE = "refuse"


@dataclass(frozen=True)
class FoundRestore:
    """What one look found.

    Attributes:
        disk: The disk under the name, or None. jobs: Restores of the backup instance, as far as they concern it.
        now: The service's time.
        rivals: Jobs to the same disk that are not asked about, and that may have made it all the same.
        snapshot_group: ARM id of the group that holds the instance's snapshots, or "" where that is not known.
    """

    disk: ManagedDisk | None
    jobs: FoundJobs
    now: datetime
    rivals: tuple[JobStatus, ...] = ()
    snapshot_group: str = ""

    def of(self, job_id: str, job: JobStatus | None = None) -> FoundRestore:
        """Return the same as it concerns one job alone; the others are its rivals.

        Args:
            job_id: GUID of the job. job: What is known of it, where the list did not show it, or not as it is by now.
        """
        known = (*self.jobs.to_disk, *self.rivals)
        one = job or next((each for each in known if each.job_id.lower() == job_id.lower()), None)
        others = tuple(each for each in known if each.job_id.lower() != job_id.lower())
        return replace(self, jobs=FoundJobs(() if one is None else (one,)), rivals=others)

    @property
    def move(self) -> Move:
        """What to do. Whatever else there is: while a job to this disk runs, it is followed."""
        if self.jobs.running is not None:
            return Move.FOLLOW
        if self.disk is not None and is_deleting(self.disk):
            return Move.WAIT_UNTIL_GONE
        if self.outcome_of is not None:
            return Move.ADOPT
        if self.jobs.unclear:
            return Move.LOOK_AGAIN
        if self.disk is not None:
            return Move.REFUSE
        return Move.START if self.just_completed is None else Move.AWAIT_DISK

    @property
    def maker(self) -> JobStatus | None:
        """The job that ran when the disk was made, of those that bring disks; else one that failed then."""
        if self.disk is None:
            return None
        made_at = self.disk.properties.time_created
        ran = [job for job in (*self.jobs.to_disk, *self.rivals) if _ran_at(job, made_at)]
        return min(ran, key=lambda job: (_brought_none(job), not _ran_at(job, made_at, timedelta())), default=None)

    @property
    def outcome_of(self) -> JobStatus | None:
        """The completed job that the disk is the outcome of."""
        job = self.left_by
        return job if job is not None and job.outcome.succeeded else None

    @property
    def left_by(self) -> JobStatus | None:
        """The job that the disk was made by, whether it completed or not.

        A disk that is whole is not that of a job that failed, unless it was made from the instance's snapshots while
        that job ran: somebody may have made it by hand, and it may be the only good one.
        """
        job = self.maker
        if job is None or job not in self.jobs.to_disk:
            return None
        return job if not _brought_none(job) or self._is_remainder_of(job) else None

    def _is_remainder_of(self, job: JobStatus) -> bool:
        if self.disk is None:
            return False
        properties = self.disk.properties
        if state_of(properties.provisioning_state or "Succeeded") is not OperationState.SUCCEEDED:
            return True
        if not self.snapshot_group or None in (properties.time_created, job.started_at, job.ended_at):
            return False
        source = (properties.creation_data.source_resource_id if properties.creation_data else None) or ""
        of_instance = id_key(source).startswith(f"{id_key(self.snapshot_group)}/providers/microsoft.compute/snapshots/")
        return of_instance and _ran_at(job, properties.time_created, timedelta())

    @property
    def just_completed(self) -> JobStatus | None:
        """The newest job to the disk, if it has completed so lately that the disk may not show yet."""
        job = self.jobs.newest
        if job is None or not job.outcome.succeeded:
            return None
        if job.ended_at is not None:
            lately = self.now - job.ended_at < timedelta(seconds=VISIBLE_WITHIN_S)
        else:
            lately = job.started_at is None or self.now - job.started_at < _LONGEST_RESTORE
        return job if lately else None

    @property
    def disk_is_new(self) -> bool:
        """Whether the disk was made so lately that the job which makes it may not show yet."""
        if self.disk is None:
            return False
        made_at = self.disk.properties.time_created
        return made_at is None or abs(self.now - made_at) < _CLOCKS_APART

    @property
    def failed(self) -> JobStatus | None:
        """The newest job to the disk, if it brought none."""
        job = self.jobs.newest
        return job if job is not None and job.outcome.is_final and not job.outcome.succeeded else None


def is_deleting(disk: ManagedDisk) -> bool:
    """Return whether Azure is deleting *disk*."""
    return (disk.properties.provisioning_state or "").lower() == "deleting"


def not_wanted(job: JobStatus, wanted: str | datetime) -> str:
    """Return why *job* restores something else than *wanted*, what `wanted_point` returns; "" if it does not.

    Any recovery point will do for `latest`: what was the newest when the job was started is what was asked for.
    """
    restored = point_id(job)
    if isinstance(wanted, datetime):
        when = job.recovery_point_time
        return f"from {when:%Y-%m-%dT%H:%M:%SZ}, which is later" if when is not None and when > wanted else ""
    name = wanted.rpartition("/")[2]
    if name.lower() == "latest" or not restored or restored.lower() == name.lower():
        return ""
    return f"from recovery point {restored}"


def _brought_none(job: JobStatus) -> bool:
    return job.outcome.is_final and not job.outcome.succeeded


def _ran_at(job: JobStatus, moment: datetime | None, tolerance: timedelta = _CLOCKS_APART) -> bool:
    if moment is None:
        return True
    begun = job.started_at is None or job.started_at - tolerance <= moment
    return begun and (job.ended_at is None or moment <= job.ended_at + tolerance)
