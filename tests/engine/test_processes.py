"""The engine's child processes: none outlives it, and none holds it up."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from azure_recovery.engine import processes
from azure_recovery.engine.processes import ProcessGroups


@pytest.fixture
def groups():
    """Process groups that are gone after the test."""
    groups = ProcessGroups()
    yield groups
    groups.close()


def test_kill_while_a_process_starts(groups, tmp_path, monkeypatch):
    """It ends like those that were running."""
    popen = subprocess.Popen

    def killed_meanwhile(*arguments, **options):
        process = popen(*arguments, **options)
        groups.kill()
        return process

    monkeypatch.setattr(processes.subprocess, "Popen", killed_meanwhile)
    child = groups.start(["sleep", "60"], cwd=tmp_path, env=os.environ, on_output=print)

    assert -signal.SIGKILL == child.wait(5)
