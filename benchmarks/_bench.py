"""What the benchmarks share: worlds of any size, programs that run in them, and how a figure is shown."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.engine import Engine, Event, OperationResult
from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment

PROGRAMS = Path(__file__).parent / "programs"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TENANT = "00000000-0000-0000-0000-0000000000aa"
REGIONS = ("northeurope", "uksouth", "francecentral", "swedencentral")
LATENESS_BAR_S = 300.0
"""Azure's seconds within which the end of a copy has to be noticed."""


def world(sources: int, *, points: int = 1, minutes: float = 60.0) -> dict[str, Any]:
    """Return a world of *sources* machines with one disk, a collection and *points* restore points each."""
    machines = [f"vm-{n:02}" for n in range(sources)]
    return {
        "subscription_id": SUBSCRIPTION,
        "tenant_id": TENANT,
        "resource_groups": [
            {"name": "production", "location": "westeurope"},
            *({"name": f"recovery-{region}", "location": region} for region in REGIONS),
        ],
        "virtual_machines": [
            {
                "name": machine,
                "resource_group": "production",
                "location": "westeurope",
                "disks": [{"name": f"{machine}-os", "replication_minutes": minutes}],
            }
            for machine in machines
        ],
        "restore_point_collections": [
            {
                "name": f"{machine}-points",
                "resource_group": "production",
                "location": "westeurope",
                "source": {"virtual_machine": machine},
                "restore_points": [{"name": f"p{n:03}", "age_hours": 1000 - n} for n in range(points)],
            }
            for machine in machines
        ],
    }


@dataclass
class Stage:
    """An emulator, and what a program needs to find it."""

    emulator: RunningEmulator
    speed: float
    folder: Path

    def engine(
        self,
        program: str,
        sizes: Mapping[str, object],
        *,
        parallel: int | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Engine:
        """Return an engine for one of the programs, with a state of its own; *sizes* are its environment."""
        azure = azure_environment(self.emulator.url, speed=self.speed, subscription_id=SUBSCRIPTION, tenant_id=TENANT)
        given = {name: str(value) for name, value in sizes.items()}
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(PROGRAMS / program, folder / program)
        return Engine(
            folder / program,
            stack="bench",
            state_file=folder / "state.json",
            env=rehearsal_environment(azure) | given,
            parallel=parallel,
            on_event=on_event,
        )

    def requests(self) -> list[Mapping[str, Any]]:
        """Return the emulator's log of requests, oldest first."""
        return list(httpx.get(f"{self.emulator.url}/_emulator/requests").json()["requests"])


@contextlib.contextmanager
def stage(world: Mapping[str, Any], *, speed: float, **settings: object) -> Iterator[Stage]:
    """Run an emulator for the block; the environment of this process stays out of the programs."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningEmulator(world=world, speed=speed, settings=settings) as emulator,
    ):
        yield Stage(emulator, speed, Path(folder))


def timed(run: Callable[[], OperationResult]) -> float:
    """Return the wall seconds of one operation that has to succeed."""
    begun = time.perf_counter()
    result = run()
    took = time.perf_counter() - begun
    if not result.ok:
        sys.exit(f"{result.kind} failed: {[d.message for d in result.diagnostics if d.severity == 'error'][:3]}")
    return took


def check_speed(here: Stage) -> None:
    """Print what a small request costs on Azure's clock; end where that hides what a lateness is measured by."""
    with httpx.Client() as client:
        url = f"{here.emulator.url}/_emulator/health"
        trip_s = min(client.get(url).elapsed.total_seconds() for _ in range(20))
    behind, most = here.speed * trip_s, LATENESS_BAR_S / 10
    print(
        f"speed {here.speed:g} × round trip {trip_s * 1000:.1f} ms: {behind:.1f} s of Azure's clock (at most {most:g})"
    )
    if behind > most:
        sys.exit("too slow a machine for this speed: nothing was measured")


def verdict(what: str, value: float, bar: float, *, unit: str = "") -> bool:
    """Print a figure beside its bar and return whether it holds."""
    held = value <= bar
    print(f"{what}: {value:.2f}{unit} (bar {bar:g}{unit}) {'holds' if held else 'MISSED'}")
    return held


def processes_of(marker: str) -> list[int]:
    """Return the dynamic provider processes whose environment holds *marker*."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            is_provider = entry.name.isdigit() and b"pulumi.dynamic" in (entry / "cmdline").read_bytes()
            if is_provider and marker.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
