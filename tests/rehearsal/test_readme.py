"""The first program that anybody reads."""

from __future__ import annotations

import io
import re
from pathlib import Path

from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse

README = Path(__file__).parents[2] / "README.md"


def _block(language: str) -> str:
    [text] = re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return str(text)


def test_the_first_program(tmp_path: Path) -> None:
    """With the configuration that stands below it, it holds in a rehearsal."""
    (tmp_path / "Pulumi.yaml").write_text("name: first\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(_block("python"))
    (tmp_path / "Pulumi.rehearsal.yaml").write_text(_block("yaml"))

    report = rehearse(Plan(find_project(tmp_path), engine="embedded", speed=3600.0), PlainProgress(io.StringIO()))

    assert [] == report.failures()
    assert [("web-1-daily-3", True)] == [(copy.name, copy.usable) for copy in report.copies]
