"""How often a copy is looked at, over whole days of it."""

import random

import pytest

from azure_recovery.rest.pacing import LONGEST_PAUSE_S, pause_s

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


def looks_until(end_s, chance):
    """Return the times of all looks up to the first that sees the end."""
    looks = [0.0]
    while looks[-1] < end_s:
        looks.append(looks[-1] + pause_s(looks[-1], chance()))
    return looks


@pytest.mark.parametrize("chance", [lambda: 0.0, lambda: 1.0, random.Random(7).random], ids=["none", "all", "some"])
def test_a_copy_of_a_day(chance):
    """It costs at most 350 requests and is noticed within five minutes, whatever the jitter."""
    looks = looks_until(DAY, chance)

    assert len(looks) <= 350
    assert looks[-1] - DAY <= 5 * MINUTE


@pytest.mark.parametrize(
    ("lasts_s", "late_s"), [(20.0, 15.0), (5 * MINUTE, 30.0), (20 * MINUTE, 2 * MINUTE), (HOUR, 5 * MINUTE)]
)
def test_a_short_copy(lasts_s, late_s):
    """The shorter it is, the sooner its end is noticed."""
    assert looks_until(lasts_s, lambda: 0.0)[-1] - lasts_s <= late_s


def test_a_copy_of_two_weeks():
    """It costs no more a day than one of a day, and is noticed as soon."""
    looks = looks_until(14 * DAY, lambda: 1.0)

    assert len(looks) <= 14 * 350
    assert looks[-1] - 14 * DAY <= 5 * MINUTE


def test_pauses_only_grow_and_jitter_only_shortens():
    """No chance makes a pause longer than the policy says."""
    pauses = [pause_s(float(waited)) for waited in range(0, 10_000, 10)]

    assert sorted(pauses) == pauses
    assert LONGEST_PAUSE_S == pauses[-1]
    assert all(pause_s(waited, 1.0) < pause_s(waited, 0.0) for waited in (0.0, 600.0, DAY))
    assert pause_s(DAY, -3.0) == pause_s(DAY, 0.0)
    assert pause_s(DAY, 3.0) == pause_s(DAY, 1.0)
