"""Restores that Azure asks to wait: nothing is started on a look that is old."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import ThrottledError
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import DISK, INSTANCE, OLD, POST, RESTORE, VAULT, post_restore, vault_world
from tests.providers.stack import Stack

UNCHECKED = RESTORE | {"preflight": "off"}
OF_ALL = "SubscriptionRequestsThrottled"
"""The code by which ARM itself refuses all writes of a subscription."""

FRESH_S = 6.0
"""Azure's seconds that a look may be old when the request is sent."""


@pytest.fixture
def azure(make_azure: MakeAzure) -> Azure:
    """A restore takes ten minutes."""
    return make_azure(whole=vault_world())


@pytest.fixture
def stack(azure: Azure) -> Stack:
    """A stack with nothing in it."""
    return azure.stack(DiskRestoreProvider)


def last_look_and_request(azure: Azure) -> tuple[float, float]:
    """Return when the jobs were last looked at before the request to restore, and when that reached Azure."""
    [sent] = azure.logged("BackupInstances.TriggerRestore")
    return max(looked for looked in azure.logged("Jobs.List") if looked <= sent), sent


def throttle_while_it_looks(azure: Azure, stack: Stack, seconds: int, which: int = 2) -> None:
    """Let another restore of the process be told to wait while this one takes its last look."""
    looks = []

    async def other() -> None:
        looks.append(1)
        if len(looks) != which:
            return
        azure.faults.answer("POST", "/validateRestore", 429, OF_ALL, times=1, **{"Retry-After": str(seconds)})
        session = stack._provider.session
        with contextlib.suppress(ThrottledError):
            await session.backup_vaults.validate_restore(
                ResourceId.parse(f"{INSTANCE}-2"), {}, deadline=Deadline(azure.clock, 1.0)
            )

    azure.faults.delay("GET", "/backupJobs", other, times=which)


def test_a_request_is_not_sent_an_hour_after_the_last_look(azure: Azure, stack: Stack) -> None:
    """Another restore has been told to wait: this one waits, says until when, looks again, and then asks."""
    throttle_while_it_looks(azure, stack, 3_600)
    begun = azure.clock.wall()

    assert "create" == stack.up(UNCHECKED)

    looked, sent = last_look_and_request(azure)
    assert sent - begun > 3_600.0
    assert sent - looked < FRESH_S
    assert any(row.startswith("throttled until ") and "looking once more" in row for row, _ in azure.rows)


def test_a_look_at_the_validation_that_is_throttled_for_an_hour(azure: Azure, stack: Stack) -> None:
    """It ends no `up`, which has a day."""
    azure.faults.answer("GET", "/operationStatus/", 429, OF_ALL, times=1, **{"Retry-After": "3600"})
    begun = azure.clock.wall()

    assert "create" == stack.up(UNCHECKED)

    assert azure.clock.wall() - begun > 3_600.0
    assert 1 == len(azure.logged("BackupInstances.TriggerRestore"))


def test_what_another_run_has_started_meanwhile_is_followed(azure: Azure, stack: Stack) -> None:
    """In an hour of throttling somebody may have restored to this name: no second job is asked for."""
    throttle_while_it_looks(azure, stack, 3_600)
    _post_when_it_is_throttled(azure)

    assert "create" == stack.up(UNCHECKED)

    assert OLD == stack.outputs["recovery_point_id"]
    assert 1 == len(azure.get(f"{VAULT}/backupJobs")["value"])


def _post_when_it_is_throttled(azure: Azure) -> None:
    class Rows(list[tuple[str, bool]]):
        def append(self, row: tuple[str, bool]) -> None:
            super().append(row)
            if row[0].startswith("throttled until ") and "looking once more" in row[0]:
                post_restore(azure, OLD)

    azure.rows = Rows()


@pytest.mark.parametrize(("asked_s", "at_least_s"), [("3600", 3_600.0), ("1", 30.0), (None, 30.0)])
def test_a_request_that_is_refused_with_429(azure: Azure, stack: Stack, asked_s: str | None, at_least_s: float) -> None:
    """It proves that nothing was started: the pause that is asked for is kept, a look is taken, and one job is made."""
    headers = {"Retry-After": asked_s} if asked_s else {}
    azure.faults.answer("POST", "/restore", 429, "TooManyRequests", times=1, **headers)
    begun = azure.clock.wall()

    assert "create" == stack.up(UNCHECKED)

    looked, sent = last_look_and_request(azure)
    assert sent - begun >= at_least_s
    assert sent - looked < FRESH_S
    assert 1 == len(azure.get(f"{VAULT}/backupJobs")["value"])


def test_refusals_that_go_on(azure: Azure, stack: Stack) -> None:
    """Each pause is longer than the last; the user's limit ends it with Azure's words, and nothing in the state."""
    azure.faults.answer("POST", "/restore", 429, "TooManyRequests", **{"Retry-After": "1"})

    with pytest.raises(Exception, match=r"answered 429 \(TooManyRequests\).*run up again when Azure answers"):
        stack.up(UNCHECKED, timeout=7_200.0)
    assert 5 < azure.faults.met.count("POST /restore") < 20
    assert "" == stack.id


def test_a_pause_that_outlasts_the_limit(azure: Azure, stack: Stack) -> None:
    """It is not waited for."""
    azure.faults.answer("POST", "/restore", 429, "TooManyRequests", times=1, **{"Retry-After": "3600"})
    begun = azure.clock.wall()

    with pytest.raises(Exception, match="answered 429"):
        stack.up(UNCHECKED, timeout=1_800.0)
    assert azure.clock.wall() - begun < 120.0
    assert "" == stack.id


def test_a_lost_answer_after_a_refusal_is_looked_for(azure: Azure, stack: Stack) -> None:
    """The request that follows the pause is sent once, like the first."""
    azure.faults.answer("POST", "/restore", 429, "TooManyRequests", times=1)
    azure.faults.lose_answer("POST", "/restore")

    assert "create" == stack.up(UNCHECKED)
    assert 1 == azure.requests().count(POST)
    assert azure.said("the start ended unclear, looking whether there is a job")


def test_a_look_that_took_too_long_is_taken_again(azure: Azure, stack: Stack) -> None:
    """The last look at the jobs was asked to wait between two of its requests: it is old when it ends."""
    azure.delay("GET", "/disks/", 0.0)
    slow: list[int] = []

    async def wait() -> None:
        slow.append(1)
        await azure.clock.sleep(0.0 if len(slow) != 2 else 600.0)

    azure.faults.delay("GET", "/backupJobs", wait, times=2)

    assert "create" == stack.up(UNCHECKED)
    assert 3 == len([look for look in azure.logged("Jobs.List") if look <= last_look_and_request(azure)[1]])


def test_the_state_of_an_update_stays_while_it_is_throttled(azure: Azure, stack: Stack) -> None:
    """What was noted before is not given up for a request that started nothing."""
    azure.fault("cut-before", path="*/restore")
    with pytest.raises(Exception, match="shows no job"):
        stack.up(UNCHECKED)
    before: dict[str, Any] = dict(stack.outputs)
    azure.new_process()
    azure.faults.answer("POST", "/restore", 429, "TooManyRequests")

    with pytest.raises(Exception, match="answered 429"):
        stack.up(UNCHECKED, timeout=600.0)
    assert before == stack.outputs
    assert DISK == stack.id
