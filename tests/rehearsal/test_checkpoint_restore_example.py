"""The example of a checkpoint restore, from preview to destroy, in fair weather and in foul."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report

pytestmark = pytest.mark.usefixtures("warm_processes")

EXAMPLE = Path(__file__).parents[2] / "examples" / "checkpoint_restore"
RESTORED = ["00000000-0000-0000-0000-000000000511"]


UNTOLD = [
    ["cut-after:operation=VMCheckPoints.Merge"],
    ["error-after:operation=VMCheckPoints.Merge", "checkpoint-job-late:operation=VMCheckPoints.Merge,seconds=300"],
]
"""Faults after which the restore goes on, though its answer did not tell that it took effect."""

FAILING = "checkpoint-job-fails:operation=VMCheckPoints.Merge,problem=The host is lost."


def rehearsed(*faults: str, engine: str = "embedded") -> Report:
    return rehearse(Plan(find_project(EXAMPLE), engine=engine, faults=faults), PlainProgress(io.StringIO()))


def rolled_back(report: Report) -> list[tuple[str, str | None]]:
    return [(one.checkpoint_id, one.job_status) for one in report.rollbacks]


def sent(report: Report) -> int:
    assert report.requests is not None
    return report.requests.by_operation.get("VMCheckPoints.Merge", 0)


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
def test_the_example(engine: str) -> None:
    """One restore is sent and its job followed to its end; the next `up` changes nothing, and `destroy` forgets it."""
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")

    report = rehearsed(engine=engine)

    assert [] == report.failures()
    assert (True, [(RESTORED[0], "Completed")], 1) == (report.ok, rolled_back(report), sent(report))
    done = {phase.name: dict(phase.changes) for phase in report.phases}
    assert ["web-1-rollback"] == [rollback.name for rollback in report.rollbacks]
    assert {"create": 4} == done["up"]
    assert {"same": 4} == done["up again"] == done["refresh"]
    assert {"delete": 4} == done["destroy"]


@pytest.mark.parametrize("faults", UNTOLD, ids=lambda faults: faults[0].partition(":")[0])
def test_an_answer_that_does_not_tell(faults: Sequence[str]) -> None:
    """The restore took effect: its job is found and followed, and nothing is sent twice."""
    report = rehearsed(*faults)

    assert [] == report.failures()
    assert (1, len(report.rollbacks), len(faults)) == (
        sent(report),
        1,
        len([fault for fault in report.faults if fault.struck]),
    )


def test_a_job_that_fails() -> None:
    """`up` fails in the words of the job, and so does the next one, which sends nothing."""
    report = rehearsed(FAILING)

    assert ["up", "up resumed"] == [phase.name for phase in report.phases if not phase.ok]
    assert all("The host is lost." in failure for failure in report.failures())
    assert (1, True) == (sent(report), report.nothing_left)
