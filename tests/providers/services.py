"""The emulator that the providers of a test ask: in the same process and on a turned clock, or over HTTP."""

from __future__ import annotations

import asyncio
import random
import ssl
from typing import Any, Protocol

import httpx

from azure_recovery.dynamic_providers.session import Session
from azure_recovery.emulator.server import RunningEmulator, application, open_cloud
from azure_recovery.emulator.world import checked
from azure_recovery.rest.credentials import token_source
from azure_recovery.rest.logins import AuthMethod
from azure_recovery.rest.settings import AzureSettings
from azure_recovery.rest.transport import TokenSource
from azure_recovery.rest.wire import TIMEOUT
from tests.providers.in_process import Behind, Cuts, InProcess
from tests.providers.turned_clock import TurnedClock
from tests.providers.worlds import SPEED

TOKEN = "emulator-token-not-a-secret"
_TLS = ssl.create_default_context()
"""Read once: nothing here speaks TLS, and every client would read all certificates of the system anew."""


class Service(Protocol):
    """An emulator, and how it is reached.

    Attributes:
        url: Its origin. speed: Azure's seconds in one of the wall's. patience: Of the client, for each answer.
        behind: Leads to it past the network of the providers, from any thread.
    """

    url: str
    speed: float
    patience: httpx.Timeout
    behind: httpx.BaseTransport

    def connections(self) -> httpx.AsyncBaseTransport:
        """Return what leads a new process to it."""
        ...

    def session(self, settings: AzureSettings, *, http: httpx.AsyncClient, **more: Any) -> Session:
        """Return the session of a new process."""
        ...

    def close(self) -> None:
        """End it, and the sessions."""
        ...


class TurnedService:
    """The emulator on the loop of a clock that turns itself; nothing leaves the process, and nobody is at this port.

    Attributes:
        clock: Azure's and the providers'.
    """

    url = "http://127.0.0.1:1"
    speed = 1.0
    patience = TIMEOUT

    def __init__(self, world: dict[str, Any], settings: dict[str, Any]) -> None:
        random.seed(0)  # by which pauses are shortened
        self.clock = TurnedClock()
        self._cloud = open_cloud(
            checked(world), None, self.speed, settings, wall=self.clock.wall, sleep=self.clock.sleep
        )
        self._application = httpx.ASGITransport(application(self._cloud, connections=Cuts()))
        self.behind = Behind(self._application)

    def connections(self) -> httpx.AsyncBaseTransport:
        """Return what leads to the application."""
        return InProcess(self._application, self.clock)

    def session(self, settings: AzureSettings, *, http: httpx.AsyncClient, **more: Any) -> Session:
        """Return a session on the clock."""
        return Session(settings, clock=self.clock, http=http, tokens=_tokens, loop=self.clock.loop, **more)

    def close(self) -> None:
        """End what runs on the clock."""
        self.clock.close()
        self._cloud.store.close()


class ServedService:
    """The emulator on a loopback port, a minute of Azure in 17 ms of the wall's."""

    speed = SPEED
    patience = httpx.Timeout(5.0)

    def __init__(self, world: dict[str, Any], settings: dict[str, Any]) -> None:
        self._emulator = RunningEmulator(world=world, speed=self.speed, settings=settings)
        self._emulator.start()
        self.url = self._emulator.url
        self.behind = httpx.HTTPTransport(verify=_TLS)
        self._processes: list[tuple[Session, httpx.AsyncBaseTransport]] = []
        self._newest: httpx.AsyncBaseTransport | None = None

    def connections(self) -> httpx.AsyncBaseTransport:
        """Return connections of their own: they belong to the loop of one process."""
        self._newest = httpx.AsyncHTTPTransport(verify=_TLS)
        return self._newest

    def session(self, settings: AzureSettings, *, http: httpx.AsyncClient, **more: Any) -> Session:
        """Return a session as it is shipped, but for its network."""
        made = Session(settings, http=http, **more)
        assert self._newest is not None
        self._processes.append((made, self._newest))
        return made

    def close(self) -> None:
        """End the sessions and the server."""
        for made, connections in self._processes:
            if made._loop is not None:
                asyncio.run_coroutine_threadsafe(connections.aclose(), made._loop).result()
                made._loop.call_soon_threadsafe(made._loop.stop)
        self._emulator.stop()


class EmulatorToken:
    """The emulator's token, which its endpoint for managed identities hands out."""

    async def token(self) -> str:
        """Return it."""
        return TOKEN


def _tokens(settings: AzureSettings, *, tenant_id: str | None = None) -> TokenSource:
    """Return where the tokens come from; other identities than the emulator's are asked as they are."""
    if settings.login.method is AuthMethod.MANAGED_IDENTITY:
        return EmulatorToken()
    return token_source(settings, tenant_id=tenant_id)
