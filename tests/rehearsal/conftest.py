from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from azure_recovery.rehearsal.fixtures import azure_certificates, azure_emulator, azure_speed, azure_world
from tests.one_salt import one_salt

__all__ = ["azure_certificates", "azure_emulator", "azure_speed", "azure_world", "one_salt"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "cross_region_copy"


@pytest.fixture
def example() -> Path:
    """The example program, where it stands."""
    return EXAMPLE


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """Write a program of one's own, with the example's configuration, and return its folder."""

    def write(source: str) -> Path:
        folder = tmp_path / "program"
        folder.mkdir()
        for name in ("Pulumi.yaml", "Pulumi.rehearsal.yaml"):
            (folder / name).write_bytes((EXAMPLE / name).read_bytes())
        (folder / "__main__.py").write_text(source, encoding="utf-8")
        return folder

    return write
