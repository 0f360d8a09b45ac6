"""Following a job of System Center to its end, over the wire, on a clock of the test's own."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.spf.address import service_root
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.connection import connect
from azure_recovery.rest.spf.errors import (
    CheckpointJobCanceledError,
    CheckpointJobFailedError,
    CheckpointJobTimedOutError,
    CheckpointJobUnauthorizedError,
    CheckpointJobUnclearError,
    CheckpointJobVanishedError,
)
from azure_recovery.rest.spf.following import follow_job
from azure_recovery.rest.spf.settings import SpfSettings

DATA = json.loads((Path(__file__).parents[1] / "data" / "spf" / "job_and_error.json").read_text())
JOB, ERROR = DATA["job"], DATA["error"]
DONE = {**JOB, "Status": "Completed", "IsCompleted": True, "ProgressValue": 100}


class Jobs:
    """A service whose only job looks as the test says, by Azure's seconds since the test began."""

    def __init__(self, clock):
        self.clock = clock
        self.look = lambda _: JOB
        self.looks = 0
        self.progress = []
        self.waits = []

    def follow(self, seconds=7_200.0, job_id=JOB["ID"]):
        """Return the job at its end."""

        async def run():
            connection = connect(
                SpfSettings.load({}, {"AZURE_RECOVERY_SPF_TOKEN": "token-of-a-test"}),
                service_root("https://wapserver:30006", JOB["StampId"]),
                clock=self.clock,
                policy=RetryPolicy(attempts=1),
                http=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            )
            try:
                return await follow_job(
                    CheckpointService(connection),
                    job_id,
                    JOB["StampId"],
                    deadline=Deadline(self.clock, seconds),
                    on_progress=lambda job: self.progress.append(job.progress),
                    on_wait=lambda wait: self.waits.append(wait.reason),
                )
            finally:
                await connection.aclose()

        return asyncio.run(run())

    def _answer(self, request):
        self.looks += 1
        found = self.look(self.clock.monotonic())
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)


@pytest.fixture
def jobs(clock):
    return Jobs(clock)


def test_a_job_that_does_its_work_and_has_an_error(jobs):
    """`ErrorInfo` of one that did well is an object too, of the type `Error`, with `IsSuccess`."""
    fine = {"Code": "Success", "DisplayableErrorCode": "0", "ErrorType": "Error", "IsSuccess": True, "Problem": ""}
    jobs.look = lambda _: {**DONE, "ErrorInfo": fine, "AdditionalMessages": [fine]}

    job = jobs.follow()

    assert (True, "") == (job.succeeded, job.words)


@pytest.mark.parametrize("word", ["Completed", "SucceedWithInfo"])
def test_a_job_that_does_its_work(jobs, word):
    """Each look is told, and the job at its end is returned."""
    jobs.look = lambda at: {**DONE, "Status": word} if at > 60 else {**JOB, "ProgressValue": at}

    job = jobs.follow()

    assert (word, 100.0) == (job.status, job.progress)
    assert jobs.progress == sorted(jobs.progress)
    assert jobs.clock.monotonic() < 60 + 2 * 15


def test_the_pace(jobs):
    """An hour costs as many looks as it does for a copy, and its end is noticed within a tenth."""
    jobs.look = lambda at: DONE if at >= 3_600 else {**JOB}

    jobs.follow()

    assert jobs.clock.monotonic() <= 3_600 * 1.1
    assert jobs.looks <= 50


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Failed", CheckpointJobFailedError),
        ("Canceled", CheckpointJobCanceledError),
        ("Cancelled", CheckpointJobCanceledError),
        ("PartlyDone", CheckpointJobUnclearError),
    ],
)
def test_a_job_that_does_not(jobs, word, kind):
    """The error has the job's own words, what the job is, and the status as the service wrote it."""
    words = {"Problem": "The checkpoint is in use.", "RecommendedAction": "Wait.", "Code": 23801}
    jobs.look = lambda _: {**DONE, "Status": word, "ErrorInfo": words}

    with pytest.raises(kind) as caught:
        jobs.follow()

    assert kind is type(caught.value)
    assert f"job {JOB['ID']} ({JOB['Name']}) ended {word}: The checkpoint is in use. (23801) Wait." == str(caught.value)


def test_a_word_that_nobody_documents(jobs):
    """The job is followed until the service says that it is completed."""
    jobs.look = lambda at: DONE if at > 100 else {**JOB, "Status": "WaitingForHost"}

    assert jobs.follow().succeeded


def test_a_look_that_fails(jobs):
    """It is told, and says nothing about the job."""
    jobs.look = lambda at: DONE if at > 60 else (httpx.ReadError("reset") if at else httpx.Response(503))

    assert jobs.follow().succeeded
    assert jobs.waits[0].startswith("could not look (GET https://wapserver:30006/")


def test_a_job_that_shows_late(jobs):
    """The service may deny a job for minutes that it has just begun."""
    jobs.look = lambda at: DONE if at > 300 else httpx.Response(404, json=ERROR)

    assert jobs.follow().succeeded


def test_a_job_that_vanishes(jobs):
    """A quarter of an hour of denials is believed, and the last one is quoted."""
    jobs.look = lambda at: JOB if not at else httpx.Response(404, json=ERROR)

    with pytest.raises(
        CheckpointJobVanishedError, match=r"has known no such job for .* Resource not found for"
    ) as caught:
        jobs.follow()

    assert caught.value.waited_s >= 900


def test_denials_between_which_it_shows(jobs):
    """They are counted from the last time that the job was there."""
    jobs.look = lambda at: DONE if at > 3_000 else (JOB if int(at / 600) % 2 else httpx.Response(404, json=ERROR))

    assert jobs.follow().succeeded


def test_credentials_that_have_expired(jobs):
    """Nothing renews them, so the wait ends long before its deadline, with what to do."""
    jobs.look = lambda at: JOB if at < 600 else httpx.Response(401, html="<html>no</html>")

    with pytest.raises(CheckpointJobUnauthorizedError) as caught:
        jobs.follow(86_400.0)

    said = str(caught.value)
    assert said.startswith(f"job {JOB['ID']} ({JOB['Name']}) cannot be looked at: GET ")
    assert "answered 401" in said
    assert said.endswith("; renew the token or password, then run up again to go on waiting")
    assert jobs.clock.monotonic() < 1_200


def test_credentials_that_are_refused_now_and_then(jobs):
    """A look that succeeds in between says that they are good."""
    looks = iter(range(100))
    jobs.look = lambda at: DONE if at > 1_800 else (httpx.Response(401) if next(looks) % 5 else JOB)

    assert jobs.follow().succeeded


def test_a_deadline(jobs):
    """The last look is taken when it passes; the error says what was seen last and what to do."""
    with pytest.raises(CheckpointJobTimedOutError) as caught:
        jobs.follow(600.0)

    assert f"job {JOB['ID']} ({JOB['Name']}) is still Running after 600 s; run up again to go on waiting" == str(
        caught.value
    )
    assert 600.0 == jobs.clock.monotonic()


def test_a_deadline_after_nothing_was_seen(jobs):
    """The error says that nobody knows, and why."""
    jobs.look = lambda _: httpx.ConnectError("refused")

    with pytest.raises(
        CheckpointJobTimedOutError, match=r"is not known to be over after 60 s: last look: GET .* refused"
    ):
        jobs.follow(60.0)


def test_an_id_that_is_none(jobs):
    """It is no matter of waiting."""
    with pytest.raises(InvalidInputError, match=r"^job_id: "):
        jobs.follow(job_id="job-7")
