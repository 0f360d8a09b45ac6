"""The matrix of checkpoint restores has every request that a program makes, and nothing that none makes."""

from __future__ import annotations

from pathlib import Path

from tests.kills.moments import Moment
from tests.kills.places import position_of
from tests.kills.rollbacks import (
    AFTER_RESTORE,
    BEFORE_BASELINE,
    BEFORE_RESTORE,
    CELLS,
    JOB,
    MERGE,
    PROGRAM,
    RESTORE,
)
from tests.kills.stacks import Stack

POSITIONS = [*BEFORE_BASELINE, *BEFORE_RESTORE, RESTORE, *AFTER_RESTORE]


def test_every_request_of_a_checkpoint_restore_is_in_the_matrix(tmp_path: Path) -> None:
    """Each by its own place, those after the restore by what they look at; a destroy asks nothing."""
    with Stack(tmp_path / "stack", PROGRAM).running() as stack:
        up, destroy = stack.run("up"), stack.run("destroy")

    found = [position_of(up.log, index, POSITIONS, AFTER_RESTORE) for index in range(len(up.log))]
    assert [] == [entry for entry, position in zip(up.log, found, strict=True) if position is None]
    assert {position for position in POSITIONS if position.until is None} == set(found)
    asked = [entry["operation"] for entry in up.log]
    assert asked[asked.index(MERGE) :].count(JOB) > 1  # so that the last look is not the first
    assert [204] == [entry["status"] for entry in up.log if entry["operation"] == MERGE]
    assert [] == list(destroy.log)


def test_every_position_has_its_moments() -> None:
    """All three of the restore; a look has no effect but its answer."""
    moments = {position: [cell.moment for cell in CELLS if cell.position == position] for position in POSITIONS}

    assert list(Moment) == moments.pop(RESTORE)
    assert {(Moment.ANSWERED,)} == {tuple(found) for found in moments.values()}
