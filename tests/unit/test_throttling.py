"""Limits, who shares them, and how they recover."""

from __future__ import annotations

import asyncio

import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.headers import Remaining
from azure_recovery.rest.throttling import DeadlineTooShortError, Keys, Throttle

COMPUTE = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Compute"
READ = Keys.of("GET", f"{COMPUTE}/disks/a")


@pytest.mark.parametrize(
    ("method", "path", "bucket", "operation"),
    [
        ("GET", f"{COMPUTE}/disks/a", "reads s", "GET microsoft.compute/disks s"),
        ("HEAD", f"{COMPUTE}/disks/a", "reads s", "HEAD microsoft.compute/disks s"),
        ("PATCH", f"{COMPUTE}/disks/a?x=y", "writes s", "PATCH microsoft.compute/disks s"),
        ("POST", f"{COMPUTE}/disks/a/beginGetAccess", "writes s", "POST microsoft.compute/disks/begingetaccess s"),
        (
            "DELETE",
            f"{COMPUTE}/restorePointCollections/c/restorePoints/p",
            "deletes s",
            "DELETE microsoft.compute/restorepointcollections/restorepoints s",
        ),
        (
            "GET",
            "/subscriptions/S/providers/Microsoft.Compute/locations/WestEurope/operations/1?t=/providers/x",
            "reads s",
            "GET microsoft.compute/locations/operations s westeurope",
        ),
        ("PUT", "/subscriptions/S/resourceGroups/g", "writes s", ""),
        ("GET", "/tenants", "reads tenant", ""),
    ],
)
def test_limits_of_a_request(method, path, bucket, operation):
    """A request counts against ARM's bucket of its kind and subscription, and the provider's operation."""
    keys = Keys.of(method, path)

    assert (bucket, operation, "") == (keys.bucket, keys.operation, keys.own)


@pytest.mark.parametrize(
    ("code", "from_gateway", "own", "expected"),
    [
        ("TooManyRequests", True, "copies:c", READ.bucket),
        ("SubscriptionRequestsThrottled", False, "copies:c", READ.bucket),
        ("tenantrequeststhrottled", False, "", READ.bucket),
        ("TooManyRequests", False, "copies:c", "copies:c"),
        ("TooManyRequests", False, "", READ.operation),
        ("", False, "", READ.operation),
        ("RetryableErrorDueToAnotherOperation", False, "copies:c", ""),
        ("RetryableErrorDueToAnotherOperation", True, "", ""),
    ],
)
def test_which_limit_a_refusal_is_about(code, from_gateway, own, expected):
    """The gateway speaks of ARM's bucket, the provider of what the caller named or of its operation."""
    keys = Keys.of("GET", f"{COMPUTE}/disks/a", own)

    assert expected == keys.refused_by(code, from_gateway=from_gateway)


def test_refusal_without_a_provider():
    """A refused call that no provider serves can only be about ARM's bucket."""
    keys = Keys.of("GET", "/subscriptions/s/resourceGroups")

    assert keys.bucket == keys.refused_by("", from_gateway=False)


async def _pass(throttle, keys=READ, deadline=None, pauses=None):
    async with throttle.turn(keys, deadline=deadline, on_pause=(pauses if pauses is not None else []).append) as turn:
        turn.answered(())


def test_refusals_overlap(clock):
    """A second refusal with an earlier end does not shorten the first."""
    pauses = []

    async def overlap():
        throttle = Throttle(clock)
        for seconds in (60.0, 10.0):
            async with asyncio.timeout(1), throttle.turn(READ, deadline=None, on_pause=pauses.append) as turn:
                clock.advance(1.0)
                turn.refused(READ.bucket, seconds)
                turn.refused(READ.bucket, 5.0)
        await _pass(throttle, pauses=pauses)

    asyncio.run(overlap())

    assert [60.0, 10.0] == pauses


def test_late_success_after_a_refusal(clock):
    """A call that was sent before the refusal and succeeds after it does not open the limit again."""
    order = []

    async def late():
        throttle = Throttle(clock)
        refused = asyncio.Event()

        async def early():
            async with throttle.turn(READ, deadline=None, on_pause=print) as turn:
                await refused.wait()
                turn.answered(())

        async def waiting(name):
            async with throttle.turn(READ, deadline=None, on_pause=lambda _: None) as turn:
                order.append(f"{name} in")
                await clock.sleep(1.0)
                order.append(f"{name} out")
                turn.answered(())

        task = asyncio.create_task(early())
        await asyncio.sleep(0)
        async with throttle.turn(READ, deadline=None, on_pause=print) as turn:
            turn.refused(READ.bucket, 10.0)
        refused.set()
        await task
        await asyncio.gather(waiting("a"), waiting("b"))

    asyncio.run(late())

    assert ["a in", "a out", "b in", "b out"] == order


def test_failure_of_the_first_call_back(clock):
    """A call that fails or is cancelled frees its place, so that nobody waits for ever."""

    async def failing():
        throttle = Throttle(clock)
        async with throttle.turn(READ, deadline=None, on_pause=print) as turn:
            turn.refused(READ.bucket, 1.0)
        clock.advance(1.0)
        with pytest.raises(OSError, match="lost"):
            async with throttle.turn(READ, deadline=None, on_pause=print):
                raise OSError("lost")
        async with asyncio.timeout(1):
            await _pass(throttle)

    asyncio.run(failing())


def test_waiting_for_a_place_until_the_deadline(clock):
    """Who waits behind another's call gives up when the deadline passes, however long that call takes."""

    async def behind():
        throttle = Throttle(clock)
        async with throttle.turn(READ, deadline=None, on_pause=print) as turn:
            turn.refused(READ.bucket, 0.0)

        async def slow():
            async with throttle.turn(READ, deadline=None, on_pause=print):
                await clock.sleep(6.0)

        first, other = asyncio.create_task(slow()), asyncio.create_task(slow())
        await clock.first_sleep()
        with pytest.raises(DeadlineTooShortError):
            await _pass(throttle, deadline=Deadline(clock, 5.0))
        assert 5.0 == clock.monotonic()
        await asyncio.gather(first, other)

    asyncio.run(behind())


def test_short_pauses_are_not_told(clock):
    """Pauses below a second keep the pace and are no news for anybody's row."""
    pauses = []

    async def pace():
        throttle = Throttle(clock)
        for _ in range(3):
            async with throttle.turn(READ, deadline=None, on_pause=pauses.append) as turn:
                turn.answered([Remaining("subscription-reads", 0)])

    asyncio.run(pace())

    assert [] == pauses
    assert [0.04, 0.04] == [round(seconds, 2) for seconds in clock.sleeps]


def test_counts_of_another_kind(clock):
    """Few writes left are no reason to read more slowly."""

    async def read():
        throttle = Throttle(clock)
        for _ in range(2):
            async with throttle.turn(READ, deadline=None, on_pause=print) as turn:
                turn.answered([Remaining("subscription-writes", 0), Remaining("subscription-deletes", 0)])

    asyncio.run(read())

    assert [] == clock.sleeps
