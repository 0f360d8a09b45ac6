"""The matrix has every request that a program makes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.kills import restoring
from tests.kills.azure import ours
from tests.kills.moments import (
    ACCEPTED,
    COLLECTION_GET,
    COLLECTION_PUT,
    COPY_PUT,
    DELETIONS,
    OPERATION_GET,
    SAMPLE,
    WAITED_FOR,
    Cell,
    Match,
    is_look,
    matches,
)
from tests.kills.restoring import DISK_DELETIONS, NOT_STARTED, STARTED, STATUS_GET
from tests.kills.stacks import Stack

_TOKEN = "ManagedIdentity.Token"
"""Asked of the identity's endpoint before the first request: to be killed there is to be killed before that."""


@pytest.mark.parametrize("program", ["waited_for", "accepted"])
def test_every_request_of_a_run_is_in_the_matrix(program: str, tmp_path: Path) -> None:
    """Requests that are no polls each, polls and looks by their kind."""
    positions = {cell.position for cell in (*WAITED_FOR, *(ACCEPTED if program == "accepted" else ()))}
    with Stack(tmp_path / "stack", program).running() as stack:
        up, destroy = stack.run("up"), stack.run("destroy")

    for log, known in (
        (up.log, {position.match for position in positions}),
        (destroy.log, {cell.position.match for cell in DELETIONS}),
    ):
        asked = [entry for entry in log if entry["operation"] != _TOKEN]
        assert [] == [entry for entry in asked if not any(matches(match, entry) for match in known)]
        once = Counter(
            _kind(match, known)
            for entry in asked
            for match in _kinds(known)
            if matches(match, entry) and match.operation in (COLLECTION_GET, COLLECTION_PUT, COPY_PUT)
        )
        assert {kind: _kind(kind, known).nth for kind in once} == {kind: once[kind] for kind in once}


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


def _kinds(known: set[Match]) -> set[Match]:
    """Return the last of each kind of request."""
    return {_kind(match, known) for match in known}


def _kind(match: Match, known: set[Match]) -> Match:
    same = (other for other in known if (other.operation, other.path) == (match.operation, match.path))
    return max(same, key=lambda other: other.nth)
