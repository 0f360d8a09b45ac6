"""What there is of a restore: the disk, and the jobs that make it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_facts import snapshot_group
from azure_recovery.dynamic_providers.disk_found import FoundRestore
from azure_recovery.dynamic_providers.disk_rights import READ_DISK, READ_JOBS
from azure_recovery.dynamic_providers.rights import once_allowed
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.asking import unless_gone
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.managed_disk_models import ManagedDisk
from azure_recovery.rest.dataprotection.following import FoundJobs, find_jobs
from azure_recovery.rest.dataprotection.jobs import JobStatus, job_status
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError, OperationTimedOutError
from azure_recovery.rest.retrying import Wait

T = TypeVar("T")

_DISK_SHOWS_S = 600.0
"""Azure's seconds for which the disk of a completed job may not show, or not be Succeeded yet."""

_LOOK_AGAIN_S = 10.0


class BrokenDiskError(AzureRecoveryError):
    """The job of a restore has completed, and its disk is of no use."""


class RestoreLooks:
    """Looks at one disk and at the restores of one backup instance.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        disk_id: The disk. instance_id: What is restored. deadline: When to stop.
        granted: Whether the right to look is there already: one that is missing then is not waited for.
    """

    def __init__(
        self,
        session: Session,
        call: bridge.Call,
        disk_id: ResourceId,
        instance_id: ResourceId,
        deadline: Deadline,
        *,
        granted: bool = False,
    ) -> None:
        self._session = session
        self._call = call
        self._disk_id = disk_id
        self._instance_id = instance_id
        self._deadline = deadline
        self._granted = granted

    async def look(self) -> FoundRestore:
        """Return the disk and the jobs to it.

        The disk is asked first: one that comes to be between the two looks is then the outcome of a job that shows.
        """
        disk = await self.disk()
        jobs = await self.jobs()
        return FoundRestore(disk, jobs, self.now)

    @property
    def now(self) -> datetime:
        """The service's time."""
        return self._session.transport.service_now()

    async def disk(self) -> ManagedDisk | None:
        """Return the disk, or None if ARM itself says that it, or its group, is not there."""
        return await self._allowed((READ_DISK, str(self._disk_id)), self._get_disk)

    async def jobs(self) -> FoundJobs:
        """Return the restores of the backup instance that concern the disk."""
        vault_id = self._instance_id.parent
        return await self._allowed(
            (READ_JOBS, str(vault_id)),
            lambda: find_jobs(
                self._session.backup_vaults,
                vault_id,
                self._instance_id,
                self._disk_id,
                deadline=self._deadline,
                on_wait=self.waiting,
            ),
        )

    async def of_job(self, found: FoundRestore, job_id: str) -> FoundRestore:
        """Return what was *found* as it concerns one job; a job that the list left out is asked itself."""
        if any(job.job_id.lower() == job_id.lower() for job in found.jobs.to_disk):
            return found.of(job_id)
        vaults, vault_id = self._session.backup_vaults, self._instance_id.parent
        try:
            asked = await vaults.get_job(vault_id, job_id, deadline=self._deadline, on_wait=self.waiting)
        except NotFoundError as error:
            if not error.is_gone:
                raise
            return found.of(job_id)
        return found.of(job_id, job_status(asked, job_id))

    async def with_snapshots(self, found: FoundRestore) -> FoundRestore:
        """Return what was *found*, and where the instance's snapshots are, if that can be known and may matter."""
        if found.disk is None or found.maker is None or found.maker.outcome.succeeded:
            return found
        try:
            instance = await self._session.backup_vaults.get_backup_instance(
                self._instance_id, deadline=self._deadline, on_wait=self.waiting
            )
        except AzureRecoveryError as error:
            bridge.say(self._call, f"nobody can tell where the snapshots are: {error}")
            return found
        return replace(found, snapshot_group=snapshot_group(instance))

    async def finished_disk(self, job: JobStatus) -> ManagedDisk:
        """Return the disk of a completed job once it shows and is Succeeded.

        Raises:
            BrokenDiskError: It is Failed.
            OperationTimedOutError: It does not show, or is still being made.
        """
        clock = self._session.transport.clock
        patience = Deadline(clock, min(_DISK_SHOWS_S, self._deadline.left_s))
        what = f"job {job.job_id} of {self._disk_id}"
        while True:
            disk = await self.disk()
            state = "not there" if disk is None else disk.properties.provisioning_state or "Succeeded"
            if disk is not None and state_of(state) is OperationState.SUCCEEDED:
                return disk
            if disk is not None and state_of(state) in {OperationState.FAILED, OperationState.CANCELED}:
                raise BrokenDiskError(
                    f"{what} has {job.word}, and the disk is {state}: destroy deletes it, then up restores anew"
                )
            if patience.passed:
                raise OperationTimedOutError(
                    what=what, text=f"the job has {job.word}, the disk is {state}", waited_s=patience.waited_s
                )
            bridge.say(self._call, f"job {job.job_id} has completed, waiting for the disk, which is {state}")
            await clock.sleep(min(_LOOK_AGAIN_S, patience.left_s))

    def waiting(self, wait: Wait) -> None:
        """Show a pause on the row."""
        bridge.say(self._call, str(wait))

    async def _allowed(self, needs: tuple[str, str], work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._granted:
            return await work()
        return await once_allowed(self._session, self._call, self._deadline, needs=needs, work=work)

    async def _get_disk(self) -> ManagedDisk | None:
        return await unless_gone(
            self._session.disks.get_disk(self._disk_id, deadline=self._deadline, on_wait=self.waiting)
        )
