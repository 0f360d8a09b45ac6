"""Killed while a destroy takes two copies and their collection."""

from __future__ import annotations

import pytest

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.rehearsal.checks import after_destroy, no_secrets
from tests.kills.endings import Matrix
from tests.kills.moments import DELETIONS, Cell
from tests.kills.stacks import Run, Stack, situation


@pytest.fixture(scope="module")
def whole(matrix: Matrix) -> Stack:
    """A stack whose copies are usable; nothing runs."""
    stack = Stack(matrix.folder / "whole", "accepted")
    with stack.running():
        assert stack.run("up").outcome.ok
    return stack


@pytest.fixture(scope="module")
def agains() -> dict[str, Run]:
    """The destroy after a kill, by what the kill left behind."""
    return {}


@pytest.mark.parametrize("cell", DELETIONS, ids=str)
def test_the_next_destroy_takes_the_rest(whole: Stack, agains: dict[str, Run], cell: Cell) -> None:
    """What is gone already is no error, and what is left in Azure was in the state at every moment."""
    with whole.fork(str(cell)).running() as stack:
        killed = stack.killed("destroy", cell)
        left = situation(killed)
        again = agains.get(left) or agains.setdefault(left, stack.run("destroy"))

    assert killed.ours <= killed.managed
    assert again.outcome.ok, again.outcome.errors
    assert [] == after_destroy(again.start, again.world, again.deployment)
    assert [] == no_secrets([*killed.texts, *again.texts], [TOKEN])
