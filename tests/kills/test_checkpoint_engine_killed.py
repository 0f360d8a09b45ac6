"""The engine and its provider are killed together while a virtual machine is rolled back to a checkpoint."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest

from azure_recovery.rehearsal.engine_protocol import Outcome
from azure_recovery.rehearsal.environment import rehearsal_environment
from azure_recovery.rehearsal.projects import STACK
from tests.kills import rollbacks
from tests.kills.moments import Moment
from tests.kills.reaching import Reaching
from tests.kills.stacks import Stack

PROJECT = Path(__file__).parent / "programs" / rollbacks.PROGRAM
ENGINE = """
import sys
from pathlib import Path
from azure_recovery.engine import Engine
project, stack, state = sys.argv[1:]
Engine(Path(project), stack=stack, state_file=Path(state), passphrase="of a test").up()
"""


def killed_at_the_restore(stack: Stack, moment: Moment) -> None:
    """Kill an engine of its own process, and what it has started, at the request that restores."""
    reaching = Reaching(stack.azure, rollbacks.RESTORE, moment)
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(PROJECT), STACK, str(stack.folder / "state.json")],
        env=rehearsal_environment(stack.azure.environment),
    )
    try:
        ending: Future[Outcome] = Future()
        reaching.reach(ending)
    finally:
        engine.kill()
        engine.wait()
    reaching.let_go()


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER_EFFECT], ids=lambda moment: moment.value)
def test_the_engine_is_killed_too(tmp_path: Path, moment: Moment) -> None:
    """The state holds the baseline and a restore that was interrupted: it is followed, or the up stops, twice."""
    with Stack(tmp_path / "stack", rollbacks.PROGRAM).running() as stack:
        killed_at_the_restore(stack, moment)
        before = [entry["status"] for entry in stack.azure.log() if entry["operation"] == rollbacks.MERGE]
    assert [0] == before

    with stack.fork("up").running() as left:
        first, second = left.run("up"), left.run("up")

    assert any("interrupted while creating" in warning for warning in first.outcome.warnings)
    assert [0, 0] == [rollbacks.sent(first), rollbacks.sent(second)]
    if moment is Moment.BEFORE:
        for run in (first, second):
            [error] = run.outcome.errors
            assert rollbacks.STOPPED in error
        assert [] == rollbacks.jobs(second)
    else:
        assert (True, True) == (first.outcome.ok, second.outcome.ok), first.outcome.errors
        assert [second.outputs["job_id"]] == rollbacks.jobs(second)
        assert "Completed" == second.outputs["job_status"]
