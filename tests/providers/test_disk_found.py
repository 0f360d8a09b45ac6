"""What a restore finds in its way, in create, refresh and destroy: the rare cells of the tables."""

from __future__ import annotations

import re
from typing import Any

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import (
    DISK,
    DISKS,
    POST,
    PROTECTED,
    RESTORE,
    VALIDATE,
    VAULT,
    post_restore,
    vault_world,
)
from tests.providers.stack import CheckFailed, Stack

UNCHECKED = RESTORE | {"preflight": "off"}


@pytest.fixture
def azure(make_azure: MakeAzure) -> Azure:
    """A vault whose restores take an hour."""
    return make_azure(whole=vault_world(minutes=60.0))


@pytest.fixture
def stack(azure: Azure) -> Stack:
    """A stack with one restore."""
    return azure.stack(DiskRestoreProvider)


def unfinished(azure: Azure, stack: Stack) -> Stack:
    """Return the stack with a restore that the state holds as unfinished, a minute after its job showed."""
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=200.0)
    azure.new_process()
    return stack


def jobs(azure: Azure) -> list[dict[str, Any]]:
    """Return the properties of the vault's jobs."""
    return [job["properties"] for job in azure.get(f"{VAULT}/backupJobs")["value"]]


def test_the_disk_that_is_backed_up(azure: Azure, stack: Stack) -> None:
    """Also without a preview's look it is refused for what it is, and nobody is told to delete it."""
    original = {"target_resource_group_id": PROTECTED.partition("/providers")[0], "disk_name": "data"}

    with pytest.raises(Exception, match="a disk cannot be restored to its original location") as failure:
        stack.up(UNCHECKED | original)
    assert "delete" not in str(failure.value)
    assert [] == azure.requests("POST")


def test_a_disk_in_the_way_while_the_instance_cannot_be_asked(make_azure: MakeAzure) -> None:
    """It is left alone, whatever it is."""
    azure = make_azure(whole=vault_world(disk=True))
    azure.faults.answer("GET", "/backupInstances/", 403, "AuthorizationFailed")

    with pytest.raises(Exception, match="no restore of this backup instance made it; it is left alone"):
        azure.stack(DiskRestoreProvider).up(UNCHECKED)


@pytest.mark.parametrize("news", [RESTORE, UNCHECKED], ids=["preview", "create"])
def test_an_instance_of_something_else(azure: Azure, stack: Stack, news: dict[str, Any]) -> None:
    """It names what is backed up."""
    kind = "Microsoft.Storage/storageAccounts/blobServices"
    azure.faults.rewrite(
        "GET", "/backupInstances/web-1-data", lambda body: _source_of(body).update(datasourceType=kind)
    )

    with pytest.raises(Exception, match=re.escape(f"backs up a {kind}; only disks, Microsoft.Compute/disks, can be")):
        stack.up(news)
    assert [] == azure.requests("POST")


@pytest.mark.parametrize("preflight", ["off", "validate"])
def test_an_instance_that_does_not_tell_its_region(azure: Azure, stack: Stack, preflight: str) -> None:
    """Then the program has to; nothing is validated or posted for a region that is guessed."""
    azure.faults.rewrite("GET", "/backupInstances/web-1-data", lambda body: _source_of(body).pop("resourceLocation", 0))
    news = RESTORE | {"preflight": preflight}

    with pytest.raises(Exception, match="the backup instance does not tell where its snapshots are") as failure:
        stack.up(news)
    assert "location" in (failure.value.properties if isinstance(failure.value, CheckFailed) else str(failure.value))
    assert [] == azure.requests("POST")
    assert "create" == stack.up(news | {"location": "westeurope"})


def test_a_job_that_has_just_completed(azure: Azure, stack: Stack) -> None:
    """Its disk does not show yet: it is waited for, and nothing is posted."""
    post_restore(azure)
    azure.clock.advance(minutes=60, seconds=5)
    azure.new_process()
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound", times=3)

    assert "create" == stack.up(UNCHECKED)
    assert azure.said("has just completed, waiting whether its disk shows")
    assert azure.said("was already there")
    assert 0 == azure.requests().count(POST)


def no_end(azure: Azure) -> None:
    """Let no job tell when it ended, nor how long it ran."""

    def change(body: dict[str, Any]) -> None:
        for job in body.get("value", [body]):
            job["properties"].update(endTime="0001-01-01T00:00:00Z", duration=None)

    azure.faults.rewrite("GET", "/backupJobs", change)


@pytest.mark.parametrize("tells_its_end", [True, False])
def test_an_up_just_after_a_destroy(make_azure: MakeAzure, tells_its_end: bool) -> None:
    """The disk of a job that has just completed was deleted: none shows in a minute, and a new one is restored."""
    azure = make_azure(whole=vault_world(minutes=60.0), settings={"delete_seconds": 0})
    post_restore(azure)
    azure.clock.advance(minutes=60, seconds=5)
    azure.send("DELETE", DISK)
    azure.clock.advance(seconds=5)
    azure.new_process()
    if not tells_its_end:
        no_end(azure)
    begun = azure.clock.wall()

    assert "create" == azure.stack(DiskRestoreProvider).up(UNCHECKED, timeout=7_200.0)

    assert azure.said("has just completed, waiting whether its disk shows")
    assert 1 == azure.requests().count(POST)
    assert azure.logged("BackupInstances.TriggerRestore")[0] - begun < 150.0


def test_the_disk_of_a_job_of_the_state_is_waited_for(azure: Azure, stack: Stack) -> None:
    """The state knows that it must come: it is no other one's, and nobody has deleted it."""
    unfinished(azure, stack)
    azure.clock.advance(minutes=58)
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound", times=20)

    assert "update" == stack.up(UNCHECKED)
    assert azure.said("waiting for the disk, which is not there")
    assert 0 == azure.requests().count(POST)


def test_a_refresh_when_the_job_has_just_completed(azure: Azure, stack: Stack) -> None:
    """The restore stays in the state, unfinished."""
    unfinished(azure, stack)
    azure.clock.advance(minutes=58)
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound")

    stack.refresh()

    assert DISK == stack.id
    assert stack.unready.endswith("has completed, its disk does not show yet")


def test_a_destroy_when_the_job_has_just_completed(azure: Azure, stack: Stack) -> None:
    """The disk is waited for, so that it can be deleted."""
    unfinished(azure, stack)
    azure.clock.advance(minutes=58)
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound", times=9)

    stack.destroy()

    assert not azure.there(DISK)
    assert ["Completed"] == [job["status"] for job in jobs(azure)]
    assert ["DELETE Disks.Delete"] == azure.requests("DELETE")


def test_a_disk_that_is_being_deleted(azure: Azure, stack: Stack) -> None:
    """It is waited for until it is gone; then a new one is restored."""
    stack.up(RESTORE)
    azure.send("DELETE", DISK)
    azure.new_process()
    stack.id, stack.inputs, stack.outputs = "", {}, {}

    assert "create" == stack.up(RESTORE)
    assert azure.said("waiting until the disk that is being deleted is gone")
    assert 1 == azure.requests().count(POST)


def test_a_job_that_fails_while_the_disk_cannot_be_asked(azure: Azure, stack: Stack) -> None:
    """It may have left one: the state keeps it, so that destroy deletes whatever there is."""
    azure.fault("job-fails")
    azure.fault("unavailable", operation="Disks.Get", skip=2, count=6)

    with pytest.raises(Exception, match="could not be seen: destroy deletes one that it left, then run up again"):
        stack.up(UNCHECKED)
    assert DISK == stack.id
    azure.new_process()
    stack.destroy()
    assert [] == azure.requests("DELETE")  # there was none after all


def test_a_start_that_nobody_can_look_for(azure: Azure, stack: Stack) -> None:
    """Neither its answer nor the vault's tells: the state keeps it, and the next up finds the job."""
    azure.fault("cut-after", path="*/restore")
    azure.fault("forbidden", operation="Jobs.List", skip=2, count=0, for_seconds=3_000)

    with pytest.raises(Exception, match="whether a restore was started could not be seen: ") as failure:
        stack.up(UNCHECKED, timeout=900.0)
    assert "AuthorizationFailed" in str(failure.value)
    assert DISK == stack.id
    azure.clock.advance(hours=1)
    azure.new_process()

    assert "update" == stack.up(RESTORE)
    assert 0 == azure.requests().count(POST)


def test_a_deadline_between_both_looks(azure: Azure, stack: Stack) -> None:
    """Validated, and not looked at again late enough: nothing is posted."""
    with pytest.raises(Exception, match=r"^nothing was started within 55 s: looking once more .*; run up again$"):
        stack.up(UNCHECKED, timeout=55.0)
    assert [VALIDATE] == azure.requests("POST")
    assert "" == stack.id


def test_a_job_that_tells_its_length_and_not_its_end(azure: Azure, stack: Stack) -> None:
    """The end follows from the length."""
    azure.faults.rewrite("GET", "/backupJobs/", lambda body: body["properties"].update(endTime="0001-01-01T00:00:00Z"))

    stack.up(RESTORE)

    [job] = jobs(azure)
    assert 3_600 == stack.outputs["duration_seconds"]
    assert job["endTime"][:19] == stack.outputs["ended_at"][:19]


def test_a_name_that_is_taken_while_the_jobs_cannot_be_listed(make_azure: MakeAzure) -> None:
    """The disk may be the outcome of a restore of ours: the preview passes, and create decides."""
    azure = make_azure(whole=vault_world(disk=True))
    azure.faults.answer("GET", "/backupJobs", 403, "AuthorizationFailed")
    stack = azure.stack(DiskRestoreProvider)

    stack.preview(RESTORE)
    with pytest.raises(Exception, match=r"needs Microsoft\.DataProtection/backupVaults/backupJobs/read"):
        stack.up(RESTORE)


def test_a_refresh_while_a_job_does_not_say_where_it_goes(azure: Azure, stack: Stack) -> None:
    """It may be ours, where the state knows no job: the restore stays in the state."""
    unfinished(azure, stack)
    del stack.outputs["job_id"]

    def hide(body: dict[str, Any]) -> None:
        for job in body.get("value", [body]):
            job["properties"]["extendedInfo"] = None

    azure.faults.rewrite("GET", "/backupJobs", hide)
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound")
    stack.refresh()

    assert (DISK, "a restore is running that does not say which disk it makes") == (stack.id, stack.unready)


def test_a_refresh_of_a_job_that_no_list_shows(azure: Azure, stack: Stack) -> None:
    """The state knows it: it is asked itself."""
    unfinished(azure, stack)
    azure.faults.rewrite("GET", "/backupJobs", lambda body: body.update(value=[]) if "value" in body else None)

    stack.refresh()

    assert DISK == stack.id
    assert stack.unready.startswith(f"restoring, job {stack.outputs['job_id']}: InProgress")


def test_a_refresh_of_a_disk_without_a_job(azure: Azure, stack: Stack) -> None:
    """Whose it is nobody knows: the state keeps it, and up decides."""
    unfinished(azure, stack)
    del stack.outputs["job_id"]
    azure.faults.rewrite("GET", "/backupJobs", lambda body: body.update(value=[]))

    stack.refresh()

    assert DISK == stack.id
    assert "is there, but no restore of this backup instance has completed it" in stack.unready


def test_a_destroy_after_the_vault_is_gone(azure: Azure, stack: Stack) -> None:
    """With it went whatever would make the disk; what is there is left alone, because no job tells whose it is."""
    unfinished(azure, stack)
    azure.faults.answer("GET", "/backupJobs", 404, "ResourceNotFound")

    stack.destroy()

    assert azure.said("is left alone: no restore of this made it")
    assert [] == azure.requests("DELETE")


def test_a_destroy_while_the_vault_is_not_known_to_be_gone(azure: Azure, stack: Stack) -> None:
    """A 404 that is not ARM's own proves nothing."""
    unfinished(azure, stack)
    azure.faults.answer("GET", "/backupJobs", 404)

    with pytest.raises(Exception, match="answered 404"):
        stack.destroy()
    assert DISK == stack.id


def test_a_destroy_without_the_time_to_look(azure: Azure, stack: Stack) -> None:
    """Whether a job was posted is not known: the state keeps the restore."""
    azure.faults.answer("POST", "/restore", 503, "Busy", times=1)
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()

    with pytest.raises(Exception, match="may be under way, and nothing shows it; run again"):
        stack.destroy(timeout=25.0)
    assert DISK == stack.id


def test_a_destroy_while_the_job_fails(make_azure: MakeAzure) -> None:
    """Its end is waited for; it has left nothing to delete."""
    azure = make_azure(whole=vault_world(minutes=60.0))
    stack = azure.stack(DiskRestoreProvider)
    azure.fault("job-fails")
    unfinished(azure, stack)

    stack.destroy()

    assert azure.said(f"restore of {DISK} failed")
    assert ["Failed"] == [job["status"] for job in jobs(azure)]
    assert [] == azure.requests("DELETE")


def test_a_destroy_without_the_time_to_see_the_job_end(azure: Azure, stack: Stack) -> None:
    """The state keeps the restore, and the next destroy goes on."""
    unfinished(azure, stack)

    with pytest.raises(Exception, match="is still InProgress after"):
        stack.destroy(timeout=600.0)
    assert DISK == stack.id
    azure.new_process()
    stack.destroy()
    assert not azure.there(DISK)


def test_a_disk_whose_attachment_cannot_be_asked(azure: Azure, stack: Stack) -> None:
    """The conflict counts, in Azure's words."""
    stack.up(RESTORE)
    azure.new_process()
    azure.faults.answer("DELETE", "/disks/", 409, "OperationNotAllowed", text="Disk restored is attached to VM web-1.")
    azure.faults.answer("GET", "/disks/", 403, "AuthorizationFailed")

    with pytest.raises(Exception, match="Disk restored is attached to VM web-1"):
        stack.destroy()
    assert DISK == stack.id


def test_two_restores_at_once_to_two_disks(azure: Azure, stack: Stack) -> None:
    """Each follows its own job, although both are of one backup instance."""
    post_restore(azure, disk=f"{DISKS}/another")
    azure.new_process()

    assert "create" == stack.up(RESTORE)
    assert 1 == azure.requests().count(POST)
    assert {DISK, f"{DISKS}/another"} == {job["extendedInfo"]["recoveryDestination"] for job in jobs(azure)}


def _source_of(body: dict[str, Any]) -> dict[str, Any]:
    source: dict[str, Any] = body.get("properties", {}).get("dataSourceInfo") or {}
    return source
