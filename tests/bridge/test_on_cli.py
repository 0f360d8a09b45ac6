"""The bridge on the real engine: Ctrl-C, `custom_timeouts`, and what is in the state afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from azure_recovery.emulator import world
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment
from tests.waiting import wait_until

SPEED = 600.0
REPLICATION_MINUTES = 80
REGIONS = ("northeurope", "uksouth", "francecentral")
ENDS_WITHIN_S = 5.0
COPY = "pulumi-python:dynamic/azure_recovery:RestorePointCopy"

COPIES = """
import json, os, pulumi
from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

source = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"
    "/restorePointCollections/web-1-restore-points"
)
for region in os.environ["REGIONS"].split():
    collection = RestorePointCollectionCopy(
        region, resource_group_name="recovery", location=region, source_collection_id=source
    )
    RestorePointCopy(
        f"daily-1-{region}",
        restore_point_collection_id=collection.arm_id,
        source_restore_point_id=f"{source}/restorePoints/daily-1",
        opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(**json.loads(os.environ["TIMEOUTS"]))),
    )
"""

BRIDGED = """
import pulumi

class Bridged(pulumi.CustomResource):
    def __init__(self, name, act):
        props = {{"act": act, "arm_id": None, "__provider": {provider!r}}}
        super().__init__("pulumi-python:dynamic/bridged:Bridged", name, props)

Bridged("one", "huge")
"""

pytestmark = [
    pytest.mark.cli,
    pytest.mark.timeout(120),
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi command is not on PATH"),
]


class Stack:
    """A project, a stack and a backend of the test's own."""

    def __init__(self, folder: Path, program: str, environment: dict[str, str]) -> None:
        self._folder = folder / "project"
        self._folder.mkdir()
        (self._folder / "Pulumi.yaml").write_text("name: bridge\nruntime: python\n")
        (self._folder / "__main__.py").write_text(program)
        (folder / "backend").mkdir()
        self.environment = rehearsal_environment(environment) | {
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "bridge",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        self._run("stack", "init", "dev")

    @contextmanager
    def up(self, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Start `pulumi up`; nothing of it outlives the block."""
        process = subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"],
            cwd=self._folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            with process:
                yield process
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def resources(self, type_: str) -> list[dict[str, Any]]:
        """Return the resources of a type as the state has them."""
        deployment = json.loads(self._run("stack", "export", "--stack", "dev"))["deployment"]
        assert [] == deployment.get("pending_operations", [])
        found = [resource for resource in deployment["resources"] if resource["type"] == type_]
        return sorted(found, key=lambda resource: str(resource["id"]))

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            cwd=self._folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    """An Azure whose disks take eight seconds."""
    known = world.load(None)
    for machine in known["virtual_machines"]:
        for disk in machine["disks"]:
            disk["replication_minutes"] = REPLICATION_MINUTES
    with RunningEmulator(world=known, speed=SPEED) as running:
        yield running


@pytest.fixture
def stack(emulator: RunningEmulator, tmp_path: Path) -> Stack:
    """Three copies into three regions, that wait at the same time."""
    found = httpx.get(f"{emulator.url}/_emulator/world", trust_env=False).json()
    azure = azure_environment(
        emulator.url, speed=SPEED, subscription_id=found["subscription_id"], tenant_id=found["tenant_id"]
    )
    return Stack(tmp_path, COPIES, azure | {"REGIONS": " ".join(REGIONS), "TIMEOUTS": "{}"})


@pytest.fixture
def copies_started(emulator: RunningEmulator) -> Callable[[], int]:
    """Count the accepted requests that start a copy."""

    def count() -> int:
        requests = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]
        return sum(
            1
            for request in requests
            if request["operation"] == "RestorePoints.CreateOrUpdate" and request["status"] in (200, 201, 202)
        )

    return count


def test_one_ctrl_c_ends_the_waits_and_the_next_up_goes_on(stack, copies_started):
    """Everything that was started is in the state, and nothing is started twice."""
    with stack.up() as up:
        wait_until(lambda: copies_started() == len(REGIONS), pause_s=0.05)
        begun = ended = time.monotonic()
        up.send_signal(signal.SIGINT)
        output = ""
        assert up.stdout is not None
        for line in up.stdout:
            output += line
            # The engine itself ends later: it gives a program that hangs five seconds before it kills it.
            if COPY in line and "creating failed" in line:
                ended = time.monotonic()
        up.wait(60)

    interrupted = stack.resources(COPY)
    assert begun < ended < begun + ENDS_WITHIN_S, output
    assert len(REGIONS) == len(interrupted), output
    assert [[f"interrupted before it was done: {copy['id']}; run up again to go on"] for copy in interrupted] == [
        copy["initErrors"] for copy in interrupted
    ]
    assert "InterruptedWaitError" not in output

    with stack.up() as up:
        output, _ = up.communicate(timeout=90)

    assert 0 == up.returncode, output
    finished = stack.resources(COPY)
    assert [copy["id"] for copy in interrupted] == [copy["id"] for copy in finished]
    assert [True] * len(REGIONS) == [copy["outputs"]["usable"] for copy in finished]
    assert not any(copy.get("initErrors") for copy in finished)
    assert len(REGIONS) == copies_started()


def test_custom_timeouts_end_a_wait_and_the_error_says_how_to_go_on(stack, copies_started):
    """Ten of Azure's minutes are not enough for a disk of eighty."""
    with stack.up(REGIONS=REGIONS[0], TIMEOUTS='{"create": "10m"}') as up:
        output, _ = up.communicate(timeout=60)

    (copy,) = stack.resources(COPY)
    assert 0 != up.returncode
    (error,) = copy["initErrors"]
    assert "is still replicating after 6" in error
    assert 'run up again to go on waiting, or set wait="accepted"' in error
    assert error in output
    assert 1 == copies_started()


def test_half_a_megabyte_of_outputs_reaches_the_state(tmp_path, provider_key):
    """What is kept of something unready travels as metadata, which has limits of its own."""
    environment = {
        "PYTHONPATH": str(Path(__file__).parent / "providers"),
        "ARM_USE_MSI": "true",
        "ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
        "ARM_TENANT_ID": "00000000-0000-0000-0000-0000000000aa",
    }
    stack = Stack(tmp_path, BRIDGED.format(provider=provider_key), environment)

    with stack.up() as up:
        output, _ = up.communicate(timeout=60)

    (one,) = stack.resources("pulumi-python:dynamic/bridged:Bridged")
    assert ["still replicating many"] == one["initErrors"], output
    assert 5_000 == len(one["outputs"]["entries"])
