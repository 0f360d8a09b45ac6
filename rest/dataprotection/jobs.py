"""What an answer about a restore job means: whether it is over, how it ended, and in which words. Pure.

A job's words are not those of ARM's operations: it is `Completed` where those are `Succeeded`, `Cancelled` with two l,
and `CompletedWithWarnings` has brought the disk. A word that is not in the table means running, so an unknown one costs
time and never a disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from azure_recovery.rest.arm.ids import id_key
from azure_recovery.rest.dataprotection.calls import job_name
from azure_recovery.rest.dataprotection.errors import RestoreJobCancelledError, RestoreJobFailedError
from azure_recovery.rest.dataprotection.job_models import BackupJob, JobExtendedInfo, JobWarning
from azure_recovery.rest.dataprotection.models import UserFacingError
from azure_recovery.rest.error_body import ErrorTree, from_json


class JobOutcome(Enum):
    """How far a job is."""

    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_WARNINGS = "completed with warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether it will not change any more."""
        return self is not JobOutcome.RUNNING

    @property
    def succeeded(self) -> bool:
        """Whether what was asked for is there."""
        return self in {JobOutcome.COMPLETED, JobOutcome.COMPLETED_WITH_WARNINGS}


@dataclass(frozen=True)
class JobWord:
    """One row: a word, what it means, and who says so."""

    word: str
    outcome: JobOutcome
    source: str


_SDK = "azure-mgmt-dataprotection 2.2.0, AzureBackupJob.status"

JOB_WORDS: tuple[JobWord, ...] = (
    JobWord("InProgress", JobOutcome.RUNNING, _SDK),
    JobWord("Completed", JobOutcome.COMPLETED, f"{_SDK}; recorded restore of a disk"),
    JobWord("CompletedWithWarnings", JobOutcome.COMPLETED_WITH_WARNINGS, _SDK),
    JobWord("Failed", JobOutcome.FAILED, _SDK),
    JobWord("Cancelled", JobOutcome.CANCELLED, _SDK),
    JobWord("Cancelling", JobOutcome.RUNNING, _SDK),
    JobWord("Paused", JobOutcome.RUNNING, _SDK),
    JobWord("Started", JobOutcome.RUNNING, "example of Jobs_Get, 2025-07-01"),
    # Not documented for jobs; to read it as running would wait until the deadline.
    JobWord("Canceled", JobOutcome.CANCELLED, "spelled so by ARM's operations"),
)

_OUTCOMES = {row.word.lower(): row.outcome for row in JOB_WORDS}


def outcome_of(word: str | None) -> JobOutcome:
    """Return what *word* means, whatever its case; a word that nobody documents means running."""
    return _OUTCOMES.get((word or "").strip().lower(), JobOutcome.RUNNING)


@dataclass(frozen=True)
class JobStep:
    """A sub-task of a job: its name, the service's word for its state, and its progress as text, or ""."""

    name: str
    status: str
    progress: str = ""


@dataclass(frozen=True)
class JobStatus:
    """What is known of a job.

    Attributes:
        job_id: The job's GUID, as it was asked for. word: Its status as returned, or "". outcome: What that means.
        disk_id: ARM id of the disk that a restore makes, or "" where the answer leaves it out.
        recovery_point_id: Name of the recovery point that is restored, or "". recovery_point_time: Of its data.
        started_at: Or None. ended_at: None as long as it runs, and where nobody knows.
        duration_s: Of a job that has ended, or None.
        steps: Its sub-tasks. warnings: One line each.
        failure: Code, words and recommended actions of what went wrong, empty where nothing did.
        job: The answer that this was read from.
    """

    job_id: str
    word: str
    outcome: JobOutcome
    disk_id: str = ""
    recovery_point_id: str = ""
    recovery_point_time: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None
    steps: tuple[JobStep, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: ErrorTree = field(default_factory=ErrorTree)
    job: BackupJob | None = field(default=None, repr=False, compare=False)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self.outcome.is_final

    def goes_to(self, disk_id: object) -> bool:
        """Say whether it makes the disk *disk_id*, however that is spelled."""
        return bool(self.disk_id) and id_key(self.disk_id) == id_key(str(disk_id))


def job_status(job: BackupJob, job_id: str | None = None) -> JobStatus:
    """Return what *job* says.

    Args:
        job: The answer.
        job_id: GUID or ARM id that was asked for; of a job from a list, None: its own.
    """
    properties = job.properties
    more = properties.extended_info or JobExtendedInfo()
    point = more.source_recovery_point
    outcome = outcome_of(properties.status)
    return JobStatus(
        job_id=job_name(job_id or job.name or job.id or ""),
        word=properties.status or "",
        outcome=outcome,
        disk_id=more.recovery_destination or "",
        recovery_point_id=(point.id if point else None) or "",
        recovery_point_time=point.time if point else None,
        started_at=properties.started_at,
        ended_at=_ended_at(job) if outcome.is_final else None,
        duration_s=_duration_s(job) if outcome.is_final else None,
        steps=tuple(
            JobStep(task.name or "", task.status or "", "" if task.progress is None else str(task.progress))
            for task in more.sub_tasks
        ),
        warnings=tuple(line for line in map(_warning, more.warnings) if line),
        failure=_failure(properties.errors),
        job=job,
    )


def is_restore(job: BackupJob) -> bool:
    """Say whether *job* is a restore, or does not say what it is."""
    said = job.properties.operation_category or job.properties.operation or "restore"
    return said.strip().lower().startswith("restore")


def raise_if_over(status: JobStatus, disk_id: str = "") -> None:
    """Raise what is to be told about a job that ended without a disk; else do nothing.

    Args:
        status: What is known of it.
        disk_id: The disk that was asked for, where the job itself does not name one.

    Raises:
        RestoreJobFailedError: It failed, with the service's words and what it recommends.
        RestoreJobCancelledError: Somebody cancelled it.
    """
    if status.running or status.outcome.succeeded:
        return
    error = RestoreJobCancelledError if status.outcome is JobOutcome.CANCELLED else RestoreJobFailedError
    code = next((tree.code for tree in status.failure.walk() if tree.code), "")
    text = status.failure.text or _unfinished_steps(status)
    raise error(
        job_id=status.job_id, disk_id=status.disk_id or disk_id, code=code, text=text, lasted_s=status.duration_s
    )


def _ended_at(job: BackupJob) -> datetime | None:
    """Return when a job that is over ended; one that says null, or the year 1, may tell how long it ran."""
    properties = job.properties
    if properties.ended_at is not None or properties.started_at is None or not properties.duration:
        return properties.ended_at
    try:
        return properties.started_at + properties.duration
    except OverflowError:
        return None  # past the year 9999: it is no length of a job


def _duration_s(job: BackupJob) -> float | None:
    properties = job.properties
    if properties.started_at and properties.ended_at:
        return max((properties.ended_at - properties.started_at).total_seconds(), 0.0)
    return properties.duration.total_seconds() if properties.duration is not None else None


def _failure(errors: tuple[UserFacingError, ...]) -> ErrorTree:
    return from_json([error.model_dump(mode="json", by_alias=True) for error in errors]) if errors else ErrorTree()


def _warning(detail: JobWarning) -> str:
    said = _failure((detail.warning,)) if detail.warning else ErrorTree()
    words = said.text or said.code
    return ": ".join(text for text in (detail.resource_name, words) if text)


def _unfinished_steps(status: JobStatus) -> str:
    """Return which sub-tasks did not complete: all that a job without `errorDetails` tells."""
    steps = [f"{step.name or 'a step'} {step.status}" for step in status.steps if not outcome_of(step.status).succeeded]
    return f"no reason given; sub-tasks: {', '.join(steps)}" if steps else "no reason given"
