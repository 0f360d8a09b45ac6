"""Tests that open no socket."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_preflight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask Azure nothing before a preview."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")
