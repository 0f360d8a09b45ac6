"""What a person says who has looked at the machine, and where it counts: where a job does not tell, or has failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_errors import (
    CheckpointRestoreEndedError,
    RestoreVanishedError,
    UnclearRestoreError,
    UndocumentedEndError,
)
from azure_recovery.dynamic_providers.checkpoint_following import CheckpointJobFollower
from azure_recovery.dynamic_providers.checkpoint_found import Baseline
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, CHECKPOINT, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_notes import RestoreNotes
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import NotFoundError
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.errors import CheckpointJobVanishedError


class ConfirmableRestore:
    """Brings one restore to its end by its job, or by what the user says.

    Args:
        service: The calls. call: The engine's call, for its row. deadline: When to stop.
        follower: Of the machine's jobs. inputs: Of the run, as checked.
    """

    def __init__(
        self,
        service: CheckpointService,
        call: bridge.Call,
        deadline: Deadline,
        follower: CheckpointJobFollower,
        inputs: Mapping[str, Any],
    ) -> None:
        self._service = service
        self._call = call
        self._deadline = deadline
        self._follower = follower
        self._inputs = inputs
        self._trigger: str = inputs[TRIGGER]
        self._checkpoint_id: str = inputs[CHECKPOINT]
        self._baseline = Baseline.of(inputs[BASELINE])

    async def follow(self, job_id: str, notes: RestoreNotes) -> None:
        """Follow a job to its end; where that is no success, what the user says counts.

        Raises:
            CheckpointRestoreEndedError: The job failed. UndocumentedEndError: It is over, and does not say how.
            RestoreVanishedError: The service has forgotten it. UnclearRestoreError: It restored another checkpoint.
            CheckpointJobTimedOutError: It is still running at the deadline.
        """
        confirmed = job_id == self._inputs.get("confirmed_job_id")
        try:
            await self._follower.follow(job_id, self._checkpoint_id, notes.attempt, confirmed=confirmed)
        except (
            CheckpointRestoreEndedError
        ):  # that it failed is known: another job may have restored the machine all the same
            if confirmed or not await self._other_job_did_it(notes):
                raise
        except (UndocumentedEndError, UnclearRestoreError, CheckpointJobVanishedError) as error:
            if not confirmed and await self._other_job_did_it(notes):
                return
            if self._taken_as_done(notes):
                return
            if isinstance(error, CheckpointJobVanishedError):
                raise RestoreVanishedError(self._trigger, error) from None
            raise

    async def confirmed(self, notes: RestoreNotes, *, may_send: bool) -> bool:
        """Take what the user says who has looked; return whether that settles it.

        Args:
            notes: Of this attempt.
            may_send: Whether the baseline was just taken. Nobody can know a job since then: what is confirmed is of a
                trigger before.

        Raises:
            As `follow`. NotFoundError: There is no such job.
        """
        if not may_send and await self._confirmed_job_did_it(notes):
            return True
        return self._taken_as_done(notes)

    async def _other_job_did_it(self, notes: RestoreNotes) -> bool:
        """Follow the job that the user names in place of one that was followed; return whether there is one."""
        try:
            return await self._confirmed_job_did_it(notes)
        except NotFoundError as error:  # one of a trigger before, which the service has forgotten
            bridge.say(self._call, f"confirmed_job_id is not used: {error}", warning=True)
            return False

    async def _confirmed_job_did_it(self, notes: RestoreNotes) -> bool:
        """Follow the job that the user names to its end; return whether there is one that may have done it."""
        job_id = self._inputs.get("confirmed_job_id")
        if not job_id:
            return False
        job = await self._service.get_job(
            job_id, self._baseline.stamp_id, deadline=self._deadline, on_wait=self._call.tell
        )
        if self._baseline.rules_out(job) or job.target_object_id not in {None, self._baseline.vm_id}:
            bridge.say(
                self._call,
                f"confirmed_job_id {job_id} is not used: the job is another machine's, or older than the baseline",
                warning=True,
            )
            return False
        notes.another_job()
        await self.follow(job.id, notes)
        return True

    def _taken_as_done(self, notes: RestoreNotes) -> bool:
        """Return whether the user has said that the restore of this trigger is done; note it down."""
        done = notes.done_as_confirmed()
        if done:
            bridge.say(self._call, "taken as restored, as confirmed_done says", ephemeral=False)
        return done
