"""The matrix has every request that a program makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.kills import restoring
from tests.kills.azure import ours
from tests.kills.moments import (
    ACCEPTED,
    DELETIONS,
    OPERATION_GET,
    SAMPLE,
    WAITED_FOR,
    Cell,
    Position,
    is_look,
    of_the_acceptance,
    of_the_collection,
    of_the_deletion,
    of_the_gate,
    of_the_start,
    of_the_wait,
)
from tests.kills.places import position_of
from tests.kills.restoring import DISK_DELETIONS, NOT_STARTED, STARTED, STATUS_GET
from tests.kills.stacks import Stack

_TOKEN = "ManagedIdentity.Token"
"""Asked of the identity's endpoint before the first request: to be killed there is to be killed before that."""


def test_every_request_of_copies_that_are_waited_for_is_in_the_matrix(tmp_path: Path) -> None:
    """Each by its own place, one after the other, and polls by what they follow."""
    copies = ("daily-1", "daily-2")
    expected = [*of_the_collection(), *(p for copy in copies for p in (*of_the_start(copy), *of_the_wait(copy)))]
    with Stack(tmp_path / "stack", "waited_for").running() as stack:
        up = stack.run("up")

    assert {cell.position for cell in WAITED_FOR} == set(expected)
    assert _in_turn(expected) == _in_turn(_places(up.log, expected))


def test_every_request_of_copies_of_a_gate_is_in_the_matrix(tmp_path: Path) -> None:
    """The gate looks at both copies alike, at the same time; a destroy asks of one after the other."""
    started = [*of_the_collection(), *of_the_start("daily-1"), *of_the_acceptance("daily-1")]
    started += [*of_the_start("daily-2"), *of_the_acceptance("daily-2")]
    gate = of_the_gate()
    likewise = [_of_the_first_copy(position) for position in gate]
    with Stack(tmp_path / "stack", "accepted").running() as stack:
        up, destroy = stack.run("up"), stack.run("destroy")

    assert {cell.position for cell in ACCEPTED} <= {*started, *gate} <= {c.position for c in (*WAITED_FOR, *ACCEPTED)}
    found = _places(up.log, [*started, *gate, *likewise])
    for looks, others in ((gate, likewise), (likewise, gate)):
        assert _in_turn([*started, *looks]) == _in_turn([place for place in found if place not in others])
    deletions = of_the_deletion()
    assert {cell.position for cell in DELETIONS} == set(deletions)
    assert _in_turn(deletions) == _in_turn(_places(destroy.log, deletions))


@pytest.mark.parametrize(
    ("program", "matrix"),
    [("accepted", [*WAITED_FOR, *ACCEPTED, *DELETIONS]), ("restored", [*NOT_STARTED, *STARTED, *DISK_DELETIONS])],
)
def test_a_look_has_no_effect_but_its_answer(program: str, matrix: Sequence[Cell], tmp_path: Path) -> None:
    """So a kill between the two is one before the look, and has no cell: at what is there, and at what is not."""
    with Stack(tmp_path / "stack", program).running() as stack:
        up = stack.run("up")
        azure = stack.azure
        azure.stand_still()
        # The log keeps no signatures, without which operations cannot be looked at: so others are started.
        operations = [azure.start_deletion(max(ours(azure.world())))]
        operations += [azure.start_validation()] if program == "restored" else []
        seen = [
            entry
            for entry in up.log
            if entry["method"] == "GET" and entry["operation"] not in {_TOKEN, OPERATION_GET, STATUS_GET}
        ]
        left = azure.world().resources

        for operation in operations:
            assert azure.look(operation) < 300, operation
            assert left == azure.world().resources, operation
        for path, query in sorted({(entry["path"], entry["query"]) for entry in seen}):
            assert azure.look(f"{path}?{query}") < 300, path
            assert azure.look(f"{path}-that-is-not-there?{query}") < 500, path
            assert left == azure.world().resources, path

    looks = {cell.position.match.operation for cell in matrix if is_look(cell.position.match)}
    assert looks <= {OPERATION_GET, STATUS_GET, *(entry["operation"] for entry in seen)}


def test_the_document_counts_its_cells() -> None:
    """Whoever adds a request changes both."""
    document = Path(__file__).parents[2] / "docs" / "kills.md"
    counted = re.findall(r"^\|.*\| (\d+) \|$", document.read_text(encoding="utf-8"), re.MULTILINE)

    assert [len(WAITED_FOR), len(ACCEPTED), len(DELETIONS)] == [int(number) for number in counted]
    assert [12, 4] == [len(SAMPLE), len(restoring.SAMPLE)]


def _places(log: Sequence[Mapping[str, Any]], positions: Sequence[Position]) -> list[Position | None]:
    """Return where each request is, None for one that the matrix has not."""
    asked = [entry for entry in log if entry["operation"] != _TOKEN]
    polls = [p for p in positions if p.match.operation == OPERATION_GET or p.name.startswith("second-look")]
    return [position_of(asked, index, positions, polls) for index in range(len(asked))]


def _in_turn(places: Sequence[Position | None]) -> list[str]:
    """Return the names of *places*, those in a row once; the first two are asked for at the same time."""
    names = [str(place) for place, _ in groupby(places) if place is None or place.until is None]
    return [*sorted(names[:2]), *names[2:]]


def _of_the_first_copy(position: Position) -> Position:
    """Return the same look of the gate at the other copy, which has no place of its own in the matrix."""
    match = replace(position.match, path=position.match.path.replace("daily-2", "daily-1"))
    return replace(position, name=f"{position.name}-at-daily-1", match=match)
