"""What can become of a job of System Center that was followed."""

from __future__ import annotations

from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.redaction import one_line, redacted


class CheckpointJobError(AzureRecoveryError):
    """A job that did not do its work, as far as this run can tell.

    Attributes:
        job_id: GUID. what: What the job is to do, in the service's words.
        text: The job's own words, one line, or "".
    """

    def __init__(self, *, job_id: str, what: str, sentence: str, text: str = "", way_out: str = "") -> None:
        self.job_id = job_id
        self.what = what
        self.text = one_line(redacted(text))
        named = f"job {job_id}" + (f" ({one_line(what, 160)})" if what else "")
        words = f": {self.text}" if self.text else ""
        after = f"; {way_out}" if way_out else ""
        super().__init__(one_line(f"{named} {sentence}{words}", 2_000 - len(after)) + after)


class CheckpointJobFailedError(CheckpointJobError):
    """The job ended Failed. `word` is the status as the service wrote it."""

    def __init__(self, *, job_id: str, what: str, word: str, text: str) -> None:
        self.word = word
        super().__init__(job_id=job_id, what=what, sentence=f"ended {word}", text=text)


class CheckpointJobCanceledError(CheckpointJobFailedError):
    """Somebody cancelled the job."""


class CheckpointJobUnclearError(CheckpointJobFailedError):
    """The job is over, with a status that nobody documents: look at it in VMM."""


class CheckpointJobVanishedError(CheckpointJobError):
    """The service goes on saying that there is no such job."""

    def __init__(self, *, job_id: str, text: str, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(
            job_id=job_id,
            what="",
            text=text,
            sentence=f"cannot be followed: the service has known no such job for {waited_s:.0f} s",
        )


class CheckpointJobUnauthorizedError(CheckpointJobError):
    """The service no longer takes the credentials, which stay as they were configured: the next run follows the job."""

    def __init__(self, *, job_id: str, what: str, text: str) -> None:
        super().__init__(
            job_id=job_id,
            what=what,
            text=text,
            sentence="cannot be looked at",
            way_out="renew the token or password, then run up again to go on waiting",
        )


class CheckpointJobTimedOutError(CheckpointJobError):
    """The job was not over when the deadline passed: the next run follows it."""

    def __init__(self, *, job_id: str, what: str, word: str, text: str, waited_s: float) -> None:
        self.word = word
        self.waited_s = waited_s
        state = f"is still {word}" if word else "is not known to be over"
        super().__init__(
            job_id=job_id,
            what=what,
            text=text,
            sentence=f"{state} after {waited_s:.0f} s",
            way_out="run up again to go on waiting",
        )
