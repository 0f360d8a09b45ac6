"""A job of the machine that rolls it back, from when it shows to its end."""

from __future__ import annotations

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_errors import (
    CheckpointRestoreEndedError,
    UnclearRestoreError,
    UndocumentedEndError,
)
from azure_recovery.dynamic_providers.checkpoint_found import FAILED, RESTORED, Baseline
from azure_recovery.dynamic_providers.checkpoint_looks import CheckpointLooks
from azure_recovery.dynamic_providers.checkpoint_outputs import describe, job_outputs
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.rest.clock import Clock, Deadline, iso
from azure_recovery.rest.errors import NotFoundError
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.errors import CheckpointJobFailedError, CheckpointJobUnclearError
from azure_recovery.rest.spf.following import follow_job
from azure_recovery.rest.spf.models import Job

SHOWS_WITHIN_S = 300.0
"""The service's seconds within which a job is expected to show, and with it what it does."""

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 60.0


async def pause(clock: Clock, waiting: Deadline, until: Deadline) -> None:
    """Pause for half of what *waiting* has lasted, not past *until*."""
    pause_s = min(max(waiting.waited_s / 2, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
    await clock.sleep(min(pause_s, until.left_s))


class CheckpointJobFollower:
    """Follows jobs of one machine.

    Args:
        service: The calls. call: The engine's call, for its row. deadline: When to stop.
        looks: At the machine. baseline: What was there before.
    """

    def __init__(
        self,
        service: CheckpointService,
        call: bridge.Call,
        deadline: Deadline,
        looks: CheckpointLooks,
        baseline: Baseline,
    ) -> None:
        self._service = service
        self._clock = service.connection.transport.clock
        self._call = call
        self._deadline = deadline
        self._looks = looks
        self._baseline = baseline

    async def follow(self, job_id: str, checkpoint_id: str, attempt: Attempt, *, confirmed: bool = False) -> None:
        """Wait for the end of the job, and see that it has restored this checkpoint.

        Args:
            job_id: GUID. checkpoint_id: GUID. attempt: What is known is written into it.
            confirmed: Whether a person has said that it is this job: then that counts, whatever the machine shows.

        Raises:
            CheckpointRestoreEndedError: The job failed. UnclearRestoreError: It has restored another checkpoint.
            UndocumentedEndError: It is over, and does not say how.
            CheckpointJobError: It is still running at the deadline, or has vanished.
        """
        attempt.outputs["job_id"] = job_id

        def progress(job: Job) -> None:
            attempt.outputs |= job_outputs(job, attempt.outputs)
            bridge.say(self._call, describe(job, self._service.service_now(), "restoring"))

        try:
            job = await follow_job(
                self._service,
                job_id,
                self._baseline.stamp_id,
                deadline=self._deadline,
                on_progress=progress,
                on_wait=self._call.tell,
            )
        except CheckpointJobUnclearError as error:
            raise UndocumentedEndError(self._baseline.trigger, error) from None
        except CheckpointJobFailedError as error:
            attempt.outputs |= {"outcome": FAILED, "failure": str(error)}
            raise CheckpointRestoreEndedError(self._baseline.trigger, error) from None
        if not confirmed:
            await self._see_checkpoint(job, checkpoint_id, attempt)
        attempt.outputs.setdefault("ended_at", iso(self._service.service_now()))
        attempt.outputs["outcome"] = RESTORED
        attempt.outputs.pop("failure", None)
        if job.words and (job.status or "").lower() != "completed":
            bridge.say(self._call, f"job {job.id} ended {job.status}: {job.words}", warning=True)

    async def _see_checkpoint(self, job: Job, checkpoint_id: str, attempt: Attempt) -> None:
        """Refuse a job that has restored another checkpoint, where the machine shows which."""
        showing = Deadline(self._clock, min(SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            try:
                machine = await self._looks.machine(self._baseline.vm_id, self._baseline.stamp_id)
            except NotFoundError:
                return  # the job has said that it is done
            shown = machine.last_restored_checkpoint_id
            if shown in {None, checkpoint_id}:
                return
            if late_enough:
                attempt.outputs.pop("job_id", None)
                found = await self._looks.found(checkpoint_id, self._baseline)
                raise UnclearRestoreError(found, other=job.id)
            bridge.say(self._call, f"job {job.id} is done, the machine still shows checkpoint {shown}")
            await pause(self._clock, showing, showing)
