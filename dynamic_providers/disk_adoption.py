"""What a restore takes over that this run did not start, and what it leaves alone.

Whoever wants a disk under a name may find one there, or a job that makes it: of a run that was killed, or of another
one. To adopt is to own: `destroy` deletes it. So it must be what was asked for, and that is asked once more when the
job has ended, because one that runs may not tell from which recovery point.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_facts import data_too_old
from azure_recovery.dynamic_providers.disk_found import FoundRestore, not_wanted
from azure_recovery.dynamic_providers.disk_inputs import POINT, duration_s
from azure_recovery.dynamic_providers.disk_looks import RestoreLooks
from azure_recovery.dynamic_providers.disk_outputs import job_outputs, point_id
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.dataprotection.following import FoundJobs
from azure_recovery.rest.dataprotection.jobs import JobStatus
from azure_recovery.rest.dataprotection.recovery_points import LATEST, wanted_point
from azure_recovery.rest.errors import AzureRecoveryError, RefusedError


class Adoption:
    """What one run may take over.

    Args:
        call: The engine's call, for its row. disk_id: The disk. looks: At it and at the jobs to it.
        inputs: As checked. attempt: Of this run, with the outputs that the state holds.
    """

    def __init__(
        self,
        call: bridge.Call,
        disk_id: ResourceId,
        looks: RestoreLooks,
        inputs: Mapping[str, Any],
        attempt: Attempt,
    ) -> None:
        self._call = call
        self._id = disk_id
        self._looks = looks
        self._inputs = inputs
        self._attempt = attempt
        self._held = "started_at" in attempt.outputs
        self._noted = str(attempt.outputs.get("job_id") or "")
        self._found = ""

    def found(self, job_id: str) -> None:
        """Take the job that showed after a start that ended unclear for that of this run, which it should be."""
        self._found = job_id

    def take_over(self, job: JobStatus, what: str) -> None:
        """Go on with *job*, about which the row says *what*.

        Raises:
            RefusedError: It restores something else than was asked for.
        """
        self._refuse_another_point(job)
        if not self._is_ours(job):
            self._refuse_old_data(job)
            point = f" from recovery point {point_id(job)}" if point_id(job) else ""
            bridge.say(self._call, f"adopted: the restore by job {job.job_id}{point} {what}", ephemeral=False)
        self._attempt.started = True
        self._attempt.outputs |= job_outputs(job, self._attempt.outputs)

    def confirm(self, job: JobStatus) -> None:
        """Check a job that has completed and that this run did not start.

        Raises:
            RefusedError: It has restored something else than was asked for, or does not tell what.
        """
        try:
            self._refuse_another_point(job)
            if not self._is_ours(job):
                self._refuse_old_data(job)
        except RefusedError:
            # It is not ours: the state stays as it was before this run, unless a start of this run is unclear.
            self._attempt.started = job.job_id == self._found
            self._attempt.outputs.pop("job_id", None)
            raise
        if hides_its_point(job, self._inputs[POINT]):
            bridge.say(
                self._call,
                f"job {job.job_id} does not tell from which recovery point it restored; {self._inputs[POINT]} was "
                "asked for",
                warning=True,
            )

    def awaits(self, job: JobStatus | None) -> bool:
        """Return whether the disk of a job that has just completed must come: it is the job that the state names."""
        return job is not None and job.ended_at is not None and bool(self._noted) and self._is_ours(job)

    def refusal(self, found: FoundRestore) -> str:
        """Return why a disk that is there is not used, and the way out."""
        if (job := found.left_by) is not None and found.disk is not None:
            return (
                f"{self._id} was left by job {job.job_id}, which ended {job.word}; it is not used: delete it, then run "
                "up again"
            )
        return (
            f"{self._id} exists and no restore of this backup instance made it; it is left alone: choose another "
            "disk_name, or delete it if nobody needs it"
        )

    async def left_by(self, job_id: str, ended: JobStatus | None) -> str:
        """Return what a job that failed has left, and the way out; take it out of the state where that is nothing.

        A second job to the same disk fails because the first one makes it: that disk is not ours.
        """
        try:
            found = await self._looks.with_snapshots((await self._looks.look()).of(job_id, ended))
        except AzureRecoveryError:
            return "whether it left a disk could not be seen: destroy deletes one that it left, then run up again"
        if found.disk is not None and found.left_by is not None:
            return "a disk was left: destroy deletes it, then run up again"
        self._attempt.started = (
            self._held
        )  # what stays in the state names its own job, and destroy leaves that of another
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
        return job.job_id == self._found or (self._held and self._noted.lower() in {"", job.job_id.lower()})

    def _refuse_another_point(self, job: JobStatus) -> None:
        other = not_wanted(job, wanted_point(self._inputs[POINT]))
        if other:
            raise RefusedError(
                f"{self._id} is restored by job {job.job_id} {other}, not from {self._inputs[POINT]}; it is left "
                "alone: choose another disk_name, or delete it"
            )
        if hides_its_point(job, self._inputs[POINT]) and not self._is_ours(job):
            raise RefusedError(
                f"{self._id} was restored by job {job.job_id}, which does not tell from which recovery point, and "
                f"{self._inputs[POINT]} is asked for; it is left alone: choose another disk_name, or delete it"
            )

    def _refuse_old_data(self, job: JobStatus) -> None:
        # By the moment at which it was started: a run that was killed may be gone on with a week later.
        begun = job.started_at or self._looks.now
        old = data_too_old(job.recovery_point_time, duration_s(self._inputs.get("max_age")), begun)
        if old:
            raise RefusedError(
                f"{self._id} is restored by job {job.job_id}, and max_age {old}, counted from the start of the job; it "
                "is left alone: choose another disk_name, delete it, or allow older data"
            )


def hides_its_point(job: JobStatus, wanted: str) -> bool:
    """Return whether a job that is over does not tell what *wanted*, as written, has to be compared with."""
    if job.running or wanted.lower() == LATEST:
        return False
    return not (job.recovery_point_id if isinstance(wanted_point(wanted), str) else job.recovery_point_time)
