"""What a throttled request means for the others of the same transport."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import NoAnswerError, ThrottledError
from azure_recovery.rest.retrying import Repeat
from azure_recovery.rest.throttling import Keys

S = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
DISK, OTHER_DISK = f"{S}/disks/a", f"{S}/disks/b"
COLLECTION = f"{S}/restorePointCollections/c"
ELSEWHERE = "/subscriptions/other/resourceGroups/g/providers/Microsoft.Compute/disks/a"
DATE = {"Date": "Sun, 22 Nov 2026 12:00:00 GMT"}


def ok(**headers):
    return httpx.Response(200, json={}, headers={**DATE, **{n.replace("_", "-"): v for n, v in headers.items()}})


def throttled(code="TooManyRequests", *, seconds=60, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"error": {"code": code, "message": "Slow down."}}
    return httpx.Response(429, json=body, headers={**DATE, "Retry-After": str(seconds), **named})


def when(service):
    """Return each request as (second, method, last part of its path)."""
    return [(at, request.method, request.url.path.rpartition("/")[2]) for at, request in service.requests]


def after_a_refusal(service, first, second, refusal, **options):
    """Send *first*, which meets *refusal*, and *second* while it waits; return when *second* was sent."""
    service.answers += [refusal, ok(), ok()]

    async def both(transport):
        task = asyncio.create_task(transport.send(*first, **options))
        await service.clock.first_sleep()
        await transport.send(*second)
        await task

    service.run(both)
    return min(at for at, request in service.requests[1:] if (request.method, request.url.path) == second)


@pytest.mark.parametrize(
    ("refusal", "second", "at"),
    [
        pytest.param(throttled(x_ms_failure_cause="gateway"), ("GET", COLLECTION), 60.0, id="bucket: other reads wait"),
        pytest.param(throttled("SubscriptionRequestsThrottled"), ("GET", COLLECTION), 60.0, id="bucket by its code"),
        pytest.param(throttled(x_ms_failure_cause="gateway"), ("PUT", COLLECTION), 0.0, id="bucket: writes do not"),
        pytest.param(throttled(x_ms_failure_cause="gateway"), ("DELETE", DISK), 0.0, id="bucket: deletes do not"),
        pytest.param(
            throttled(x_ms_failure_cause="gateway"), ("GET", ELSEWHERE), 0.0, id="bucket: other subscriptions do not"
        ),
        pytest.param(throttled(), ("GET", OTHER_DISK), 60.0, id="operation: the same operation waits"),
        pytest.param(throttled(), ("GET", COLLECTION), 0.0, id="operation: others do not"),
        pytest.param(
            throttled("RetryableErrorDueToAnotherOperation"), ("GET", OTHER_DISK), 0.0, id="busy: nobody else waits"
        ),
    ],
)
def test_who_else_waits(service, refusal, second, at):
    """A refusal slows what shares its limit, and nothing else."""
    assert at == after_a_refusal(service, ("GET", DISK), second, refusal)


def test_three_copies_an_hour(service):
    """A limit that the caller names holds back what names it too, and neither other copies nor other calls."""
    first, second, other = (f"{COLLECTION}/restorePoints/{name}" for name in ("p1", "p2", "p3"))
    service.answers += [throttled(seconds=1200), ok(), ok(), ok(), ok()]

    async def copies(transport):
        def copy(target, collection):
            return transport.send("PUT", target, repeat=Repeat.REFUSED, limit=f"copies:{collection}")

        tasks = [asyncio.create_task(copy(first, "c"))]
        await service.clock.first_sleep()
        tasks += [asyncio.create_task(copy(second, "c")), asyncio.create_task(copy(other, "d"))]
        await transport.send("GET", first)
        await asyncio.gather(*tasks)

    service.run(copies)

    assert [(0.0, "PUT", "p1"), (0.0, "GET", "p1"), (0.0, "PUT", "p3")] == [
        when(service)[0],
        *sorted(when(service)[1:3]),
    ]
    assert {(1200.0, "PUT", "p1"), (1200.0, "PUT", "p2")} == set(when(service)[3:])


def test_hundred_tasks_after_a_refusal(service):
    """A hundred waiting reads come back one by one and then more at a time, not all in the same moment."""
    inside, widths = 0, []

    async def answer(request):
        nonlocal inside
        if not service.clock.sleeps:
            return throttled(x_ms_failure_cause="gateway")
        inside += 1
        widths.append(inside)
        await service.clock.sleep(1.0)
        inside -= 1
        return ok()

    async def later(transport):
        await service.clock.first_sleep()
        await transport.send("GET", OTHER_DISK)

    async def all_at_once(transport):
        await asyncio.gather(transport.send("GET", DISK), *(later(transport) for _ in range(100)))

    service.run(all_at_once, http=httpx.AsyncClient(transport=httpx.MockTransport(answer)))

    assert [1, 1, 2] == widths[:3]
    assert 101 == len(widths)
    assert 60.0 + 7.0 >= service.clock.monotonic()


def test_shared_pause_outlasts_the_deadline(service):
    """Who would have to wait past a deadline is told that nothing was sent, and until when it is throttled."""
    service.answers += [throttled(), throttled(seconds=1)]

    async def second(transport):
        with pytest.raises(ThrottledError):
            await transport.send("GET", DISK, repeat=Repeat.NEVER)
        with pytest.raises(NoAnswerError) as caught:
            await transport.send("GET", OTHER_DISK, deadline=Deadline(service.clock, 30.0))
        with pytest.raises(ThrottledError):
            await transport.send("GET", COLLECTION, deadline=Deadline(service.clock, 1.0))
        return caught.value

    error = service.run(second)

    assert not error.may_have_taken_effect
    assert str(error).endswith("not sent, because calls of this kind are throttled until 12:01:00 UTC")


class SlowSignIn:
    """A source of tokens that takes its time for one of them."""

    def __init__(self, clock, *seconds):
        self.clock = clock
        self.seconds = list(seconds)

    async def token(self):
        """Return one, after as long as it takes."""
        if self.seconds and (seconds := self.seconds.pop(0)):
            await self.clock.sleep(seconds)
        return "token"


def test_a_sign_in_that_takes_long_after_a_refusal(service):
    """Whoever has a token goes first: a call that cannot be sent yet does not keep the one place that there is then."""
    service.answers += [throttled(seconds=0), ok(), ok()]

    async def two(transport):
        with pytest.raises(ThrottledError):
            await transport.send("GET", DISK, repeat=Repeat.NEVER)
        await asyncio.gather(transport.send("GET", DISK), transport.send("GET", OTHER_DISK))

    service.run(two, token=SlowSignIn(service.clock, 0, 60))

    assert [(0.0, "GET", "a"), (0.0, "GET", "b"), (60.0, "GET", "a")] == when(service)


def test_a_token_that_is_replaced_while_others_are_waited_for(service):
    """After a pause the token of now is sent, not that of before."""
    service.answers += [throttled(), ok()]

    async def paused(transport):
        with pytest.raises(ThrottledError):
            await transport.send("GET", DISK, repeat=Repeat.NEVER)
        sending = asyncio.create_task(transport.send("GET", DISK, repeat=Repeat.NEVER))
        await service.clock.first_sleep()
        service.forget("token-1")
        await sending

    service.run(paused)

    assert "Bearer token-2" == service.requests[-1][1].headers["authorization"]


def test_place_that_does_not_come_free_before_the_deadline(service):
    """Nothing was sent, and the error says why."""
    service.answers += [throttled(seconds=0), ok()]

    async def second(transport):
        with pytest.raises(ThrottledError):
            await transport.send("GET", DISK, repeat=Repeat.NEVER)
        async with transport._throttle.turn(Keys.of("GET", DISK), deadline=None, on_pause=print):
            with pytest.raises(NoAnswerError) as caught:
                await transport.send("GET", OTHER_DISK, deadline=Deadline(service.clock, 30.0))
        await transport.send("GET", OTHER_DISK)
        return caught.value

    error = service.run(second)

    assert not error.may_have_taken_effect
    assert str(error).endswith("not sent, because calls of this kind are let through a few at a time")


def test_bucket_that_runs_low(service):
    """With few reads left, calls keep to the 25 a second at which ARM's bucket fills."""
    low = {"x_ms_ratelimit_remaining_subscription_reads": "19"}
    service.answers += [ok(**low), ok(**low), ok(x_ms_ratelimit_remaining_subscription_reads="200"), ok(), ok()]

    async def five(transport):
        for _ in range(5):
            await transport.send("GET", DISK)

    service.run(five)

    assert [0.0, 0.04, 0.08, 0.08, 0.08] == [round(at, 2) for at, _ in service.requests]


def test_provider_that_runs_low(service):
    """The last requests that Compute allows are spread over a minute; with enough left nobody waits."""
    service.answers += [
        ok(x_ms_ratelimit_remaining_resource="Microsoft.Compute/GetDisk;2,Microsoft.Compute/Other;90"),
        ok(x_ms_ratelimit_remaining_resource="Microsoft.Compute/GetDisk;44"),
        ok(),
    ]

    async def three(transport):
        for _ in range(3):
            await transport.send("GET", DISK, on_wait=service.note)

    service.run(three)

    assert [0.0, 20.0, 20.0] == [at for at, _ in service.requests]
    assert ["throttled until 12:00:20 UTC"] == service.waits


def test_a_refresh_is_throttled_for_hours(service):
    """It has no deadline: it waits for an hour once, and then says so."""
    service.answers += [throttled(seconds=3600), throttled(seconds=3600)]

    with pytest.raises(ThrottledError):
        service.send("GET", DISK)

    assert [0.0, 3_600.0] == [at for at, _ in service.requests]
