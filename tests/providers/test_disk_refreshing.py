"""What a refresh and a destroy believe of a restore that the run before may have started: to the second."""

from __future__ import annotations

from datetime import datetime

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import DISK, POST, RESTORE, VAULT, post_restore, vault_world
from tests.providers.stack import Stack

VISIBLE_S = 60.0
"""Azure's seconds within which a job that was posted is taken to show."""
SHOWS_AFTER_S = (0.0, 30.0, 59.0)


def left_by_a_lost_request(azure: Azure) -> Stack:
    """Return a stack that holds a restore whose request was lost on its way, an hour ago."""
    stack = azure.stack(DiskRestoreProvider)
    azure.faults.answer("POST", "/restore", 503, "Busy", times=1)
    with pytest.raises(Exception, match="shows no job"):
        stack.up(RESTORE)
    assert DISK == stack.id
    azure.clock.advance(hours=1)
    azure.new_process()
    return stack


def left_by_a_killed_update(azure: Azure) -> Stack:
    """Return the same after an update that was killed just after its request: the state says nothing of that."""
    stack = left_by_a_lost_request(azure)
    post_restore(azure)
    azure.new_process()
    return stack


def looked_at_jobs(azure: Azure) -> list[float]:
    """Return when the vault's jobs were looked at, in seconds since 1970 on Azure's clock."""
    entries = azure.control("GET", "requests").json()["requests"]
    return [datetime.fromisoformat(entry["at"]).timestamp() for entry in entries if entry["operation"] == "Jobs.List"]


@pytest.mark.parametrize("shows_after_s", SHOWS_AFTER_S)
def test_a_refresh_right_after_a_killed_update(make_azure: MakeAzure, shows_after_s: float) -> None:
    """The restore stays in the state, whenever its job shows, and the next up follows it."""
    azure = make_azure(whole=vault_world(), settings={"job_visible_seconds": shows_after_s})
    stack = left_by_a_killed_update(azure)

    stack.refresh()

    assert DISK == stack.id
    assert "InProgress" in stack.unready
    [job] = azure.get(f"{VAULT}/backupJobs")["value"]
    assert job["name"] in stack.unready
    azure.new_process()
    assert "update" == stack.up(RESTORE)
    assert 0 == azure.requests().count(POST)
    assert "same" == stack.up(RESTORE)


@pytest.mark.parametrize("shows_after_s", SHOWS_AFTER_S)
def test_a_destroy_right_after_a_killed_update(make_azure: MakeAzure, shows_after_s: float) -> None:
    """The job is found whenever it shows; its end is waited for, and its disk is deleted."""
    azure = make_azure(whole=vault_world(), settings={"job_visible_seconds": shows_after_s})
    stack = left_by_a_killed_update(azure)

    stack.destroy()

    [job] = azure.get(f"{VAULT}/backupJobs")["value"]
    assert "Completed" == job["properties"]["status"]
    assert ["DELETE Disks.Delete"] == azure.requests("DELETE")
    assert not azure.there(DISK)


@pytest.mark.parametrize("verb", ["refresh", "destroy"])
def test_nothing_was_posted(make_azure: MakeAzure, verb: str) -> None:
    """That is believed of a look taken a minute after the first, and of none before."""
    azure = make_azure(whole=vault_world())
    stack = left_by_a_lost_request(azure)
    begun = azure.clock.wall()

    getattr(stack, verb)()

    assert "" == stack.id
    looked = looked_at_jobs(azure)
    assert VISIBLE_S <= looked[-1] - begun < VISIBLE_S + 15.0
    assert all(look - begun < VISIBLE_S for look in looked[:-1])
    assert [] == azure.requests("DELETE")


@pytest.mark.parametrize("verb", ["refresh", "destroy"])
def test_the_job_of_a_killed_update_is_over_and_left_nothing(make_azure: MakeAzure, verb: str) -> None:
    """A job that failed is history: there is nothing to keep and nothing to delete."""
    azure = make_azure(whole=vault_world())
    stack = left_by_a_lost_request(azure)
    azure.fault("job-fails")
    post_restore(azure)
    azure.clock.advance(hours=1)
    azure.new_process()

    getattr(stack, verb)()

    assert "" == stack.id
    assert [] == azure.requests("DELETE")


def test_a_restore_that_shows_is_not_waited_for(make_azure: MakeAzure) -> None:
    """One look is enough where it finds the job."""
    azure = make_azure(whole=vault_world(), settings={"job_visible_seconds": 0})
    stack = left_by_a_killed_update(azure)
    begun = azure.clock.wall()

    stack.refresh()

    assert begun == azure.clock.wall()
    assert 1 == len(looked_at_jobs(azure))
