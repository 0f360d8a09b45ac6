from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from azure_recovery.rehearsal.fixtures import EmulatedAzure

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production"
COLLECTION = f"{GROUP}/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"


def test_an_azure_of_ones_own(azure_emulator: EmulatedAzure) -> None:
    """The default world is there, and what is asked of it is told."""
    assert azure_emulator.world().holds(COLLECTION.upper())

    answer = httpx.get(f"{azure_emulator.endpoint}{COLLECTION}?api-version=2025-04-01", trust_env=False)

    assert answer.status_code == 401
    assert [(401, COLLECTION)] == [(request.status, request.path) for request in azure_emulator.requests()]


def test_what_a_child_process_takes_for_azure(azure_emulator: EmulatedAzure) -> None:
    """The environment of the test, and so of its children, is the emulator's."""
    assert azure_emulator.environment.items() <= os.environ.items()
    assert os.environ["ARM_RESOURCE_MANAGER_ENDPOINT"] == azure_emulator.endpoint


class TestRealCredentials:
    """The caller's Azure is hidden, and comes back."""

    @pytest.fixture(autouse=True)
    def _of_the_caller(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ARM_CLIENT_ID", "of the caller")

    def test_hidden(self, azure_emulator: EmulatedAzure) -> None:
        """A credential that was set before the fixture is not seen by the test."""
        assert "ARM_CLIENT_ID" not in os.environ


class TestAnotherWorld:
    """`azure_world` and `azure_speed` are there to be overridden."""

    @pytest.fixture
    def azure_world(self) -> Mapping[str, Any]:
        """One resource group and nothing in it."""
        return {
            "subscription_id": "00000000-0000-0000-0000-000000000002",
            "resource_groups": [{"name": "alone", "location": "westeurope"}],
        }

    @pytest.fixture
    def azure_speed(self) -> float:
        """Nearly an hour in a second."""
        return 3000.0

    def test_it_is_served(self, azure_emulator: EmulatedAzure) -> None:
        """The emulator holds what the world says, and its clock runs as it says."""
        assert ["alone"] == [resource["name"] for resource in azure_emulator.world().resources.values()]
        assert os.environ["ARM_SUBSCRIPTION_ID"] == "00000000-0000-0000-0000-000000000002"
        assert os.environ["AZURE_RECOVERY_SPEED"] == "3000"


def test_a_rehearsal_within_a_test(azure_emulator: EmulatedAzure, program: Callable[[str], Path]) -> None:
    """A test can rehearse a program and look at the report."""
    report = azure_emulator.rehearse(program("import pulumi\npulumi.export('answer', 42)\n"), engine="embedded")

    assert report.failures() == []
    assert report.ok


def test_the_fixtures_as_a_plugin(tmp_path: Path) -> None:
    """A conftest that names the module has the fixtures."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["azure_recovery.rehearsal.fixtures"]\n', encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "def test_it(azure_emulator):\n    assert azure_emulator.requests() == []\n", encoding="utf-8"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 passed" in ended.stdout
