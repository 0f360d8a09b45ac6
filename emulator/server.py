"""The emulator as a server: put together, started, stopped.

One thread answers all requests, one after another; that is what makes each of them atomic.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from azure_recovery.emulator import world as worlds
from azure_recovery.emulator import world_system_center
from azure_recovery.emulator.clock import Anchor, Clock, Sleep, steady_wall
from azure_recovery.emulator.connections import Connections, NoAnswer
from azure_recovery.emulator.control import Control
from azure_recovery.emulator.exchange import Cloud
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.faults import Faults
from azure_recovery.emulator.gateway import Gateway
from azure_recovery.emulator.journal import Journal
from azure_recovery.emulator.listeners import Listener, Serving, SpfListener
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.signing import Signer
from azure_recovery.emulator.spf_gateway import SystemCenterGateway
from azure_recovery.emulator.store import StateError, Store
from azure_recovery.emulator.throttling import Throttle

DEFAULT_SPEED: Final = 600.0
_METHODS: Final = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"]


def open_cloud(
    world: Mapping[str, Any] | None,
    state: Path | None,
    speed: float | None,
    settings: Mapping[str, object] | None = None,
    *,
    wall: Callable[[], float] = steady_wall,
    sleep: Sleep = asyncio.sleep,
) -> Cloud:
    """Begin a state, or continue the one in a file.

    Args:
        world: What there is at the beginning, checked; None for the default world. Not needed to continue.
        state: File to begin or continue; None for memory.
        speed: Azure's seconds in one of the wall's; None for the state's own, or 600.
        settings: Win over those of the world.
        wall: Wall time in seconds since 1970. sleep: Waits on it.

    Raises:
        StateError: The file cannot be used, or was begun with another world.
        WorldError: The world is inconsistent.
        SettingsError: A setting does not exist or does not fit.
    """
    store = Store(state)
    try:
        with store.transaction():
            return _opened(store, world, state, speed=speed, settings=settings or {}, wall=wall, sleep=sleep)
    except BaseException:
        store.close()
        raise


def _opened(
    store: Store,
    world: Mapping[str, Any] | None,
    state: Path | None,
    *,
    speed: float | None,
    settings: Mapping[str, object],
    wall: Callable[[], float],
    sleep: Sleep,
) -> Cloud:
    remembered = store.meta("world")
    if remembered is None:
        known = dict(worlds.load(None) if world is None else world)
        clock = Clock.starting_now(speed or DEFAULT_SPEED, wall, sleep)
        store.set_meta("world", json.dumps(known, sort_keys=True))
        store.set_meta("key", secrets.token_hex(32))
    else:
        known = json.loads(remembered)
        if world is not None and json.dumps(dict(world), sort_keys=True) != remembered:
            raise StateError(
                f"state file {state}: was begun with another world; leave the world out, or begin a new file"
            )
        clock = Clock.continuing(Anchor(**json.loads(store.meta("clock") or "{}")), speed, wall, sleep)
    values = Settings(known.get("settings", {}), settings)
    if remembered is None:
        worlds.build(known, store, values, clock.now())
    store.set_meta("clock", json.dumps(asdict(clock.anchor)))
    return Cloud(
        subscription_id=known["subscription_id"],
        tenant_id=known.get("tenant_id", worlds.DEFAULT_TENANT),
        subscriptions=worlds.subscriptions(known),
        system_center_subscriptions=world_system_center.subscriptions(known),
        clock=clock,
        settings=values,
        store=store,
        signer=Signer(store.meta("key") or ""),
        throttle=Throttle(values),
    )


class Service:
    """What answers for *cloud*: ASGI applications that share its request log and its faults.

    Args:
        cloud: What there is.
        faults: What goes wrong on demand; nothing if None.
        connections: Those of the servers, so that faults can cut them.
    """

    def __init__(self, cloud: Cloud, faults: Faults | None = None, connections: Connections | None = None) -> None:
        self._cloud = cloud
        self._faults = faults or Faults()
        self._journal = Journal()
        self.connections = connections or Connections()

    def azure(self) -> Starlette:
        """Return ARM, the token endpoint and the control API."""
        gateway = Gateway(self._cloud, self._journal, self._faults, self.connections)
        routes = Control(self._cloud, self._journal, self._faults).routes()
        return self._application([*routes, Route("/{path:path}", gateway.answer, methods=_METHODS)])

    def system_center(self) -> Starlette:
        """Return System Center's Service Provider Foundation; without TLS nobody asks for a client certificate."""
        gateway = SystemCenterGateway(self._cloud, self._journal, self._faults, self.connections)
        return self._application([Route("/{path:path}", gateway.answer, methods=[*_METHODS, "MERGE"])])

    def _application(self, routes: Sequence[BaseRoute]) -> Starlette:
        async def gone(_request: Request, _error: Exception) -> Response:
            return NoAnswer(self.connections)

        # Half a request is none: it has no effect, and nobody is there to be told.
        return Starlette(routes=routes, exception_handlers={ClientDisconnect: gone})


def application(cloud: Cloud, faults: Faults | None = None, connections: Connections | None = None) -> Starlette:
    """Return the ASGI application that serves ARM; see `Service` for System Center beside it."""
    return Service(cloud, faults, connections).azure()


class RunningEmulator:
    """An emulator in this process, on a thread of its own, for as long as the `with` block lasts.

    Args:
        world: What there is at the beginning: a dictionary as in a world file, or None for the default world.
        speed: Azure's seconds in one second of wall time; None for 600, or for the speed of the state.
        settings: Names and values of docs/emulator.md; win over those of the world.
        state: File in which the state survives; None for memory.
        host: Address to serve on; loopback unless you know why not.
        port: 0 takes a free one.
        faults: What goes wrong from the start; see `fault_table.from_argument`.
        spf: Where System Center is served, too; nowhere if None.

    Attributes:
        url: `http://127.0.0.1:PORT`, where ARM is.
        spf_url: `https://127.0.0.1:PORT`, where System Center is; empty if it is not served.

    Raises:
        WorldError: The world does not fit the schema, or names what it does not have.
        StateError: The state file cannot be used.
        SettingsError: A setting does not exist or does not fit.
        TlsError: The certificates cannot be used.
        OSError: A port is taken.
    """

    def __init__(
        self,
        *,
        world: Mapping[str, Any] | None = None,
        speed: float | None = None,
        settings: Mapping[str, object] | None = None,
        state: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Iterable[Fault] = (),
        spf: SpfListener | None = None,
    ) -> None:
        self._cloud = open_cloud(None if world is None else worlds.checked(world), state, speed, settings)
        self._faults = Faults(faults, self._cloud.clock.now())
        service = Service(self._cloud, self._faults)
        listeners: list[Listener] = []
        try:
            listeners.append(Listener(service.azure(), service.connections, host, port))
            if spf is not None:
                options = spf.options(self._cloud.settings)
                listeners.append(Listener(service.system_center(), service.connections, host, spf.port, options))
        except BaseException:
            for listener in listeners:
                listener.socket.close()
            self._cloud.store.close()
            raise
        self._serving = Serving(listeners)
        self.url = listeners[0].url
        self.spf_url = "" if spf is None else listeners[-1].url

    def start(self) -> None:
        """Begin to serve; return once requests are answered."""
        self._serving.start()

    def stop(self) -> None:
        """Finish the requests under way and stop."""
        self._faults.lift()
        self._serving.stop()
        self._cloud.store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
