"""Killed while a program goes on with a restore that the state holds as unfinished, or takes its disk away."""

from __future__ import annotations

import pytest

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.rehearsal.checks import no_secrets
from tests.kills import restores
from tests.kills.endings import Killed, Matrix
from tests.kills.moments import Cell
from tests.kills.restoring import DISK_DELETIONS, RESTORE_POST, STARTED_AGAIN
from tests.kills.stacks import Run, Stack, situation


@pytest.fixture(scope="module")
def lost(matrix: Matrix) -> Stack:
    """A stack whose request to restore was lost on its way: the state keeps what nobody knows of; nothing runs."""
    stack = Stack(matrix.folder / "lost", "restored")
    with stack.running():
        stack.azure.fault({"name": "cut-before", "operation": RESTORE_POST})
        run = stack.run("up")
        assert not run.outcome.ok
        assert run.managed
        assert not run.ours
    return stack


@pytest.fixture(scope="module")
def whole(matrix: Matrix) -> Stack:
    """A stack whose disk is restored; nothing runs."""
    stack = Stack(matrix.folder / "whole", "restored")
    with stack.running():
        assert stack.run("up").outcome.ok
    return stack


@pytest.fixture(scope="module")
def killed(request: pytest.FixtureRequest, matrix: Matrix, lost: Stack) -> Killed:
    """A cell of the update that starts the restore, with what came of it."""
    return matrix.kill(request.param, lost)


@pytest.fixture(scope="module")
def agains() -> dict[str, Run]:
    """The destroy after a kill, by what the kill left behind."""
    return {}


again = pytest.mark.parametrize("killed", STARTED_AGAIN, ids=str, indirect=True)


@again
def test_up_restores_once(killed: Killed) -> None:
    """The state has known of the restore all along, and still it is started once."""
    restores.up_restores_once(killed)


@again
def test_destroy_leaves_nothing(killed: Killed) -> None:
    """There is no window: the state knows the disk, so destroy waits for whatever may still make it."""
    assert [] == killed.orphans
    restores.destroy_leaves_nothing(killed)


@again
def test_nothing_secret_is_written(killed: Killed) -> None:
    """Neither before the kill nor after it."""
    restores.nothing_secret_is_written(killed)


@pytest.mark.parametrize("cell", DISK_DELETIONS, ids=str)
def test_the_next_destroy_takes_the_rest(whole: Stack, agains: dict[str, Run], cell: Cell) -> None:
    """A disk that is gone already is no error, and one that is left was in the state at every moment."""
    with whole.fork(str(cell)).running() as stack:
        killed = stack.killed("destroy", cell)
        left = situation(killed)
        after = agains.get(left) or agains.setdefault(left, stack.run("destroy"))

    assert killed.ours <= killed.managed
    restores.nothing_is_left(after)
    assert [] == no_secrets([*killed.texts, *after.texts], [TOKEN])
