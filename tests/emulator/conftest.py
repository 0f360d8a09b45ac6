"""An emulator whose time the test moves, without a socket; and one that really serves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from azure_recovery.emulator.server import RunningEmulator, application, open_cloud
from tests.emulator.system_center import SystemCenter

TOKEN = "emulator-token-not-a-secret"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
SOURCE = f"{GROUPS}/production/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"
TARGET = f"{GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections/web-1-copies"
MACHINE = f"{GROUPS}/production/providers/Microsoft.Compute/virtualMachines/web-1"
COMPUTE = "2026-04-01"
DISKS = "2026-03-02"
START = 1_795_000_000.0


class Azure:
    """The emulator under test: calls with token and api-version, and a clock that only the test moves.

    Attributes:
        wall: Seconds since 1970 on the wall; Azure's clock is the same.
    """

    groups = GROUPS
    source = SOURCE
    target = TARGET
    machine = MACHINE
    compute = COMPUTE
    disks = DISKS
    token = TOKEN

    def __init__(self, settings: dict[str, Any], world: dict[str, Any] | None, state: Path | None) -> None:
        self.wall = START
        self.cloud = open_cloud(world, state, 1.0, settings, wall=lambda: self.wall)
        transport = httpx.ASGITransport(application(self.cloud))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://azure.test")
        self._runner = asyncio.Runner()

    def close(self) -> None:
        """Stop; a state file can then be opened again."""
        if self._client.is_closed:
            return
        self._runner.run(self._client.aclose())
        self._runner.close()
        self.cloud.store.close()

    def advance(self, *, minutes: float = 0.0, seconds: float = 0.0) -> None:
        """Let Azure's time pass."""
        self.wall += minutes * 60.0 + seconds

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str | None = COMPUTE,
        expand: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request."""
        params = {name: value for name, value in (("api-version", version), ("$expand", expand)) if value is not None}
        given = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
        return self.raw(method, path, params=params, json=body, headers=given)

    def raw(self, method: str, url: str, **given: Any) -> httpx.Response:
        """Send one request as it is."""
        return self._runner.run(self._client.request(method, url, **given))

    def follow(self, url: str) -> httpx.Response:
        """Look at a status URL."""
        return self.raw("GET", url, headers={"Authorization": f"Bearer {TOKEN}"})

    def make_target(self, path: str = TARGET, location: str = "northeurope", source: str = SOURCE) -> httpx.Response:
        """Make a collection for copies."""
        return self.call("PUT", path, {"location": location, "properties": {"source": {"id": source}}})

    def copy(self, name: str, target: str = TARGET, source: str = SOURCE, **properties: Any) -> httpx.Response:
        """Ask for a copy of a restore point, under its own name."""
        body = {"properties": {"sourceRestorePoint": {"id": f"{source}/restorePoints/{name}"}, **properties}}
        return self.call("PUT", f"{target}/restorePoints/{name}", body)

    def point(self, name: str, collection: str = TARGET, *, expand: str | None = None) -> dict[str, Any]:
        """Return the properties of a restore point."""
        answer = self.call("GET", f"{collection}/restorePoints/{name}", expand=expand)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["properties"])

    @staticmethod
    def refusal(answer: httpx.Response) -> tuple[int, str]:
        """Return status and code of an answer that must be a refusal in ARM's shape."""
        error = answer.json()["error"]
        assert error["message"]
        return answer.status_code, error["code"]

    def replication(self, name: str, collection: str = TARGET) -> dict[str, Any]:
        """Return the instance view of a restore point."""
        return dict(self.point(name, collection, expand="instanceView")["instanceView"])


MakeAzure = Callable[..., Azure]


@pytest.fixture
def make_azure() -> Iterator[MakeAzure]:
    """Emulators with a world, a state file and settings of the test's own."""
    made: list[Azure] = []

    def make(world: dict[str, Any] | None = None, state: Path | None = None, **settings: Any) -> Azure:
        made.append(Azure(settings, world, state))
        return made[-1]

    yield make
    for azure in made:
        azure.close()


@pytest.fixture
def azure(make_azure: MakeAzure) -> Azure:
    """An emulator of the default world, with nothing in the target region."""
    return make_azure()


MakeSystemCenter = Callable[..., SystemCenter]


@pytest.fixture
def make_system_center() -> Iterator[MakeSystemCenter]:
    """System Centers with a world, a state file and settings of the test's own."""
    made: list[SystemCenter] = []

    def make(world: dict[str, Any] | None = None, state: Path | None = None, **settings: Any) -> SystemCenter:
        made.append(SystemCenter(settings, world, state))
        return made[-1]

    yield make
    for system_center in made:
        system_center.close()


@pytest.fixture
def system_center(make_system_center: MakeSystemCenter) -> SystemCenter:
    """System Center of the default world."""
    return make_system_center()


@pytest.fixture
def serving() -> Iterator[RunningEmulator]:
    """An emulator on a loopback port, an Azure day in 2.4 s, without Retry-After."""
    unasked = {"retry_after_seconds": 0, "restore_retry_after_seconds": 0}
    with RunningEmulator(speed=36000.0, settings=unasked) as emulator:
        yield emulator
