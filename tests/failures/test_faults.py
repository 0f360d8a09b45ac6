"""Each fault of the emulator that can strike a copy ends as docs/failures.md says, word for word."""

from __future__ import annotations

import re

import pytest

from azure_recovery.emulator.fault_table import KINDS, from_argument
from tests.failures.conftest import MakeResource, Resource, gate_of
from tests.failures.document import DOCUMENT, Cell, cells, lines, matches
from tests.providers.worlds import COPY_ID, SOURCE, TARGET

GET, PUT, STATUS = "RestorePoints.Get", "RestorePoints.CreateOrUpdate", "Operations.Get"
DELETE = "RestorePoints.Delete"

STRUCK_ONCE = {
    "up": ("up", (f"operation={GET}", f"operation={PUT}", f"operation={STATUS}", f"operation={GET},skip=2")),
    "refresh": ("refresh", (f"operation={GET}",)),
    "destroy": ("destroy", (f"operation={DELETE}",)),
    "the status of the deletion": ("destroy", (f"operation={STATUS}",)),
}
"""Column → run and requests of it; the third look at a copy is the second one of the wait."""

LASTING = {
    "the look before the start": ("up", f"operation={GET}"),
    "the start": ("up", f"operation={PUT}"),
    "the status of the start": ("up", f"operation={STATUS}"),
    "the wait": ("up", f"operation={GET},skip=2"),
    "refresh": ("refresh", f"operation={GET}"),
    "destroy": ("destroy", f"operation={DELETE}"),
}

ANSWERS = {cell.row: cell.line for cell in cells("What Azure answers")}
WAITS = [lines()[heading] for heading in ("the-status-of-a-start-is-unknown", "the-progress-is-unknown")]

WAY_OUT = lines()["the-way-out-of-a-gate"]


def name(cell: Cell) -> str:
    return f"{cell.row}-{cell.column}".replace(" ", "-")


def prepared(resource: Resource, verb: str) -> Resource:
    """Return the resource as it is before the run: there is something to refresh and to destroy."""
    if verb != "up":
        assert "" == resource.run("up").said
    return resource


def held(line: str, said: str, resource: Resource, fault: str, **more: str) -> None:
    """Compare what was said with the line of the document."""
    kind = fault.partition(":")[0]
    answer = ANSWERS.get(f"{kind} in a wait") if line in WAITS else None
    given = {
        "id": resource.arm_id,
        "copy": COPY_ID,
        "collection": TARGET,
        "way out": WAY_OUT,
        "answer": answer or ANSWERS.get(kind, ""),
        **more,
    }
    assert matches(line, said, given), f"the document says\n  {line or 'goes on'}\nand it was\n  {said or 'goes on'}"


@pytest.mark.parametrize("cell", cells("Struck once"), ids=name)
def test_one_request_is_struck(make: MakeResource, cell: Cell) -> None:
    """Whichever request of the run it is, the end is the documented one."""
    verb, requests = STRUCK_ONCE[cell.column]
    for where in requests:
        resource = prepared(make("copy"), verb)

        ended = resource.run(verb, f"{cell.row}:{where}")

        assert 1 == ended.struck, where
        held(cell.line, ended.said, resource, cell.row)


@pytest.mark.parametrize("cell", cells("Struck every time"), ids=name)
def test_every_request_of_a_kind_is_struck(make: MakeResource, cell: Cell) -> None:
    """The end is the documented one, and afterwards one run more without the fault ends well."""
    verb, where = LASTING[cell.column]
    resource = prepared(make("copy"), verb)

    ended = resource.run(verb, f"{cell.row}:{where},count=0")

    assert ended.struck
    held(cell.line, ended.said, resource, cell.row)
    assert "" == resource.run(verb).said
    assert verb == "destroy" or resource.stack.outputs["usable"]
    assert resource.azure.names(resource.arm_id.partition("/restorePoints/")[0]) == (
        [] if verb == "destroy" else ["copy"]
    )


@pytest.mark.parametrize("cell", cells("A collection"), ids=name)
def test_a_collection(make: MakeResource, cell: Cell) -> None:
    """Making and deleting a collection end as documented, and well once the fault is over."""
    operation = "CreateOrUpdate" if cell.column == "up" else "Delete"
    resource = prepared(make("collection"), cell.column)

    ended = resource.run(cell.column, f"{cell.row}:operation=RestorePointCollections.{operation},count=0")

    assert ended.struck
    held(cell.line, ended.said, resource, cell.row)
    assert "" == resource.run(cell.column).said


@pytest.mark.parametrize("cell", [c for c in cells("What was started goes wrong") if c.line != "not struck"], ids=name)
def test_what_was_started_goes_wrong(make: MakeResource, cell: Cell) -> None:
    """A copy, a gate that waits for one, and a deletion end as documented."""
    verb, kind = cell.column.split(" of a ")
    resource = prepared(make("copy"), verb)

    if kind == "gate":
        # The copy is accepted, or not even that: the gate tells of it in either case.
        struck = resource.run("up", cell.row, wait="accepted").struck
        said = gate_of(resource).run("up").said
    else:
        ended = resource.run(verb, cell.row)
        said, struck = ended.said, ended.struck

    assert 1 == struck
    held(cell.line, said, resource, cell.row)


def test_a_region_that_is_silent(make: MakeResource) -> None:
    """The source's region is needed by nothing but the look before a new copy, which says so."""
    resource = make("copy")

    ended = resource.run("up", "silent-region")

    assert "" == ended.said
    assert ended.struck
    [warning] = ended.warnings
    held(lines()["the-source-does-not-answer"], warning, resource, "silent-region", source=SOURCE)
    for verb in ("refresh", "up", "destroy"):
        again = resource.run(verb, "silent-region")
        assert ("", [], 0) == (again.said, again.warnings, again.struck)


def test_every_fault_is_documented() -> None:
    """Each that can strike a copy has its row in a table, and each line of the document is led to, or tested."""
    rows: set[str] = {
        from_argument(cell.row).kind.name
        for section in ("Struck once", "What was started goes wrong")
        for cell in cells(section)
    }
    ours = ("RestorePoints.", "RestorePointCollections.")
    wanted = {kind.name for kind in KINDS if not kind.operations or any(o.startswith(ours) for o in kind.operations)}
    linked = set(re.findall(r"\]\(#([\w-]+)\)", DOCUMENT.read_text(encoding="utf-8")))

    assert wanted == rows | {"silent-region"}
    assert set() == lines().keys() - linked


def test_a_disk_that_failed_is_told_again(make: MakeResource) -> None:
    """The next `up` does not make the copy again by itself; with `recopy_failed` it does."""
    resource = make("copy")
    resource.run("up", "disk-fails:disk=data")

    again = resource.run("up")
    recopied = resource.run("up", recopy_failed=True)

    held(lines()["there-and-failed"], again.said, resource, "disk-fails")
    assert "" == recopied.said
    assert resource.stack.outputs["usable"]
