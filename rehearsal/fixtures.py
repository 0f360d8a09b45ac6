"""Fixtures for the tests of programs that use this library. Needs pytest, which the extra does not bring.

They are not registered by themselves; a `conftest.py` says::

    pytest_plugins = ["azure_recovery.rehearsal.fixtures"]

and a test::

    def test_our_recovery(azure_emulator):
        report = azure_emulator.rehearse("infrastructure/recovery")
        assert report.ok, report.failures()
        assert len(report.copies) == 3
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azure_recovery.emulator.certificates import Certificates, make_certificates
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report
from azure_recovery.rehearsal.system_center import SystemCenter
from azure_recovery.rehearsal.world import ControlClient, Request, World


@dataclass(frozen=True)
class EmulatedAzure:
    """An emulator that serves one test."""

    endpoint: str
    """`http://127.0.0.1:PORT`."""
    environment: Mapping[str, str]
    """What a process needs beside its own environment to take the emulator for Azure."""
    control: ControlClient
    speed: float
    world_at_start: Mapping[str, Any] | None
    spf_url: str
    """`https://127.0.0.1:PORT`, where System Center is."""
    certificates: Certificates
    """The files by which it is reached: `client` (certificate and key) and `ca_bundle`."""

    def world(self) -> World:
        """Return what exists now, and Azure's time."""
        return self.control.world()

    def requests(self) -> list[Request]:
        """Return every request so far, oldest first."""
        return self.control.requests()

    def rehearse(
        self, program_dir: str | Path, *, engine: str = "auto", faults: Sequence[str] = (), faults_from: str = "up"
    ) -> Report:
        """Rehearse a program, on an emulator of its own with the same world and speed.

        Args:
            program_dir: As on the command line.
            engine: `auto`, `embedded` or `pulumi`.
            faults: What goes wrong, `NAME[:KEY=VALUE,…]` each.
            faults_from: The phase with which it begins, as on the command line.

        Raises:
            FaultError: There is no such fault, or no such phase.
            ProjectError: The folder holds no program.
            EngineError: The engine does not start.
        """
        plan = Plan(
            find_project(Path(program_dir)),
            engine=engine,
            speed=self.speed,
            world=self.world_at_start,
            faults=tuple(faults),
            faults_from=faults_from,
        )
        return rehearse(plan, PlainProgress(io.StringIO()))


@pytest.fixture
def azure_speed() -> float:
    """Azure's seconds in one second of the test; override it for another speed."""
    return 600.0


@pytest.fixture
def azure_world() -> Mapping[str, Any] | None:
    """What Azure holds at the start, as in a world file; override it for another world than the default one."""
    return None


@pytest.fixture(scope="session")
def azure_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Throw-away certificates for the emulated System Center, for tests that start an emulator themselves, too."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def azure_emulator(
    azure_speed: float,
    azure_world: Mapping[str, Any] | None,
    azure_certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[EmulatedAzure]:
    """Serve an Azure and a System Center of its own to one test, whose processes take them for the real ones."""
    system_center = SystemCenter(azure_certificates)
    with (
        RunningEmulator(speed=azure_speed, world=azure_world, spf=system_center.listener) as emulator,
        ControlClient(emulator.url) as control,
    ):
        world = control.world()
        environment = azure_environment(
            emulator.url, speed=azure_speed, subscription_id=world.subscription_id, tenant_id=world.tenant_id
        )
        environment |= system_center.environment(emulator.spf_url, world.settings)
        whole = rehearsal_environment(environment)
        for name in os.environ.keys() - whole.keys():
            monkeypatch.delenv(name)
        for name, value in whole.items():
            monkeypatch.setenv(name, value)
        yield EmulatedAzure(
            emulator.url,
            environment,
            control,
            azure_speed,
            azure_world,
            emulator.spf_url,
            azure_certificates,
        )
