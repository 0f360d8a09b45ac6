"""Rehearsals in which something goes wrong on purpose: how they end, and what they tell."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azure_recovery.emulator.fault_table import FaultError
from azure_recovery.rehearsal.faults import Faults, Strikes
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report

pytestmark = [pytest.mark.timeout(110), pytest.mark.usefixtures("warm_processes")]
WELL = [("preview", True), ("up", True), ("up again", True), ("refresh", True), ("destroy", True)]

PROGRAM = """
import pulumi
from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

config = pulumi.Config()
source = config.require("sourceCollectionId")
collection = RestorePointCollectionCopy(
    "copies",
    resource_group_name=config.require("targetResourceGroup"),
    location=config.require("targetLocation"),
    source_collection_id=source,
)
RestorePointCopy(
    "daily-1",
    restore_point_collection_id=collection.arm_id,
    source_restore_point_id=f"{source}/restorePoints/daily-1",
)
"""


def run(folder: Path, *faults: str, **more: Any) -> tuple[Report, str]:
    """Rehearse what is in *folder* with *faults*; return the report and what was told meanwhile."""
    stream = io.StringIO()
    plan = Plan(find_project(folder), engine="embedded", faults=faults, **{"speed": 7200.0, **more})
    return rehearse(plan, PlainProgress(stream)), stream.getvalue()


def phases(report: Report) -> list[tuple[str, bool]]:
    return [(phase.name, phase.ok) for phase in report.phases]


def test_what_is_waited_out(program: Callable[[str], Path]) -> None:
    """All phases are well; the report tells which faults there were and how often each struck."""
    lost = "cut-after:operation=RestorePoints.CreateOrUpdate"
    # A collection has an hour of Azure's, which is seconds of a busy machine only on a slower clock.
    report, told = run(program(PROGRAM), "throttled:method=PUT,count=2", lost, speed=1200.0)

    assert WELL == phases(report)
    assert report.failures() == []
    assert [
        "Faults, from `up` on:",
        "  throttled:method=PUT,count=2: struck 2 requests",
        f"  {lost}: struck 1 request",
    ] == [line for line in report.lines() if "Faults" in line or "struck" in line]
    assert report.lines()[-1] == "All of it held"
    assert told.splitlines().index(f"from now on: throttled:method=PUT,count=2, {lost}") < told.splitlines().index(
        "up: started"
    )


def test_the_phase_that_faults_begin_with(program: Callable[[str], Path]) -> None:
    """It is named as on the command line or as in the report; any other name is refused before anything runs."""
    folder = program("import pulumi\n")

    report, told = run(folder, "slow", faults_from="up-again")

    assert "up again" == report.faults_from
    assert told.splitlines().index("from now on: slow") < told.splitlines().index("up again: started")
    with pytest.raises(FaultError, match=r"no phase of that name; known are preview, up, up-again, refresh, destroy$"):
        run(folder, "slow", faults_from="up agian")


def test_a_disk_that_fails(program: Callable[[str], Path]) -> None:
    """`up` ends in a line that names disk and copy, a second one does too, and all of it is destroyed."""
    report, _ = run(program(PROGRAM), "disk-fails:disk=web-1-data-0")
    first, second = report.failures()

    assert [("preview", True), ("up", False), ("up resumed", False), ("destroy", True)] == phases(report)
    assert "replication failed for disk web-1-data-0" in first
    assert "set recopy_failed=True" in second
    assert ["Did not hold:", f"  {first}", f"  {second}", "Nothing of it is left in Azure"] == report.lines()[-4:]


def test_an_up_that_fails_once(program: Callable[[str], Path]) -> None:
    """A second `up` that brings it to its end is a recovery; what was said at first is told."""
    report, _ = run(program(PROGRAM), "unavailable:operation=RestorePointCollections.CreateOrUpdate,count=6")
    [failed] = [line for phase in report.phases for line in phase.error_lines]

    assert [*WELL[:1], ("up", False), ("up resumed", True), *WELL[2:]] == phases(report)
    assert report.ok
    assert "answered 503" in failed
    assert ["Failed at first:", f"  {failed}", "All of it held when it was run again"] == report.lines()[-3:]
    assert [failed] == report.as_json()["recovered"]


def test_a_destroy_that_never_succeeds(program: Callable[[str], Path]) -> None:
    """It is run again without the fault, so that nothing is left."""
    report, told = run(program(PROGRAM), "unavailable:method=DELETE,count=0", faults_from="destroy")

    assert [*WELL[:4], ("destroy", False), ("destroy resumed", True)] == phases(report)
    assert report.ok
    assert "faults are taken away" in told.splitlines()


def test_a_failure_that_is_none_of_the_faults(program: Callable[[str], Path]) -> None:
    """Nothing is run again when no fault struck, and the report says so."""
    source = "import pulumi\nif not pulumi.runtime.is_dry_run():\n    raise RuntimeError('half way')\n"
    report, _ = run(program(source), "throttled")

    assert [("preview", True), ("up", False), ("destroy", True)] == phases(report)
    assert "  throttled: struck nothing" in report.lines()


def test_a_fault_that_does_not_exist(program: Callable[[str], Path]) -> None:
    """It is refused before anything runs."""
    with pytest.raises(FaultError, match="there is none of that name"):
        run(program(PROGRAM), "earthquake")


def test_faults_that_have_not_begun_yet() -> None:
    """Nothing has struck, and nothing is taken away."""

    class Control:
        def __init__(self) -> None:
            self.put: list[str] = []

        def put_fault(self, fault: str) -> int:
            self.put.append(fault)
            return len(self.put)

        def faults(self) -> dict[int, dict[str, Any]]:
            return {number: {"fired": number, "over": False} for number, _ in enumerate(self.put, 1)}

        def lift_faults(self) -> None:
            self.put.clear()

    faults = Faults(Control(), ["slow", "html"])

    assert [Strikes("slow", 0), Strikes("html", 0)] == faults.strikes()
    assert (False, False) == (faults.have_struck(), faults.lift())
    assert (True, False) == (faults.begin(), faults.begin())
    assert [Strikes("slow", 1), Strikes("html", 2)] == faults.strikes()
    assert faults.lift()
    assert [Strikes("slow", 1), Strikes("html", 2)] == faults.strikes(), "what they struck before stays"


def test_strikes_in_json(program: Callable[[str], Path]) -> None:
    """The JSON tells faults and strikes, too."""
    report, _ = run(program("import pulumi\n"), "slow", faults_from="refresh")
    told = json.loads(json.dumps(report.as_json()))

    assert ([{"fault": "slow", "struck": 0}], "refresh") == (told["faults"], told["faults_from"])
