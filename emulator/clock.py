"""Azure's time: the wall clock, made faster.

Everything that takes time in the emulator is a function of this clock and of moments written down in the store; nothing
is scheduled. So a restart loses nothing, and time runs on while the emulator is down, as it does at Azure.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


@dataclass(frozen=True)
class Anchor:
    """Where Azure's time and the wall's were last known together.

    Both are seconds since 1970; speed is Azure's seconds in one second of wall time.
    """

    azure_s: float
    wall_s: float
    speed: float

    def at(self, wall_s: float) -> float:
        """Return Azure's time when the wall shows *wall_s*."""
        return self.azure_s + (wall_s - self.wall_s) * self.speed


_WALL_ORIGIN: Final = time.time() - time.monotonic()


def steady_wall() -> float:
    """Return the seconds since 1970 on the wall, without the steps that a machine's clock makes when it is set."""
    return _WALL_ORIGIN + time.monotonic()


Sleep = Callable[[float], Awaitable[None]]
"""Lets seconds of the wall pass."""


class Clock:
    """Azure's seconds since 1970. Never runs backwards while the process lives.

    Args:
        anchor: Where to count from.
        wall: The wall clock. sleep: Waits on it.
    """

    def __init__(self, anchor: Anchor, wall: Callable[[], float] = steady_wall, sleep: Sleep = asyncio.sleep) -> None:
        self.anchor = anchor
        self._wall = wall
        self._sleep = sleep

    @classmethod
    def starting_now(cls, speed: float, wall: Callable[[], float] = steady_wall, sleep: Sleep = asyncio.sleep) -> Clock:
        """Return a clock that agrees with the wall clock at this moment."""
        now = wall()
        return cls(Anchor(azure_s=now, wall_s=now, speed=speed), wall, sleep)

    @classmethod
    def continuing(
        cls, anchor: Anchor, speed: float | None, wall: Callable[[], float] = steady_wall, sleep: Sleep = asyncio.sleep
    ) -> Clock:
        """Return a clock that goes on where another process's clock is by now, from here on at *speed*."""
        now = wall()
        return cls(Anchor(azure_s=anchor.at(now), wall_s=now, speed=speed or anchor.speed), wall, sleep)

    @property
    def speed(self) -> float:
        """Azure's seconds in one second of wall time."""
        return self.anchor.speed

    def now(self) -> float:
        """Return the seconds since 1970 on Azure's clock."""
        return self.anchor.at(self._wall())

    async def sleep(self, seconds: float) -> None:
        """Let Azure's *seconds* pass before a request goes on."""
        await self._sleep(seconds / self.speed)


def timestamp(seconds: float) -> str:
    """Write *seconds* as Compute does: seven digits and an offset, `2021-10-25T23:54:29.2796325+00:00`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0+00:00"


def zulu(seconds: float) -> str:
    """Write *seconds* as Data Protection does: seven digits and a Z, `2023-06-26T12:02:35.1323220Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def iso(seconds: float) -> str:
    """Write *seconds* as the Disk provider does: six digits and an offset."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
