"""Killed while a program rolls a virtual machine of System Center back to a checkpoint."""

from __future__ import annotations

import pytest

from tests.kills import rollbacks


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> rollbacks.Rollbacks:
    """Where the cells are carried out."""
    return rollbacks.Rollbacks(tmp_path_factory.mktemp("kills"))


@pytest.fixture(scope="module", params=rollbacks.CELLS, ids=str)
def killed(request: pytest.FixtureRequest, matrix: rollbacks.Rollbacks) -> rollbacks.Killed:
    """A cell of the matrix, with what came of it."""
    return matrix.kill(request.param)


def test_the_run_says_so(killed: rollbacks.Killed) -> None:
    """The kill ends in one line."""
    rollbacks.the_kill_was_noticed(killed)


def test_up_restores_at_most_once(killed: rollbacks.Killed) -> None:
    """Each of the next two ends in a job that was followed, or in the error that says what to look at."""
    rollbacks.up_restores_at_most_once(killed)


def test_up_ends_as_it_can_be_told(killed: rollbacks.Killed) -> None:
    """Only between baseline and restore is there nothing to tell by."""
    rollbacks.up_ends_as_it_can_be_told(killed)


def test_destroy_sends_nothing(killed: rollbacks.Killed) -> None:
    """It takes what the state holds."""
    rollbacks.destroy_sends_nothing(killed)


def test_nothing_secret_is_written(killed: rollbacks.Killed) -> None:
    """Neither before the kill nor after it."""
    rollbacks.nothing_secret_is_written(killed)
