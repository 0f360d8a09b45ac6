"""The emulator as a server: put together, started, stopped.

One thread answers all requests, one after another; that is what makes each of them atomic.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from azure_recovery.emulator import world as worlds
from azure_recovery.emulator.clock import Anchor, Clock, steady_wall
from azure_recovery.emulator.connections import Connections
from azure_recovery.emulator.control import Control
from azure_recovery.emulator.exchange import Cloud
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.faults import Faults
from azure_recovery.emulator.gateway import Gateway
from azure_recovery.emulator.journal import Journal
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.signing import Signer
from azure_recovery.emulator.store import StateError, Store
from azure_recovery.emulator.throttling import Throttle

DEFAULT_SPEED: Final = 600.0
_METHODS: Final = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"]
_START_TIMEOUT_S: Final = 20.0
_KEEP_ALIVE_S: Final = 120


def open_cloud(
    world: Mapping[str, Any] | None,
    state: Path | None,
    speed: float | None,
    settings: Mapping[str, object] | None = None,
    wall: Callable[[], float] = steady_wall,
) -> Cloud:
    """Begin a state, or continue the one in a file.

    Args:
        world: What there is at the beginning, checked; None for the default world. Not needed to continue.
        state: File to begin or continue; None for memory.
        speed: Azure's seconds in one of the wall's; None for the state's own, or 600.
        settings: Win over those of the world.
        wall: Wall time in seconds since 1970.

    Raises:
        StateError: The file cannot be used, or was begun with another world.
        WorldError: The world is inconsistent.
        SettingsError: A setting does not exist or does not fit.
    """
    store = Store(state)
    try:
        with store.transaction():
            return _opened(store, world, state, speed=speed, settings=settings or {}, wall=wall)
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
) -> Cloud:
    remembered = store.meta("world")
    if remembered is None:
        known = dict(worlds.load(None) if world is None else world)
        clock = Clock.starting_now(speed or DEFAULT_SPEED, wall)
        store.set_meta("world", json.dumps(known, sort_keys=True))
        store.set_meta("key", secrets.token_hex(32))
    else:
        known = json.loads(remembered)
        if world is not None and json.dumps(dict(world), sort_keys=True) != remembered:
            raise StateError(
                f"state file {state}: was begun with another world; leave the world out, or begin a new file"
            )
        clock = Clock.continuing(Anchor(**json.loads(store.meta("clock") or "{}")), speed, wall)
    values = Settings(known.get("settings", {}), settings)
    if remembered is None:
        worlds.build(known, store, values, clock.now())
    store.set_meta("clock", json.dumps(asdict(clock.anchor)))
    return Cloud(
        subscription_id=known["subscription_id"],
        tenant_id=known.get("tenant_id", worlds.DEFAULT_TENANT),
        subscriptions=worlds.subscriptions(known),
        clock=clock,
        settings=values,
        store=store,
        signer=Signer(store.meta("key") or ""),
        throttle=Throttle(values),
    )


def application(cloud: Cloud, faults: Faults | None = None, connections: Connections | None = None) -> Starlette:
    """Return the ASGI application that serves *cloud*.

    Args:
        cloud: What there is.
        faults: What goes wrong on demand; none if None.
        connections: Those of the server, so that faults can cut them.
    """
    journal, faults = Journal(), faults or Faults()
    gateway = Gateway(cloud, journal, faults, connections or Connections())
    routes = Control(cloud, journal, faults).routes()
    return Starlette(routes=[*routes, Route("/{path:path}", gateway.answer, methods=_METHODS)])


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

    Raises:
        WorldError: The world does not fit the schema, or names what it does not have.
        StateError: The state file cannot be used.
        SettingsError: A setting does not exist or does not fit.
        OSError: The port is taken.
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
    ) -> None:
        self._cloud = open_cloud(None if world is None else worlds.checked(world), state, speed, settings)
        self._faults = Faults(faults, self._cloud.clock.now())
        try:
            self._socket = _bound(host, port)
        except OSError:
            self._cloud.store.close()
            raise
        connections = Connections()
        config = uvicorn.Config(
            application(self._cloud, self._faults, connections),
            http=connections.protocol(),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="emulator", daemon=True
        )
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Begin to serve; return once requests are answered."""
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the emulator did not start on {self.url}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Finish the requests under way and stop."""
        self._faults.lift()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self._cloud.store.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm only where the protocol is named; with it every answer takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
