"""Restores with rights that azure-native assigns: real gRPC, real HTTP, stand-ins for azure-native's SDK and plugin."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report

pytestmark = pytest.mark.usefixtures("warm_processes")

STAND_INS = Path(__file__).parents[1] / "stand_ins"
EXAMPLES = Path(__file__).parents[2] / "examples"
HOUR_S = 3_600

RESTORE = """
from azure_recovery.components import VaultDiskRestore

groups = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
vault = f"{groups}/production/providers/Microsoft.DataProtection/backupVaults/recovery-vault"
VaultDiskRestore(
    "drill",
    backup_instance_id=f"{vault}/backupInstances/web-1-data-0",
    target_resource_group_id=f"{groups}/recovery",
    vault_principal_id="1500fd10-bd21-5ac7-bb5c-9646460d6f07",
    permission_wait="WAIT",
)
"""


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS))


def restore_with_slow_rights(program: Callable[[str], Path], spreading_s: int, wait: str) -> Report:
    """Rehearse a restore whose fresh right takes its time to spread."""
    text = resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text(encoding="utf-8")
    world = {**json.loads(text), "settings": {"role_spreading_seconds": spreading_s}}
    plan = Plan(find_project(program(RESTORE.replace("WAIT", wait))), engine="embedded", speed=1200, world=world)
    return rehearse(plan, PlainProgress(io.StringIO()))


def test_a_right_that_takes_its_time(program: Callable[[str], Path]) -> None:
    """The restore waits until the vault's fresh right counts, and is then sent once."""
    report = restore_with_slow_rights(program, 3 * HOUR_S, "P1D")

    assert [] == report.failures()
    assert report.requests is not None
    assert 1 < report.requests.by_operation["BackupInstances.ValidateForRestore"]
    assert 1 == report.requests.by_operation["BackupInstances.TriggerRestore"]


def test_a_right_that_takes_longer_than_the_limit(program: Callable[[str], Path]) -> None:
    """The error names the roles and the limit; nothing was started, and `destroy` takes the right away."""
    report = restore_with_slow_rights(program, 240 * HOUR_S, "PT1M")

    [failure] = [line for line in report.failures() if line.startswith("up: ")]
    assert "still lacks a right" in failure
    assert "Disk Restore Operator" in failure
    assert report.requests is not None
    assert "BackupInstances.TriggerRestore" not in report.requests.by_operation
    assert report.nothing_left


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
@pytest.mark.parametrize("example", ["disk_restore", "vault_disk_restore"])
def test_examples_of_restores(example: str, engine: str) -> None:
    """A disk is there after `up`, nothing changes in the next, and disk and rights are gone after `destroy`."""
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")

    report = rehearse(Plan(find_project(EXAMPLES / example), engine=engine, speed=1200), PlainProgress(io.StringIO()))

    assert [] == report.failures()
    assert report.requests is not None
    assert 1 == report.requests.by_operation["BackupInstances.TriggerRestore"]
    assigned = {"azure-native:authorization:RoleAssignment": 1} if example == "vault_disk_restore" else {}
    assert assigned == report.native.served
    assert 40 > len((EXAMPLES / example / "__main__.py").read_text(encoding="utf-8").splitlines())
