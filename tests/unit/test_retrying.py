"""What may be sent again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from azure_recovery.rest.retrying import TRANSIENT, Repeat, RetryPolicy, Wait

STEADY = RetryPolicy(chance=lambda: 0.0)


def test_statuses_that_pass_by_themselves():
    """The transient statuses are those of Azure's own SDKs."""
    assert {408, 429, 500, 502, 503, 504} == TRANSIENT


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 412, 429, 500, 501, 502, 503, 504])
@pytest.mark.parametrize("repeat", list(Repeat))
def test_each_status_for_each_kind_of_request(status, repeat):
    """What is idempotent is repeated after all that passes; what starts work after 429 alone; the rest never."""
    expected = {Repeat.SAFE: status in TRANSIENT, Repeat.REFUSED: status == 429, Repeat.NEVER: False}[repeat]

    assert expected == STEADY.may_repeat_status(status, repeat)


@pytest.mark.parametrize(
    ("repeat", "lost", "never_opened"),
    [(Repeat.SAFE, True, True), (Repeat.REFUSED, False, True), (Repeat.NEVER, False, False)],
)
def test_silence_for_each_kind_of_request(repeat, lost, never_opened):
    """What starts work is repeated after a connection that was never opened, and after no other silence."""
    assert lost == STEADY.may_repeat_silence(may_have_taken_effect=True, repeat=repeat)
    assert never_opened == STEADY.may_repeat_silence(may_have_taken_effect=False, repeat=repeat)


def test_pauses_grow_up_to_the_longest():
    """Each pause is twice the one before, up to a minute, however often."""
    assert [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] == [STEADY.pause_s(n) for n in range(8)]
    assert 60.0 == STEADY.pause_s(100_000)


def test_jitter_only_shortens():
    """Chance takes at most a quarter away, and never adds."""
    assert 4.0 == RetryPolicy(chance=lambda: 0.0).pause_s(2)
    assert 3.0 == RetryPolicy(chance=lambda: 1.0).pause_s(2)


def test_what_the_service_asks_for_is_kept_to():
    """Retry-After is neither shortened by chance nor replaced by the growing pause."""
    hasty = RetryPolicy(chance=lambda: 1.0)

    assert 17.0 == hasty.pause_s(0, 17.0)
    assert 17.0 == hasty.pause_s(5, 17.0)


def test_service_asks_for_a_year():
    """A pause is never longer than an hour: after it one looks again."""
    assert 3600.0 == STEADY.pause_s(0, 31_536_000.0)


def test_service_asks_for_nothing_again_and_again():
    """The first Retry-After of 0 is followed at once, later ones not: no busy loop."""
    assert [0.0, 1.0, 1.0] == [STEADY.pause_s(n, 0.0) for n in range(3)]


def test_service_asks_for_a_second_for_an_hour():
    """What it asks for is kept to six times; after that it is given twice as much each time, up to a minute."""
    asked = [STEADY.pause_s(n, 1.5) for n in range(16)]

    assert [1.5] * 7 == asked[:7]
    assert [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] == asked[7:14]
    assert 90.0 == STEADY.pause_s(40, 90.0)
    assert 60.0 == STEADY.pause_s(100_000, 0.0)


@pytest.mark.parametrize(
    ("throttled", "under_deadline", "enough"),
    [(False, False, True), (False, True, True), (True, False, True), (True, True, False)],
)
def test_throttled_under_a_deadline(throttled, under_deadline, enough):
    """Only 429 under a deadline is not counted."""
    assert enough == STEADY.is_counted_out(STEADY.attempts, throttled=throttled, under_deadline=under_deadline)
    assert not STEADY.is_counted_out(STEADY.attempts - 1, throttled=throttled, under_deadline=under_deadline)


@pytest.mark.parametrize(
    ("pauses_s", "under_deadline", "enough"),
    [(3_600.0, False, False), (3_601.0, False, True), (10_800.0, True, False)],
)
def test_pauses_that_nobody_bounds(pauses_s, under_deadline, enough):
    """An hour in all; a caller with a deadline decides by itself."""
    assert enough == STEADY.is_counted_out(2, throttled=True, under_deadline=under_deadline, pauses_s=pauses_s)


def test_wait_as_a_row_shows_it():
    """A wait says why and until when."""
    wait = Wait("throttled", 300.0, datetime(2026, 11, 22, 14, 5, tzinfo=UTC))

    assert "throttled until 14:05:00 UTC" == str(wait)
