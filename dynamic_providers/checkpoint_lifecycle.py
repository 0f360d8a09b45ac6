"""One checkpoint restore, from whatever is found of it to the end of the machine's job.

The order is what makes it happen at most once. The permit is used up and the attempt is noted down, then the request is
sent, then its job is looked for; whatever goes wrong after the first of these leaves the trigger in the state. An `up`
that finds the trigger there only looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_errors import (
    RestoreEndedError,
    RestoreRefusedError,
    UnclearRestoreError,
)
from azure_recovery.dynamic_providers.checkpoint_found import Baseline, FoundRestore, Move
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, CHECKPOINT, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_looks import CheckpointLooks
from azure_recovery.dynamic_providers.checkpoint_outputs import FAILED, REFUSED, RESTORED, describe, job_outputs
from azure_recovery.dynamic_providers.checkpoint_permits import Permits
from azure_recovery.dynamic_providers.checkpoint_safety import SHOWS_WITHIN_S
from azure_recovery.dynamic_providers.copy_outputs import iso
from azure_recovery.dynamic_providers.copy_start import may_have_taken_effect
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError, NoAnswerError, NotFoundError
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.errors import CheckpointJobFailedError
from azure_recovery.rest.spf.following import follow_job
from azure_recovery.rest.spf.models import Checkpoint, Job

_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 60.0
_CONNECT_FOR_S = 300.0
_CONNECT_AGAIN_S = 15.0
_EARLIER_SHOWS_WITHIN_S = 60.0
"""The service's seconds within which the job of a run shows that was killed right before this one. Nothing is sent at
the end of it, so a job that shows later is found by the next `up`."""

_OF_A_RESTORE = ("job_id", "job_status", "ended_at", "request_id", "requested_at", "outcome", "failure")
"""Outputs that belong to one restore, and are none of the next."""


class CheckpointLifecycle:
    """What create and update do about one restore.

    Args:
        service: The calls. call: The engine's call, for its row. deadline: When to stop.
        permits: Of this process. inputs: As checked.
    """

    def __init__(
        self,
        service: CheckpointService,
        call: bridge.Call,
        deadline: Deadline,
        permits: Permits,
        inputs: Mapping[str, Any],
    ) -> None:
        self._service = service
        self._clock = service.connection.transport.clock
        self._call = call
        self._deadline = deadline
        self._permits = permits
        self._inputs = inputs
        self._trigger: str = inputs[TRIGGER]
        self._checkpoint_id: str = inputs[CHECKPOINT]
        self._baseline = Baseline.of(inputs[BASELINE])
        self._looks = CheckpointLooks(service, call, deadline)

    async def bring(self, attempt: Attempt, before: Mapping[str, Any]) -> None:
        """Send, follow or adopt the restore; return when its job has completed.

        Args:
            attempt: What is known is written into it.
            before: The outputs of the state; {} in a create.

        Raises:
            UnclearRestoreError: Whether a restore was sent cannot be told; nothing was sent in this run, or no job
                shows of what was.
            RestoreRefusedError: The service said no: nothing was restored, for this trigger nothing will be.
            RestoreEndedError: The job failed.
            CheckpointJobTimedOutError: The job is still running at the deadline.
        """
        if before.get(TRIGGER) == self._trigger:
            attempt.started = True
            await self._go_on(attempt)
            return
        confirmed = await self._confirmed(attempt)
        if confirmed:
            return
        found = await self._until_known()
        match self._move(found, late_enough=True):
            case Move.SEND:
                await self._send(found, attempt)
            case Move.FOLLOW if found.job is not None:
                self._begin(attempt)
                bridge.say(self._call, f"adopted: job {found.job.id} restores this machine", ephemeral=False)
                await self._follow(found.job.id, attempt)
            case _:
                raise UnclearRestoreError(found)

    async def _go_on(self, attempt: Attempt) -> None:
        """Follow what was sent in an earlier run, and never send."""
        outputs = attempt.outputs
        if outputs.get("outcome") == RESTORED:
            return
        if outputs.get("outcome") == REFUSED:
            raise RestoreRefusedError(self._trigger, str(outputs.get("failure") or ""))
        if outputs.get("job_id"):
            await self._follow(outputs["job_id"], attempt)
            return
        if await self._confirmed(attempt):
            return
        found = await self._until_known()
        if found.job is None:
            raise UnclearRestoreError(found)
        await self._follow(found.job.id, attempt)

    async def _confirmed(self, attempt: Attempt) -> bool:
        """Take what the user knows; return whether that was all."""
        job_id = self._inputs.get("confirmed_job_id")
        if job_id:
            job = await self._service.get_job(
                job_id, self._baseline.stamp_id, deadline=self._deadline, on_wait=self._call.tell
            )
            if not self._baseline.has(job) and job.target_object_id in {None, self._baseline.vm_id}:
                self._begin(attempt)
                await self._follow(job.id, attempt, confirmed=True)
                return True
            bridge.say(
                self._call,
                f"confirmed_job_id {job_id} is not used: the job is another machine's, or older than the baseline",
                warning=True,
            )
        if self._inputs.get("confirmed_done") == self._trigger:
            self._begin(attempt)
            attempt.outputs |= {"outcome": RESTORED, "vm_id": self._baseline.vm_id}
            bridge.say(self._call, "taken as restored, as confirmed_done says", ephemeral=False)
            return True
        return False

    async def _until_known(self) -> FoundRestore:
        """Look until it is clear what to do, or a job that was started before must show."""
        showing = Deadline(self._clock, min(_EARLIER_SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            found = await self._looks.found(self._checkpoint_id, self._baseline)
            if self._move(found, late_enough=late_enough) is not Move.LOOK_AGAIN or self._deadline.passed:
                return found
            running = ", ".join(job.id for job in found.unclear if job.running)
            bridge.say(
                self._call,
                f"waiting for job {running}, which does not say what it does"
                if running
                else "looking for the job of a restore that an earlier run may have sent",
            )
            await self._pause(showing, self._deadline)

    def _move(self, found: FoundRestore, *, late_enough: bool) -> Move:
        return found.move(may_send=self._permits.has(*self._baseline.identity), late_enough=late_enough)

    async def _send(self, found: FoundRestore, attempt: Attempt) -> None:
        checkpoint = await self._looks.checkpoint(self._checkpoint_id, self._baseline.stamp_id)
        if checkpoint.vm_id != self._baseline.vm_id or not self._permits.use_up(*self._baseline.identity):
            raise UnclearRestoreError(found)
        self._begin(attempt)
        attempt.outputs["requested_at"] = iso(self._service.service_now())
        trouble: AzureRecoveryError | None = None
        try:
            attempt.outputs |= await self._ask(checkpoint)
        except AzureRecoveryError as error:
            if not may_have_taken_effect(error):
                attempt.outputs |= {"outcome": REFUSED, "failure": str(error)}
                raise RestoreRefusedError(self._trigger, str(error)) from None
            trouble = error
            bridge.say(self._call, f"whether it was restored is unclear, looking for a job: {error}")
        job = await self._shown(frozenset(job.id for job in found.jobs), trouble)
        await self._follow(job.id, attempt)

    async def _ask(self, checkpoint: Checkpoint) -> dict[str, Any]:
        """Send the request, once; a connection that was never opened is tried for again."""
        connecting = Deadline(self._clock, min(_CONNECT_FOR_S, self._deadline.left_s))
        while True:
            try:
                sent = await self._service.restore(checkpoint, self._inputs["method"])
            except NoAnswerError as error:
                if error.may_have_taken_effect or connecting.passed:
                    raise
                bridge.say(self._call, f"not sent yet: {error}")
                await self._clock.sleep(min(_CONNECT_AGAIN_S, connecting.left_s))
            else:
                bridge.say(self._call, f"accepted, restoring {checkpoint.name or checkpoint.id}")
                return {"request_id": sent.request_id, "requested_at": iso(sent.date)}

    async def _shown(self, before: frozenset[str], trouble: AzureRecoveryError | None) -> Job:
        """Return the job of what was just sent, once it shows."""
        showing = Deadline(self._clock, min(SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            found = await self._looks.found(self._checkpoint_id, self._baseline)
            job = found.sent(before)
            if job is not None:
                return job
            if late_enough:
                raise UnclearRestoreError(found, trouble=trouble, accepted=trouble is None)
            bridge.say(self._call, "waiting for the job of the restore to show")
            await self._pause(showing, showing)

    async def _follow(self, job_id: str, attempt: Attempt, *, confirmed: bool = False) -> None:
        """Wait for the end of the job, and see that it has restored this checkpoint."""
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
        except CheckpointJobFailedError as error:
            attempt.outputs |= {"outcome": FAILED, "failure": str(error)}
            raise RestoreEndedError(self._trigger, error) from None
        if not confirmed:
            await self._see_checkpoint(job, attempt)
        attempt.outputs.setdefault("ended_at", iso(self._service.service_now()))
        attempt.outputs["outcome"] = RESTORED
        attempt.outputs.pop("failure", None)
        if job.words and (job.status or "").lower() != "completed":
            bridge.say(self._call, f"job {job.id} ended {job.status}: {job.words}", warning=True)

    async def _see_checkpoint(self, job: Job, attempt: Attempt) -> None:
        """Refuse a job that has restored another checkpoint, where the machine shows which."""
        showing = Deadline(self._clock, min(SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            try:
                machine = await self._looks.machine(self._baseline.vm_id, self._baseline.stamp_id)
            except NotFoundError:
                return  # the job has said that it is done
            shown = machine.last_restored_checkpoint_id
            if shown in {None, self._checkpoint_id}:
                return
            if late_enough:
                attempt.outputs.pop("job_id", None)
                found = await self._looks.found(self._checkpoint_id, self._baseline)
                raise UnclearRestoreError(found, other=job.id)
            bridge.say(self._call, f"job {job.id} is done, the machine still shows checkpoint {shown}")
            await self._pause(showing, showing)

    async def _pause(self, waiting: Deadline, until: Deadline) -> None:
        """Pause for half of what *waiting* has lasted, not past *until*."""
        pause_s = min(max(waiting.waited_s / 2, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S)
        await self._clock.sleep(min(pause_s, until.left_s))

    def _begin(self, attempt: Attempt) -> None:
        """Note down that the restore belongs to this trigger: from here on the state keeps it."""
        if attempt.outputs.get(TRIGGER) != self._trigger or not attempt.started:
            for name in _OF_A_RESTORE:
                attempt.outputs.pop(name, None)
        attempt.outputs |= {**self._inputs, "vm_id": self._baseline.vm_id}
        attempt.started = True
