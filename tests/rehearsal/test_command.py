"""The command as a user runs it: a process of its own, its output, its exit code, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.warm import cold_processes

pytestmark = pytest.mark.timeout(110)

COMMAND = [sys.executable, "-c", "import sys; from azure_recovery.rehearsal.cli import main; sys.exit(main())"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    (tmp_path / "temporary").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(tmp_path / "temporary"), "COLUMNS": "120", **more}


def running(marker: str) -> list[str]:
    """Return the command lines of the processes whose environment holds *marker*."""
    return [
        " ".join(command)
        for _, command, environment in cold_processes()
        if any(command) and any(marker in value for value in environment.values())
    ]


def test_a_rehearsal_that_held(example: Path, tmp_path: Path) -> None:
    """Exit code 0, the report on stdout, nothing on stderr, the same report as JSON, and what was kept."""
    report_file = tmp_path / "report.json"
    ended = subprocess.run(
        [
            *COMMAND,
            "rehearse",
            str(example),
            "--engine",
            "embedded",
            "--speed",
            "2000",
            "--keep",
            "--json",
            str(report_file),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path),
    )
    report = json.loads(report_file.read_text(encoding="utf-8"))

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "All of it held"
    assert report["ok"] is True
    assert report["engine"].startswith("embedded engine")
    kept = Path(report["kept"])
    assert f"Kept in {kept}: the engine's state, the emulator's state, the log" in ended.stdout.splitlines()
    assert json.loads((kept / "engine" / "state.json").read_text(encoding="utf-8"))["version"] == 3
    assert (kept / "emulator.sqlite").stat().st_size > 0
    assert "up: daily-2 created" in (kept / "rehearsal.log").read_text(encoding="utf-8").splitlines()


COLLECTION = """
import pulumi
from azure_recovery.dynamic_providers import RestorePointCollectionCopy

config = pulumi.Config()
RestorePointCollectionCopy(
    "copies",
    resource_group_name=config.require("targetResourceGroup"),
    location=config.require("targetLocation"),
    source_collection_id=config.require("sourceCollectionId"),
)
"""


def test_real_credentials_in_the_callers_environment(program: Callable[[str], Path], tmp_path: Path) -> None:
    """A caller whose environment names another identity and cloud rehearses all the same."""
    foreign = {"ARM_CLIENT_ID": "x", "ARM_USE_OIDC": "true", "ARM_ENVIRONMENT": "china", "AZURE_CLIENT_ID": "x"}
    ended = subprocess.run(
        [*COMMAND, "rehearse", str(program(COLLECTION)), "--engine", "embedded"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path, **foreign),
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr


ENGINES = [
    "embedded",
    pytest.param(
        "pulumi",
        marks=[
            pytest.mark.cli,
            pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi command is not on PATH"),
        ],
    ),
]


@contextmanager
def rehearsing(folder: Path, engine: str, *options: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A rehearsal in a session of its own; what is left of it after the block is killed."""
    process = subprocess.Popen(
        [*COMMAND, "rehearse", str(folder), "--engine", engine, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_copying(engine: str, number: signal.Signals, example: Path, tmp_path: Path) -> None:
    """Ctrl-C during a copy of hours ends the rehearsal within seconds, with 130, and leaves no process and no file."""
    marker = f"rehearsal-{uuid.uuid4()}"
    with rehearsing(example, engine, "--speed", "10", env=environment(tmp_path, REHEARSAL_MARKER=marker)) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line.startswith("up: daily-1 ") and "%" in line:
                break
        process.send_signal(number)
        asked = time.monotonic()
        rest, _ = process.communicate(timeout=60)

    assert process.returncode == 130, "".join(seen) + rest
    assert time.monotonic() - asked < 45
    assert "Interrupted; nothing is left running" in rest.splitlines()
    assert [] == running(marker)
    assert [] == list((tmp_path / "temporary").iterdir())


STUBBORN = """
import pulumi.dynamic


class Stubborn(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        import time

        time.sleep(300)


class Resource(pulumi.dynamic.Resource, name="Stubborn"):
    pass


Resource(Stubborn(), "stubborn", {})
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_interrupted_twice(engine: str, program: Callable[[str], Path], tmp_path: Path) -> None:
    """A step that does not end by itself is ended by the second Ctrl-C, with everything else."""
    marker = f"rehearsal-{uuid.uuid4()}"
    with rehearsing(program(STUBBORN), engine, env=environment(tmp_path, REHEARSAL_MARKER=marker)) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line == "up: stubborn creating\n":
                process.send_signal(signal.SIGINT)
            if line.startswith("stopping:"):
                process.send_signal(signal.SIGINT)
                break
        rest, _ = process.communicate(timeout=60)

    assert process.returncode == 130, "".join(seen) + rest
    assert "ending at once" in rest.splitlines()
    assert [] == running(marker)
    assert [] == list((tmp_path / "temporary").iterdir())


def test_the_engine_that_is_not_there(example: Path, tmp_path: Path) -> None:
    """`--engine pulumi` without the command is one line that names the other engine."""
    ended = subprocess.run(
        [*COMMAND, "rehearse", str(example), "--engine", "pulumi"],
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path, PATH=str(tmp_path)),
    )

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "azure-recovery rehearse: pulumi: not on PATH; install the Pulumi CLI, or use --engine embedded"
    ]
    assert [] == list((tmp_path / "temporary").iterdir())
