"""What happens to requests between the providers and Azure, when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

_TOGETHER_S = 30.0


class Faults(httpx.AsyncBaseTransport):
    """What happens to requests on their way; whatever no rule takes passes.

    Args:
        connections: What leads to Azure.

    Attributes:
        connections: Those of the process that runs.
        met: Rules that took a request, by name, in order.
    """

    def __init__(self, connections: httpx.AsyncBaseTransport) -> None:
        self.connections = connections
        self._rules: list[tuple[str, str, list[int], Callable[..., Any]]] = []
        self.met: list[str] = []
        self._watched: dict[str, list[str]] = {}

    def answer(
        self,
        method: str,
        path: str,
        status: int,
        code: str = "",
        *,
        times: int = 10**6,
        text: str = "no",
        **headers: str,
    ) -> None:
        """Answer in the place of Azure, with an ARM error, or with HTML where there is no *code*."""

        async def act(_request: httpx.Request) -> httpx.Response:
            if not code:
                return httpx.Response(status, html="<html>no</html>", headers=headers)
            return httpx.Response(status, json={"error": {"code": code, "message": text}}, headers=headers)

        self._rules.append((method, path, [times], act))

    def say(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Answer 200 in the place of Azure."""

        async def act(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=body)

        self._rules.append((method, path, [10**6], act))

    def watch(self, header: str) -> list[str]:
        """Return a list that gets method and value of this header of each request that has it."""
        self._watched[header] = []
        return self._watched[header]

    def lose_answer(self, method: str, path: str, *, times: int = 1) -> None:
        """Let the request take effect and cut the connection before its answer."""

        async def act(request: httpx.Request) -> httpx.Response:
            await (await self.connections.handle_async_request(request)).aread()
            raise httpx.ReadError("connection reset", request=request)

        self._rules.append((method, path, [times], act))

    def cut_body(self, method: str, path: str, *, times: int = 1) -> None:
        """Let the request take effect and cut its answer in the middle."""

        async def act(request: httpx.Request) -> httpx.Response:
            response = await self.connections.handle_async_request(request)
            content = await response.aread()
            kept = {k: v for k, v in response.headers.items() if k.lower() != "content-length"}
            return httpx.Response(response.status_code, content=content[: len(content) // 2], headers=kept)

        self._rules.append((method, path, [times], act))

    def rewrite(self, method: str, path: str, change: Callable[[dict[str, Any]], None], *, times: int = 10**6) -> None:
        """Change the body of what Azure answers."""

        async def act(request: httpx.Request) -> httpx.Response:
            response = await self.connections.handle_async_request(request)
            await response.aread()
            if not response.is_success:
                return response
            body = response.json()
            change(body)
            kept = {
                k: v for k, v in response.headers.items() if k.lower() not in {"content-length", "content-encoding"}
            }
            return httpx.Response(response.status_code, json=body, headers=kept)

        self._rules.append((method, path, [times], act))

    def delay(self, method: str, path: str, sleep: Callable[[], Awaitable[None]], *, times: int = 1) -> None:
        """Let the request take some time on its way."""

        async def act(request: httpx.Request) -> httpx.Response:
            await sleep()
            return await self.connections.handle_async_request(request)

        self._rules.append((method, path, [times], act))

    def hang(self, method: str, path: str) -> None:
        """Never answer."""

        async def act(_request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

        self._rules.append((method, path, [10**6], act))

    def gather(self, method: str, path: str, number: int) -> None:
        """Hold requests until *number* of them are under way, and for half a minute at most."""
        together = asyncio.Barrier(number)

        async def act(request: httpx.Request) -> httpx.Response:
            async with asyncio.timeout(_TOGETHER_S):
                await together.wait()
            return await self.connections.handle_async_request(request)

        self._rules.append((method, path, [10**6], act))

    def clear(self) -> None:
        """Let everything pass from now on."""
        self._rules.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, unless a rule takes it."""
        for header, seen in self._watched.items():
            if header in request.headers:
                seen.append(f"{request.method} {request.headers[header]}")
        for method, path, left, act in self._rules:
            if left[0] and request.method == method and path.lower() in request.url.path.lower():
                left[0] -= 1
                self.met.append(f"{method} {path}")
                return await act(request)  # type: ignore[no-any-return]
        return await self.connections.handle_async_request(request)
