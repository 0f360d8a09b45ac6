"""The example programs of components, from preview to destroy."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse

EXAMPLES = Path(__file__).parents[2] / "examples"
COPIES = 3


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
def test_many_regions(engine):
    """Two regions with three copies each: usable after `up`, unchanged in the next, gone after `destroy`."""
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")

    report = rehearse(Plan(find_project(EXAMPLES / "many_regions"), engine=engine), PlainProgress(io.StringIO()))

    assert [] == report.failures()
    assert report.ok
    assert 2 * COPIES == len(report.copies)
