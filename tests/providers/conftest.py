"""Providers called as the engine calls them, against an emulator, with a network that can fail.

**Time.** Emulator and providers share one clock, and nobody waits for the wall. As soon as nothing else can go on,
`TurnedClock` (`turned_clock.py`) jumps to the next moment at which somebody wakes up: a wait of a day takes
milliseconds, and a test sees the same on every machine. What the test itself wants to pass it turns:
`azure.clock.advance(minutes=30)`.

The pieces are arguments of the product: `open_cloud(…, wall=…, sleep=…)` for the emulator, which is asked through
`httpx.ASGITransport`, and `Session(settings, clock=…, http=…, tokens=…, loop=clock.loop)` for the providers. The clock
owns the loop on which both run; that is how it knows that all sleep. It sees no work in other threads: operations at
the same time, Ctrl-C and whatever else is measured on the wall need `make_azure(served=True)`, the emulator over HTTP
and the machine's clock, `SPEED` times faster.
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from azure_recovery.dynamic_providers import bridge, provider, session
from tests.providers.network import Faults
from tests.providers.services import TOKEN, ServedService, Service, TurnedService
from tests.providers.stack import Stack
from tests.providers.turned_clock import TurnedClock
from tests.providers.worlds import SUBSCRIPTION, world

_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


class Azure:
    """An emulator, the network before it, and the provider processes that ask it.

    Attributes:
        rows: What the provider said: message, and whether it is a warning.
    """

    def __init__(self, patch: pytest.MonkeyPatch, service: Service) -> None:
        self._patch = patch
        self._service = service
        self.url = service.url
        self.faults = Faults(service.connections())
        self.rows: list[tuple[str, bool]] = []
        self._http = httpx.Client(
            base_url=service.url, headers=_TOKEN, params={"api-version": "2026-04-01"}, transport=service.behind
        )
        patch.setattr(bridge, "say", self._say)
        self.new_process()

    def _say(self, _call: Any, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
        self.rows.append((message, warning))

    def new_process(self) -> None:
        """Go on with a provider process that remembers nothing, as after a kill and for each run of the engine."""
        self.faults.connections = self._service.connections()
        http = httpx.AsyncClient(transport=self.faults, timeout=self._service.patience)
        self._patch.setattr(session, "Session", functools.partial(self._service.session, http=http))
        self._patch.setattr(session, "_sessions", {})
        self._patch.setattr(provider, "wanted", provider._Wanted())
        self.rows.clear()
        self.forget_requests()

    def connections(self) -> httpx.AsyncBaseTransport:
        """Return what leads to Azure, past the network."""
        return self._service.connections()

    def close(self) -> None:
        """End the processes."""
        self._http.close()
        self._service.close()

    @property
    def clock(self) -> TurnedClock:
        """The clock that nobody waits for; not over HTTP."""
        assert isinstance(self._service, TurnedService)
        return self._service.clock

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

    def remove(self, path: str) -> None:
        """Delete something behind the providers' back, and let the time pass that it takes."""
        self.send("DELETE", path)
        self.clock.advance(minutes=1)
        assert not self.there(path)

    def delay(self, method: str, path: str, seconds: float, *, times: int = 1) -> None:
        """Let a request take Azure's *seconds* on its way to Azure."""
        self.faults.delay(method, path, lambda: self.clock.sleep(seconds), times=times)

    def logged(self, operation: str) -> list[float]:
        """Return when each of these requests reached Azure, in seconds since 1970 on its clock."""
        entries = self._http.get("/_emulator/requests").json()["requests"]
        return [datetime.fromisoformat(entry["at"]).timestamp() for entry in entries if entry["operation"] == operation]

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


def _refuse(*_: Any) -> None:
    raise AssertionError("a socket was opened")


MakeAzure = Callable[..., Azure]


@pytest.fixture
def make_azure(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeAzure]:
    """Worlds of the test's own: `make_azure(points=…, copies=…, settings=…)`, or a whole one; over HTTP if *served*."""
    running: list[Azure] = []

    def make(
        *,
        settings: dict[str, Any] | None = None,
        whole: dict[str, Any] | None = None,
        served: bool = False,
        **parts: Any,
    ) -> Azure:
        if not served:
            monkeypatch.setattr(socket.socket, "connect", _refuse)
        kind = ServedService if served else TurnedService
        service = kind(whole or world(**parts), {"replication_refresh_seconds": 0, **(settings or {})})
        environment = {
            "ARM_USE_MSI": "true",
            "IDENTITY_ENDPOINT": f"{service.url}/msi/token",
            "IDENTITY_HEADER": "emulator",
            "ARM_RESOURCE_MANAGER_ENDPOINT": service.url,
            "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com/",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.microsoftonline.com/",
            "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
            "ARM_TENANT_ID": "00000000-0000-0000-0000-0000000000aa",
            "AZURE_RECOVERY_SPEED": str(service.speed),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        running.append(Azure(monkeypatch, service))
        return running[-1]

    yield make
    for azure in running:
        azure.close()


@pytest.fixture
def azure(make_azure: MakeAzure) -> Azure:
    """A world with a source collection and an empty collection for copies."""
    return make_azure()
