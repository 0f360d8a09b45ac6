"""How a baseline is taken: of a machine at which nothing runs, after the safety checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_found import Baseline
from azure_recovery.dynamic_providers.checkpoint_inputs import CHECKPOINT, STAMP, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_looks import CheckpointLooks
from azure_recovery.dynamic_providers.checkpoint_outputs import describe
from azure_recovery.dynamic_providers.checkpoint_safety import SafetyCheckpoint
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.errors import CheckpointJobFailedError, CheckpointJobVanishedError
from azure_recovery.rest.spf.following import follow_job
from azure_recovery.rest.spf.models import Job


class BaselineTaker:
    """Takes the baseline of one restore.

    Args:
        service: The calls. call: The engine's call, for its row. deadline: When to stop.
    """

    def __init__(self, service: CheckpointService, call: bridge.Call, deadline: Deadline) -> None:
        self._service = service
        self._call = call
        self._deadline = deadline
        self._looks = CheckpointLooks(service, call, deadline)

    async def take(self, inputs: Mapping[str, Any], safety_name: str) -> tuple[Baseline, str]:
        """Return the baseline and the id of the safety checkpoint, or "".

        Args:
            inputs: As checked. safety_name: Name of the safety checkpoint, if one is to be made.

        Raises:
            InvalidInputError: The checkpoint does not exist, or in several stamps.
            SafetyCheckpointError: It could not be made.
            CheckpointJobTimedOutError: The machine's job was still running at the deadline.
        """
        checkpoint = await self._looks.checkpoint(inputs[CHECKPOINT], inputs.get(STAMP) or "")
        await self._wait_until_idle(checkpoint.vm_id, checkpoint.stamp_id)
        safety_id = ""
        if inputs["safety_checkpoint"]:
            safety = SafetyCheckpoint(self._service, self._looks, self._call, self._deadline, safety_name)
            described = f"made by azure-recovery before the restore of {checkpoint.name or checkpoint.id}"
            safety_id = await safety.there(checkpoint.vm_id, checkpoint.stamp_id, described)
        return await self._looks.baseline(inputs[TRIGGER], checkpoint.vm_id, checkpoint.stamp_id), safety_id

    async def _wait_until_idle(self, vm_id: str, stamp_id: str) -> None:
        """Wait for the end of each of the machine's jobs: what would be rolled back under it is not known.

        A list may lag behind: each job is followed once.
        """
        over: set[str] = set()
        while True:
            jobs, _ = await self._looks.jobs(await self._looks.machine(vm_id, stamp_id))
            job = next((job for job in jobs if job.running and job.id not in over), None)
            if job is None:
                return
            over.add(job.id)
            try:
                await follow_job(
                    self._service,
                    job.id,
                    stamp_id,
                    deadline=self._deadline,
                    on_progress=self._progress,
                    on_wait=self._call.tell,
                )
            except (CheckpointJobFailedError, CheckpointJobVanishedError) as error:
                bridge.say(self._call, str(error))  # somebody else's job: that it is over is what counts

    def _progress(self, job: Job) -> None:
        what = f"waiting until the machine is free of {job.name or job.cmdlet_name or 'a job'}"
        bridge.say(self._call, describe(job, self._service.service_now(), what))
