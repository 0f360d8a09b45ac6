"""The only clock of the client: now, sleep and deadlines, in Azure's seconds.

A rehearsal runs against an emulator whose time passes faster. Headers and bodies stay in Azure's seconds on both
sides; only this module turns them into wall time, by one factor. So the policy that a rehearsal exercises is the
policy that is shipped.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where time comes from. Seconds are Azure's."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only ever grow; the origin means nothing."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let *seconds* of Azure's time pass."""
        ...


class SystemClock:
    """The machine's clock, made *speed* times faster.

    Args:
        speed: Azure's seconds in one second of wall time; 1 outside rehearsals.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._wall_origin = time.time()
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """Return the time of day on Azure's clock, counted from when this clock was made."""
        return datetime.fromtimestamp(self._wall_origin, UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return Azure's seconds since this clock was made."""
        return (time.monotonic() - self._origin) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Sleep *seconds* of Azure's time."""
        await asyncio.sleep(max(seconds, 0.0) / self.speed)


_SHORTEST_S = 1e-6
"""Seconds of a deadline that are none: to sleep for the rounding error of a subtraction may not move a clock."""


class Deadline:
    """A moment after which nothing more is tried.

    Args:
        clock: The clock to ask.
        seconds: Azure's seconds from now; None never ends.
    """

    def __init__(self, clock: Clock, seconds: float | None) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self.seconds = seconds

    @property
    def waited_s(self) -> float:
        """Azure's seconds since the deadline was set."""
        return self._clock.monotonic() - self._start

    @property
    def left_s(self) -> float:
        """Azure's seconds left; infinite without a limit, never negative."""
        left = float("inf") if self.seconds is None else self.seconds - self.waited_s
        return left if left > _SHORTEST_S else 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing is left."""
        return self.left_s <= 0.0


def iso(moment: datetime) -> str:
    """Return *moment*, aware, as outputs show it: `2026-11-22T10:00:00+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
