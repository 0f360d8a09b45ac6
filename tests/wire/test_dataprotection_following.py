"""Waiting for a restore job, and finding one that nobody noted, on a clock that the test moves."""

import asyncio
import copy
import json
from datetime import timedelta
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.calls import BackupVaults
from azure_recovery.rest.dataprotection.following import (
    ENDED_JOBS_LOOKED_AT,
    UNKNOWN_FOR_S,
    VISIBLE_WITHIN_S,
    find_jobs,
    follow_job,
    wait_until_known,
)
from azure_recovery.rest.errors import (
    ConfigurationError,
    RestoreJobCancelledError,
    RestoreJobFailedError,
    RestoreJobTimedOutError,
    RestoreJobVanishedError,
    ServiceError,
)

DATA = Path(__file__).parents[1] / "data" / "dataprotection"
JOB = json.loads((DATA / "wire" / "disk_restore_flow.json").read_text())["interactions"][-1]["response"]["body"]
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{}/providers"
VAULT = ResourceId.parse(GROUP.format("backup") + "/Microsoft.DataProtection/backupVaults/vault-1")
INSTANCE = VAULT.child("backupInstances", "web-1-data-0")
DISK = ResourceId.parse(GROUP.format("drill") + "/Microsoft.Compute/disks/web-1-data-0-restored")
OTHER_DISK = ResourceId.parse(GROUP.format("drill") + "/Microsoft.Compute/disks/other")
ID = "d5002098-c270-4599-8f84-e280304557cb"
V = "api-version=2026-06-01"
LOOK = f"GET {VAULT}/backupJobs/{ID}?{V}"
LIST = f"GET {VAULT}/backupJobs?{V}"
MINUTE, HOUR = 60.0, 3_600.0


def job(status="Completed", *, name=ID, disk=DISK, instance=INSTANCE, more=None, **properties):
    body = copy.deepcopy(JOB)
    body |= {"name": name, "id": str(VAULT.child("backupJobs", name))}
    body["properties"] |= {"status": status, "backupInstanceId": instance and str(instance), **properties}
    body["properties"]["extendedInfo"] |= {"recoveryDestination": disk and str(disk), **(more or {})}
    return body


def listed(*args, **options):
    """Return a job as a list may give it, without what is extended."""
    body = job(*args, **options)
    body["properties"]["extendedInfo"] = None
    return body


RUNNING = job("InProgress", startTime=None)


def follow(arm, seconds=24 * HOUR, **options):
    api = BackupVaults(arm.transport)
    return asyncio.run(follow_job(api, VAULT, options.pop("id", ID), deadline=Deadline(arm.clock, seconds), **options))


def find(arm):
    return asyncio.run(find_jobs(BackupVaults(arm.transport), VAULT, INSTANCE, DISK))


def wait(arm, until=HOUR, **options):
    api, deadline = BackupVaults(arm.transport), Deadline(arm.clock, until)
    return asyncio.run(wait_until_known(api, VAULT, INSTANCE, DISK, deadline=deadline, **options))


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
    """Whoever comes back after two hours looks by the age of the job, not by his own."""
    arm.say(200, job("InProgress", startTime=(clock.now() - timedelta(hours=1)).isoformat()))
    arm.say(200, job())

    follow(arm)

    assert 0.95 * 360 <= clock.sleeps[0] <= 360


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
        f"restore of {DISK} is not done: job {ID} is still InProgress after 600 s; run up again to go on waiting"
        == str(caught.value)
    )
    assert ("InProgress", 600.0, 600.0) == (caught.value.word, caught.value.waited_s, clock.monotonic())


def test_deadline_without_a_look(arm):
    """What went wrong with the last look is told."""
    arm.by_request = lambda _: arm.response(503, {"error": {"code": "ServerBusy", "message": "busy"}})

    with pytest.raises(
        RestoreJobTimedOutError, match=r"is not known to be over after 100 s: last look: .*busy.*; run up"
    ):
        follow(arm, seconds=100)


class Tokens:
    """Gives a token while there are any; 0 stands for none."""

    def __init__(self, *given):
        self.given = list(given)

    async def token(self):  # noqa: D102 - what the protocol says
        if not self.given.pop(0):
            raise ConfigurationError("no token: the login service does not answer")
        return "token-of-a-test"


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


def test_jobs_to_a_disk(arm):
    """Of this instance, restores, to this disk however it is spelled; newest first."""
    upper = str(DISK).upper().lstrip("/")
    arm.say(
        200,
        {
            "value": [
                job("Failed", name="old", startTime="2026-11-20T10:00:00.1234567Z"),
                job("Completed", name="other disk", disk=OTHER_DISK),
                job("Completed", name="other instance", instance=VAULT.child("backupInstances", "web-2")),
                job("Completed", name="backup", operationCategory="Backup", operation="Backup"),
                job("InProgress", name="new", disk=upper, startTime="2026-11-22T10:00:00Z"),
                job("Completed", name="middle", startTime="2026-11-21T10:00:00Z", instance=str(INSTANCE).upper()),
            ]
        },
    )

    found = find(arm)

    assert ["new", "middle", "old"] == [status.job_id for status in found.to_disk]
    assert "new" == found.running.job_id == found.newest.job_id
    assert () == found.unclear
    assert [LIST] == arm.sent


def test_no_jobs(arm):
    """Nothing is found, and nothing more is asked."""
    arm.say(200, {"value": []})

    found = find(arm)

    assert ((), (), None, None) == (found.to_disk, found.unclear, found.running, found.newest)


def test_a_list_that_leaves_out_where_to(arm):
    """Each candidate is asked by itself, newest first; other kinds of jobs are not."""
    arm.say(
        200,
        {
            "value": [
                listed("Completed", name="a", startTime="2026-11-20T10:00:00Z"),
                listed("InProgress", name="b", startTime="2026-11-22T10:00:00Z"),
                listed("Completed", name="c", operationCategory="Backup"),
                listed("Completed", name="d", instance=None, startTime="2026-11-21T10:00:00Z"),
            ]
        },
    )
    arm.say(200, job("InProgress", name="b"))
    arm.say(200, job(name="d", disk=OTHER_DISK))
    arm.say(200, job(name="a"))

    found = find(arm)

    assert ["b", "a"] == [status.job_id for status in found.to_disk]
    assert [LIST, *(LOOK.replace(ID, name) for name in "bda")] == arm.sent


def test_a_running_job_that_does_not_say_where_to(arm):
    """It may be the one: whoever decides is told. One that has ended so is nobody's."""
    arm.say(200, {"value": [listed("InProgress", name="a"), listed("Failed", name="b")]})
    arm.say(200, listed("InProgress", name="a"))
    arm.say(200, listed("Failed", name="b"))

    found = find(arm)

    assert ((), ["a"]) == (found.to_disk, [status.job_id for status in found.unclear])


def test_a_vault_with_many_old_jobs(arm):
    """Ended ones are asked up to a limit, running ones always."""
    many = 3 * ENDED_JOBS_LOOKED_AT
    ended = [listed(name=f"e{n}", startTime="2026-11-22T10:00:00Z") for n in range(many)]
    running = [listed("InProgress", name=f"r{n}", startTime="2026-11-01T10:00:00Z") for n in range(3)]

    def say(request):
        name = request.url.path.rpartition("/")[2]
        if name == "backupJobs":
            return arm.response(200, {"value": ended + running})
        return arm.response(200, job("InProgress" if name[0] == "r" else "Completed", name=name))

    arm.by_request = say

    found = find(arm)

    assert 1 + ENDED_JOBS_LOOKED_AT + 3 == len(arm.requests)
    assert {"r0", "r1", "r2"} <= {status.job_id for status in found.to_disk}


def test_a_job_that_cannot_be_asked(arm):
    """Then nobody can say what there is, and nothing may be posted."""
    arm.say(200, {"value": [listed("InProgress")]})
    arm.refuse(403, "AuthorizationFailed")

    with pytest.raises(ServiceError):
        find(arm)


def test_a_job_that_shows_half_a_minute_late(arm, clock):
    """It is found as soon as it shows."""
    arm.by_request = lambda _: arm.response(200, {"value": [RUNNING] if clock.monotonic() >= 30 else []})

    found = wait(arm)

    assert ID == found.running.job_id
    assert 30.0 == clock.monotonic()


def test_no_job_shows(arm, clock):
    """That is believed after a look that was taken late enough."""
    arm.by_request = lambda _: arm.response(200, {"value": [job("Failed", name="before")]})

    found = wait(arm, known=[f"{VAULT}/backupJobs/BEFORE"])

    assert ["before"] == [status.job_id for status in found.to_disk]
    assert VISIBLE_WITHIN_S == clock.monotonic()
    assert 7 == len(arm.requests)


def test_one_look(arm, clock):
    """Without a delay to mind, one look is enough."""
    arm.say(200, {"value": []})

    assert () == wait(arm, seconds=0.0).to_disk
    assert 0.0 == clock.monotonic()


def test_looks_that_fail_prove_nothing(arm, clock):
    """A list that cannot be read at the sixtieth second is read again; until then nobody says that there is no job."""
    told = []
    arm.by_request = lambda _: (
        arm.response(503, {"error": {"code": "ServerBusy", "message": "busy"}})
        if 40 <= clock.monotonic() < 200
        else arm.response(200, {"value": []})
    )

    assert () == wait(arm, on_wait=told.append).to_disk
    assert 200.0 <= clock.monotonic() <= 210.0
    assert told


@pytest.mark.parametrize(("status", "error"), [(503, ServiceError), (200, RestoreJobTimedOutError)])
def test_no_time_to_look_late_enough(arm, status, error):
    """Without a late look nobody can say that there is no job."""
    body = {"value": []} if status == 200 else {"error": {"code": "ServerBusy", "message": "busy"}}
    arm.by_request = lambda _: arm.response(status, body)

    with pytest.raises(error):
        wait(arm, until=20.0)
