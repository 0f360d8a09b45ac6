"""The engine's child processes: none outlives it, and none holds it up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from azure_recovery.engine import processes
from azure_recovery.engine.processes import ProcessGroups
from tests.waiting import wait_until


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


def test_output_that_somebody_else_holds(groups, tmp_path, monkeypatch):
    """A process that went out of its parent's group is not waited for, and what it says later is nobody's."""
    monkeypatch.setattr(processes, "_GRACE", 0.5)
    leaver = (
        "import os, sys, time\n"
        "print('early', flush=True)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    open('pid', 'w').write(str(os.getpid()))\n"
        "    while not os.path.exists('late'):\n"
        "        time.sleep(0.01)\n"
        "    print('late', flush=True)\n"
        "    open('said', 'w').close()\n"
        "    time.sleep(60)\n"
        "while not os.path.exists('pid'):\n"
        "    time.sleep(0.01)\n"
    )
    said: list[str] = []
    child = groups.start([sys.executable, "-c", leaver], cwd=tmp_path, env=os.environ, on_output=said.append)
    try:
        assert 0 == child.wait(20)
        (tmp_path / "late").touch()
        wait_until((tmp_path / "said").exists)
        assert ["early"] == said
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_process_that_is_waited_for_late(groups, tmp_path, monkeypatch):
    """Whoever comes for it while everything ends still learns how it did."""
    child = groups.start(["sleep", "60"], cwd=tmp_path, env=os.environ, on_output=print)
    codes = []
    reaper_ended = groups._reaper.wait
    monkeypatch.setattr(groups._reaper, "poll", lambda: None)
    monkeypatch.setattr(groups._reaper, "wait", lambda: codes.append(child.wait(5)) or reaper_ended())

    groups.close()

    assert [-signal.SIGKILL] == codes
