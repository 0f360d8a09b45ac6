"""Which engine a rehearsal runs on when nobody says which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from azure_recovery.rehearsal.engine_protocol import EngineError, Site
from azure_recovery.rehearsal.engines import EmbeddedEngine, choose_engine
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.pulumi_cli import PulumiCli

FAKE = """#!/bin/sh
case "$*" in *version*) echo v3.999.0 ;; esac
"""


@pytest.fixture
def site(example: Path, tmp_path: Path) -> Callable[[Path], Site]:
    """Where an engine works with a PATH of one folder."""

    def make(path: Path) -> Site:
        return Site(
            project=find_project(example),
            folder=tmp_path / "engine",
            environment={"PATH": str(path)},
            passphrase="of a test",
            on_event=lambda _: None,
        )

    return make


def test_with_the_command_on_path(site: Callable[[Path], Site], tmp_path: Path) -> None:
    """The Pulumi CLI is taken, because that is what a deployment runs on."""
    command = tmp_path / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(FAKE, encoding="utf-8")
    command.chmod(0o755)

    engine = choose_engine("auto", site(command.parent))

    assert (PulumiCli, "Pulumi CLI v3.999.0") == (type(engine), engine.name)
    engine.close()
    assert isinstance(choose_engine("embedded", site(command.parent)), EmbeddedEngine)


def test_without_the_command(site: Callable[[Path], Site], tmp_path: Path) -> None:
    """The embedded engine is taken; who insists on the CLI is told what to do."""
    nowhere = tmp_path / "nothing-here"

    assert isinstance(choose_engine("auto", site(nowhere)), EmbeddedEngine)
    with pytest.raises(EngineError, match="not on PATH; install the Pulumi CLI, or use --engine embedded"):
        choose_engine("pulumi", site(nowhere))
