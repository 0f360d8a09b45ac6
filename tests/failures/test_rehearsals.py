"""The same in whole rehearsals: the lines that a user reads, and nothing of it left in Azure."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from azure_recovery.emulator.backup_oddities import NAMES
from azure_recovery.emulator.fault_table import KINDS, from_argument
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report
from tests.failures import test_restore_rehearsals
from tests.failures.document import cells, lines, matches
from tests.rehearsal import test_checkpoint_restore_example

pytestmark = [pytest.mark.timeout(110), pytest.mark.usefixtures("warm_processes")]
GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
SOURCE = f"{GROUPS}/production/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"
PHASES = ["preview", "up", "up again", "refresh", "destroy"]
ENGINES = [
    "embedded",
    pytest.param(
        "pulumi",
        marks=[
            pytest.mark.cli,
            pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi command is not on PATH"),
        ],
    ),
]

PROGRAM = f"""
import pulumi
from azure_recovery.components import CrossRegionCopy, Target

machine = CrossRegionCopy(
    "web-1",
    source_collection_id="{SOURCE}",
    targets=[Target(location=region, resource_group_name="recovery") for region in REGIONS],
    restore_points=["daily-1", "daily-2"],
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="6h", update="6h")),
)
"""

PASSING = (
    "throttled:method=PUT,count=3",
    "unavailable:operation=RestorePoints.CreateOrUpdate",
    "error-after:operation=RestorePointCollections.CreateOrUpdate",
    "forbidden:operation=RestorePoints.CreateOrUpdate",
    "html:operation=Operations.Get",
    "cut-body:operation=RestorePoints.Get",
    "cut-before:operation=RestorePoints.Get",
    "cut-after:operation=RestorePoints.Delete",
    "slow:operation=RestorePoints.Get,count=3",
    "disk-regresses:disk=web-1-data-0",
)
"""Each goes on by itself, and so do all of them together."""

HANGING = (
    "hang-before:operation=RestorePointCollections.CreateOrUpdate,path=*northeurope*",
    "hang-after:operation=RestorePointCollections.CreateOrUpdate,path=*uksouth*",
)
"""Each takes a minute on the wall, after which the client gives the request up; for two regions it is the same one."""

ENDING = (
    ("operation-fails", "the-start-failed", "web-1-northeurope-daily-1", 7200.0),
    ("disk-fails:disk=web-1-data-0", "a-gate-and-a-disk-that-failed", "web-1", 7200.0),
    ("disk-stalls:disk=web-1-data-0", "a-gate-and-a-copy-that-takes-long", "web-1", 7200.0),
    ("copy-terminated:percent=0", "a-gate-and-a-copy-that-was-terminated", "web-1", 7200.0),
    # A day is waited for it, and in the next up for another one.
    ("operation-hangs", "the-start-does-not-end", "web-1-northeurope-daily-1", 86400.0),
)
"""Each ends with a line: fault, heading of the line, whose it is, and the speed of the rehearsal."""

TABLES = (
    "What was started goes wrong",
    "What a restore starts goes wrong",
    "A checkpoint restore, struck once",
    "What a checkpoint restore starts goes wrong",
)
"""Of docs/failures.md."""

SILENT = "silent-region"

LEFT_OUT = {
    "job-cancelled": "ends as job-fails does, in another word of the job",
    "job-hangs": "is a deadline that passes, as disk-stalls is",
    "rights-spread": "needs role assignments, which the example of a restore has not; it leads to validate-fails",
    "disk-attached": "refuses a deletion, as forbidden does, until somebody detaches the disk",
    "unauthorized": "is a refusal of System Center, which ends as forbidden does",
    "checkpoint-job-canceled": "ends as checkpoint-job-fails does, in another word of the job",
    "checkpoint-job-informs": "goes on as without it",
    "checkpoint-job-hangs": "is a deadline that passes, as disk-stalls is",
    "checkpoint-job-missing": "stops with a line that only a person can answer",
}
"""Kinds that no whole rehearsal has, and why not; the tables of docs/failures.md hold each in a provider's process."""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Report]:
    """Rehearse the program with faults."""
    (tmp_path / "Pulumi.yaml").write_text("name: failures\nruntime: python\n", encoding="utf-8")

    def rehearsed(
        *faults: str,
        engine: str = "embedded",
        faults_from: str = "up",
        speed: float = 7200.0,
        regions: tuple[str, ...] = ("northeurope",),
    ) -> Report:
        (tmp_path / "__main__.py").write_text(f"REGIONS = {regions!r}\n{PROGRAM}", encoding="utf-8")
        project = find_project(tmp_path)
        plan = Plan(project, engine=engine, speed=speed, faults=faults, faults_from=faults_from)
        return rehearse(plan, PlainProgress(io.StringIO()))

    return rehearsed


def said(heading: str, line: str, resource: str, fault: str = "") -> bool:
    """Return whether a line of the report is that of the document, for what is made in the default world."""
    found = re.search(rf"{GROUPS}/recovery/\S+/restorePointCollections/[\w-]+(?:/restorePoints/[\w-]+)?", line)
    given = {
        "copy": found[0] if found else "",
        "id": found[0] if found else "",
        "answer": next((cell.line for cell in cells("What Azure answers") if cell.row == fault), ""),
        "percents": "<disk>, <disk>, <disk>",
        "way out": lines()["the-way-out-of-a-gate"],
    }
    words = re.sub(r"^up: [\w-]+: (?:\w+Error: )?", "", line)
    documented = lines()[heading].replace("disk data ", "disk web-1-data-0 ")
    documented = re.sub(
        r"disk os (\([^)]+\)), data \1", r"disk web-1-os \1, web-1-data-0 \1, web-1-data-1 \1", documented
    )
    return line.startswith(f"up: {resource}: ") and matches(documented, words, given)


def test_what_passes(run: Callable[..., Report]) -> None:
    """All of it at once: every phase ends well, every copy is usable, and every fault has struck."""
    # A collection has an hour of Azure's, which is seconds of a busy machine only on a slower clock.
    report = run(*PASSING, speed=1200.0)

    assert [] == report.failures()
    assert PHASES == [phase.name for phase in report.phases]
    assert [True, True] == [copy.usable for copy in report.copies]
    assert [] == [fault.fault for fault in report.faults if not fault.struck]


@pytest.mark.timeout(240)
def test_what_hangs(run: Callable[..., Report]) -> None:
    """A request that is given up has taken more of Azure's time than there was; the next `up` finds what it made."""
    report = run(*HANGING, regions=("northeurope", "uksouth"))

    assert [] == report.failures()
    assert ["preview", "up", "up resumed", *PHASES[2:]] == [phase.name for phase in report.phases]
    [up] = report.recovered
    for region in ("northeurope", "uksouth"):
        assert any(said("no-answer-to-an-up", line, f"web-1-{region}", "hang-before") for line in up.error_lines)
    assert [True] * 4 == [copy.usable for copy in report.copies]
    assert [(fault, 1) for fault in HANGING] == [(strikes.fault, strikes.struck) for strikes in report.faults]


@pytest.mark.parametrize(("fault", "heading", "resource", "speed"), ENDING)
def test_what_ends_in_a_line(run: Callable[..., Report], fault: str, heading: str, resource: str, speed: float) -> None:
    """The `up` has the documented line and no other, the next one a line of the same; nothing is left in Azure."""
    report = run(fault, speed=speed)

    assert not report.ok
    [first, again] = report.failures()
    assert said(heading, first, resource), first
    assert again.startswith(f"up resumed: {resource}: ")
    assert report.nothing_left
    assert [fault] == [strikes.fault for strikes in report.faults if strikes.struck]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_source_region_falls_silent(run: Callable[..., Report], engine: str) -> None:
    """An `up` without changes, `refresh` and `destroy` succeed, with one warning in all."""
    report = run(SILENT, engine=engine, faults_from="up again")

    assert [] == report.failures()
    assert [(name, True) for name in PHASES] == [(phase.name, phase.ok) for phase in report.phases]
    [warning] = [warning for phase in report.phases for warning in phase.warnings]
    assert f"the restore points of {SOURCE} could not be looked up: no answer within 15 s" in warning
    assert [True] == [bool(fault.struck) for fault in report.faults]


def test_every_kind_of_fault_is_rehearsed() -> None:
    """Or it is named among those that are not, with the reason."""
    ours = [*PASSING, *HANGING, *(fault for fault, *_ in ENDING), SILENT]
    of_restores = [*test_restore_rehearsals.PASSING, *NAMES, test_restore_rehearsals.FAILING]
    of_checkpoints = [*chain(*test_checkpoint_restore_example.UNTOLD), test_checkpoint_restore_example.FAILING]
    rehearsed = {from_argument(fault).kind.name for fault in (*ours, *of_restores, *of_checkpoints)}

    assert {kind.name for kind in KINDS} == rehearsed | LEFT_OUT.keys()
    assert set() == rehearsed & LEFT_OUT.keys()
    document = {from_argument(cell.row).kind.name for section in TABLES for cell in cells(section)}
    assert LEFT_OUT.keys() <= document
