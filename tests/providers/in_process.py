"""The emulator's application without sockets, failing as a connection to it would."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from azure_recovery.emulator.connections import Connections, NoConnectionError
from tests.providers.turned_clock import TurnedClock

_CUT = "tests.cut"


class Cuts(Connections):
    """Connections that are none: a request whose connection is to be cut is marked."""

    async def cut(self, scope: Any) -> None:
        """Mark the request."""
        scope[_CUT].append(True)


class _Exchange:
    """One request to an application, and how much of an answer was sent before the connection was cut, if it was."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._begun = False
        self._expected = self._received = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            self._begun = True
            lengths = [int(value) for name, value in message.get("headers", ()) if name == b"content-length"]
            self._expected += sum(lengths)
            self._received += len(message.get("body", b""))
            await send(message)

        scope[_CUT] = []
        await self._application(scope, receive, note)
        if not scope[_CUT]:
            return
        if not self._begun or self._received < self._expected:
            raise NoConnectionError
        await send({"type": "http.response.body", "body": b""})  # whoever had it all does not notice

    @property
    def words(self) -> str:
        """What h11 says of such an end; compared with that in tests/failures."""
        if not self._begun:
            return "Server disconnected without sending a response."
        return (
            "peer closed connection without sending complete message body "
            f"(received {self._received} bytes, expected {self._expected})"
        )


class InProcess(httpx.AsyncBaseTransport):
    """Leads to an application.

    Args:
        application: Made with `Cuts`, where connections are to be cut.
        clock: On which the client's patience is measured; without one it is endless.
    """

    def __init__(self, application: httpx.ASGITransport, clock: TurnedClock | None = None) -> None:
        self._application = application
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, or raise what a lost or a patient connection would."""
        answering = asyncio.create_task(self._answer(request))
        patience_s = request.extensions.get("timeout", {}).get("read")
        if patience_s is None or self._clock is None:
            return await answering
        giving_up = asyncio.create_task(self._clock.sleep(patience_s))
        try:
            await asyncio.wait((answering, giving_up), return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
            raise httpx.ReadTimeout("", request=request)
        finally:
            answering.cancel()
            giving_up.cancel()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(self._application.app)
        try:
            return await httpx.ASGITransport(exchange).handle_async_request(request)
        except NoConnectionError:
            raise httpx.RemoteProtocolError(exchange.words, request=request) from None


class Behind(httpx.BaseTransport):
    """Leads to an application from any thread, also while the loop of the providers stands still."""

    def __init__(self, application: httpx.ASGITransport) -> None:
        self._application = application
        self._thread = ThreadPoolExecutor(1, "behind")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer."""
        return self._thread.submit(asyncio.run, self._passed(request)).result()

    async def _passed(self, request: httpx.Request) -> httpx.Response:
        response = await self._application.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()
