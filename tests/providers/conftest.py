"""Providers called as the engine calls them, against an emulator on loopback, with a network that can fail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from azure_recovery.dynamic_providers import bridge, provider, session
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rest.clock import SystemClock
from azure_recovery.rest.credentials import token_source
from azure_recovery.rest.transport import Transport
from tests.providers.stack import Stack
from tests.providers.worlds import SPEED, SUBSCRIPTION, world

_TLS = ssl.create_default_context()
"""Read once: nothing here speaks TLS, and every client would read all certificates of the system anew."""
_TOKEN = {"Authorization": "Bearer emulator-token-not-a-secret"}


class Faults(httpx.AsyncBaseTransport):
    """What happens to requests on their way; whatever no rule takes passes.

    Attributes:
        met: Rules that took a request, by name, in order.
        connections: Those of the process that runs; they belong to its event loop.
    """

    def __init__(self) -> None:
        self.connections = httpx.AsyncHTTPTransport(verify=_TLS)
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

    def hang(self, method: str, path: str) -> None:
        """Never answer."""

        async def act(_request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

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


class Azure:
    """An emulator, the network before it, and the provider processes that ask it.

    Attributes:
        rows: What the provider said: message, and whether it is a warning.
    """

    def __init__(self, patch: pytest.MonkeyPatch, emulator: RunningEmulator) -> None:
        self._patch = patch
        self._emulator = emulator
        self.url = emulator.url
        self.faults = Faults()
        self.rows: list[tuple[str, bool]] = []
        self._processes: list[tuple[session.Session, httpx.AsyncHTTPTransport]] = []
        self._http = httpx.Client(
            base_url=emulator.url, headers=_TOKEN, params={"api-version": "2026-04-01"}, verify=_TLS
        )
        patch.setattr(bridge, "say", self._say)
        self.new_process()

    def _say(self, _call: Any, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
        self.rows.append((message, warning))

    def new_process(self) -> None:
        """Go on with a provider process that remembers nothing, as after a kill and for each run of the engine."""
        self._patch.setattr(session, "_sessions", {})
        self._patch.setattr(provider, "wanted", provider._Wanted())
        self.rows.clear()
        self.forget_requests()
        made = session.session_for({})
        made._transport = Transport(
            endpoint=self.url,
            token=token_source(made.settings),
            clock=SystemClock(SPEED),
            http=httpx.AsyncClient(transport=self.faults, timeout=30.0),
        )
        self.faults.connections = httpx.AsyncHTTPTransport(verify=_TLS)
        self._processes.append((made, self.faults.connections))

    def close(self) -> None:
        """End the processes."""
        for made, connections in self._processes:
            if made._loop is not None:
                asyncio.run_coroutine_threadsafe(connections.aclose(), made._loop).result()
                made._loop.call_soon_threadsafe(made._loop.stop)
        self._http.close()

    @property
    def warnings(self) -> list[str]:
        """The warnings since the process began."""
        return [message for message, warning in self.rows if warning]

    def said(self, words: str) -> bool:
        """Return whether a row showed *words*."""
        return any(words in message for message, _ in self.rows)

    def requests(self, method: str = "", operation: str = "") -> list[str]:
        """Return method and operation of the requests to ARM that reached Azure since `forget_requests`."""
        entries = self._http.get("/_emulator/requests").json()["requests"]
        return [
            f"{entry['method']} {entry['operation']}"
            for entry in entries
            if entry["operation"] != "ManagedIdentity.Token"
            and method in ("", entry["method"])
            and operation in entry["operation"]
        ]

    def control(self, method: str, what: str, **more: Any) -> httpx.Response:
        """Ask the emulator's control API."""
        return self._http.request(method, f"/_emulator/{what}", **more)

    def forget_requests(self) -> None:
        """Empty the log of requests."""
        self._http.delete("/_emulator/requests")

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Do something behind the providers' back."""
        answer = self._http.request(method, path, json=body, params={"api-version": _version_for(path)})
        assert answer.is_success, answer.text
        return answer

    def fault(self, name: str, **parameters: Any) -> None:
        """Let Azure itself go wrong, by the name of the fault."""
        answer = self._http.post("/_emulator/faults", json={"name": name, **parameters})
        assert answer.is_success, answer.text

    def get(self, path: str) -> Any:
        """Return what Azure says of something."""
        answer = self._http.get(path, params={"api-version": _version_for(path)})
        assert answer.is_success, answer.text
        return answer.json()

    def there(self, path: str) -> bool:
        """Return whether something exists at this ARM id."""
        return self._http.get(path, params={"api-version": _version_for(path)}).status_code == 200

    def names(self, collection: str) -> list[str]:
        """Return the names of the restore points in a collection."""
        found = self._http.get(collection, params={"$expand": "restorePoints", "api-version": "2026-04-01"}).json()
        return sorted(point["name"] for point in found["properties"]["restorePoints"])

    def stack(self, kind: type[Any]) -> Stack:
        """Return a stack with one resource of this provider."""
        return Stack(kind)


_VERSIONS = {"/disks/": "2026-03-02", "/roleassignments/": "2022-04-01", "/backupvaults/": "2026-06-01"}


def _version_for(path: str) -> str:
    return next((version for part, version in _VERSIONS.items() if part in path.lower()), "2026-04-01")


MakeAzure = Callable[..., Azure]


@pytest.fixture
def make_azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeAzure]:
    """Worlds of the test's own: `make_azure(points=…, copies=…, settings=…)`, or a whole one."""
    running: list[tuple[RunningEmulator, Azure]] = []

    def make(*, settings: dict[str, Any] | None = None, whole: dict[str, Any] | None = None, **parts: Any) -> Azure:
        defaults = {"replication_refresh_seconds": 0}
        emulator = RunningEmulator(
            world=whole or world(**parts), speed=SPEED, settings={**defaults, **(settings or {})}
        )
        emulator.start()
        environment = {
            "ARM_USE_MSI": "true",
            "IDENTITY_ENDPOINT": f"{emulator.url}/msi/token",
            "IDENTITY_HEADER": "emulator",
            "ARM_RESOURCE_MANAGER_ENDPOINT": emulator.url,
            "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com/",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.microsoftonline.com/",
            "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
            "ARM_TENANT_ID": "00000000-0000-0000-0000-0000000000aa",
            "AZURE_RECOVERY_SPEED": str(SPEED),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        azure = Azure(monkeypatch, emulator)
        running.append((emulator, azure))
        return azure

    yield make
    for emulator, azure in running:
        azure.close()
        emulator.stop()


@pytest.fixture
def azure(make_azure: MakeAzure) -> Azure:
    """A world with a source collection and an empty collection for copies."""
    return make_azure()
