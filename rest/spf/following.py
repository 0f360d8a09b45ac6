"""Waiting for a job of VMM.

A look that fails says nothing about the job: it is told, and the job is looked at again until the deadline passes. But
credentials that the service refuses stay refused: they are those of the configuration, and nothing renews them.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError, ServiceError
from azure_recovery.rest.looking import LOOKS_WITHOUT_TOKEN, Looking
from azure_recovery.rest.pacing import pause_s
from azure_recovery.rest.retrying import OnWait
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.errors import (
    CheckpointJobCanceledError,
    CheckpointJobFailedError,
    CheckpointJobTimedOutError,
    CheckpointJobUnauthorizedError,
    CheckpointJobUnclearError,
    CheckpointJobVanishedError,
)
from azure_recovery.rest.spf.models import Job, JobOutcome

OnProgress = Callable[[Job], None]
"""Told of each look that brought a job, the last one included."""

UNKNOWN_FOR_S = 900.0
"""Azure's seconds for which the service may deny that a job exists before it is believed."""

_ENDS = {
    JobOutcome.FAILED: CheckpointJobFailedError,
    JobOutcome.CANCELED: CheckpointJobCanceledError,
    JobOutcome.UNCLEAR: CheckpointJobUnclearError,
}


async def follow_job(
    service: CheckpointService,
    job_id: str,
    stamp_id: str,
    *,
    deadline: Deadline,
    on_progress: OnProgress | None = None,
    on_wait: OnWait | None = None,
) -> Job:
    """Wait until a job has done its work.

    Args:
        service: The calls.
        job_id: GUID. stamp_id: GUID.
        deadline: Until when; the last look is taken when it passes.
        on_progress: Told of each look.
        on_wait: Told of each look that failed, and of throttling.

    Returns:
        The job, `Completed` or `SucceedWithInfo`; `words` has the information.

    Raises:
        CheckpointJobFailedError: It failed, was cancelled, or is over in a way that nobody documents: see the kinds.
        CheckpointJobVanishedError: The service goes on saying that there is no such job.
        CheckpointJobUnauthorizedError: The service goes on answering 401.
        CheckpointJobTimedOutError: It is not over, or could not be looked at, when the deadline passed.
    """
    looking = Looking(service.connection.transport, deadline, on_wait, pause_s)
    job: Job | None = None
    unknown_since: float | None = None
    unauthorized = 0
    while True:
        trouble: AzureRecoveryError | None = None
        try:
            job = await service.get_job(job_id, stamp_id, deadline=deadline, on_wait=on_wait)
        except AzureRecoveryError as error:
            trouble = error
        refused = isinstance(trouble, ServiceError) and trouble.status == HTTPStatus.UNAUTHORIZED
        unauthorized = unauthorized + 1 if refused else 0
        if unauthorized > LOOKS_WITHOUT_TOKEN:
            raise CheckpointJobUnauthorizedError(job_id=job_id, what=(job.name if job else "") or "", text=str(trouble))
        if isinstance(trouble, NotFoundError):
            unknown_since = looking.waited_s if unknown_since is None else unknown_since
            unknown_s = looking.waited_s - unknown_since
            if unknown_s >= UNKNOWN_FOR_S:
                raise CheckpointJobVanishedError(job_id=job_id, text=str(trouble), waited_s=unknown_s)
        elif trouble is None and job is not None:
            unknown_since = None
            if on_progress:
                on_progress(job)
            if job.succeeded:
                return job
            raise_if_over(job)
        if deadline.passed:
            raise CheckpointJobTimedOutError(
                job_id=job_id,
                what=(job.name if job else "") or "",
                word=(job.status if job else "") or "",
                text=f"last look: {trouble}" if trouble else "",
                waited_s=deadline.waited_s,
            )
        await looking.pause(trouble)


def raise_if_over(job: Job) -> None:
    """Raise what became of a job that is over without having done its work; return if it runs or succeeded."""
    kind = _ENDS.get(job.outcome)
    if kind is not None:
        raise kind(
            job_id=job.id, what=job.name or job.cmdlet_name or "", word=job.status or "without a status", text=job.words
        )
