"""The one request that rolls a machine back: what it sends, when it is taken, and the job that it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_errors import UnclearRestoreError
from azure_recovery.dynamic_providers.checkpoint_following import SHOWS_WITHIN_S, pause
from azure_recovery.dynamic_providers.checkpoint_found import Baseline
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, CHECKPOINT
from azure_recovery.dynamic_providers.checkpoint_looks import CheckpointLooks
from azure_recovery.rest.clock import Deadline, iso
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    NoAnswerError,
    RefusedError,
    ServiceError,
    ThrottledError,
    UnexpectedAnswerError,
    may_have_taken_effect,
)
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.models import Checkpoint, Job
from azure_recovery.rest.wire import passes_by_itself

_PASSES_WITHIN_S = 900.0
"""The service's seconds for which a request is tried for that was not taken: throttled, or no connection."""

_SEND_AGAIN_S = 15.0


class CheckpointSender:
    """Sends one restore. Whether it may be sent is for the caller to know.

    Args:
        service: The calls. call: The engine's call, for its row. deadline: When to stop.
        looks: At the machine. inputs: Of the run, as checked.

    Attributes:
        under_way: Whether a request may have had an effect: it is on its way, or its end does not tell.
    """

    def __init__(
        self,
        service: CheckpointService,
        call: bridge.Call,
        deadline: Deadline,
        looks: CheckpointLooks,
        inputs: Mapping[str, Any],
    ) -> None:
        self._service = service
        self._clock = service.connection.transport.clock
        self._call = call
        self._deadline = deadline
        self._looks = looks
        self._inputs = inputs
        self._checkpoint_id: str = inputs[CHECKPOINT]
        self._baseline = Baseline.of(inputs[BASELINE])
        self.under_way = False

    async def read(self) -> Checkpoint:
        """Return the checkpoint as it is now: a PUT sends all of it back.

        Raises:
            RefusedError: It is another machine's by now.
        """
        checkpoint = await self._looks.checkpoint(self._checkpoint_id, self._baseline.stamp_id)
        if checkpoint.vm_id != self._baseline.vm_id:
            raise RefusedError(
                f"checkpoint {checkpoint.id} is of machine {checkpoint.vm_id}, and the baseline of "
                f"{self._baseline.vm_id}"
            )
        return checkpoint

    async def ask(self, checkpoint: Checkpoint) -> dict[str, Any]:
        """Send the request until it is taken; return the outputs that its answer tells.

        Taken is what may have had an effect. An answer that proves that nothing happened, and passes, is waited for.

        Raises:
            NoAnswerError, ServiceError, UnexpectedAnswerError: As `CheckpointService.restore`.
        """
        passing = Deadline(self._clock, min(_PASSES_WITHIN_S, self._deadline.left_s))
        while True:
            self.under_way = True
            try:
                sent = await self._service.restore(
                    checkpoint, self._inputs["method"], deadline=passing, on_wait=self._call.tell
                )
            except (NoAnswerError, ThrottledError) as error:
                if may_have_taken_effect(error) or not passes_by_itself(error) or passing.passed:
                    raise
                self.under_way = False
                bridge.say(self._call, f"not taken yet: {error}")
                asked_s = error.retry_after_s if isinstance(error, ThrottledError) else None
                await self._clock.sleep(min(max(asked_s or 0.0, _SEND_AGAIN_S), passing.left_s))
            else:
                bridge.say(self._call, f"accepted, restoring {checkpoint.name or checkpoint.id}")
                ids = {"request_id": sent.request_id, "activity_id": sent.activity_id}
                return {**{name: id_ for name, id_ in ids.items() if id_}, "requested_at": iso(sent.date)}

    async def shown(self, before: frozenset[str], trouble: AzureRecoveryError | None) -> Job:
        """Return the job of what was just sent, once it shows. A look that fails is told, and taken again.

        While a job runs that may be it, without saying so, the time within which it must show begins anew.

        Args:
            before: Ids of the jobs that showed right before. trouble: What the request ended with, if not well.

        Raises:
            UnclearRestoreError: It does not show.
        """
        waiting = showing = Deadline(self._clock, min(SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            try:
                found = await self._looks.found(self._checkpoint_id, self._baseline)
            except (ServiceError, NoAnswerError, UnexpectedAnswerError) as error:
                if late_enough:
                    raise
                bridge.say(self._call, f"could not look for the job of the restore: {error}")
            else:
                if job := found.sent(before, late_enough=late_enough):
                    return job
                if found.may_tell_later(before) and not self._deadline.passed:
                    showing = Deadline(self._clock, min(SHOWS_WITHIN_S, self._deadline.left_s))
                elif late_enough:
                    raise UnclearRestoreError(found, trouble=trouble, accepted=trouble is None)
                bridge.say(self._call, "waiting for the job of the restore to show")
            await pause(self._clock, waiting, showing)
