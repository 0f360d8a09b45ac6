"""What a checkpoint restore finds out about a machine, and what it does about it. Pure.

The service accepts a restore without naming its job, and shows nowhere that a checkpoint was asked for. So whether a
restore was sent is known from what was there before it: the baseline, which is in the state before anything is sent.
A job that is not in the baseline came after it.

Source: checkpoint page; Job and VirtualMachine of the VMM service (dn818633, jj643285).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from azure_recovery.dynamic_providers.checkpoint_kinds import Kind, kind_of

if TYPE_CHECKING:
    from azure_recovery.rest.spf.models import Job, VirtualMachine

_CLOCKS_APART = timedelta(days=1)
"""A job's start may be written in the time zone of the VMM server, without saying so: what began longer before the
baseline than that is no news whatever the zone."""

RESTORED, FAILED, REFUSED, UNSENT = "restored", "failed", "refused", "unsent"
"""What became of a restore, as the output `outcome` has it; none while nobody knows."""


class Move(Enum):
    """What is done about what was found."""

    SEND = "send the restore"
    FOLLOW = "follow the job"
    LOOK_AGAIN = "look again"
    STOP = "stop: whether a restore was sent cannot be told"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a machine's jobs were before a restore was sent.

    Attributes:
        trigger: What the restore is asked for with. vm_id, stamp_id: GUIDs.
        taken_at: The service's time, ISO 8601 in UTC.
        last_task_id: The machine's most recent job, or "".
        last_restored_checkpoint_id: As the service shows it, or "".
        job_ids: Jobs of the machine that may be taken for restores.
        listed: Whether the service lists a machine's jobs; if not, the most recent one is all that is known.
    """

    trigger: str
    vm_id: str
    stamp_id: str
    taken_at: str
    last_task_id: str = ""
    last_restored_checkpoint_id: str = ""
    job_ids: frozenset[str] = frozenset()
    listed: bool = True

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """Return what `as_output` made a map of.

        Raises:
            KeyError, TypeError, ValueError: It is no such map.
        """
        given = {name: value[name] for name in ("trigger", "vm_id", "stamp_id", "taken_at")}
        if not all(isinstance(text, str) and text for text in given.values()):
            raise ValueError("a part is no text")
        datetime.fromisoformat(given["taken_at"])
        return cls(
            **given,
            last_task_id=str(value.get("last_task_id") or ""),
            last_restored_checkpoint_id=str(value.get("last_restored_checkpoint_id") or ""),
            job_ids=frozenset(map(str, value.get("job_ids") or ())),
            listed=value.get("listed") is not False,
        )

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells one baseline from another."""
        return self.vm_id, self.stamp_id, self.trigger, self.taken_at, self.last_task_id

    def as_output(self) -> dict[str, Any]:
        """Return it as the state keeps it."""
        return {
            "trigger": self.trigger,
            "vm_id": self.vm_id,
            "stamp_id": self.stamp_id,
            "taken_at": self.taken_at,
            "last_task_id": self.last_task_id,
            "last_restored_checkpoint_id": self.last_restored_checkpoint_id,
            "job_ids": sorted(self.job_ids),
            "listed": self.listed,
        }

    def has(self, job: Job) -> bool:
        """Return whether *job* was there already."""
        if job.id in self.job_ids or job.id == self.last_task_id:
            return True
        return job.start_time is not None and job.start_time < datetime.fromisoformat(self.taken_at) - _CLOCKS_APART

    def rules_out(self, job: Job) -> bool:
        """Return whether *job* was there, or was over, when it was taken, and did not come of a restore after it.

        Unlike `has` it trusts the clock of the VMM server. What it wrongly rules out can still be confirmed as done;
        what it wrongly let pass would be a restore that never was.
        """
        over = job.end_time is not None and job.end_time < datetime.fromisoformat(self.taken_at)
        return over or self.has(job)


@dataclass(frozen=True, slots=True)
class FoundRestore:
    """What one look found.

    Attributes:
        checkpoint_id: GUID of the checkpoint that is asked for. baseline: What was there before.
        machine: The virtual machine. jobs: Its jobs, or the most recent one alone.
        listed: Whether these are all of its jobs.
    """

    checkpoint_id: str
    baseline: Baseline
    machine: VirtualMachine
    jobs: tuple[Job, ...]
    listed: bool = True

    @property
    def since(self) -> list[Job]:
        """Jobs that came after the baseline."""
        return [job for job in self.jobs if not self.baseline.has(job)]

    @property
    def running(self) -> list[Job]:
        """Jobs that are not over, whether they came after the baseline or not."""
        return [job for job in self.jobs if job.running]

    @property
    def restores(self) -> list[Job]:
        """Restores among them."""
        return [job for job in self.since if kind_of(job) is Kind.RESTORE]

    @property
    def unclear(self) -> list[Job]:
        """Jobs among them behind which a restore may be.

        Where the most recent job is all that is known, any job may have come after a restore and hide it.
        """
        hidden = frozenset({Kind.UNCLEAR} if self.complete else {Kind.UNCLEAR, Kind.OTHER})
        return [job for job in self.since if kind_of(job) in hidden]

    @property
    def complete(self) -> bool:
        """Whether no job can have escaped."""
        return self.listed and self.baseline.listed

    @property
    def shows_checkpoint(self) -> bool | None:
        """Whether the machine was last restored to this checkpoint; None where the service does not show it."""
        shown = self.machine.last_restored_checkpoint_id
        return None if not shown else shown == self.checkpoint_id

    @property
    def was_restored_since(self) -> bool:
        """Whether the machine itself proves a restore to this checkpoint after the baseline."""
        return self.shows_checkpoint is True and self.baseline.last_restored_checkpoint_id != self.checkpoint_id

    @property
    def job(self) -> Job | None:
        """The job that restores the machine for this trigger, if that can be told."""
        if len(self.restores) == 1:
            return self.restores[0]
        if self.restores or len(self.unclear) != 1 or self.unclear[0].running:
            return None
        return self.unclear[0] if self.was_restored_since and self.unclear[0].succeeded else None

    def move(self, *, may_send: bool, late_enough: bool) -> Move:
        """Return what to do.

        Args:
            may_send: Whether it is certain that nothing was sent for the trigger, and nobody else can be about to. A
                restore that shows is somebody else's then.
            late_enough: Whether the job of a restore that was sent before this run must show by now, and the machine
                what a job has restored.
        """
        if self.job is not None and may_send:
            return self._move_beside(self.job, late_enough=late_enough)
        if self.job is not None:
            return Move.FOLLOW
        if not self.restores and any(job.running for job in self.unclear):
            return Move.LOOK_AGAIN
        if self.restores or self.unclear:
            return Move.STOP
        if may_send:
            # What would be rolled back under a job that runs is not known.
            return Move.LOOK_AGAIN if self.running else Move.SEND
        return Move.STOP if late_enough else Move.LOOK_AGAIN

    def _move_beside(self, other: Job, *, late_enough: bool) -> Move:
        """Return what to do about a restore that is not ours: it will do if it has restored this checkpoint."""
        if other.running:
            return Move.LOOK_AGAIN
        if other.failed:
            return Move.STOP
        if self.shows_checkpoint:
            return Move.FOLLOW
        return Move.STOP if late_enough else Move.LOOK_AGAIN

    def sent(self, before: frozenset[str], *, late_enough: bool) -> Job | None:
        """Return the job of a restore that was sent a moment ago, once it shows.

        A job that does not say what it does may be anybody's. It is taken once one that says so would show, and if the
        machine proves that it was restored: it is asked after the job, which has ended by then.

        Args:
            before: Ids of the jobs that showed right before.
            late_enough: Whether the job of the restore must show by now.
        """
        new = [job for job in self.since if job.id not in before]
        restores = [job for job in new if kind_of(job) is Kind.RESTORE]
        if restores:
            return restores[0] if len(restores) == 1 else None
        silent = [job for job in new if kind_of(job) is Kind.UNCLEAR]
        if not late_enough or len(silent) != 1 or not silent[0].succeeded:
            return None
        return silent[0] if self.was_restored_since else None

    def may_tell_later(self, before: frozenset[str]) -> bool:
        """Return whether a job runs that came after those *before* and does not say what it does."""
        return any(job.running and job.id not in before and kind_of(job) is Kind.UNCLEAR for job in self.since)


def worth_keeping(job: Job, now: datetime) -> bool:
    """Return whether a job could be taken for a restore later, so that the baseline must know it."""
    recent = job.start_time is None or job.start_time >= now - 2 * _CLOCKS_APART
    return recent and kind_of(job) is not Kind.OTHER
