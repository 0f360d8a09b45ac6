"""Sockets and servers: the one for ARM, and with TLS the one for System Center.

Both run on one thread and one event loop, so that a request to either is answered after the one before.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette

from azure_recovery.emulator.certificates import Certificates
from azure_recovery.emulator.connections import GRACE_S, Connections
from azure_recovery.emulator.settings import Settings

_START_TIMEOUT_S: Final = 20.0
_KEEP_ALIVE_S: Final = 120
_STOP_TIMEOUT_S: Final = int(GRACE_S) + 10
"""Connections are cut long before; a request that goes on without one is a mistake, which uvicorn then reports."""


class TlsError(ValueError):
    """Certificates that cannot be served with. The message is one line."""


@dataclass(frozen=True)
class SpfListener:
    """Where System Center's Service Provider Foundation is served, and with which certificates.

    Attributes:
        tls: Folder with `server.pem` (certificate and key) and `client-ca.pem` (whose clients are let in); see
            `certificates.make_certificates`.
        port: 0 takes a free one.
    """

    tls: Path
    port: int = 0

    def options(self, settings: Settings) -> dict[str, Any]:
        """Return what uvicorn has to know; *settings* say whether a client needs a certificate.

        Raises:
            TlsError: A file is missing, or is not what it has to be.
        """
        files = Certificates(self.tls)
        for file in (files.server, files.client_ca):
            if not file.is_file():
                raise TlsError(f"{file}: no such file; the folder has to hold server.pem and client-ca.pem")
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(files.client_ca))
            context.load_cert_chain(files.server)
        except ssl.SSLError as error:
            raise TlsError(f"{self.tls}: server.pem or client-ca.pem cannot be used: {error.reason}") from None
        return {
            "ssl_certfile": str(files.server),
            "ssl_ca_certs": str(files.client_ca),
            "ssl_cert_reqs": _demanded(settings),
        }


def _demanded(settings: Settings) -> ssl.VerifyMode:
    if settings.text("spf_authentication") != "certificate":
        return ssl.CERT_NONE
    return ssl.CERT_REQUIRED if settings.text("spf_missing_certificate") == "handshake" else ssl.CERT_OPTIONAL


class Listener:
    """One bound socket, and the server that answers on it.

    Args:
        app: What answers.
        connections: Where its connections can be cut.
        host: Address to serve on.
        port: 0 takes a free one.
        tls: Options of `SpfListener`; none for plain HTTP.

    Raises:
        OSError: The port is taken.
    """

    def __init__(
        self, app: Starlette, connections: Connections, host: str, port: int, tls: dict[str, Any] | None = None
    ) -> None:
        self.socket = _bound(host, port)
        config = uvicorn.Config(
            app,
            http=connections.protocol(),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_STOP_TIMEOUT_S,
            **(tls or {}),
        )
        self.server = uvicorn.Server(config)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{self.socket.getsockname()[1]}"


class Serving:
    """Listeners at work, on a thread of their own."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="emulator", daemon=True)

    async def _serve(self) -> None:
        await asyncio.gather(*(one.server.serve(sockets=[one.socket]) for one in self._listeners))

    def start(self) -> None:
        """Begin to serve; return once requests are answered."""
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not all(one.server.started for one in self._listeners):
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"the emulator did not start on {', '.join(one.url for one in self._listeners)}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Finish the requests under way and stop."""
        for one in self._listeners:
            one.server.should_exit = True
        self._thread.join()
        for one in self._listeners:
            one.socket.close()


def is_loopback(host: str) -> bool:
    """Tell whether this machine alone reaches what is served on *host*, an address or a name.

    Raises:
        OSError: The name has no address.
    """
    try:
        found = socket.getaddrinfo(host, None, _family(host), socket.SOCK_STREAM)
    except UnicodeError:
        # What cannot be a name at all, such as `a..b`, does not even get to be looked for.
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
    return all(ipaddress.ip_address(str(address[0])).is_loopback for *_, address in found)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _bound(host: str, port: int) -> socket.socket:
    # asyncio turns off Nagle's algorithm only where the protocol is named; with it every answer takes 40 ms.
    listener = socket.socket(_family(host), socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
