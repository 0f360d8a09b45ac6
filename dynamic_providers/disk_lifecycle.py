"""One restored disk, from whatever is found under its name to the end of the job and the disk itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_adoption import Adoption
from azure_recovery.dynamic_providers.disk_facts import unfit_instance
from azure_recovery.dynamic_providers.disk_found import FoundRestore, Move
from azure_recovery.dynamic_providers.disk_inputs import INSTANCE
from azure_recovery.dynamic_providers.disk_looks import RestoreLooks
from azure_recovery.dynamic_providers.disk_outputs import describe, job_outputs
from azure_recovery.dynamic_providers.disk_start import RestoreStart, ThrottledStartError
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.errors import RestoreJobFailedError
from azure_recovery.rest.dataprotection.following import VISIBLE_WITHIN_S, follow_job
from azure_recovery.rest.dataprotection.jobs import JobStatus
from azure_recovery.rest.errors import AzureRecoveryError, InvalidInputError, OperationFailedError, RefusedError

_LOOK_AGAIN_S = 30.0
_SHOWS_S = 10.0
"""Azure's seconds until the next look for the disk of a job that has just completed."""
_LONGEST_PAUSE_S = 600.0
"""Azure's seconds between requests to restore that are refused and do not say for how long."""


class RestoreEndedError(AzureRecoveryError):
    """The job that was followed ended without the disk; the text has the service's words and the way out."""


class DiskLifecycle:
    """What create and update do about one disk.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        arm_id: ARM id of the disk. instance_id: Of the backup instance. deadline: When to stop.
    """

    def __init__(self, session: Session, call: bridge.Call, arm_id: str, instance_id: str, deadline: Deadline) -> None:
        self._session = session
        self._clock = session.transport.clock
        self._call = call
        self._id = ResourceId.parse(arm_id)
        self._instance_id = ResourceId.parse(instance_id, property=INSTANCE)
        self._deadline = deadline
        self._looks = RestoreLooks(session, call, self._id, self._instance_id, deadline)
        self._posted = ""
        self._throttled = 0

    async def bring(self, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Start, follow or adopt the restore; return when the disk is there and its job has completed.

        Raises:
            RefusedError: The disk is there and is not what was asked for.
            RestoreEndedError: The job failed or was cancelled.
            UnclearStartError: Nobody can tell whether the restore was started.
            RestoreError: The job is still running at the deadline, or cannot be followed.
        """
        if attempt.outputs.get("disk_id"):
            return
        adoption = Adoption(self._call, self._id, self._looks, inputs, attempt)
        status = await self._completed(inputs, attempt, adoption)
        if status.job_id != self._posted:
            adoption.confirm(status)  # while it ran it may not have told from which point
        attempt.outputs |= job_outputs(status, attempt.outputs)
        disk = await self._looks.finished_disk(status)
        if disk.location:
            attempt.outputs["location"] = disk.location
        attempt.outputs["disk_id"] = str(self._id)
        if status.warnings:
            words = "; ".join(status.warnings)
            bridge.say(self._call, f"job {status.job_id} completed with warnings: {words}", warning=True)

    async def _completed(self, inputs: Mapping[str, Any], attempt: Attempt, adoption: Adoption) -> JobStatus:
        """Return the completed job that makes or has made the disk."""
        showing: Deadline | None = None
        start: RestoreStart | None = None
        refused: OperationFailedError | None = None
        while True:
            late_enough = showing is not None and showing.passed
            looking = Deadline(self._clock, VISIBLE_WITHIN_S)
            found = await self._looks.look()
            # A run that was killed just before this one may have posted a job that does not show yet. Its minute counts
            # from the first answer: until then that request may have been on its way to Azure, as the look was.
            showing = showing or Deadline(self._clock, VISIBLE_WITHIN_S)
            move = found.move
            if move is Move.AWAIT_DISK and late_enough and not adoption.awaits(found.just_completed):
                move = Move.START  # nothing shows in a minute: the disk was deleted after its job
            match move:
                case Move.START if start is None:
                    start = RestoreStart(self._session, self._call, self._id, self._instance_id, self._deadline)
                    self._say_history(found)
                    try:
                        kept = "" if found.failed else attempt.outputs.get("recovery_point_id", "")
                        await start.prepare(inputs, kept)
                    except OperationFailedError as error:  # perhaps because of a disk that our own job makes
                        refused = error
                    await self._pause("looking once more before the restore is started", showing.left_s)
                case Move.START if refused is not None and late_enough:
                    raise refused
                case Move.START if start is not None and late_enough and not looking.passed:
                    started = await self._started(start, found, inputs, attempt, adoption)
                    if started is not None:
                        return started
                    start = None  # what was chosen and validated may be so no more
                case Move.START:
                    await self._pause("looking once more before the restore is started", showing.left_s)
                case Move.FOLLOW if (job := found.jobs.running) is not None:
                    adoption.take_over(job, "is under way")
                    return await self._follow(job.job_id, attempt, adoption)
                case Move.AWAIT_DISK if (job := found.just_completed) is not None:
                    if adoption.awaits(job):
                        adoption.take_over(job, "has just completed")
                        return job
                    await self._pause(f"job {job.job_id} has just completed, waiting whether its disk shows", _SHOWS_S)
                case Move.ADOPT if (job := found.outcome_of) is not None:
                    adoption.take_over(job, "was already there")
                    return job
                case Move.LOOK_AGAIN:
                    jobs = ", ".join(job.job_id for job in found.jobs.unclear)
                    await self._pause(f"waiting for job {jobs}, which does not say which disk it makes", _LOOK_AGAIN_S)
                case Move.WAIT_UNTIL_GONE:
                    await self._pause("waiting until the disk that is being deleted is gone", _LOOK_AGAIN_S)
                case Move.REFUSE if found.disk_is_new and not late_enough:
                    await self._pause("waiting whether a job shows that makes the disk", showing.left_s)
                case _:
                    await self._refuse_the_original()
                    raise RefusedError(adoption.refusal(found))

    async def _started(
        self, start: RestoreStart, found: FoundRestore, inputs: Mapping[str, Any], attempt: Attempt, adoption: Adoption
    ) -> JobStatus | None:
        """Start the restore and follow it, or wait as long as the service asks and return None: look once more then."""
        try:
            job_id = await start.post(inputs, found.jobs, attempt)
        except ThrottledStartError as error:
            await self._wait_out(error)
            return None
        if start.is_unclear:
            adoption.found(job_id)
        else:
            self._posted = job_id
        return await self._follow(job_id, attempt, adoption)

    async def _follow(self, job_id: str, attempt: Attempt, adoption: Adoption) -> JobStatus:
        """Wait until a job has brought the disk."""
        attempt.outputs["job_id"] = job_id

        last: JobStatus | None = None

        def progress(status: JobStatus) -> None:
            nonlocal last
            last = status
            attempt.outputs |= job_outputs(status, attempt.outputs)
            bridge.say(self._call, describe(status, self._session.transport.service_now()))

        try:
            return await follow_job(
                self._session.backup_vaults,
                self._instance_id.parent,
                job_id,
                deadline=self._deadline,
                disk_id=str(self._id),
                on_progress=progress,
                on_wait=self._looks.waiting,
            )
        except RestoreJobFailedError as error:
            raise RestoreEndedError(f"{error}; {await adoption.left_by(error.job_id, last)}") from None

    def _say_history(self, found: FoundRestore) -> None:
        if (job := found.failed) is not None:
            words = f": {job.failure.text}" if job.failure.text else ""
            bridge.say(
                self._call,
                f"an earlier restore, job {job.job_id}, ended {job.word} and left no disk{words}; starting anew",
                ephemeral=False,
            )

    async def _refuse_the_original(self) -> None:
        """Raise where the disk that is in the way is the one that is backed up: nobody may be told to delete that."""
        try:
            instance = await self._session.backup_vaults.get_backup_instance(
                self._instance_id, deadline=self._deadline, on_wait=self._looks.waiting
            )
        except AzureRecoveryError:
            return  # the disk is left alone in any case
        if (wrong := unfit_instance(instance, self._id)) is not None:
            raise InvalidInputError(property=wrong.property, reason=wrong.reason)

    async def _wait_out(self, throttled: ThrottledStartError) -> None:
        """Wait as long as the service asks, and longer each time, unless the deadline comes first."""
        seconds = max(throttled.pause_s, min(_LOOK_AGAIN_S * 2.0**self._throttled, _LONGEST_PAUSE_S))
        self._throttled = min(self._throttled + 1, 16)
        if seconds >= self._deadline.left_s:
            raise throttled.refusal
        until = self._looks.now + timedelta(seconds=seconds)
        await self._pause(f"throttled until {until:%H:%M:%S} UTC, then looking once more and starting", seconds)

    async def _pause(self, why: str, seconds: float) -> None:
        if self._deadline.passed:
            raise RefusedError(f"nothing was started within {self._deadline.waited_s:.0f} s: {why}; run up again")
        if seconds > 0.0:
            bridge.say(self._call, why)
            # A second more, because a sleep may end a moment early, and would cost another look.
            await self._clock.sleep(min(seconds + 1.0, self._deadline.left_s))
