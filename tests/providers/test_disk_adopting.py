"""What a restore takes over that another run has started: only what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import DISK, MIDDLE, NEWEST, OLD, POST, RESTORE, post_restore, until_disk, vault_world
from tests.providers.stack import Stack

UNCHECKED = RESTORE | {"preflight": "off"}


@pytest.fixture
def azure(make_azure: MakeAzure) -> Azure:
    """A restore takes ten minutes."""
    return make_azure(whole=vault_world())


@pytest.fixture
def stack(azure: Azure) -> Stack:
    """A stack with nothing in it."""
    return azure.stack(DiskRestoreProvider)


def hide_points(azure: Azure, *, for_ever: bool) -> None:
    """Let jobs tell no recovery point, for ever or while they run."""

    def change(body: dict[str, Any]) -> None:
        for job in body.get("value", [body]):
            if for_ever or job["properties"]["status"] == "InProgress":
                job["properties"]["extendedInfo"]["sourceRecoverPoint"] = None

    azure.faults.rewrite("GET", "/backupJobs", change)


def killed_after_its_request(azure: Azure, point: str) -> None:
    """Let a run have started a restore of this point, and have been killed a minute ago."""
    post_restore(azure, point)
    azure.clock.advance(minutes=1)
    azure.new_process()


@pytest.mark.parametrize("wanted", [MIDDLE, "2020-01-01T00:00:00Z"])
def test_a_running_job_that_tells_its_point_only_at_its_end(azure: Azure, stack: Stack, wanted: str) -> None:
    """It is followed, and refused once it says that it restored something else."""
    killed_after_its_request(azure, OLD)
    hide_points(azure, for_ever=False)

    with pytest.raises(Exception, match=rf"is restored by job .*, not from {wanted}; it is left alone"):
        stack.up(UNCHECKED | {"recovery_point": wanted})
    assert ("", 0) == (stack.id, azure.requests().count(POST))
    assert azure.there(DISK)


@pytest.mark.parametrize("is_over", [False, True])
def test_a_job_that_never_tells_its_point(azure: Azure, stack: Stack, is_over: bool) -> None:
    """Nobody can say that it is the point that was asked for: it is left alone."""
    killed_after_its_request(azure, MIDDLE)
    if is_over:
        until_disk(azure, "Succeeded")
    hide_points(azure, for_ever=True)

    with pytest.raises(Exception, match=f"does not tell from which recovery point, and {MIDDLE} is asked for"):
        stack.up(UNCHECKED | {"recovery_point": MIDDLE})
    assert "" == stack.id


def test_a_job_that_tells_at_its_end_that_it_is_the_right_point(azure: Azure, stack: Stack) -> None:
    """The run that was killed is gone on with."""
    killed_after_its_request(azure, MIDDLE)
    hide_points(azure, for_ever=False)

    assert "create" == stack.up(UNCHECKED | {"recovery_point": MIDDLE})
    assert (MIDDLE, 0) == (stack.outputs["recovery_point_id"], azure.requests().count(POST))


def test_any_point_will_do_for_the_latest(azure: Azure, stack: Stack) -> None:
    """What does not tell its point is adopted."""
    killed_after_its_request(azure, OLD)
    hide_points(azure, for_ever=True)

    assert "create" == stack.up(UNCHECKED)
    assert "recovery_point_id" not in stack.outputs


def test_a_job_of_the_state_that_never_tells_its_point(azure: Azure, stack: Stack) -> None:
    """This restore started it from the right one, so it is gone on with, and a warning says what nobody can check."""
    hide_points(azure, for_ever=True)
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE | {"recovery_point": MIDDLE}, timeout=300.0)
    azure.new_process()

    assert "update" == stack.up(RESTORE | {"recovery_point": MIDDLE})
    assert MIDDLE == stack.outputs["recovery_point_id"]
    assert [True] == ["does not tell from which recovery point" in warning for warning in azure.warnings]


def test_a_job_that_showed_after_a_lost_request_restores_another_point(make_azure: MakeAzure) -> None:
    """It is not ours; whether our own was started is still open, so the state keeps the start, and no job."""
    azure = make_azure(whole=vault_world(), settings={"job_visible_seconds": 80.0})
    stack = azure.stack(DiskRestoreProvider)
    post_restore(azure, OLD)
    azure.new_process()
    azure.fault("cut-before", path="*/restore")

    with pytest.raises(Exception, match=rf"from recovery point {OLD}, not from {MIDDLE}; it is left alone"):
        stack.up(UNCHECKED | {"recovery_point": MIDDLE})

    assert DISK == stack.id
    assert "job_id" not in stack.outputs


@pytest.mark.parametrize("hours_later", [0.0, 40.0])
def test_the_age_of_data_is_that_at_the_start_of_its_job(azure: Azure, stack: Stack, hours_later: float) -> None:
    """A run that was killed has restored data that was young enough; that it has grown older since is no matter."""
    killed_after_its_request(azure, NEWEST)
    until_disk(azure, "Succeeded")
    azure.clock.advance(hours=hours_later)

    assert "create" == stack.up(UNCHECKED | {"max_age": "PT6H"})
    assert 0 == azure.requests().count(POST)


@pytest.mark.parametrize("is_over", [False, True])
def test_data_that_was_too_old_at_the_start_of_its_job(azure: Azure, stack: Stack, is_over: bool) -> None:
    """It is left alone, whether its job is over or not, and nothing of it gets into the state."""
    killed_after_its_request(azure, OLD)
    if is_over:
        until_disk(azure, "Succeeded")

    with pytest.raises(Exception, match=r"max_age is 1 day, 0:00:00, while the data of .*, counted from the start of"):
        stack.up(UNCHECKED | {"max_age": "P1D"})
    assert ("", 0) == (stack.id, azure.requests().count(POST))


def test_a_running_job_that_tells_the_age_of_its_data_only_at_its_end(azure: Azure, stack: Stack) -> None:
    """It is refused then."""
    killed_after_its_request(azure, OLD)
    hide_points(azure, for_ever=False)

    with pytest.raises(Exception, match="counted from the start of the job; it is left alone"):
        stack.up(UNCHECKED | {"max_age": "P1D"})
    assert "" == stack.id
