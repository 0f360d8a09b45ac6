"""Killed while a program starts two copies and a gate waits for both."""

from __future__ import annotations

import pytest

from tests.kills import endings, moments

pytestmark = pytest.mark.parametrize("killed", moments.ACCEPTED, ids=str, indirect=True)


def test_the_run_says_so_and_keeps_what_it_had(killed: endings.Killed) -> None:
    """The kill ends in one line, and at most what was under way is missing from the state."""
    endings.the_kill_was_noticed(killed)


def test_up_makes_everything_usable(killed: endings.Killed) -> None:
    """No copy is started twice, and the state holds what the world holds."""
    endings.up_makes_everything_usable(killed)


def test_up_keeps_what_is_there(killed: endings.Killed) -> None:
    """Nothing is deleted, and a later destroy takes all."""
    endings.up_keeps_what_is_there(killed)


def test_destroy_leaves_nothing(killed: endings.Killed) -> None:
    """But for what was accepted when the process was killed, which goes by the documented command."""
    endings.destroy_leaves_nothing(killed)


def test_nothing_secret_is_written(killed: endings.Killed) -> None:
    """Neither before the kill nor after it."""
    endings.nothing_secret_is_written(killed)
