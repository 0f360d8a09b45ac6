"""Waiting for a restore job, on a clock that the test moves."""

import asyncio
from datetime import timedelta

import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.calls import BackupVaults
from azure_recovery.rest.dataprotection.errors import (
    RestoreJobCancelledError,
    RestoreJobFailedError,
    RestoreJobTimedOutError,
    RestoreJobVanishedError,
)
from azure_recovery.rest.dataprotection.following import (
    UNKNOWN_FOR_S,
    follow_job,
)
from azure_recovery.rest.dataprotection.pacing import job_pause_s
from azure_recovery.rest.errors import ConfigurationError
from tests.wire.restore_jobs import (
    DISK,
    HOUR,
    ID,
    JOB,
    LOOK,
    MINUTE,
    RUNNING,
    VAULT,
    job,
)
from tests.wire.tokens import Tokens


def follow(arm, seconds=24 * HOUR, **options):
    api = BackupVaults(arm.transport)
    return asyncio.run(follow_job(api, VAULT, options.pop("id", ID), deadline=Deadline(arm.clock, seconds), **options))


def test_started_then_in_progress_then_completed(arm):
    """Each look is told, and the last one is returned; the job's own id in the answer means nothing."""
    seen = []
    arm.say(200, job("Started", name="another"))
    arm.say(200, RUNNING)
    arm.say(200, JOB)

    status = follow(arm, id=str(VAULT.child("backupJobs", ID)), on_progress=seen.append)

    assert ["Started", "InProgress", "Completed"] == [one.word for one in seen]
    assert status is seen[-1]
    assert ID == status.job_id
    assert [LOOK] * 3 == arm.sent


def test_completed_with_warnings(arm):
    """The disk is there."""
    warning = {"resourceName": None, "warning": {"code": "W", "message": "Tags were not restored."}}
    arm.say(200, job("CompletedWithWarnings", more={"warningDetails": [warning]}))

    assert ("Tags were not restored.",) == follow(arm).warnings


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("Failed", RestoreJobFailedError),
        ("Cancelled", RestoreJobCancelledError),
        ("Canceled", RestoreJobCancelledError),
    ],
)
def test_jobs_that_end_without_a_disk(arm, word, error):
    """Nothing more is waited for."""
    arm.say(200, RUNNING)
    arm.say(200, job(word, disk=None, errorDetails=[{"code": "X", "message": "No.", "recommendedAction": ["Do it."]}]))

    with pytest.raises(error, match=rf"restore of {DISK} .* job {ID} ended after 214 s \(X\): No. Do it.$"):
        follow(arm, disk_id=str(DISK))


def test_cancelling_then_cancelled(arm):
    """`Cancelling`, `Paused` and words that nobody documents go on."""
    for word in ("Cancelling", "Paused", "Hibernating"):
        arm.say(200, job(word))
    arm.say(200, job("Cancelled"))

    with pytest.raises(RestoreJobCancelledError):
        follow(arm)


def test_a_restore_of_an_hour(arm, clock):
    """At most 40 looks, and its end is noticed within a tenth of it."""
    arm.by_request = lambda _: arm.response(200, job() if clock.monotonic() >= HOUR else RUNNING)

    follow(arm)

    assert len(arm.requests) <= 40
    assert HOUR <= clock.monotonic() <= 1.1 * HOUR


def test_a_job_that_began_long_ago(arm, clock):
    """Whoever comes back after an hour looks by the age of the job, not by his own."""
    arm.say(200, job("InProgress", startTime=(clock.now() - timedelta(hours=1)).isoformat()))
    arm.say(200, job())

    follow(arm)

    assert job_pause_s(HOUR, 1.0) <= clock.sleeps[0] <= job_pause_s(HOUR)


def test_a_job_of_the_future(arm, clock):
    """A service whose clocks differ does not make the looks come faster."""
    arm.say(200, job("InProgress", startTime=(clock.now() + timedelta(hours=9)).isoformat()))
    arm.say(200, job())

    follow(arm)

    assert 0.95 * 45 <= clock.sleeps[0] <= 45


def test_looks_that_fail(arm):
    """5xx, 403, a bare 404, a lost connection and nonsense are told, and never end the wait."""
    told = []
    arm.refuse(503, "ServerBusy")
    arm.refuse(403, "AuthorizationFailed")
    arm.say(404)
    arm.lose()
    arm.say(200, {"properties": "nonsense"})
    arm.say(200, JOB)

    assert follow(arm, on_wait=told.append).outcome.succeeded
    assert 5 == len(told)
    assert "could not look" in told[0].reason


def test_a_refusal_that_says_when_to_come_back(arm, clock):
    """It is kept to."""
    arm.refuse(503, "ServerBusy", retry_after="500")
    arm.say(200, JOB)

    follow(arm)

    assert 500.0 == clock.monotonic()


def test_a_job_that_shows_late(arm):
    """ARM's 404 is believed only after a long while."""
    arm.refuse(404, "ResourceNotFound")
    arm.refuse(404, "ResourceNotFound")
    arm.say(200, RUNNING)
    arm.refuse(404, "ResourceNotFound")
    arm.say(200, JOB)

    assert follow(arm).outcome.succeeded


def test_a_job_that_never_shows(arm, clock):
    """A vault that is gone, or never had it, is not waited for until the deadline."""
    arm.by_request = lambda _: arm.response(404, {"error": {"code": "ParentResourceNotFound", "message": "no vault"}})

    with pytest.raises(RestoreJobVanishedError, match=f"restore of x cannot be followed: .* no job {ID} .*: no vault"):
        follow(arm, disk_id="x")
    assert UNKNOWN_FOR_S <= clock.monotonic() <= UNKNOWN_FOR_S + 2 * MINUTE


def test_deadline_while_running(arm, clock):
    """The last look is taken when it passes; the line says how to go on."""
    arm.by_request = lambda _: arm.response(200, RUNNING)

    with pytest.raises(RestoreJobTimedOutError) as caught:
        follow(arm, seconds=600)

    assert (
        f"restore of {DISK} is not done: job {ID} is still InProgress after 600 s; run up again to go on waiting; "
        "if it hangs, cancel the job in the vault, or restore to another disk_name" == str(caught.value)
    )
    assert ("InProgress", 600.0, 600.0) == (caught.value.word, caught.value.waited_s, clock.monotonic())


def test_deadline_without_a_look(arm):
    """What went wrong with the last look is told."""
    arm.by_request = lambda _: arm.response(503, {"error": {"code": "ServerBusy", "message": "busy"}})

    with pytest.raises(
        RestoreJobTimedOutError, match=r"is not known to be over after 100 s: last look: .*busy.*; run up"
    ):
        follow(arm, seconds=100)


def test_no_token_for_a_while(arm):
    """A login service that is down does not end a wait that has begun."""
    arm.transport._token = Tokens(1, 0, 0, 0, 0, 0, 1)
    arm.say(200, RUNNING)
    arm.say(200, JOB)

    assert follow(arm).outcome.succeeded


@pytest.mark.parametrize("given", [[0], [1, 0, 0, 0, 0, 0, 0]], ids=["never", "no more"])
def test_no_token_at_all(arm, given):
    """Settings that cannot work are told, not waited for."""
    arm.transport._token = Tokens(*given)
    if given[0]:
        arm.say(200, RUNNING)

    with pytest.raises(ConfigurationError):
        follow(arm)


def test_an_error_of_ours(arm):
    """A mistake in the program is no failed look."""

    def broken(_):
        raise ZeroDivisionError

    arm.say(200, RUNNING)

    with pytest.raises(ZeroDivisionError):
        follow(arm, on_progress=broken)
