"""Deadlines on a clock whose seconds are floats."""

from __future__ import annotations

import asyncio

import pytest

from azure_recovery.rest.clock import Deadline
from tests.conftest import FakeClock


@pytest.mark.parametrize("begun_s", [0.0, 3_683.1, 21_877.834483, 86_400.1])
def test_whoever_sleeps_for_what_is_left_has_none_left(clock: FakeClock, begun_s: float) -> None:
    """The rounding error of what is left would be slept for again and again, on a clock that it does not move."""
    clock.advance(begun_s)
    deadline = Deadline(clock, 10_800.0)
    clock.advance(7_123.7)

    asyncio.run(clock.sleep(deadline.left_s))

    assert 0.0 == deadline.left_s
    assert deadline.passed


def test_a_moment_that_is_left(clock: FakeClock) -> None:
    """A thousandth of a second is one; without a limit there is always one."""
    assert 0.001 == Deadline(clock, 0.001).left_s
    assert not Deadline(clock, 0.001).passed
    assert Deadline(clock, 0.0).passed
    assert float("inf") == Deadline(clock, None).left_s
