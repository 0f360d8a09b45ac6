"""The matrix of restores has every request that a program makes, and nothing that none makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.kills.moments import OPERATION_GET, Cell, Moment, Position
from tests.kills.places import position_of
from tests.kills.restoring import (
    DISK_DELETE,
    DISK_DELETIONS,
    JOB_GET,
    NOT_STARTED,
    RESTORE_POST,
    STARTED,
    STATUS_GET,
    VALIDATION_POST,
)
from tests.kills.stacks import Stack

_TOKEN = "ManagedIdentity.Token"
"""Asked of the identity's endpoint before the first request: to be killed there is to be killed before that."""

POLLS = {STATUS_GET, JOB_GET, OPERATION_GET}
"""Asked again and again: the first of them stands for those between it and the last."""


def test_every_request_of_a_restore_is_in_the_matrix(tmp_path: Path) -> None:
    """Each by its own place in the run, polls by what they follow; and each position is that of a request."""
    with Stack(tmp_path / "stack", "restored").running() as stack:
        up, destroy = stack.run("up"), stack.run("destroy")

    for log, cells in ((up.log, [*NOT_STARTED, *STARTED]), (destroy.log, DISK_DELETIONS)):
        asked = [entry for entry in log if entry["operation"] != _TOKEN]
        positions = list(dict.fromkeys(cell.position for cell in cells))
        polls = [position for position in positions if position.match.operation in POLLS]
        found = [position_of(asked, index, positions, polls) for index in range(len(asked))]
        assert [] == [entry for entry, position in zip(asked, found, strict=True) if position is None]
        assert {position for position in positions if position.until is None} == set(found)
    assert sum(entry["operation"] == JOB_GET for entry in up.log) > 1  # so that the last look is not the first
    assert [202] == [entry["status"] for entry in up.log if entry["operation"] == RESTORE_POST]


def test_every_position_has_its_moments() -> None:
    """All three; a look has no effect but its answer."""
    for cells in (NOT_STARTED, STARTED, DISK_DELETIONS):
        for position in {cell.position for cell in cells}:
            acts = position.match.operation in {VALIDATION_POST, RESTORE_POST, DISK_DELETE}
            wanted = set(Moment) if acts else {Moment.BEFORE, Moment.ANSWERED}
            assert wanted == _moments(cells, position), position


def _moments(cells: Sequence[Cell], position: Position) -> set[Moment]:
    return {cell.moment for cell in cells if cell.position == position}
