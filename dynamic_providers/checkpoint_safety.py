"""A checkpoint of a machine as it is, before it is rolled back: the way back from a restore that was a mistake.

It is made once for each trigger. Its name is made of the resource's seed and the trigger, and is looked for before
anything is made: what a run that was killed has made is found again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_following import SHOWS_WITHIN_S, pause
from azure_recovery.dynamic_providers.checkpoint_kinds import Kind, kind_of
from azure_recovery.dynamic_providers.checkpoint_looks import CheckpointLooks
from azure_recovery.dynamic_providers.checkpoint_outputs import describe
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError, may_have_taken_effect
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.errors import CheckpointJobError
from azure_recovery.rest.spf.following import follow_job
from azure_recovery.rest.spf.models import Checkpoint, Job

_SAME_TIME = timedelta(minutes=10)
"""How far the start of a job and the making of its checkpoint may be apart."""

_EARLIER_SHOWS_WITHIN_S = 60.0
"""The service's seconds after which the job of a checkpoint shows."""


class SafetyCheckpointError(AzureRecoveryError):
    """The checkpoint that was to be made first is not there; nothing was restored."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"safety checkpoint {name} {why}; nothing was restored")


class SafetyCheckpoint:
    """Makes one checkpoint of one machine.

    Args:
        service: The calls. looks: At the machine. call: The engine's call, for its row. deadline: When to stop.
        name: Of the checkpoint.
    """

    def __init__(
        self, service: CheckpointService, looks: CheckpointLooks, call: bridge.Call, deadline: Deadline, name: str
    ) -> None:
        self._service = service
        self._clock = service.connection.transport.clock
        self._looks = looks
        self._call = call
        self._deadline = deadline
        self._name = name

    async def there(self, vm_id: str, stamp_id: str, description: str) -> str:
        """Return the id of the checkpoint once it is there, a GUID. The machine is idle.

        Raises:
            SafetyCheckpointError: It cannot be made, or whether it was made cannot be told.
        """
        found = await self._find(vm_id, stamp_id)
        if found is not None:
            await self._see_made(found)
            bridge.say(self._call, f"safety checkpoint {self._name} is there already")
            return found.id
        machine = await self._looks.machine(vm_id, stamp_id)
        jobs, _ = await self._looks.jobs(machine)
        before = frozenset(job.id for job in jobs)
        trouble: AzureRecoveryError | None = None
        bridge.say(self._call, f"making safety checkpoint {self._name}")
        try:
            await self._service.create_checkpoint(
                vm_id, stamp_id, self._name, description, deadline=self._deadline, on_wait=self._call.tell
            )
        except AzureRecoveryError as error:
            if not may_have_taken_effect(error):
                raise
            trouble = error
        return await self._made(vm_id, stamp_id, before, trouble)

    async def _made(self, vm_id: str, stamp_id: str, before: frozenset[str], trouble: AzureRecoveryError | None) -> str:
        """Return the checkpoint that was just asked for, once its job is done."""
        showing = Deadline(self._clock, min(SHOWS_WITHIN_S, self._deadline.left_s))
        while True:
            late_enough = showing.passed
            job = await self._job(vm_id, stamp_id, before, late_enough=late_enough)
            if job is not None:
                await self._follow(job)
            found = await self._find(vm_id, stamp_id)
            if found is not None and (job is not None or late_enough):
                return found.id
            if late_enough:
                asked = f"; {trouble}" if trouble else ""
                raise SafetyCheckpointError(
                    self._name,
                    f"does not show {showing.waited_s:.0f} s after it was asked for{asked}: run up again, which looks "
                    "for it first",
                )
            bridge.say(self._call, f"waiting for safety checkpoint {self._name}")
            await pause(self._clock, showing, showing)

    async def _job(self, vm_id: str, stamp_id: str, before: frozenset[str], *, late_enough: bool) -> Job | None:
        jobs, _ = await self._looks.jobs(await self._looks.machine(vm_id, stamp_id))
        new = _making([job for job in jobs if job.id not in before], late_enough=late_enough)
        return new[0] if new else None

    async def _follow(self, job: Job) -> None:
        try:
            await follow_job(
                self._service,
                job.id,
                job.stamp_id,
                deadline=self._deadline,
                on_progress=lambda seen: bridge.say(
                    self._call, describe(seen, self._service.service_now(), f"safety checkpoint {self._name}")
                ),
                on_wait=self._call.tell,
            )
        except CheckpointJobError as error:
            raise SafetyCheckpointError(self._name, f"was not made: {error}") from None

    async def _find(self, vm_id: str, stamp_id: str) -> Checkpoint | None:
        found = await self._service.checkpoints_of(vm_id, stamp_id, deadline=self._deadline, on_wait=self._call.tell)
        return next((checkpoint for checkpoint in found if checkpoint.name == self._name), None)

    async def _see_made(self, found: Checkpoint) -> None:
        """Wait for the job of a checkpoint that an earlier run has asked for, which may not show yet.

        Raises:
            SafetyCheckpointError: It failed. Going back to what it left would bring back nothing.
        """
        made = found.added_at
        if made is None:
            raise SafetyCheckpointError(
                self._name,
                "is there, and does not tell when it was made: whether its job failed is not known; delete it, or "
                "change trigger, then run up again",
            )
        age_s = (self._service.service_now() - made).total_seconds()
        showing = Deadline(self._clock, min(max(_EARLIER_SHOWS_WITHIN_S - age_s, 0.0), self._deadline.left_s))
        while True:
            late_enough = showing.passed
            jobs, _ = await self._looks.jobs(await self._looks.machine(found.vm_id, found.stamp_id))
            then = _making([job for job in jobs if _began_at(job, made)], late_enough=late_enough)
            if any(job.succeeded for job in then) or (late_enough and not then):
                return
            if then and not then[0].running:
                raise SafetyCheckpointError(
                    self._name, f"is there, but job {then[0].id} ended {then[0].status}: delete it, then run up again"
                )
            if then:
                await self._follow(then[0])
                return  # the job itself says that it is done, whatever the list goes on to say
            bridge.say(self._call, f"waiting for the job of safety checkpoint {self._name}")
            await pause(self._clock, showing, showing)


def _making(jobs: list[Job], *, late_enough: bool) -> list[Job]:
    """Return the jobs that make a checkpoint; once these must show, and none does, those that may make one."""
    making = [job for job in jobs if _makes_checkpoint(job)]
    return making or [job for job in jobs if late_enough and kind_of(job) is Kind.UNCLEAR]


def _makes_checkpoint(job: Job) -> bool:
    cmdlet = (job.cmdlet_name or "").strip().lower()
    return cmdlet.startswith("new-") and cmdlet.endswith("checkpoint")


def _began_at(job: Job, moment: datetime) -> bool:
    return job.start_time is not None and abs(job.start_time - moment) < _SAME_TIME
