"""Where a provider process is killed that rolls a machine back, and what has to hold afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.rehearsal.checks import after_destroy, no_secrets
from tests.kills.moments import Cell, Match, Moment, Position
from tests.kills.stacks import Run, Stack, situation

PROGRAM = "rolled_back"
LIST, CHECKPOINT, MERGE = "VMCheckPoints.List", "VMCheckPoints.Get", "VMCheckPoints.Merge"
MACHINE, JOBS, JOB = "VirtualMachines.Get", "Jobs.List", "Jobs.Get"
STOPPED = "whether a restore was sent is not known"

BEFORE_BASELINE = [
    Position("preflight-look-at-the-checkpoint", Match(LIST)),
    Position("look-at-the-checkpoint", Match(LIST, nth=2)),
    Position("look-at-the-machine", Match(MACHINE)),
    Position("look-at-its-jobs", Match(JOBS)),
    Position("look-at-its-newest-job", Match(JOB)),
    Position("look-at-the-machine-for-the-baseline", Match(MACHINE, nth=2)),
    Position("look-at-the-jobs-for-the-baseline", Match(JOBS, nth=2)),
    Position("look-at-the-newest-job-for-the-baseline", Match(JOB, nth=2)),
]
"""Until the baseline is in the state."""

BEFORE_RESTORE = [
    Position("look-at-the-machine-before-the-restore", Match(MACHINE, nth=3)),
    Position("look-at-the-jobs-before-the-restore", Match(JOBS, nth=3)),
    Position("look-at-the-newest-job-before-the-restore", Match(JOB, nth=3)),
    Position("second-look-at-the-machine-before-the-restore", Match(MACHINE, nth=4)),
    Position("look-at-the-checkpoint-before-the-restore", Match(CHECKPOINT)),
]
"""From the baseline to the restore."""

RESTORE = Position("restore", Match(MERGE), starts=True)

AFTER_RESTORE = [
    Position("look-at-the-machine-after-the-restore", Match(MACHINE), after=Match(MERGE)),
    Position("look-for-the-job", Match(JOBS), after=Match(MERGE)),
    Position("first-look-at-the-job", Match(JOB), after=Match(MERGE)),
    Position("last-look-at-the-job", Match(JOB), after=Match(MERGE), until=("drill", "rolled-back")),
]
"""Until the resource is created."""

CELLS = [
    *(Cell(PROGRAM, position, Moment.ANSWERED) for position in (*BEFORE_BASELINE, *BEFORE_RESTORE)),
    *(Cell(PROGRAM, RESTORE, moment) for moment in Moment),
    *(Cell(PROGRAM, position, Moment.ANSWERED) for position in AFTER_RESTORE),
]
"""A look has no effect: to be killed before it, or before its answer, is to be killed after the answer before it."""

_SAMPLE = {"restore-before-it-took-effect", "restore-after-its-effect-and-before-its-answer"}
SAMPLE = [cell for cell in CELLS if str(cell) in _SAMPLE]
"""The two that are tried on the Pulumi CLI as well."""


@dataclass(frozen=True)
class Killed:
    """A cell that was carried out.

    Attributes:
        run: The `up` whose provider process was killed. ups: Two of them after it. destroy: One straight after it.
    """

    cell: Cell
    run: Run
    ups: Sequence[Run]
    destroy: Run


@dataclass
class Rollbacks:
    """Carries out cells, each in a folder of its own; kills that leave the same behind go on alike."""

    folder: Path
    engine: str = "embedded"
    _ends: dict[str, tuple[Sequence[Run], Run]] = field(default_factory=dict)

    def kill(self, cell: Cell) -> Killed:
        """Kill the provider process in *cell* of a new stack, and take it to each of its ends."""
        stack = Stack(self.folder / str(cell), PROGRAM, self.engine)
        with stack.running():
            run = stack.killed("up", cell)
        left = f"{situation(run)} {_statuses(run)}"
        if left not in self._ends:
            with stack.fork("up").running() as one:
                ups = [one.run("up"), one.run("up")]
            with stack.fork("destroy").running() as one:
                destroy = one.run("destroy")
            self._ends[left] = ups, destroy
        return Killed(cell, run, *self._ends[left])


def the_kill_was_noticed(killed: Killed) -> None:
    """The run says in one line that its provider is gone."""
    if killed.run.outcome.ok:
        assert killed.cell.position is AFTER_RESTORE[-1]  # the last answer was the run's last word
    else:
        [error] = killed.run.outcome.errors
        assert "\n" not in error
        assert "Traceback" not in error


def up_restores_at_most_once(killed: Killed) -> None:
    """Each `up` ends in a job that was followed, or in the error that says what to look at; neither sends again."""
    for up in killed.ups:
        if up.outcome.ok:
            assert "Completed" == up.outputs["job_status"]
            assert [up.outputs["job_id"]] == jobs(up)
        else:
            [error] = up.outcome.errors
            assert STOPPED in error
    assert sent(killed.run) + sum(map(sent, killed.ups)) <= 1
    assert len(jobs(killed.ups[-1])) <= 1


def up_ends_as_it_can_be_told(killed: Killed) -> None:
    """Restored, whether it had been sent or nobody could have; stopped between baseline and restore, and only there."""
    position, [first, second] = killed.cell.position, killed.ups
    taken, stopped = baseline_taken(killed.run), bool(first.outcome.errors)
    if position is not BEFORE_BASELINE[-1]:  # with its answer the baseline may be in the state, or not yet
        assert (position not in BEFORE_BASELINE) == taken
    assert (position in AFTER_RESTORE or (position is RESTORE and killed.cell.moment is not Moment.BEFORE)) == bool(
        sent(killed.run)
    )
    assert (taken and not sent(killed.run)) == stopped
    for up in killed.ups:
        assert stopped == any(STOPPED in error for error in up.outcome.errors) != up.outcome.ok, up.outcome.errors
    assert (0 if stopped else 1) == sent(killed.run) + sent(first)
    assert 0 == sent(second)


def destroy_sends_nothing(killed: Killed) -> None:
    """There is nothing to delete but what the state holds."""
    destroy = killed.destroy
    assert destroy.outcome.ok, destroy.outcome.errors
    assert [] == after_destroy(destroy.start, destroy.world, destroy.deployment)
    assert 0 == sent(destroy)


def nothing_secret_is_written(killed: Killed) -> None:
    """Neither before the kill nor after it."""
    for run in (killed.run, *killed.ups, killed.destroy):
        assert [] == no_secrets(run.texts, [TOKEN])


def baseline_taken(run: Run) -> bool:
    """Return whether the state holds the baseline."""
    return any(item["urn"].endswith(":CheckpointBaseline::drill") for item in run.deployment.get("resources") or ())


def sent(run: Run) -> int:
    """Return how many restores took effect; one whose answer was lost is among them."""
    return sum(
        entry["operation"] == MERGE
        and (entry["status"] == 204 or (entry["status"] == 0 and entry["fault"] == "hang-after"))
        for entry in run.log
    )


def jobs(run: Run) -> list[str]:
    """Return the ids of the jobs that there are."""
    return [str(job["ID"]) for job in _jobs(run)]


def _statuses(run: Run) -> list[str]:
    return [str(job["Status"]) for job in _jobs(run)]


def _jobs(run: Run) -> list[dict[str, Any]]:
    return [one["properties"] for one in run.world.resources.values() if one.get("type") == "VMM.Job"]
