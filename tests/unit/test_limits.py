"""Limits of time, as the documentation states them."""

from __future__ import annotations

from pathlib import Path

import pytest

from azure_recovery.dynamic_providers import (
    backup_looks,
    checkpoint_following,
    checkpoint_lifecycle,
    checkpoint_provider,
    checkpoint_sending,
    lookups,
    rights,
    source_points,
)
from azure_recovery.rest.spf import following

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
        ("checkpoint-restore.md", "| no job for a minute,", 60.0, checkpoint_lifecycle._EARLIER_SHOWS_WITHIN_S),
        ("checkpoint-restore.md", "the job is looked for for five minutes", 300.0, checkpoint_following.SHOWS_WITHIN_S),
        (
            "checkpoint-restore.md",
            "asked again for a quarter of an hour",
            900.0,
            checkpoint_sending._PASSES_WITHIN_S,
        ),
        ("checkpoint-restore.md", "no such job any more, for a quarter of an hour", 900.0, following.UNKNOWN_FOR_S),
        (
            "checkpoint-restore.md",
            "bound each of the two resources",
            86_400.0,
            checkpoint_provider.RESTORE_TIMEOUT_S,
        ),
    ],
)
def test_a_limit_that_is_stated(page, sentence, expected, actual):
    """Whoever changes one changes both."""
    text = " ".join((DOCS / page).read_text(encoding="utf-8").split())

    assert sentence in text
    assert expected == actual
