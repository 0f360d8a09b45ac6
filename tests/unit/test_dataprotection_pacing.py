"""How often a job is looked at, and how late its end is noticed."""

import random

import pytest

from azure_recovery.rest.dataprotection.pacing import LONGEST_PAUSE_S, job_pause_s

MINUTE, HOUR = 60.0, 3_600.0
CHANCES = {"none": lambda: 0.0, "all": lambda: 1.0, "some": random.Random(7).random}


def looks_until(end_s, chance, first=0.0):
    """Return the times of all looks up to the first that sees the end."""
    looks = [first]
    while looks[-1] < end_s:
        looks.append(looks[-1] + job_pause_s(looks[-1], chance()))
    return looks


@pytest.mark.parametrize("chance", CHANCES.values(), ids=CHANCES)
def test_a_restore_of_an_hour(chance):
    """It costs at most 40 looks."""
    assert len(looks_until(HOUR, chance)) <= 40


@pytest.mark.parametrize("chance", CHANCES.values(), ids=CHANCES)
@pytest.mark.parametrize("first", [0.0, 7.0, 31.0])
def test_the_end_of_a_restore_of_any_length(chance, first):
    """From a minute to a day, it is noticed within 10 % of its length or 60 s, whichever is longer."""
    lengths = [MINUTE * 1.0375**n for n in range(201)]

    assert 24 * HOUR <= lengths[-1]
    assert [] == [s for s in lengths if looks_until(s, chance, first)[-1] - s > max(0.1 * s, MINUTE)]


def test_a_restore_of_a_day():
    """It costs some 180 looks, and no pause is longer than ten minutes."""
    assert len(looks_until(24 * HOUR, lambda: 1.0)) <= 200
    assert LONGEST_PAUSE_S == job_pause_s(48 * HOUR)


def test_pauses_only_grow_and_jitter_only_shortens():
    """No chance makes a pause longer than the policy says."""
    pauses = [job_pause_s(float(lasted)) for lasted in range(0, 10_000, 10)]

    assert sorted(pauses) == pauses
    assert all(job_pause_s(lasted, 1.0) < job_pause_s(lasted, 0.0) for lasted in (0.0, 600.0, HOUR))
    assert job_pause_s(HOUR, -3.0) == job_pause_s(HOUR, 0.0)
    assert job_pause_s(HOUR, 3.0) == job_pause_s(HOUR, 1.0)
    assert job_pause_s(-HOUR) == job_pause_s(0.0)
