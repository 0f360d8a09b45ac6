"""The example of backup status, from preview to destroy."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from azure_recovery.rehearsal import checks
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse

pytestmark = pytest.mark.usefixtures("warm_processes")

EXAMPLE = Path(__file__).parents[2] / "examples" / "backup_status"


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
def test_backup_status(engine, monkeypatch):
    """The status is recorded, unchanged in the next `up`, and gone from the stack after `destroy`."""
    outputs = {}
    after_up = checks.after_up

    def noted(start, after, deployment, exported):
        outputs.update(exported)
        return after_up(start, after, deployment, exported)

    monkeypatch.setattr(checks, "after_up", noted)
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")

    report = rehearse(Plan(find_project(EXAMPLE), engine=engine), PlainProgress(io.StringIO()))

    assert [] == report.failures()
    assert report.ok
    assert ("Protected", "Protected", "daily-machines") == tuple(outputs[name] for name in ("now", "status", "policy"))
    assert [
        "resource  status     policy          vault",
        "web-1     Protected  daily-machines  machines-vault",
    ] == outputs["table"].splitlines()
