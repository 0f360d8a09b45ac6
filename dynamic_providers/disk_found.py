"""What a restore finds under the disk's name and among the vault's jobs, and what it does about it. Pure.

A disk does not say what made it. That it is the outcome of a restore is known from the jobs: one of this backup
instance has this disk as its destination, has completed, and the disk was made while it ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from azure_recovery.dynamic_providers.disk_outputs import point_id
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
    """

    disk: ManagedDisk | None
    jobs: FoundJobs
    now: datetime

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
    def outcome_of(self) -> JobStatus | None:
        """The completed job that the disk is the outcome of."""
        if self.disk is None:
            return None
        made_at = self.disk.properties.time_created
        return next((job for job in self.jobs.to_disk if job.outcome.succeeded and _ran_at(job, made_at)), None)

    @property
    def left_by(self) -> JobStatus | None:
        """The job that the disk was made by, whether it completed or not."""
        if self.disk is None:
            return None
        made_at = self.disk.properties.time_created
        return next((job for job in self.jobs.to_disk if _ran_at(job, made_at)), None)

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


def _ran_at(job: JobStatus, moment: datetime | None) -> bool:
    if moment is None:
        return True
    begun = job.started_at is None or job.started_at - _CLOCKS_APART <= moment
    return begun and (job.ended_at is None or moment <= job.ended_at + _CLOCKS_APART)
