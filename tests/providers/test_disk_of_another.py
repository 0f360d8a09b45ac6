"""Disks under the name of a restore that another run's job, or somebody's hand, has made: none of them is taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import DISK, OLD, POST, RESTORE, VAULT, post_restore, until_disk, vault_world
from tests.providers.stack import Stack

SHOWS_LATE = {"job_visible_seconds": 150.0}
"""Later than the last look of a run that began when the other run's job was posted."""


def jobs(azure: Azure) -> list[dict[str, Any]]:
    """Return the jobs of the vault, oldest first."""
    listed = azure.get(f"{VAULT}/backupJobs")["value"]
    return sorted(listed, key=lambda job: str(job["properties"]["startTime"]))


def lost_race(azure: Azure, *, timeout: float = 0.0) -> tuple[Stack, str]:
    """Return a stack whose restore another run's had preceded unseen, and what its user read."""
    post_restore(azure, OLD)
    azure.new_process()
    stack = azure.stack(DiskRestoreProvider)
    with pytest.raises(Exception, match="restore of") as failure:
        stack.up(RESTORE, timeout=timeout)
    assert 1 == azure.requests().count(POST)
    azure.new_process()
    return stack, str(failure.value)


def test_a_job_that_fails_because_of_the_disk_of_another(make_azure: MakeAzure) -> None:
    """The line says whose the disk is, nothing stays in the state, and the next up adopts the disk with its job."""
    azure = make_azure(whole=vault_world(), settings=SHOWS_LATE)
    stack, line = lost_race(azure)

    other, ours = jobs(azure)
    assert ["Completed", "Failed"] == [job["properties"]["status"] for job in (other, ours)]
    assert "UserErrorTargetDiskExists" in line
    assert line.endswith(
        f"the disk is that of job {other['name']}, and is left alone: choose another disk_name, or run up again to "
        "adopt it"
    )
    assert "" == stack.id
    assert "create" == stack.up(RESTORE)
    assert azure.said(f"adopted: the restore by job {other['name']}")


@pytest.mark.parametrize("verb", ["refresh", "destroy"])
def test_the_disk_of_another_is_not_taken_from_an_unfinished_restore(make_azure: MakeAzure, verb: str) -> None:
    """The state knows its own job, which failed; whatever else there is belongs to the job that made it."""
    azure = make_azure(whole=vault_world(), settings=SHOWS_LATE)
    stack, line = lost_race(azure, timeout=300.0)
    assert "still InProgress" in line
    until_disk(azure, "Succeeded")
    azure.clock.advance(hours=1)

    if verb == "refresh":
        stack.refresh()
        assert "no restore of this backup instance has completed it" in stack.unready
        azure.new_process()
    stack.destroy()

    assert azure.there(DISK)
    assert [] == azure.requests("DELETE")
    assert [f"{DISK} is left alone: job {jobs(azure)[0]['name']} made it"] == azure.warnings


def test_an_update_that_lost_the_race_names_its_own_job(make_azure: MakeAzure) -> None:
    """Its state held a start without a job; once its own has failed, a destroy leaves the disk of the other."""
    azure = make_azure(whole=vault_world(), settings=SHOWS_LATE)
    stack = azure.stack(DiskRestoreProvider)
    azure.faults.answer("POST", "/restore", 503, "Busy", times=1)
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    azure.new_process()
    post_restore(azure, OLD)
    with pytest.raises(Exception, match="choose another disk_name, or run up again to adopt it"):
        stack.up(RESTORE)
    assert "Failed" == stack.outputs["job_status"]
    azure.new_process()

    stack.destroy()

    assert azure.there(DISK)


def test_a_job_of_long_ago_that_the_state_knows(make_azure: MakeAzure) -> None:
    """However many came after it, the job of the state is asked, and its disk is deleted."""
    azure = make_azure(whole=vault_world())
    stack = azure.stack(DiskRestoreProvider)
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=300.0)
    until_disk(azure, "Succeeded")
    azure.new_process()
    azure.faults.rewrite("GET", "/backupJobs", lambda body: body.update(value=[]) if "value" in body else None)

    stack.destroy()

    assert not azure.there(DISK)


def failed_after_the_deadline(azure: Azure) -> Stack:
    """Return a stack whose state holds a running job, which has failed since."""
    stack = azure.stack(DiskRestoreProvider)
    azure.fault("job-fails")
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=300.0)
    azure.clock.advance(hours=1)
    assert not azure.there(DISK)
    azure.new_process()
    return stack


def disk_by_hand(azure: Azure, *, minutes_after_the_end: float, **properties: Any) -> None:
    """Let there be a disk that was made so long after the end of the vault's only job."""
    [job] = jobs(azure)
    ended = datetime.fromisoformat(job["properties"]["endTime"])
    made_at = (ended + timedelta(minutes=minutes_after_the_end)).isoformat()
    told = {"provisioningState": "Succeeded", "timeCreated": made_at, **properties}
    azure.faults.say("GET", "/disks/", {"id": DISK, "name": "restored", "location": "westeurope", "properties": told})


SNAPSHOT = f"{VAULT.partition('/resourceGroups')[0]}/resourceGroups/snapshots/providers/Microsoft.Compute/snapshots/one"


@pytest.mark.parametrize(
    ("minutes_after_the_end", "properties"),
    [
        (9.0, {}),
        (9.0, {"creationData": {"createOption": "Copy", "sourceResourceId": SNAPSHOT}}),
        (-1.0, {"creationData": {"createOption": "Empty"}}),
        (-1.0, {"creationData": {"createOption": "Copy", "sourceResourceId": SNAPSHOT.replace("/snapshots/", "/my/")}}),
    ],
)
def test_a_disk_made_by_hand_after_a_job_that_failed(
    make_azure: MakeAzure, minutes_after_the_end: float, properties: dict[str, Any]
) -> None:
    """A job that failed makes no good disk, so a good one is somebody's: it is left alone, and a warning says so."""
    azure = make_azure(whole=vault_world())
    stack = failed_after_the_deadline(azure)
    disk_by_hand(azure, minutes_after_the_end=minutes_after_the_end, **properties)

    stack.destroy()

    assert "" == stack.id
    assert [] == azure.requests("DELETE")
    assert [f"{DISK} is left alone: no restore of this made it"] == azure.warnings


@pytest.mark.parametrize(
    "properties",
    [
        {"provisioningState": "Failed"},
        {"creationData": {"createOption": "Copy", "sourceResourceId": SNAPSHOT}},
    ],
)
def test_what_a_job_that_failed_has_left(make_azure: MakeAzure, properties: dict[str, Any]) -> None:
    """A disk that never became whole, or that was made from the vault's snapshot while the job ran, is deleted."""
    azure = make_azure(whole=vault_world())
    stack = failed_after_the_deadline(azure)
    disk_by_hand(azure, minutes_after_the_end=-1.0, **properties)

    stack.destroy()

    assert ["DELETE Disks.Delete"] == azure.requests("DELETE")
