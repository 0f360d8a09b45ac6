"""Processes that tests start warm are those that the engine starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from azure_recovery.engine import processes
from tests import warm
from tests.waiting import PATIENCE_S

TELL = dedent(
    """
    import json, os, random, signal, sys, threading

    import {imported}

    print(json.dumps({{
        "path": sys.path, "arguments": sys.argv[1:], "name": __name__, "main": "__main__" in sys.modules,
        "environment": dict(os.environ), "cwd": os.getcwd(), "leads": os.getpgrp() == os.getpid(),
        "input": sys.stdin.read(), "bytecode": not sys.dont_write_bytecode, "threads": threading.active_count(),
        "descriptors": sorted(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else [],
        "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
        "awake": signal.set_wakeup_fd(-1), "buffered": not sys.stdout.write_through, "chance": random.random(),
    }}))
    print("a complaint", file=sys.stderr)
    sys.exit(int(sys.argv[1]))
    """
)
STARTS = {"cold": processes.start_process, "warm": warm.start}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a script and a module that tell what they are."""
    (tmp_path / "helper.py").touch()
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "from_the_path.py").touch()
    (tmp_path / "script.py").write_text(TELL.format(imported="from_the_path"))
    (tmp_path / "told.py").write_text(TELL.format(imported="helper, from_the_path"))
    return tmp_path


@pytest.mark.parametrize("form", [["-m", "told"], ["-P", "script.py"]], ids=["module", "script"])
@pytest.mark.parametrize("writes", ["", "1"])
def test_a_warm_process_is_like_a_cold_one(folder: Path, form: list[str], writes: str) -> None:
    """What it was given, what it can import, what it says and how it ends."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(folder / "beside"), "GIVEN": "ü", "LC_CTYPE": "C.UTF-8"}
    if writes:
        environment["PYTHONDONTWRITEBYTECODE"] = writes
    told, chances = [], set()
    for start in STARTS.values():
        process = start([sys.executable, "-u", *form, "3", "and more"], folder, environment)
        assert process.stdout is not None
        assert process.stderr is not None
        with process.stdout, process.stderr:
            out, error = process.stdout.read(), process.stderr.read()
        assert error == "a complaint\n"
        told.append({**json.loads(out), "code": process.wait(PATIENCE_S), "ended": process.poll()})
        chances.add(told[-1].pop("chance"))

    cold, forked = told
    assert cold == forked
    assert len(chances) == 2
    assert (cold["arguments"], cold["code"], cold["input"]) == (["3", "and more"], 3, "")
    assert cold["leads"]
    assert cold["environment"].items() >= environment.items()


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_process_that_is_killed(tmp_path: Path, start) -> None:
    """It is waited for as long as it runs; its exit code tells the signal that ended its group."""
    (tmp_path / "sleeper.py").write_text("import time\nprint('here')\ntime.sleep(60)\n")
    process = start([sys.executable, "-u", "-m", "sleeper"], tmp_path, {"PATH": os.defpath})
    assert process.stdout is not None
    assert process.stderr is not None

    with process.stdout, process.stderr:
        assert process.stdout.readline() == "here\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        processes.signal_group(process.pid, signal.SIGKILL)
        assert process.wait(PATIENCE_S) == process.poll() == -signal.SIGKILL


def test_what_is_not_this_python(tmp_path: Path) -> None:
    """It is started as ever."""
    process = warm.start(["/bin/echo", "as ever"], tmp_path, {})
    assert process.stdout is not None
    assert process.stderr is not None

    with process.stdout, process.stderr:
        assert process.stdout.read() == "as ever\n"
    assert process.wait(PATIENCE_S) == 0
    assert isinstance(process, subprocess.Popen)


def test_an_operation(embedded, warm_processes, monkeypatch) -> None:
    """Its program and its provider both start warm, and it ends as ever."""
    started = []
    monkeypatch.setattr(processes, "start_process", lambda *asked: started.append(warm.start(*asked)) or started[-1])

    assert embedded("chain").run("up", "start").ok

    assert ["program_runner.py", "pulumi.dynamic"] == [Path(process.command[3]).name for process in started]
    assert [warm.WarmProcess] * 2 == [type(process) for process in started]
