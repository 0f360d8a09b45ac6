"""What there is of a checkpoint restore: the checkpoint, its machine, and the machine's jobs."""

from __future__ import annotations

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_found import Baseline, FoundRestore, worth_keeping
from azure_recovery.rest.clock import Deadline, iso
from azure_recovery.rest.errors import InvalidInputError, NotFoundError, ServiceError
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.models import Checkpoint, Job, VirtualMachine

_NO_LISTS = frozenset({400, 404, 405, 501})
"""Statuses by which a service says that it lists no jobs, or takes no filter: they are documented one by one."""


class CheckpointLooks:
    """Looks at one checkpoint of one service.

    Args:
        service: The calls. call: The engine's call, for its row. deadline: When to stop.
    """

    def __init__(self, service: CheckpointService, call: bridge.Call, deadline: Deadline) -> None:
        self._service = service
        self._call = call
        self._deadline = deadline

    async def checkpoint(self, checkpoint_id: str, stamp_id: str) -> Checkpoint:
        """Return the checkpoint; without *stamp_id*, that of the only stamp that has it.

        Raises:
            InvalidInputError: There is none, or more than one.
        """
        if stamp_id:
            try:
                return await self._service.get_checkpoint(
                    checkpoint_id, stamp_id, deadline=self._deadline, on_wait=self._call.tell
                )
            except NotFoundError as error:
                raise InvalidInputError(
                    property="checkpoint_id", reason=f"does not exist in stamp {stamp_id}; {error}"
                ) from None
        found = await self._service.find_checkpoints(checkpoint_id, deadline=self._deadline, on_wait=self._call.tell)
        return only_one(found, checkpoint_id)

    async def machine(self, vm_id: str, stamp_id: str) -> VirtualMachine:
        """Return the machine that the checkpoint is of."""
        return await self._service.get_virtual_machine(
            vm_id, stamp_id, deadline=self._deadline, on_wait=self._call.tell
        )

    async def jobs(self, machine: VirtualMachine) -> tuple[tuple[Job, ...], bool]:
        """Return the machine's jobs, and whether these are all: if not, it is the most recent one alone."""
        try:
            listed = await self._service.jobs_of(
                machine.id, machine.stamp_id, deadline=self._deadline, on_wait=self._call.tell
            )
        except ServiceError as error:
            if error.status not in _NO_LISTS:
                raise
            return await self._newest_alone(machine), False
        if machine.most_recent_task_id and machine.most_recent_task_id not in {job.id for job in listed}:
            newest = await self.newest_job(machine)
            return ((newest, *listed) if newest else tuple(listed)), True
        return tuple(listed), True

    async def _newest_alone(self, machine: VirtualMachine) -> tuple[Job, ...]:
        newest = await self.newest_job(machine)
        return (newest,) if newest else ()

    async def newest_job(self, machine: VirtualMachine) -> Job | None:
        """Return the machine's most recent job, or None if it has none, or the service has forgotten it."""
        if not machine.most_recent_task_id:
            return None
        try:
            return await self._service.get_job(
                machine.most_recent_task_id, machine.stamp_id, deadline=self._deadline, on_wait=self._call.tell
            )
        except NotFoundError:
            return None

    async def found(self, checkpoint_id: str, baseline: Baseline) -> FoundRestore:
        """Return what came after *baseline*.

        Of a baseline that knows one job alone, a list would show those before it as news: the most recent job is looked
        at then. The machine is asked last: a restore that ends between the two looks is not one whose checkpoint does
        not show.
        """
        before = await self.machine(baseline.vm_id, baseline.stamp_id)
        jobs, listed = await self.jobs(before) if baseline.listed else (await self._newest_alone(before), False)
        after = await self.machine(baseline.vm_id, baseline.stamp_id)
        return FoundRestore(checkpoint_id, baseline, after, jobs, listed)

    async def baseline(self, trigger: str, vm_id: str, stamp_id: str) -> Baseline:
        """Return what the machine's jobs are now."""
        machine = await self.machine(vm_id, stamp_id)
        jobs, listed = await self.jobs(machine)
        now = self._service.service_now()
        return Baseline(
            trigger=trigger,
            vm_id=machine.id,
            stamp_id=machine.stamp_id,
            taken_at=iso(now),
            last_task_id=machine.most_recent_task_id or "",
            last_restored_checkpoint_id=machine.last_restored_checkpoint_id or "",
            job_ids=frozenset(job.id for job in jobs if worth_keeping(job, now)),
            listed=listed,
        )


def only_one(found: list[Checkpoint], checkpoint_id: str) -> Checkpoint:
    """Return the only checkpoint of those that a service has under one id.

    Raises:
        InvalidInputError: There is none, or more than one.
    """
    if not found:
        raise InvalidInputError(
            property="checkpoint_id",
            reason=f"{checkpoint_id} does not exist in any stamp that this subscription sees: correct it, or name "
            "stamp_id",
        )
    if len(found) > 1:
        stamps = ", ".join(sorted(checkpoint.stamp_id for checkpoint in found))
        raise InvalidInputError(
            property="stamp_id", reason=f"is needed: {len(found)} stamps have checkpoint {checkpoint_id}: {stamps}"
        )
    return found[0]
