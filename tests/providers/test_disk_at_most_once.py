"""Restores that were killed, whose answer was lost, or that somebody else made: none is started twice."""

import re

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.disk_worlds import (
    DISK,
    DISKS,
    GET_DISK,
    LIST_JOBS,
    MIDDLE,
    NEWEST,
    OLD,
    POST,
    RESTORE,
    VALIDATE,
    VAULT,
    post_restore,
    until_disk,
    vault_world,
)


@pytest.fixture
def azure(make_azure):
    return make_azure(whole=vault_world())


@pytest.fixture
def stack(azure):
    return azure.stack(DiskRestoreProvider)


def jobs(azure):
    """Return the status of each job that the vault shows."""
    return [job["properties"]["status"] for job in azure.get(f"{VAULT}/backupJobs")["value"]]


def posted(azure):
    """Return how often a restore was asked for since requests were forgotten."""
    return azure.requests().count(POST)


def test_a_job_that_does_not_show_yet_is_followed(azure, stack):
    """A run that was killed right after its request: half a minute later its job shows, and nothing is posted."""
    post_restore(azure, OLD)
    azure.new_process()
    _hide_once(azure)

    assert "create" == stack.up(RESTORE | {"preflight": "off"})
    assert 0 == posted(azure)
    assert 1 == azure.requests().count(VALIDATE)
    assert OLD == stack.outputs["recovery_point_id"]
    assert azure.said(f"from recovery point {OLD} is under way")
    assert ["Completed"] == jobs(azure)


@pytest.mark.parametrize("on_its_way_s", [0.0, 20.0, 50.0])
def test_the_last_look_comes_late_enough(azure, stack, on_its_way_s):
    """What was posted before the first look reached Azure has shown by the last one, however long that took."""
    azure.delay("GET", "/backupJobs", on_its_way_s)
    stack.up(RESTORE | {"preflight": "off"})

    first, last = azure.logged("Jobs.List")
    assert 60.0 <= last - first <= 62.0


@pytest.mark.parametrize("on_its_way_s", [0.0, 20.0, 50.0])
def test_the_last_look_after_an_unclear_start_comes_late_enough(azure, stack, on_its_way_s):
    """It takes a minute of Azure's to say that a request came to nothing."""
    azure.fault("cut-before", path="*/restore")
    azure.faults.rewrite("GET", "/backupJobs", lambda _body: None, times=2)  # before the request
    azure.delay("GET", "/backupJobs", on_its_way_s)

    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE | {"preflight": "off"})

    _, _, first, *_, last = azure.logged("Jobs.List")
    assert 60.0 <= last - first < 70.0


@pytest.mark.parametrize("verb", ["refresh", "destroy"])
@pytest.mark.parametrize("on_its_way_s", [0.0, 20.0, 50.0])
def test_the_last_look_at_an_unfinished_start_comes_late_enough(azure, stack, on_its_way_s, verb):
    """A minute of Azure's without a job, and nothing is kept or deleted."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()
    azure.delay("GET", "/backupJobs", on_its_way_s)

    getattr(stack, verb)()

    first, *_, last = azure.logged("Jobs.List")
    assert 60.0 <= last - first < 72.0


@pytest.mark.parametrize("name", ["cut-after", "error-after"])
def test_an_answer_that_is_lost(azure, stack, name):
    """The request took effect and nobody heard of it: its job is found and followed."""
    azure.fault(name, path="*/restore")

    assert "create" == stack.up(RESTORE)
    assert 1 == posted(azure)
    assert ["Completed"] == jobs(azure)
    assert azure.said("the start ended unclear, looking whether there is a job")


@pytest.mark.parametrize("name", ["cut-before", "unavailable"])
def test_a_request_that_is_lost(azure, stack, name):
    """Nobody can tell, no job shows for a minute: the state keeps it, and the next up looks and starts it."""
    azure.fault(name, path="*/restore")

    with pytest.raises(Exception, match=re.escape("shows no job to")) as failure:
        stack.up(RESTORE)
    assert "run up again, which looks first and starts it only if there is still none" in str(failure.value)
    assert DISK == stack.id
    assert NEWEST == stack.outputs["recovery_point_id"]
    assert "disk_id" not in stack.outputs
    azure.new_process()

    assert "update" == stack.up(RESTORE)
    assert 1 == posted(azure)
    assert ["Completed"] == jobs(azure)
    assert DISK == stack.outputs["disk_id"]


def test_the_point_of_an_unfinished_start_is_kept(azure, stack):
    """A newer one that came since is no reason to restore another; one that is gone is replaced, and said."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()
    stack.outputs["recovery_point_id"] = MIDDLE

    assert "update" == stack.up(RESTORE)
    assert MIDDLE == stack.outputs["recovery_point_id"]
    assert [] == azure.warnings


def test_the_point_of_an_unfinished_start_is_gone(azure, stack):
    """Another one is chosen, and the row says so."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()
    stack.outputs["recovery_point_id"] = "d" * 32

    assert "update" == stack.up(RESTORE)
    assert NEWEST == stack.outputs["recovery_point_id"]
    assert any("the recovery point chosen before is given up" in warning for warning in azure.warnings)


def test_an_operation_that_never_ends(azure, stack):
    """Its job is found without it."""
    azure.fault("operation-hangs", operation="BackupInstances.TriggerRestore")

    stack.up(RESTORE)

    assert 1 == posted(azure)
    assert "Completed" == stack.outputs["job_status"]


@pytest.mark.parametrize(("status", "code"), [(400, "UserErrorBad"), (403, "NotAllowed")])
def test_a_refused_restore_is_not_asked_for_again(azure, stack, status, code):
    """Nothing was started: an error, no state, and the next up begins anew."""
    azure.faults.answer("POST", "/restore", status, code, times=1)

    with pytest.raises(Exception, match=rf"answered {status} \({code}\)"):
        stack.up(RESTORE)
    assert "" == stack.id
    assert ["POST /restore"] == azure.faults.met
    assert [] == jobs(azure)
    azure.new_process()

    assert "create" == stack.up(RESTORE)


def test_a_right_of_the_caller_is_named(azure, stack):
    """Without the right to restore the error says which action on what."""
    azure.faults.answer("POST", "/restore", 403, "AuthorizationFailed", times=1)

    with pytest.raises(Exception, match=r"needs Microsoft\.DataProtection/backupVaults/backupInstances/restore/action"):
        stack.up(RESTORE)


def test_a_disk_that_was_restored_before_the_kill_is_adopted(azure, stack):
    """The row says so, the point is that of its job, and destroy deletes it."""
    post_restore(azure, OLD)
    until_disk(azure, "Succeeded")
    azure.new_process()

    assert "create" == stack.up(RESTORE)
    assert 0 == posted(azure)
    assert 0 == azure.requests().count(VALIDATE)
    assert OLD == stack.outputs["recovery_point_id"]
    assert azure.said("was already there")
    azure.new_process()
    stack.destroy()
    assert not azure.there(DISK)


def test_a_disk_that_is_older_than_wanted_is_not_adopted(azure, stack):
    """What `max_age` forbids to restore it forbids to take over."""
    post_restore(azure, OLD)
    until_disk(azure, "Succeeded")
    azure.new_process()

    with pytest.raises(Exception, match="max_age is 1 day, 0:00:00, while the data of") as failure:
        stack.up(RESTORE | {"max_age": "P1D"})
    assert "left alone" in str(failure.value)
    assert azure.there(DISK)


def test_a_disk_from_another_point_is_refused(azure, stack):
    """An explicit point is what was asked for; nothing else will do."""
    post_restore(azure, OLD)
    until_disk(azure, "Succeeded")
    azure.new_process()

    with pytest.raises(Exception, match=f"from recovery point {OLD}, not from {MIDDLE}; it is left alone"):
        stack.up(RESTORE | {"recovery_point": MIDDLE})
    assert "" == stack.id
    assert azure.there(DISK)


def test_a_disk_of_somebody_else_is_refused(make_azure):
    """Before anything is sent, and with the way out; without the preview's look, too."""
    azure = make_azure(whole=vault_world(disk=True))
    stack = azure.stack(DiskRestoreProvider)

    with pytest.raises(Exception, match="exists and no restore of this backup instance made it; it is left alone"):
        stack.up(RESTORE | {"preflight": "off"})
    assert [] == azure.requests("POST")
    assert {GET_DISK, LIST_JOBS, "GET BackupInstances.Get"} == set(azure.requests())
    assert "" == stack.id


def test_a_disk_that_shows_before_its_job(azure, stack):
    """It was made a moment ago, so nobody is refused before the job has had its minute."""
    post_restore(azure, OLD)
    until_disk(azure, "Creating")
    azure.new_process()
    azure.faults.rewrite("GET", "/backupJobs", lambda body: body.update(value=[]), times=1)
    azure.faults.rewrite("GET", "/disks/", lambda body: body["properties"].pop("timeCreated"))

    assert "create" == stack.up(RESTORE | {"preflight": "off"})
    assert 0 == posted(azure)
    assert azure.said("waiting whether a job shows that makes the disk")


def test_a_disk_that_was_made_anew_is_not_the_outcome(azure, stack):
    """A job completed, its disk was deleted, and somebody made one of the same name an hour later."""
    post_restore(azure)
    until_disk(azure, "Succeeded")
    azure.new_process()
    later = "2099-01-01T00:00:00Z"
    azure.faults.rewrite("GET", "/disks/", lambda body: body["properties"].update(timeCreated=later))

    with pytest.raises(Exception, match="no restore of this backup instance made it"):
        stack.up(RESTORE | {"preflight": "off"})


def test_nothing_is_posted_while_a_job_does_not_say_where_it_goes(azure, stack):
    """It may be the one that makes this disk."""
    post_restore(azure, disk=f"{DISKS}/another")
    azure.new_process()

    def hide(body):
        for job in body.get("value", [body]):
            if job["properties"]["status"] == "InProgress":
                job["properties"]["extendedInfo"] = None

    azure.faults.rewrite("GET", "/backupJobs", hide)
    stack.up(RESTORE)

    assert azure.said("which does not say which disk it makes")
    assert 1 == posted(azure)
    assert ["Completed", "Completed"] == jobs(azure)


def test_a_deadline_keeps_the_restore(azure, stack):
    """The next up follows the same job; the user sees what to do."""
    with pytest.raises(Exception, match=r"is still InProgress after \d+ s; run up again to go on waiting"):
        stack.up(RESTORE, timeout=300.0)
    job_id = stack.outputs["job_id"]
    assert NEWEST == stack.outputs["recovery_point_id"]
    assert "InProgress" == stack.outputs["job_status"]
    azure.new_process()

    assert "update" == stack.up(RESTORE)
    assert 0 == posted(azure)
    assert job_id == stack.outputs["job_id"]
    assert "same" == stack.up(RESTORE)


def test_a_deadline_before_the_restore(azure, stack):
    """Nothing was started, and nothing is in the state."""
    with pytest.raises(Exception, match="run up again"):
        stack.up(RESTORE, timeout=40.0)
    assert "" == stack.id
    assert 0 == posted(azure)


def test_a_refresh_of_an_unfinished_restore(azure, stack):
    """It stays in the state, unfinished, although there is no disk."""
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=300.0)
    azure.new_process()
    stack.refresh()

    assert DISK == stack.id
    assert "InProgress" in stack.unready
    assert "update" == stack.up(RESTORE)


def test_a_refresh_after_the_end_of_an_unfinished_restore(azure, stack):
    """It is finished then: nothing is left to do."""
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=300.0)
    until_disk(azure, "Succeeded")
    azure.new_process()
    stack.refresh()

    assert "" == stack.unready
    assert "Completed" == stack.outputs["job_status"]
    assert "same" == stack.up(RESTORE)


def test_destroy_of_an_unfinished_restore(azure, stack):
    """A job cannot be stopped: its end is waited for, and its disk is deleted."""
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=300.0)
    azure.new_process()
    stack.destroy()

    assert azure.said("to delete the disk that it makes")
    assert ["Completed"] == jobs(azure)
    assert not azure.there(DISK)


def test_destroy_before_the_job_shows(azure, stack):
    """The state knows of a start without an answer: its job is looked for until it must show."""
    post_restore(azure)
    azure.new_process()
    _hide_once(azure)
    stack.id, stack.outputs = DISK, {**RESTORE, "arm_id": DISK, "recovery_point_id": NEWEST}
    stack.destroy()

    assert azure.said("looking for the job of a restore that may be under way")
    assert ["Completed"] == jobs(azure)
    assert not azure.there(DISK)


def test_destroy_after_a_start_that_came_to_nothing(azure, stack):
    """No job in a minute, no disk: there is nothing to delete."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()
    stack.destroy()

    assert "" == stack.id
    assert [] == azure.requests("DELETE")


def test_a_refresh_after_a_start_that_came_to_nothing(azure, stack):
    """A minute later it is certain that there is nothing: it leaves the state, and up begins anew."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()
    stack.refresh()

    assert "" == stack.id
    assert "create" == stack.up(RESTORE)


def test_destroy_leaves_the_disk_of_somebody_else(azure, stack):
    """A start that came to nothing owns nothing: a disk that somebody made under the name since is left alone."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    post_restore(azure)
    until_disk(azure, "Succeeded")
    azure.new_process()
    azure.faults.rewrite("GET", "/backupJobs", lambda body: body.update(value=[]))
    stack.destroy()

    assert azure.said("is left alone: no restore of this made it")
    assert azure.there(DISK)


def _hide_once(azure):
    """Answer the first look as if the job had been posted less than half a minute ago."""
    azure.faults.rewrite("GET", "/backupJobs", lambda body: body.update(value=[]), times=1)
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound", times=1)
