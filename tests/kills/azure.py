"""Azure for one stack: a small world on an emulator, which keeps it in a file and is told and asked things."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from azure_recovery.emulator.clock import Anchor, steady_wall
from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rehearsal.environment import azure_environment
from azure_recovery.rehearsal.system_center import SystemCenter
from azure_recovery.rehearsal.world import ControlClient, World
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.dataprotection.requests import disk_restore_request, validation_request
from tests.kills.worlds import SUBSCRIPTION
from tests.waiting import wait_until

SPEED = 600.0
"""Azure's hour for a collection has to be seconds of a busy machine."""

LOOK_S = 0.05
"""Between two looks at the emulator over HTTP, which has more to do."""
_GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourcegroups"
OURS = tuple(f"{_GROUPS}/{group}/providers/microsoft.compute/" for group in ("recovery", "drills"))
"""How the ARM ids of what a program makes begin, in lower case."""


class Azure:
    """Serves the world from where a file left it, for as long as the `with` block lasts.

    Args:
        state: The file; one that is not there is begun. begun_with: The world that it is begun with.
        standing_at: Azure's time, which stands still there until `go_on`; None: it runs on as always.
    """

    def __init__(self, state: Path, begun_with: Mapping[str, Any], standing_at: float | None = None) -> None:
        self._state = state
        self._begun_with = begun_with
        self._standing_at = standing_at

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            world = None if self._state.exists() else self._begun_with
            rolls_back = "system_center" in self._begun_with
            system_center = SystemCenter.make(self._state.parent / "certificates") if rolls_back else None
            listener = system_center.listener if system_center else None
            emulator = RunningEmulator(world=world, speed=SPEED, state=self._state, spf=listener)
            self._clock, self._faults = emulator._cloud.clock, emulator._faults
            if self._standing_at is not None:
                self._stand_at(self._standing_at)
            stack.enter_context(emulator)
            self._control = stack.enter_context(ControlClient(emulator.url))
            self._http = stack.enter_context(
                httpx.Client(
                    base_url=emulator.url,
                    headers={"Authorization": f"Bearer {TOKEN}"},
                    trust_env=False,
                )
            )
            now = self.world()
            self.environment = azure_environment(
                emulator.url, speed=SPEED, subscription_id=now.subscription_id, tenant_id=now.tenant_id
            )
            if system_center:
                self.environment |= system_center.environment(emulator.spf_url, now.settings)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def world(self) -> World:
        """Return what there is."""
        return self._control.world()

    def stand_still(self) -> float:
        """Stop Azure's clock and return its time: whatever does not show yet goes on not to show."""
        self._stand_at(self._clock.now())
        return self._clock.anchor.azure_s

    def go_on(self) -> None:
        """Let Azure's clock run from where it stands."""
        self._clock.anchor = replace(self._clock.anchor, wall_s=steady_wall(), speed=SPEED)

    def _stand_at(self, azure_s: float) -> None:
        self._clock.anchor = Anchor(azure_s=azure_s, wall_s=steady_wall(), speed=0.0)

    def fault(self, given: Mapping[str, Any]) -> int:
        """Put a fault into force and return its number."""
        answer = self._http.post("/_emulator/faults", json=given)
        assert answer.is_success, answer.text
        return int(answer.json()["id"])

    def fired(self, number: int) -> int:
        """Return how many requests a fault has struck. It is asked so often that a request for it would cost more."""
        return next(fault.fired for fault in self._faults.every() if fault.id == number)

    def lift(self, number: int | None = None) -> None:
        """Take one fault away, or all."""
        self._http.delete("/_emulator/faults" if number is None else f"/_emulator/faults/{number}")

    def log(self) -> list[dict[str, Any]]:
        """Return the requests since the block began."""
        entries: list[dict[str, Any]] = self._http.get("/_emulator/requests").json()["requests"]
        return entries

    def look(self, target: str) -> int:
        """Ask for something and return the status."""
        return self._http.get(target).status_code

    def start_deletion(self, arm_id: str) -> str:
        """Ask for something to be deleted; return where its operation can be looked at, if there is one."""
        version = "2026-03-02" if "/disks/" in arm_id else "2026-04-01"
        answer = self._http.delete(arm_id, params={"api-version": version})
        assert answer.status_code in (200, 202), answer.text
        return answer.headers.get("Azure-AsyncOperation", "")

    def start_validation(self) -> str:
        """Ask whether another disk could be restored; return where that operation can be looked at."""
        disk = ResourceId.parse(f"{_GROUPS}/drills/providers/Microsoft.Compute/disks/another")
        body = validation_request(disk_restore_request("b" * 32, disk, "westeurope"))
        instance = (
            f"{_GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault/backupInstances/web-1-data"
        )
        answer = self._http.post(f"{instance}/validateRestore", params={"api-version": "2026-06-01"}, json=body)
        assert answer.status_code == 202, answer.text
        return answer.headers["Azure-AsyncOperation"]

    def delete(self, arm_id: str) -> None:
        """Delete something as `az` would, and wait until it is gone."""
        self.start_deletion(arm_id)
        wait_until(lambda: not self.world().holds(arm_id), pause_s=LOOK_S)


def ours(world: World) -> dict[str, Mapping[str, Any]]:
    """Return what was made in the targets' resource groups, by ARM id in lower case."""
    return {
        id_: resource
        for id_, resource in world.resources.items()
        if id_.startswith(OURS) and "/diskrestorepoints/" not in id_
    }


def copies(world: World) -> dict[str, Mapping[str, Any]]:
    """Return the restore points among them."""
    return {id_: resource for id_, resource in ours(world).items() if "/restorepoints/" in id_}


def jobs(world: World) -> list[Mapping[str, Any]]:
    """Return the restores of all vaults, those that do not show yet as well."""
    return [resource for id_, resource in world.resources.items() if "/backupjobs/" in id_]


def restored(world: World) -> bool:
    """Say whether there was a restore, and none is under way."""
    return {"Completed"} == {str(job["properties"]["status"]) for job in jobs(world)}


def rolled_back(world: World) -> bool:
    """Say whether a machine was rolled back, and none is being."""
    jobs = [resource for resource in world.resources.values() if resource.get("type") == "VMM.Job"]
    return {"Completed"} == {str(job["properties"]["Status"]) for job in jobs}


def provisioning_state(resource: Mapping[str, Any]) -> str:
    """Return how far Azure is with making or deleting something."""
    return str(resource.get("properties", {}).get("provisioningState"))
