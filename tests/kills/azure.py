"""Azure for one stack: a small world on an emulator, which keeps it in a file and is told and asked things."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rehearsal.environment import azure_environment
from azure_recovery.rehearsal.world import ControlClient, World

SPEED = 600.0
"""Azure's hour for a collection has to be seconds of a busy machine."""

PATIENCE_S = 60.0
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
RECOVERY = f"/subscriptions/{_SUBSCRIPTION}/resourcegroups/recovery/providers/microsoft.compute/"
"""How the ARM ids of what a program makes begin, in lower case."""

_WORLD: dict[str, Any] = {
    "subscription_id": _SUBSCRIPTION,
    "resource_groups": [
        {"name": "production", "location": "westeurope"},
        {"name": "recovery", "location": "northeurope"},
    ],
    "virtual_machines": [
        {
            "name": "web-1",
            "resource_group": "production",
            "location": "westeurope",
            "disks": [
                {"name": "web-1-os", "replication_minutes": 4},
                {"name": "web-1-data", "lun": 0, "replication_minutes": 5},
            ],
        }
    ],
    "restore_point_collections": [
        {
            "name": "web-1-restore-points",
            "resource_group": "production",
            "location": "westeurope",
            "source": {"virtual_machine": "web-1"},
            "restore_points": [{"name": "daily-1", "age_hours": 48}, {"name": "daily-2", "age_hours": 24}],
        }
    ],
    # Long enough for two polls of each kind, with half a second to wait for a copy.
    "settings": {"copy_accept_seconds": 60, "delete_seconds": 30, "replication_refresh_seconds": 0},
}


class Azure:
    """Serves the world from where a file left it, for as long as the `with` block lasts.

    Args:
        state: The file; one that is not there is begun.
    """

    def __init__(self, state: Path) -> None:
        self._state = state

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            world = None if self._state.exists() else _WORLD
            emulator = stack.enter_context(RunningEmulator(world=world, speed=SPEED, state=self._state))
            self._control = stack.enter_context(ControlClient(emulator.url))
            self._http = stack.enter_context(
                httpx.Client(
                    base_url=emulator.url,
                    headers={"Authorization": f"Bearer {TOKEN}"},
                    params={"api-version": "2026-04-01"},
                    trust_env=False,
                )
            )
            now = self.world()
            self.environment = azure_environment(
                emulator.url, speed=SPEED, subscription_id=now.subscription_id, tenant_id=now.tenant_id
            )
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def world(self) -> World:
        """Return what there is."""
        return self._control.world()

    def fault(self, given: Mapping[str, Any]) -> int:
        """Put a fault into force and return its number."""
        answer = self._http.post("/_emulator/faults", json=given)
        assert answer.is_success, answer.text
        return int(answer.json()["id"])

    def fired(self, number: int) -> int:
        """Return how many requests a fault has struck."""
        faults = self._http.get("/_emulator/faults").json()["faults"]
        return next(int(fault["fired"]) for fault in faults if fault["id"] == number)

    def lift(self, number: int | None = None) -> None:
        """Take one fault away, or all."""
        self._http.delete("/_emulator/faults" if number is None else f"/_emulator/faults/{number}")

    def log(self) -> list[dict[str, Any]]:
        """Return the requests since the block began."""
        entries: list[dict[str, Any]] = self._http.get("/_emulator/requests").json()["requests"]
        return entries

    def delete(self, arm_id: str) -> None:
        """Delete something as `az` would, and wait until it is gone."""
        answer = self._http.delete(arm_id)
        assert answer.status_code in (200, 202), answer.text
        wait_until(lambda: not self.world().holds(arm_id))


def wait_until(happened: Callable[[], bool]) -> None:
    """Return when something is so."""
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def ours(world: World) -> dict[str, Mapping[str, Any]]:
    """Return what was made in the target's resource group, by ARM id in lower case."""
    return {
        id_: resource
        for id_, resource in world.resources.items()
        if id_.startswith(RECOVERY) and "/diskrestorepoints/" not in id_
    }


def copies(world: World) -> dict[str, Mapping[str, Any]]:
    """Return the restore points among them."""
    return {id_: resource for id_, resource in ours(world).items() if "/restorepoints/" in id_}


def provisioning_state(resource: Mapping[str, Any]) -> str:
    """Return how far Azure is with making or deleting something."""
    return str(resource.get("properties", {}).get("provisioningState"))
