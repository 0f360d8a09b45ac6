"""The matrix has every request that a program makes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.kills.azure import copies
from tests.kills.moments import (
    ACCEPTED,
    COLLECTION_GET,
    COLLECTION_PUT,
    COPY_PUT,
    DELETIONS,
    WAITED_FOR,
    Match,
    is_look,
    matches,
)
from tests.kills.stacks import Stack

_TOKEN = "ManagedIdentity.Token"
"""Asked of the identity's endpoint before the first request: to be killed there is to be killed before that."""

OPERATIONS, TOKENS = "/operations/", "/msi/"
"""Parts of the paths of looks that are signed, and that are not Azure's Resource Manager."""


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


def test_a_look_has_no_effect_but_its_answer(tmp_path: Path) -> None:
    """So a kill between the two is one before the look: whatever the run and a deletion ask changes nothing."""
    with Stack(tmp_path / "stack", "accepted").running() as stack:
        up = stack.run("up")
        azure = stack.azure
        azure.stand_still()
        operation = azure.start_deletion(next(iter(copies(azure.world()))))
        looks = {f"{entry['path']}?{entry['query']}" for entry in up.log if entry["method"] == "GET"}
        asked = {entry["operation"] for entry in up.log if entry["method"] == "GET"}
        left = azure.world().resources

        for look in [operation, *sorted(look for look in looks if OPERATIONS not in look and TOKENS not in look)]:
            assert 200 == azure.look(look), look
            assert left == azure.world().resources, look

    looked = {cell.position.match.operation for cell in (*WAITED_FOR, *ACCEPTED) if is_look(cell.position.match)}
    assert looked <= asked


def test_the_document_counts_its_cells() -> None:
    """Whoever adds a request changes both."""
    document = Path(__file__).parents[2] / "docs" / "kills.md"
    counted = re.findall(r"^\|.*\| (\d+) \|$", document.read_text(encoding="utf-8"), re.MULTILINE)

    assert [len(WAITED_FOR), len(ACCEPTED), len(DELETIONS)] == [int(number) for number in counted]


def _kinds(known: set[Match]) -> set[Match]:
    """Return the last of each kind of request."""
    return {_kind(match, known) for match in known}


def _kind(match: Match, known: set[Match]) -> Match:
    same = (other for other in known if (other.operation, other.path) == (match.operation, match.path))
    return max(same, key=lambda other: other.nth)
