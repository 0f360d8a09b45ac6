"""Each fault of the emulator that can strike a checkpoint restore ends as docs/failures.md says, word for word."""

from __future__ import annotations

import pytest

from azure_recovery.emulator.fault_table import KINDS, from_argument
from tests.failures.document import Cell, cells, lines, matches
from tests.failures.test_faults import name
from tests.providers.checkpoint_worlds import Restore, SystemCenter
from tests.providers.checkpoints.conftest import MakeSystemCenter, make_system_center, restore, system_center

__all__ = ["make_system_center", "restore", "system_center"]

DEADLINE_S = 2 * 3600.0
REQUESTS = {
    "a look before": "VirtualMachines.Get",
    "the request": "VMCheckPoints.Merge",
    "the job": "Jobs.Get,skip=4",
}
"""Column → what is struck; the looks at jobs before are for the baseline, and for the job that was just sent."""

ANSWERS = {cell.row: cell.line for cell in cells("What System Center answers")}
ENTITY = r"https://spf.test/<guid>/services/systemcenter/vmm/<entity set>(ID=guid'<guid>',StampId=guid'<guid>')"
UNSURE = "; it may have taken effect: look at the machine's last task before it is sent again"


def held(cell: Cell, said: str) -> None:
    """Compare what was said with the line of the document."""
    in_a_wait = f"{cell.row} in a wait" if cell.column == "the job" else ""
    kinds = {"a look before": "VirtualMachines", "the request": "VMCheckPoints", "the job": "Jobs"}
    given = {
        "answer": ANSWERS.get(in_a_wait) or ANSWERS.get(cell.row, ""),
        "entity": ENTITY.replace("<entity set>", kinds.get(cell.column, "")),
        "unsure": UNSURE if "no answer" in ANSWERS.get(cell.row, "") else "",
        "way out of a checkpoint": lines()["the-way-out-of-a-checkpoint"],
    }
    assert matches(cell.line, said, given), f"the document says\n  {cell.line or 'goes on'}\nand it was\n  {said}"


def struck(system_center: SystemCenter, restore: Restore, fault: str) -> str:
    """Return what an `up` ends with while a fault is in force."""
    system_center.control("POST", "faults", json=fault).raise_for_status()
    said = restore.error_of_up(timeout=DEADLINE_S)
    faults = system_center.control("GET", "faults").json()["faults"]
    assert sum(one["fired"] for one in faults)
    system_center.control("DELETE", "faults")
    return said


@pytest.mark.parametrize("cell", cells("A checkpoint restore, struck once"), ids=name)
def test_one_request_is_struck(system_center: SystemCenter, restore: Restore, cell: Cell) -> None:
    """The end is the documented one; another run restores, or says what is to be done, and sends nothing twice."""
    held(cell, struck(system_center, restore, f"{cell.row}:operation={REQUESTS[cell.column]}"))
    sent = system_center.sent
    system_center.new_process()

    again = restore.error_of_up()

    assert bool(again) == (cell.line != "" and cell.column == "the request")
    assert sent <= system_center.sent <= 1


@pytest.mark.parametrize("cell", cells("A checkpoint restore, struck every time"), ids=name)
def test_every_request_of_a_kind_is_struck(make_system_center: MakeSystemCenter, cell: Cell) -> None:
    """The end is the documented one, and no request has taken effect twice."""
    system_center, restore = make_system_center(), Restore()

    held(cell, struck(system_center, restore, f"{cell.row}:operation={REQUESTS[cell.column]},count=0"))

    assert system_center.sent <= 1


@pytest.mark.parametrize("cell", cells("What a checkpoint restore starts goes wrong"), ids=name)
def test_what_a_checkpoint_restore_starts_goes_wrong(system_center: SystemCenter, restore: Restore, cell: Cell) -> None:
    """Its job ends as documented, and is never started a second time."""
    held(cell, struck(system_center, restore, cell.row))
    system_center.new_process()
    restore.error_of_up(timeout=DEADLINE_S)

    assert 1 == system_center.sent


def test_every_fault_is_documented() -> None:
    """Each that can strike System Center has its row in a table."""
    rows = {
        from_argument(cell.row).kind.name
        for section in ("A checkpoint restore, struck once", "What a checkpoint restore starts goes wrong")
        for cell in cells(section)
    }
    ours = "VMCheckPoints."
    wanted = {kind.name for kind in KINDS if not kind.operations or any(o.startswith(ours) for o in kind.operations)}

    assert wanted - {"silent-region"} == rows  # System Center has no regions
