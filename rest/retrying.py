"""When a request may be sent again, and after how long. Pure: no clock, no network.

What may be repeated is a property of the request, not of the failure alone. Azure's own SDKs repeat any answer of 400
or above that has `Retry-After`, POST included; for a POST that starts a restore that can mean two restores. Here the
caller says with `Repeat` what a second sending could do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto


class Repeat(Enum):
    """What may be sent again after an unclear end."""

    SAFE = auto()
    """Idempotent: repeated after every transient answer and every lost connection."""
    REFUSED = auto()
    """Starts work: repeated only after what proves that nothing was started, that is 429 and 401, and a connection
    that was never opened."""
    NEVER = auto()
    """Sent once, whatever happens."""


TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that pass by themselves. Source: azure-core 1.41, `RetryPolicy`."""

TOO_MANY_REQUESTS = 429

LONGEST_ASKED_S = 3_600.0
"""Azure's seconds that a `Retry-After` can make anybody pause: the longest window that Azure documents for restore
points is an hour, and a proxy may say a week."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One pause before a request is sent, for the row of the resource that waits.

    Attributes:
        reason: Words such as `throttled` or `answered 503 (ServerBusy)`.
        seconds: Azure's seconds of the pause.
        until: Its end on the service's clock, aware, in UTC.
    """

    reason: str
    seconds: float
    until: datetime

    def __str__(self) -> str:
        """Return it as a row shows it: `throttled until 14:05:00 UTC`."""
        return f"{self.reason} until {self.until:%H:%M:%S} UTC"


OnWait = Callable[[Wait], None]
"""Told each pause before it begins."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a request is repeated.

    Attributes:
        attempts: Sendings of one request at most. Under a deadline 429 is not counted: a limit of three copies an
            hour makes a caller wait for an hour, and that is no failure.
        first_s: Pause before the first repetition; it doubles from there.
        longest_s: Longest pause of our own.
        longest_asked_s: Longest pause that `Retry-After` can make.
        jitter: Share of our own pause by which chance may shorten it. It never lengthens: a deadline that a pause
            meets is met with any luck.
        chance: Returns a number in [0, 1).
    """

    attempts: int = 6
    first_s: float = 1.0
    longest_s: float = 60.0
    longest_asked_s: float = LONGEST_ASKED_S
    jitter: float = 0.25
    chance: Callable[[], float] = random.random

    def may_repeat_status(self, status: int, repeat: Repeat) -> bool:
        """Return whether an answer of *status* allows to send again."""
        if repeat is Repeat.SAFE:
            return status in TRANSIENT
        return repeat is Repeat.REFUSED and status == TOO_MANY_REQUESTS

    def may_repeat_silence(self, *, may_have_taken_effect: bool, repeat: Repeat) -> bool:
        """Return whether a request without an answer may be sent again."""
        return repeat is Repeat.SAFE or (repeat is Repeat.REFUSED and not may_have_taken_effect)

    def is_counted_out(self, sent: int, *, throttled: bool, under_deadline: bool, pauses_s: float = 0.0) -> bool:
        """Return whether *sent* sendings are enough.

        Args:
            sent: How often the request was sent. throttled: Whether the last answer was 429.
            under_deadline: Whether its caller bounds the waiting. Where nobody does, as in a refresh, an hour is it.
            pauses_s: Azure's seconds of all pauses, with the one that would come now.
        """
        if under_deadline:
            return sent >= self.attempts and not throttled
        return sent >= self.attempts or pauses_s > self.longest_asked_s

    def pause_s(self, repetition: int, asked_s: float | None = None) -> float:
        """Return Azure's seconds to wait before a repetition.

        Args:
            repetition: 0 before the first one.
            asked_s: What the service asked for. It is kept to. A service that keeps asking for nothing is given
                `first_s`, and one that refuses more than `attempts` times twice as much each time, up to `longest_s`:
                an hour of `Retry-After: 1` is not thousands of requests.
        """
        if asked_s is not None:
            grown = min(self.first_s * 2.0 ** min(max(repetition - self.attempts, 0), 32), self.longest_s)
            return min(max(asked_s, grown if repetition else 0.0), self.longest_asked_s)
        grown = min(self.first_s * 2.0 ** min(repetition, 32), self.longest_s)
        return grown * (1.0 - self.jitter * self.chance())
