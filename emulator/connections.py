"""Connections that can be cut: with nothing sent, or in the middle of an answer.

An ASGI application cannot do that by itself, so the protocol class keeps its transports where a response finds them.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

GRACE_S: Final = 1.0
"""Wall time that requests under way have once the server stops."""

_Peers = tuple[Any, Any]


class NoConnectionError(ConnectionError):
    """The application runs without a server, so there is no connection to cut."""


class Connections:
    """The open connections of one server."""

    def __init__(self) -> None:
        self._transports: dict[_Peers, asyncio.Transport] = {}
        self._served = False

    def protocol(self) -> type[H11Protocol]:
        """Return the protocol class with which the server is to be run."""
        transports = self._transports
        self._served = True

        class CuttableProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                self._peers: _Peers = (self.client, self.server)
                transports[self._peers] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self._peers, None)
                super().connection_lost(exc)

            def shutdown(self) -> None:
                super().shutdown()
                # A caller that has sent half a request, or reads no answer, would be waited for without end.
                self.loop.call_later(GRACE_S, self.transport.abort)

        return CuttableProtocol

    def certified(self, scope: Scope) -> bool:
        """Tell whether the caller of a request has shown a client certificate; without a server nobody has to."""
        transport = self._transports.get((scope.get("client"), scope.get("server")))
        if transport is None:
            return not self._served
        tls = transport.get_extra_info("ssl_object")
        return tls is not None and bool(tls.getpeercert())

    async def cut(self, scope: Scope) -> None:
        """Close the connection of a request at once; there is nothing to do where the caller has gone already.

        Raises:
            NoConnectionError: No server has asked for `protocol`.
        """
        transport = self._transports.get((scope.get("client"), scope.get("server")))
        if transport is None and not self._served:
            raise NoConnectionError
        if transport is None:
            return
        transport.abort()
        # The server has to hear of it before the application returns, or it answers for it.
        for _ in range(3):
            await asyncio.sleep(0)


class NoAnswer(Response):
    """Nothing: the connection is closed."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        """Cut the connection."""
        await self._connections.cut(scope)


class HalfAnswer(Response):
    """Status, headers and the first half of a body; then the connection is closed."""

    def __init__(self, connections: Connections, whole: Response) -> None:
        super().__init__(whole.body, whole.status_code)
        self.raw_headers = whole.raw_headers
        self._connections = connections

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send half and cut the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await self._connections.cut(scope)
