"""What every test gets: a clock that it moves, and an environment without anybody's Azure settings."""

from __future__ import annotations

import asyncio
import heapq
import os
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

_FOREIGN = ("ARM_", "AZURE_", "IDENTITY_", "MSI_", "IMDS_", "ACTIONS_ID_TOKEN_")
_IDLE_ROUNDS = 50


class FakeClock:
    """Azure's time in a test: it stands still until every task sleeps, and then jumps to the first that wakes up.

    Attributes:
        sleeps: Seconds of each sleep, in the order in which they began.
    """

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        self.start = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()
        self._driver: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Return the time of day."""
        return self.start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return the seconds since the test began."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass without anybody sleeping."""
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Sleep until the test's time has come there."""
        self.sleeps.append(seconds)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + max(seconds, 0.0), next(self._order), woken))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive())
        await woken

    async def _drive(self) -> None:
        while self._sleepers:
            for _ in range(_IDLE_ROUNDS):
                await asyncio.sleep(0)
            due, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._elapsed = max(self._elapsed, due)
                woken.set_result(None)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that needs no time to pass."""
    return FakeClock()


@pytest.fixture(autouse=True)
def _no_foreign_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what would point a test at somebody's Azure."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN):
            monkeypatch.delenv(name)
