"""Restore jobs of a backup vault that brought no disk, and why.

    RestoreError
    ├── RestoreJobFailedError
    │   └── RestoreJobCancelledError
    ├── RestoreJobVanishedError
    └── RestoreJobTimedOutError

A message names the disk and the job, and holds the service's own words with what it recommends.
"""

from __future__ import annotations

from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.redaction import one_line, redacted


class RestoreError(AzureRecoveryError):
    """A restore job that brought no disk, as far as this run can tell.

    Attributes:
        job_id: GUID of the job. disk_id: ARM id of the disk that it was to make, or "" where nobody says.
        code: The service's code, or "". text: The service's words and what it recommends, one line, or "".
    """

    def __init__(
        self, *, job_id: str, disk_id: str, sentence: str, code: str = "", text: str = "", way_out: str = ""
    ) -> None:
        self.job_id = job_id
        self.disk_id = disk_id
        self.code = code
        self.text = one_line(redacted(text))
        disk = f" of {disk_id}" if disk_id else ""
        said = f" ({code})" if code else ""
        words = f": {self.text}" if self.text else ""
        after = f"; {way_out}" if way_out else ""
        super().__init__(one_line(f"restore{disk} {sentence}{said}{words}", 2_000 - len(after)) + after)


class RestoreJobFailedError(RestoreError):
    """The job ended Failed: there is no disk, or none to be used. `lasted_s` says how long it ran, or None."""

    verb = "failed"

    def __init__(self, *, job_id: str, disk_id: str, code: str = "", text: str = "", lasted_s: float | None) -> None:
        self.lasted_s = lasted_s
        after = "" if lasted_s is None else f" after {lasted_s:.0f} s"
        super().__init__(
            job_id=job_id, disk_id=disk_id, code=code, text=text, sentence=f"{self.verb}: job {job_id} ended{after}"
        )


class RestoreJobCancelledError(RestoreJobFailedError):
    """Somebody cancelled the job."""

    verb = "was cancelled"


class RestoreJobVanishedError(RestoreError):
    """The vault goes on saying that it has no such job."""

    once_more = "which looks for it and restores anew only if there is none"

    def __init__(self, *, job_id: str, disk_id: str, text: str, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(
            job_id=job_id,
            disk_id=disk_id,
            text=text,
            sentence=f"cannot be followed: the vault has known no job {job_id} for {waited_s:.0f} s",
        )


class RestoreJobTimedOutError(RestoreError):
    """The job was still running when the deadline passed: the next run follows it."""

    def __init__(self, *, job_id: str, disk_id: str, word: str, text: str = "", waited_s: float) -> None:
        self.word = word
        self.waited_s = waited_s
        state = f"still {word}" if word else "not known to be over"
        super().__init__(
            job_id=job_id,
            disk_id=disk_id,
            text=text,
            sentence=f"is not done: {f'job {job_id}' if job_id else 'its job'} is {state} after {waited_s:.0f} s",
            way_out="run up again to go on waiting; if it hangs, cancel the job in the vault, or restore to another "
            "disk_name",
        )
