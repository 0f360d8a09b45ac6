"""Killed while a program starts the restore of a disk from a backup vault, and waits for it."""

from __future__ import annotations

import pytest

from tests.kills import endings, restores, restoring

pytestmark = pytest.mark.parametrize("killed", restoring.STARTED, ids=str, indirect=True)


def test_the_run_says_so(killed: endings.Killed) -> None:
    """The kill ends in one line, and at most the restore is missing from the state."""
    restores.the_kill_was_noticed(killed)


def test_up_restores_once(killed: endings.Killed) -> None:
    """No job is started twice, and the state holds the disk that the one has made."""
    restores.up_restores_once(killed)


def test_up_keeps_what_is_there(killed: endings.Killed) -> None:
    """Nothing is deleted, and a later destroy takes the disk."""
    restores.up_keeps_what_is_there(killed)


def test_destroy_leaves_nothing(killed: endings.Killed) -> None:
    """But for what was accepted when the process was killed, which goes by the documented command."""
    restores.destroy_leaves_nothing(killed)


def test_nothing_secret_is_written(killed: endings.Killed) -> None:
    """Neither before the kill nor after it."""
    restores.nothing_secret_is_written(killed)
