"""One checkpoint restore, from whatever is found of it to the end of the machine's job.

The order is what makes it happen at most once. The permit is used up and the attempt is noted down, then the request is
sent, then its job is looked for; whatever goes wrong after the first of these leaves the trigger in the state. An `up`
that finds the trigger there only looks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_confirming import ConfirmableRestore
from azure_recovery.dynamic_providers.checkpoint_errors import (
    RestoreRefusedError,
    UnclearRestoreError,
)
from azure_recovery.dynamic_providers.checkpoint_following import CheckpointJobFollower, pause
from azure_recovery.dynamic_providers.checkpoint_found import REFUSED, RESTORED, UNSENT, Baseline, FoundRestore, Move
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, CHECKPOINT, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_looks import CheckpointLooks
from azure_recovery.dynamic_providers.checkpoint_notes import RestoreNotes
from azure_recovery.dynamic_providers.checkpoint_permits import Permits
from azure_recovery.dynamic_providers.checkpoint_sending import CheckpointSender
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.rest.clock import Deadline, iso
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    RefusedError,
    ServiceError,
    UnexpectedAnswerError,
    may_have_taken_effect,
)
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.models import Checkpoint, Job

_EARLIER_SHOWS_WITHIN_S = 60.0
"""The service's seconds within which the job of a run shows that was killed right before this one. Nothing is sent at
the end of it, so a job that shows later is found by the next `up`."""

_INTERRUPTED = "interrupted before it was sent"


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
        self._sender = CheckpointSender(service, call, deadline, self._looks, inputs)
        follower = CheckpointJobFollower(service, call, deadline, self._looks, self._baseline)
        self._told = ConfirmableRestore(service, call, deadline, follower, inputs)

    async def bring(self, attempt: Attempt, before: Mapping[str, Any]) -> None:
        """Send, follow or adopt the restore; return when its job has completed.

        Args:
            attempt: What is known is written into it.
            before: The outputs of the state; {} in a create.

        Raises:
            UnclearRestoreError: Whether a restore was sent cannot be told; nothing was sent in this run, or no job
                shows of what was.
            RestoreRefusedError: The service said no: nothing was restored, for this trigger nothing will be.
            CheckpointRestoreEndedError: The job failed. UndocumentedEndError: It is over, and does not say how.
            CheckpointJobTimedOutError: The job is still running at the deadline.
        """
        notes = RestoreNotes(attempt, self._inputs, self._baseline, self._permits)
        if before.get(TRIGGER) == self._trigger:
            attempt.started = True
            await self._go_on(notes)
            return
        async with self._alone(notes):
            with self._nothing_sent(notes):
                found = await self._until_known()
                move = self._move(found, late_enough=True)
                if move is Move.LOOK_AGAIN and self._may_send:
                    jobs = ", ".join(job.id for job in found.running)
                    waited = f"{self._deadline.waited_s:.0f} s"
                    raise RefusedError(f"the machine is not free after {waited}: job {jobs} runs")
                checkpoint = await self._sender.read() if move is Move.SEND else None
            job = await self._send(checkpoint, found, notes) if checkpoint is not None else None
        if job is not None:
            await self._told.follow(job.id, notes)
        else:
            await self._adopt(found, move, notes, unsent=self._may_send)

    @contextlib.asynccontextmanager
    async def _alone(self, notes: RestoreNotes) -> AsyncIterator[None]:
        """Be the only one in this process that may send a restore of the machine."""
        if not self._may_send:
            yield
            return
        alone = self._permits.alone(self._baseline.vm_id, self._baseline.stamp_id)
        with self._nothing_sent(notes):
            waiting = Deadline(self._clock, self._deadline.left_s)
            while alone.locked():  # whoever waits in the lock itself would not notice its own deadline
                if self._deadline.passed:
                    raise RefusedError(f"another restore of the machine is under way after {waiting.waited_s:.0f} s")
                bridge.say(self._call, "waiting for another restore of this machine to be under way")
                await pause(self._clock, waiting, self._deadline)
        async with alone:
            yield

    async def _adopt(self, found: FoundRestore, move: Move, notes: RestoreNotes, *, unsent: bool) -> None:
        """Follow the job that was found, or what the user says; otherwise stop.

        Args:
            found: What was found. move: What is to be done about it. notes: Of this attempt.
            unsent: Whether it is certain that nothing was sent. The state keeps that: the next `up` must not take for
                ours what this one knows to be somebody else's.
        """
        if move is Move.FOLLOW and found.job is not None:
            notes.begin()
            bridge.say(self._call, f"adopted: job {found.job.id} restores this machine", ephemeral=False)
            await self._told.follow(found.job.id, notes)
        elif not await self._told.confirmed(notes, may_send=self._may_send):
            error = UnclearRestoreError(found, unsent=unsent)
            if unsent:
                notes.unsent(str(error))
            raise error

    @contextlib.contextmanager
    def _nothing_sent(self, notes: RestoreNotes) -> Iterator[None]:
        """Keep, of a look that fails while this process may still send, that nothing was sent.

        The permit goes with the process. Without this the next `up` could not tell, and would look for a job.
        """
        try:
            yield
        except (AzureRecoveryError, asyncio.CancelledError) as error:
            if not self._may_send:
                raise
            words = _INTERRUPTED if isinstance(error, asyncio.CancelledError) else str(error)
            notes.refused(words)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise RestoreRefusedError(self._trigger, words) from None

    async def _go_on(self, notes: RestoreNotes) -> None:
        """Follow what was sent in an earlier run, and never send."""
        outputs = notes.attempt.outputs
        if outputs.get("outcome") == RESTORED:
            return
        if outputs.get("outcome") == REFUSED:
            raise RestoreRefusedError(self._trigger, str(outputs.get("failure") or ""))
        if outputs.get("outcome") == UNSENT:
            found = await self._looks.found(self._checkpoint_id, self._baseline)
            await self._adopt(found, found.move(may_send=True, late_enough=True), notes, unsent=True)
            return
        if outputs.get("job_id"):
            await self._told.follow(outputs["job_id"], notes)
            return
        found = await self._until_known()
        if found.job is not None:
            await self._told.follow(found.job.id, notes)
        elif not await self._told.confirmed(notes, may_send=self._may_send):
            raise UnclearRestoreError(found)

    async def _until_known(self) -> FoundRestore:
        """Look until it is clear what to do, or a job that was started before must show."""
        showing = Deadline(self._clock, min(_EARLIER_SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            found = await self._looks.found(self._checkpoint_id, self._baseline)
            if self._move(found, late_enough=late_enough) is not Move.LOOK_AGAIN or self._deadline.passed:
                return found
            running = ", ".join(f"{job.id} ({job.name or 'unnamed'})" for job in found.running)
            if running:
                bridge.say(self._call, f"waiting for job {running} of the machine to end")
            elif self._may_send:
                bridge.say(self._call, "waiting for the machine to show what somebody else has restored")
            else:
                bridge.say(self._call, "looking for the job of a restore that an earlier run may have sent")
            await pause(self._clock, showing, self._deadline)

    def _move(self, found: FoundRestore, *, late_enough: bool) -> Move:
        return found.move(may_send=self._may_send, late_enough=late_enough)

    @property
    def _may_send(self) -> bool:
        """Whether this process took the baseline, and has not sent by it."""
        return self._permits.has(*self._baseline.identity)

    async def _send(self, checkpoint: Checkpoint, found: FoundRestore, notes: RestoreNotes) -> Job:
        """Send the restore and return its job."""
        if not self._permits.use_up(*self._baseline.identity):
            raise UnclearRestoreError(found)
        notes.begin()
        notes.attempt.outputs["requested_at"] = iso(self._service.service_now())
        trouble: AzureRecoveryError | None = None
        try:
            notes.attempt.outputs |= await self._sender.ask(checkpoint)
        except asyncio.CancelledError:
            if not self._sender.under_way:
                notes.refused(_INTERRUPTED)
            raise
        except AzureRecoveryError as error:
            if isinstance(error, (ServiceError, UnexpectedAnswerError)) and error.request_id:
                notes.attempt.outputs["request_id"] = error.request_id
            if not may_have_taken_effect(error):
                notes.refused(str(error))
                raise RestoreRefusedError(self._trigger, str(error)) from None
            trouble = error
            bridge.say(self._call, f"whether it was restored is unclear, looking for a job: {error}")
        return await self._sender.shown(frozenset(job.id for job in found.jobs), trouble)
