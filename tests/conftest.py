"""What every test can have: a clock that it moves, a service that says what it is told, nobody's Azure settings."""

from __future__ import annotations

import asyncio
import heapq
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.transport import Transport
from tests.warm import warm_processes

__all__ = ["warm_processes"]

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
        self._slept = asyncio.Event()

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
        self._slept.set()
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + max(seconds, 0.0), next(self._order), woken))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive())
        await woken

    async def first_sleep(self) -> None:
        """Return when somebody sleeps for the first time."""
        await self._slept.wait()

    async def _drive(self) -> None:
        while self._sleepers:
            for _ in range(_IDLE_ROUNDS):
                await asyncio.sleep(0)
            due, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                self._elapsed = max(self._elapsed, due)
                woken.set_result(None)


class Service:
    """A service that gives its answers in order, to a transport with the policy that is shipped, but for chance.

    Attributes:
        answers: Responses, and errors of the connection, yet to come.
        requests: Those that came, and when.
        tokens: Bearer tokens that are handed out, the last one for ever; one that is forgotten is dropped.
    """

    ENDPOINT = "https://management.example"

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.answers: list[httpx.Response | Exception] = []
        self.requests: list[tuple[float, httpx.Request]] = []
        self.tokens = ["token-1", "token-2"]
        self.waits: list[str] = []

    def transport(self, **options: Any) -> Transport:
        """Return a transport to this service."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        policy = RetryPolicy(chance=lambda: 0.0)
        return Transport(
            **{"endpoint": self.ENDPOINT, "token": self, "clock": self.clock, "http": http, "policy": policy, **options}
        )

    def run(self, work: Callable[[Transport], Coroutine[Any, Any, Any]], **options: Any) -> Any:
        """Return what *work* returns for a transport to this service."""

        async def with_transport() -> Any:
            transport = self.transport(**options)
            try:
                return await work(transport)
            finally:
                await transport.aclose()

        return asyncio.run(with_transport())

    def send(self, method: str, target: str, **options: Any) -> Any:
        """Send one request, noting its waits."""
        return self.run(lambda transport: transport.send(method, target, on_wait=self.note, **options))

    def note(self, wait: Any) -> None:
        """Keep the words of a wait."""
        self.waits.append(str(wait))

    @property
    def sent(self) -> int:
        """How many requests came."""
        return len(self.requests)

    async def token(self) -> str:
        """Hand out a token."""
        return self.tokens[0]

    def forget(self, token: str) -> None:
        """Drop a token."""
        if len(self.tokens) > 1 and self.tokens[0] == token:
            del self.tokens[0]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((self.clock.monotonic(), request))
        assert self.answers, f"nothing to say to {request.method} {request.url.path}"
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def pytest_configure() -> None:
    """Let an interrupt end what tests start.

    A shell ignores interrupts for what it runs in the background, as nohup and some CI systems do, and children inherit
    that: the end of each provider process would be waited for in vain, for seconds.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def service(clock: FakeClock) -> Iterator[Service]:
    """A scripted service; the test fails if an answer was not asked for."""
    scripted = Service(clock)
    yield scripted
    assert not scripted.answers, f"{len(scripted.answers)} answers were not asked for"


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
