"""One restored disk, from whatever is found under its name to the end of the job and the disk itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_facts import data_too_old, unfit_instance
from azure_recovery.dynamic_providers.disk_found import FoundRestore, Move, not_wanted
from azure_recovery.dynamic_providers.disk_inputs import INSTANCE, POINT, duration_s
from azure_recovery.dynamic_providers.disk_looks import RestoreLooks
from azure_recovery.dynamic_providers.disk_outputs import describe, job_outputs, point_id
from azure_recovery.dynamic_providers.disk_start import RestoreStart
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.errors import RestoreJobFailedError
from azure_recovery.rest.dataprotection.following import VISIBLE_WITHIN_S, FoundJobs, follow_job
from azure_recovery.rest.dataprotection.jobs import JobStatus
from azure_recovery.rest.dataprotection.recovery_points import wanted_point
from azure_recovery.rest.errors import AzureRecoveryError, InvalidInputError, OperationFailedError, RefusedError

_LOOK_AGAIN_S = 30.0


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
        self._held = False
        self._noted = ""

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
        self._held = "started_at" in attempt.outputs
        self._noted = str(attempt.outputs.get("job_id") or "")
        status = await self._completed(inputs, attempt)
        attempt.outputs |= job_outputs(status, attempt.outputs)
        disk = await self._looks.finished_disk(status)
        if disk.location:
            attempt.outputs["location"] = disk.location
        attempt.outputs["disk_id"] = str(self._id)
        if status.warnings:
            words = "; ".join(status.warnings)
            bridge.say(self._call, f"job {status.job_id} completed with warnings: {words}", warning=True)

    async def _completed(self, inputs: Mapping[str, Any], attempt: Attempt) -> JobStatus:
        """Return the completed job that makes or has made the disk."""
        showing: Deadline | None = None
        start: RestoreStart | None = None
        refused: OperationFailedError | None = None
        while True:
            late_enough = showing is not None and showing.passed
            found = await self._looks.look()
            # A run that was killed just before this one may have posted a job that does not show yet. Its minute counts
            # from the first answer: until then that request may have been on its way to Azure, as the look was.
            showing = showing or Deadline(self._clock, VISIBLE_WITHIN_S)
            match found.move:
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
                case Move.START if start is not None and late_enough:
                    job_id = await start.post(inputs, found.jobs, attempt)
                    return await self._follow(job_id, attempt)
                case Move.START:
                    await self._pause("looking once more before the restore is started", showing.left_s)
                case Move.FOLLOW if (job := found.jobs.running) is not None:
                    self._take_over(job, "is under way", inputs, attempt)
                    return await self._follow(job.job_id, attempt)
                case Move.AWAIT_DISK if (job := found.just_completed) is not None:
                    self._take_over(job, "has just completed", inputs, attempt)
                    return job
                case Move.ADOPT if (job := found.outcome_of) is not None:
                    if not self._is_ours(job):
                        self._refuse_old_data(job, found, inputs)
                    self._take_over(job, "was already there", inputs, attempt)
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
                    raise RefusedError(self._refusal(found))

    async def _follow(self, job_id: str, attempt: Attempt) -> JobStatus:
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
            raise RestoreEndedError(f"{error}; {await self._left_by(error.job_id, last, attempt)}") from None

    async def _left_by(self, job_id: str, ended: JobStatus | None, attempt: Attempt) -> str:
        """Return what a job that failed has left, and the way out; take it out of the state where that is nothing.

        A second job to the same disk fails because the first one makes it: that disk is not ours.
        """
        try:
            found = await self._looks.with_snapshots((await self._looks.look()).of(job_id, ended))
        except AzureRecoveryError:
            return "whether it left a disk could not be seen: destroy deletes one that it left, then run up again"
        if found.disk is not None and found.left_by is not None:
            return "a disk was left: destroy deletes it, then run up again"
        attempt.started = self._held  # what stays in the state names its own job, and destroy leaves that of another
        other = found.maker if found.maker in found.rivals else FoundJobs(found.rivals).running
        if other is not None:
            return (
                f"the disk is that of job {other.job_id}, and is left alone: choose another disk_name, or run up again "
                "to adopt it"
            )
        if found.disk is not None:
            return (
                "the disk that is there was not made by it, and is left alone: choose another disk_name, or delete it "
                "if nobody needs it"
            )
        return "there is no disk: run up again to restore anew"

    def _is_ours(self, job: JobStatus) -> bool:
        """Return whether the state holds what *job* does: by its id, or by a start of which no job was known."""
        return self._held and self._noted.lower() in {"", job.job_id.lower()}

    def _take_over(self, job: JobStatus, what: str, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        other = not_wanted(job, wanted_point(inputs[POINT]))
        if other:
            raise RefusedError(
                f"{self._id} is restored by job {job.job_id} {other}, not from {inputs[POINT]}; it is left alone: "
                "choose another disk_name, or delete it"
            )
        if not self._is_ours(job):
            point = f" from recovery point {point_id(job)}" if point_id(job) else ""
            bridge.say(self._call, f"adopted: the restore by job {job.job_id}{point} {what}", ephemeral=False)
        attempt.started = True
        attempt.outputs |= job_outputs(job, attempt.outputs)

    def _refuse_old_data(self, job: JobStatus, found: FoundRestore, inputs: Mapping[str, Any]) -> None:
        old = data_too_old(job.recovery_point_time, duration_s(inputs.get("max_age")), found.now)
        if old:
            raise RefusedError(
                f"{self._id} is there, restored by job {job.job_id}, and max_age {old}; it is left alone: choose "
                "another disk_name, delete it, or allow older data"
            )

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

    def _refusal(self, found: FoundRestore) -> str:
        if (job := found.left_by) is not None and found.disk is not None:
            return (
                f"{self._id} was left by job {job.job_id}, which ended {job.word}; it is not used: delete it, then run "
                "up again"
            )
        return (
            f"{self._id} exists and no restore of this backup instance made it; it is left alone: choose another "
            "disk_name, or delete it if nobody needs it"
        )

    async def _pause(self, why: str, seconds: float) -> None:
        if self._deadline.passed:
            raise RefusedError(f"nothing was started within {self._deadline.waited_s:.0f} s: {why}; run up again")
        if seconds > 0.0:
            bridge.say(self._call, why)
            # A second more, because a sleep may end a moment early, and would cost another look.
            await self._clock.sleep(min(seconds + 1.0, self._deadline.left_s))
