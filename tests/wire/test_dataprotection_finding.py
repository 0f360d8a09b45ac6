"""Finding a restore job that nobody noted, on a clock that the test moves."""

import asyncio

import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.calls import BackupVaults
from azure_recovery.rest.dataprotection.errors import RestoreJobTimedOutError
from azure_recovery.rest.dataprotection.following import (
    ENDED_JOBS_LOOKED_AT,
    VISIBLE_WITHIN_S,
    find_jobs,
    wait_until_known,
)
from azure_recovery.rest.errors import ServiceError
from tests.wire.restore_jobs import (
    DISK,
    HOUR,
    ID,
    INSTANCE,
    LIST,
    LOOK,
    OTHER_DISK,
    RUNNING,
    VAULT,
    job,
    listed,
)


def find(arm):
    return asyncio.run(find_jobs(BackupVaults(arm.transport), VAULT, INSTANCE, DISK))


def wait(arm, until=HOUR, **options):
    api, deadline = BackupVaults(arm.transport), Deadline(arm.clock, until)
    return asyncio.run(wait_until_known(api, VAULT, INSTANCE, DISK, deadline=deadline, **options))


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
