"""The Pulumi CLI as an engine, where it has to be killed."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from azure_recovery.rehearsal import pulumi_cli

LEADER = """
import subprocess
child = subprocess.Popen(["sleep", "60"], process_group=0)
print(child.pid, flush=True)
child.wait()
"""


def test_environment_of_its_own(tmp_path: Path) -> None:
    """Backend, home and passphrase are never the caller's; everything else is."""
    callers = {"HOME": "h", "PULUMI_BACKEND_URL": "s3://theirs", "PULUMI_HOME": "theirs"}
    environment = pulumi_cli.cli_environment(callers, tmp_path, passphrase="p")

    assert (
        environment.items()
        >= {
            "HOME": "h",
            "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "p",
        }.items()
    )
    assert {"backend", "home"} == {folder.name for folder in tmp_path.iterdir()}


@pytest.fixture
def session() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a session, and a child of it with a group of its own."""
    with subprocess.Popen([sys.executable, "-c", LEADER], stdout=subprocess.PIPE, start_new_session=True) as leader:
        yield leader
        leader.kill()


@pytest.mark.parametrize("has", ["proc", "ps"])
def test_a_session_is_killed(
    session: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has: str
) -> None:
    """All processes of it, where there is no `ps`, and where there is no `/proc`."""
    if has == "proc":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif shutil.which("ps") is None:
        pytest.skip("ps is not on PATH")
    else:
        monkeypatch.setattr(pulumi_cli, "_PROC", tmp_path / "proc")
    assert session.stdout is not None
    child = int(session.stdout.readline())
    ended = os.pidfd_open(child)

    pulumi_cli._kill_session(session)

    assert session.wait(20) == -9
    with os.fdopen(ended, "rb") as handle:
        assert select.select([handle], [], [], 20)[0], "the child goes on"
