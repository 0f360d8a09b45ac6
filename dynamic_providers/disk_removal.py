"""A restored disk after its creation: what it is now, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_found import FoundRestore, Move
from azure_recovery.dynamic_providers.disk_inputs import INSTANCE
from azure_recovery.dynamic_providers.disk_looks import BrokenDiskError, RestoreLooks
from azure_recovery.dynamic_providers.disk_outputs import describe, job_outputs
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.managed_disk_models import ManagedDisk
from azure_recovery.rest.dataprotection.errors import RestoreError, RestoreJobFailedError, RestoreJobTimedOutError
from azure_recovery.rest.dataprotection.following import VISIBLE_WITHIN_S, FoundJobs, follow_job
from azure_recovery.rest.dataprotection.jobs import JobStatus
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    ConflictError,
    NotFoundError,
    OperationTimedOutError,
    RefusedError,
)

_LOOK_AGAIN_S = 10.0


class DiskState:
    """What read and delete do about one disk.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        disk_id: ARM id of the disk. props: Its outputs in the state. deadline: When to stop.
    """

    def __init__(
        self, session: Session, call: bridge.Call, disk_id: ResourceId, props: Mapping[str, Any], deadline: Deadline
    ) -> None:
        self._session = session
        self._call = call
        self._id = disk_id
        self._props = props
        self._deadline = deadline
        # One that another stack made, and that is only read here, has no instance.
        instance_id = props.get(INSTANCE) if isinstance(props.get(INSTANCE), str) else None
        self._instance_id = ResourceId.parse(instance_id, property=INSTANCE) if instance_id else None
        self._finished = bool(props.get("disk_id")) or self._instance_id is None
        self._noted = str(props.get("job_id") or "")
        """The job of this restore. Without one, a start that ended unclear may have made any job to the disk."""
        self._last: JobStatus | None = None
        self._looks = RestoreLooks(session, call, disk_id, self._instance_id or disk_id, deadline, granted=True)

    async def look(self) -> tuple[dict[str, Any], str] | None:
        """Return outputs and why the disk is not ready, or None if there is none and none is coming.

        A finished disk is asked alone; only for a restore that the state holds as unfinished is its vault asked too.
        """
        if self._finished:
            disk = await self._looks.disk()
            return None if disk is None else ({"disk_id": str(self._id)} | _location_of(disk), "")
        found = await self._look_until(lambda seen: self._shows(seen) or seen.move is not Move.START)
        match found.move:
            case Move.FOLLOW if (job := found.jobs.running) is not None:
                return job_outputs(job, self._props), describe(job, found.now)
            case Move.AWAIT_DISK if (job := found.just_completed) is not None:
                return job_outputs(job, self._props), f"job {job.job_id} has completed, its disk does not show yet"
            case Move.ADOPT if (job := found.outcome_of) is not None and found.disk is not None:
                return job_outputs(job, self._props) | _location_of(found.disk) | {"disk_id": str(self._id)}, ""
            case Move.LOOK_AGAIN:
                return {}, "a restore is running that does not say which disk it makes"
        if found.disk is not None:
            return {}, f"{self._id} is there, but no restore of this backup instance has completed it"
        return None  # whatever was started is over, and left nothing

    async def remove(self) -> None:
        """Delete the disk and follow the deletion; one that is gone is done.

        Raises:
            RefusedError: It is attached to a VM; nothing was changed.
        """
        if not self._finished and not await self._is_ours_to_delete():
            return
        try:
            operation = await self._session.disks.delete_disk(
                self._id, deadline=self._deadline, on_wait=self._looks.waiting
            )
            if operation is not None:
                await operation.finish(self._deadline, on_wait=self._looks.waiting)
        except ConflictError as error:
            await self._refuse_if_attached(error)
            raise

    async def _is_ours_to_delete(self) -> bool:
        """Wait for the end of a restore that is under way; return whether it has left a disk.

        A job cannot be stopped, and one that goes on would leave a disk that nobody knows. The disk is ours if our own
        job made it: another run may have restored to the same name, and then ours failed.
        """
        try:
            found = await self._look_until(self._shows)
        except NotFoundError as error:
            if not error.is_gone:
                raise
            # The vault is gone, and with it whatever would make the disk.
            found = FoundRestore(None, FoundJobs(), self._session.transport.service_now())
        completed = found.just_completed if found.disk is None else None
        for job in found.jobs.to_disk:
            if job.running:
                bridge.say(self._call, f"waiting for the end of job {job.job_id}, to delete the disk that it makes")
                ended = await self._end_of(job.job_id)
                found = replace(found, jobs=_with(found.jobs, job, ended))
                completed = ended if ended is not None and ended.outcome.succeeded else completed
        if completed is not None:
            await self._until_it_shows(completed)
        found = await self._looks.with_snapshots(replace(found, disk=await self._looks.disk()))
        if found.disk is not None and found.left_by is None:
            whose = f"job {found.maker.job_id} made it" if found.maker in found.rivals else "no restore of this made it"
            bridge.say(self._call, f"{self._id} is left alone: {whose}", warning=True)
        elif found.disk is None and (rival := FoundJobs(found.rivals).running) is not None:
            bridge.say(self._call, f"the disk that job {rival.job_id} makes is left alone: {self._id}", warning=True)
        # A disk that does not show in time is deleted all the same: that of nobody is no error.
        return completed is not None if found.disk is None else found.left_by is not None

    async def _until_it_shows(self, job: JobStatus) -> None:
        try:
            await self._looks.finished_disk(job)
        except (BrokenDiskError, OperationTimedOutError) as error:  # whatever is there by now is deleted as it is
            bridge.say(self._call, str(error))

    async def _look_until(self, shows: Callable[[FoundRestore], bool]) -> FoundRestore:
        """Return the first look that shows something, or one taken late enough for all that was posted to show.

        The state does not tell since when: a run that was killed after its request has not written it down, and what
        is written down may be of the run before.
        """
        clock = self._session.transport.clock
        showing: Deadline | None = None
        while True:
            late_enough = showing is not None and showing.passed
            found = await self._looks.look()
            if self._noted:
                found = await self._looks.of_job(found, self._noted)
            showing = showing or Deadline(clock, VISIBLE_WITHIN_S)  # from the first answer on, as in a create
            if shows(found) or (late_enough and not found.jobs.unclear):
                return found
            if self._deadline.passed:
                raise RefusedError(f"a restore to {self._id} may be under way, and nothing shows it; run again")
            bridge.say(self._call, "looking for the job of a restore that may be under way")
            await clock.sleep(min(_LOOK_AGAIN_S, self._deadline.left_s))

    async def _end_of(self, job_id: str) -> JobStatus | None:
        """Return the job as it was last seen, and it ended, or None for one that nobody knows."""
        if self._instance_id is None:
            return None
        try:
            return await follow_job(
                self._session.backup_vaults,
                self._instance_id.parent,
                job_id,
                deadline=self._deadline,
                disk_id=str(self._id),
                on_progress=self._progress,
                on_wait=self._looks.waiting,
            )
        except RestoreJobTimedOutError as error:
            state = f"still {error.word}" if error.word else "not known to be over"
            last = f": {error.text}" if error.text else ""
            raise RefusedError(
                f"{self._id} is not deleted: job {job_id}, which makes it, is {state} after {error.waited_s:.0f} s"
                f"{last}; run it again to go on waiting; if it hangs, cancel the job in the vault, or take the "
                "resource out of the state (pulumi state delete) and watch for the disk"
            ) from None
        except RestoreError as error:
            if self._deadline.passed:
                raise
            bridge.say(self._call, str(error))
            return self._last if isinstance(error, RestoreJobFailedError) else None

    def _shows(self, found: FoundRestore) -> bool:
        """Return whether what a look found tells what became of the restore."""
        if self._noted:
            return found.jobs.newest is not None
        return any(job is not None for job in (found.jobs.running, found.outcome_of, found.just_completed))

    def _progress(self, status: JobStatus) -> None:
        self._last = status
        bridge.say(self._call, describe(status, self._session.transport.service_now()))

    async def _refuse_if_attached(self, conflict: ConflictError) -> None:
        try:
            disk = await self._looks.disk()
        except AzureRecoveryError:
            return  # the conflict counts, not that nobody can tell more about it
        if disk is not None and disk.attached_to:
            raise RefusedError(
                f"{self._id} is attached to {', '.join(disk.attached_to)} and is not deleted: detach it, then run "
                f"again; {conflict}"
            ) from None


def _with(jobs: FoundJobs, before: JobStatus, now: JobStatus | None) -> FoundJobs:
    """Return *jobs* with one as it is now, or without it."""
    known = (now if job is before else job for job in jobs.to_disk)
    return FoundJobs(tuple(job for job in known if job is not None), jobs.unclear)


def _location_of(disk: ManagedDisk) -> dict[str, str]:
    return {"location": disk.location} if disk.location else {}
