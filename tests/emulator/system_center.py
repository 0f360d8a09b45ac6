"""System Center without a socket: both applications of one emulator, and a clock that the test moves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from azure_recovery.emulator.server import Service, open_cloud

TOKEN = "emulator-token-not-a-secret"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/{SUBSCRIPTION}/services/systemcenter/vmm"
STAMP = "00000000-0000-0000-0000-000000000500"
MACHINE = "00000000-0000-0000-0000-000000000501"
BEFORE = "00000000-0000-0000-0000-000000000511"
AFTER = "00000000-0000-0000-0000-000000000512"
START = 1_795_000_000.0
HEADERS = {
    "Accept": "application/json;odata=minimalmetadata",
    "Content-Type": "application/json;odata=minimalmetadata",
    "DataServiceVersion": "3.0;NetFx",
    "MaxDataServiceVersion": "3.0;NetFx",
    "x-ms-principal-id": "user@contoso.com",
}
RESTORE = {"VMCheckPointAction": "Restore", "odata.type": "VMM.VMCheckPoint"}


def key(id_: str, stamp: str = STAMP) -> str:
    """Return the key of an entity as the restore page writes it."""
    return f"(ID=guid'{id_}',StampId=guid'{stamp}')"


class SystemCenter:
    """The emulator under test.

    Attributes:
        wall: Seconds since 1970 on the wall; Azure's clock is the same.
    """

    def __init__(self, settings: dict[str, Any], world: dict[str, Any] | None, state: Path | None) -> None:
        self.wall = START
        self.cloud = open_cloud(world, state, 1.0, settings, wall=lambda: self.wall)
        service = Service(self.cloud)
        self._runner = asyncio.Runner()
        self._spf = httpx.AsyncClient(
            transport=httpx.ASGITransport(service.system_center()), base_url="https://wapserver:30006"
        )
        self._azure = httpx.AsyncClient(transport=httpx.ASGITransport(service.azure()), base_url="http://azure.test")

    def close(self) -> None:
        """Stop; a state file can then be opened again."""
        if self._spf.is_closed:
            return
        self._runner.run(self._spf.aclose())
        self._runner.run(self._azure.aclose())
        self._runner.close()
        self.cloud.store.close()

    def advance(self, *, minutes: float = 0.0, seconds: float = 0.0) -> None:
        """Let Azure's time pass."""
        self.wall += minutes * 60.0 + seconds

    def raw(self, method: str, url: str, **given: Any) -> httpx.Response:
        """Send one request as it is."""
        return self._runner.run(self._spf.request(method, url, **given))

    def call(
        self, method: str, entity: str, body: Any = None, *, query: str = "", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send one request under the root behind Windows Azure Pack."""
        params = {"$filter": query} if query else None
        return self.raw(method, f"{ROOT}/{entity}", json=body, params=params, headers={**HEADERS, **(headers or {})})

    def get(self, entity_set: str, id_: str) -> dict[str, Any]:
        """Return an entity that must be there."""
        answer = self.call("GET", f"{entity_set}{key(id_)}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def found(self, entity_set: str, query: str = "") -> list[dict[str, Any]]:
        """Return the entities that a filter finds."""
        answer = self.call("GET", entity_set, query=query)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["value"])

    def machine(self) -> dict[str, Any]:
        """Return the VM of the default world."""
        return self.get("VirtualMachines", MACHINE)

    def jobs(self) -> list[dict[str, Any]]:
        """Return its jobs that can be seen."""
        return self.found("Jobs", f"TargetObjectId eq guid'{MACHINE}'")

    def restore(self, checkpoint: str = BEFORE, **more: Any) -> httpx.Response:
        """Restore a checkpoint by MERGE."""
        return self.call("MERGE", f"VMCheckPoints{key(checkpoint)}", {**RESTORE, **more})

    def restored(self) -> dict[str, Any]:
        """Restore a checkpoint and return its job, which is over."""
        assert 204 == self.restore().status_code
        self.advance(minutes=10)
        (job,) = self.jobs()
        return job

    def azure(self, method: str, path: str) -> httpx.Response:
        """Send one request to ARM."""
        return self._runner.run(self._azure.request(method, path, headers={"Authorization": f"Bearer {TOKEN}"}))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the control API."""
        answer = self._runner.run(self._azure.request(method, f"/_emulator/{path}", json=body))
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def fault(self, name: str, **more: Any) -> None:
        """Put a fault into force."""
        self.control("POST", "faults", {"name": name, **more})

    def shown(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return what the control API shows of a type, by GUID."""
        resources = self.control("GET", "world")["resources"]
        return {one["properties"]["ID"]: one for one in resources if one["type"] == f"VMM.{kind}"}

    def restores(self) -> dict[str, int]:
        """Return how often each checkpoint was restored."""
        return {id_: one["restores"] for id_, one in self.shown("VMCheckPoint").items()}

    @staticmethod
    def refusal(answer: httpx.Response) -> tuple[int, str]:
        """Return status and words of an answer that must be a refusal in OData's shape, without a code."""
        error = answer.json()["odata.error"]
        assert ("", "en-US") == (error["code"], error["message"]["lang"])
        return answer.status_code, error["message"]["value"]
