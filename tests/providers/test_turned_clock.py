"""The clock of these tests: who is woken, when, and what passes meanwhile."""

import asyncio
import time

import pytest

from tests.providers.turned_clock import TurnedClock


@pytest.fixture
def clock():
    turned = TurnedClock()
    yield turned
    turned.close()


def test_sleepers_wake_one_after_another(clock):
    """Each at its own moment; of two that wake at the same one, the one first that lay down first."""
    woken = []

    async def sleeper(name, *pauses):
        for seconds in pauses:
            await clock.sleep(seconds)
            woken.append((name, clock.monotonic()))

    async def all_of_them():
        await asyncio.gather(sleeper("a", 60.0, 30.0), sleeper("b", 20.0, 70.0), sleeper("c", 60.0))

    clock.run(all_of_them())

    assert [("b", 20.0), ("a", 60.0), ("c", 60.0), ("b", 90.0), ("a", 90.0)] == woken


def test_time_stands_still_while_anything_runs(clock):
    """However many steps that takes."""
    steps = []

    async def work():
        for _ in range(1_000):
            await asyncio.sleep(0)
            steps.append(clock.monotonic())

    async def both():
        await asyncio.gather(clock.sleep(1.0), work())

    clock.run(both())

    assert [0.0] * 1_000 == steps
    assert 1.0 == clock.monotonic()


def test_a_sleeper_that_is_cancelled_moves_nothing(clock):
    """Its moment is nobody's any more."""

    async def give_up():
        sleeping = asyncio.create_task(clock.sleep(3_600.0))
        await asyncio.sleep(0)
        sleeping.cancel()
        await clock.sleep(5.0)

    clock.run(give_up())

    assert 5.0 == clock.monotonic()


def test_limits_of_asyncio_are_on_it(clock):
    """They end what nothing else ends, after whoever wakes before."""
    woken = []

    async def sleeper():
        await clock.sleep(4.0)
        woken.append(clock.monotonic())

    async def hang():
        sleeping = asyncio.create_task(sleeper())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 5.0)
        await sleeping

    clock.run(hang())

    assert [4.0] == woken
    assert 5.0 == clock.monotonic()


def test_time_stands_still_while_a_thread_works(clock):
    """As it does when a token is got."""

    async def work():
        return await asyncio.wait_for(asyncio.to_thread(time.sleep, 0.01), 0.001)

    clock.run(work())

    assert 0.0 == clock.monotonic()


def test_the_test_turns_it(clock):
    """Minutes and hours of the test's own; a sleeper whose moment has passed wakes at once."""
    clock.advance(hours=1, minutes=2, seconds=3)

    assert 3_723.0 == clock.monotonic()
    assert 3_723.0 == clock.wall() - TurnedClock.START
    assert clock.now().timestamp() == clock.wall()
