"""Limits of time, as the documentation states them."""

from __future__ import annotations

from pathlib import Path

import pytest

from azure_recovery.dynamic_providers import backup_looks, lookups, rights, source_points

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "sentence", "expected", "actual"),
    [
        (
            "preflight.md",
            "Five seconds is the longest that one check waits, and twenty the longest for all checks of a run.",
            (5.0, 20.0),
            (lookups.LONGEST_S, lookups.BUDGET_S),
        ),
        ("preflight.md", "`create` therefore waits up to five minutes", 300.0, rights.SPREADING_S),
        (
            "components.md",
            "for at most 15 seconds (30 for all sources of a program)",
            (15.0, 30.0),
            (source_points.LONGEST_S, source_points.BUDGET_S),
        ),
        ("backup-status.md", "waited for five of Azure's minutes", 300.0, backup_looks.REQUIRED_WITHIN_S),
    ],
)
def test_a_limit_that_is_stated(page, sentence, expected, actual):
    """Whoever changes one changes both."""
    text = " ".join((DOCS / page).read_text(encoding="utf-8").split())

    assert sentence in text
    assert expected == actual
