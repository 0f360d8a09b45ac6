"""The same of a restore in whole rehearsals of its example: what passes, and the line of what does not."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from azure_recovery.emulator.backup_oddities import NAMES
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report
from tests.failures.document import lines, matches

pytestmark = [pytest.mark.timeout(110), pytest.mark.usefixtures("warm_processes")]
EXAMPLE = Path(__file__).parents[2] / "examples" / "disk_restore"
GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
VAULT = f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/recovery-vault"
INSTANCE = f"{VAULT}/backupInstances/web-1-data-0"
PHASES = ["preview", "up", "up again", "refresh", "destroy"]

PASSING = (
    "throttled:operation=BackupInstances.Get,count=2",
    "unavailable:operation=RecoveryPoints.List",
    "forbidden:operation=BackupInstances.ValidateForRestore",
    "html:operation=Jobs.Get",
    "cut-body:operation=Disks.Get",
    "cut-before:operation=Jobs.List",
    "cut-after:operation=Disks.Delete",
    "slow:operation=Jobs.Get,skip=1",
    "validate-fails",
    "job-warns",
)
"""Each goes on by itself."""

FAILING = "job-fails"


def rehearsed(*faults: str) -> Report:
    """Rehearse the example with faults, on the embedded engine."""
    plan = Plan(find_project(EXAMPLE), engine="embedded", speed=3600.0, faults=faults, faults_from="up")
    return rehearse(plan, PlainProgress(io.StringIO()))


def test_what_passes() -> None:
    """All of it at once, in every shape of an answer: each phase ends well, and every fault has struck."""
    report = rehearsed(*PASSING, *NAMES)

    assert [] == report.failures()
    assert [(name, True) for name in PHASES] == [(phase.name, phase.ok) for phase in report.phases]
    assert report.nothing_left
    assert [] == [fault.fault for fault in report.faults if not fault.struck]


def test_a_job_that_fails() -> None:
    """The `up` ends in the documented line, the next one restores the disk, and nothing is left in Azure."""
    report = rehearsed(FAILING)

    assert report.ok
    [failed] = report.recovered
    [line] = failed.error_lines
    assert _is_said("the-job-failed", line), line
    assert [FAILING] == [one.fault for one in report.faults if one.struck]
    assert report.nothing_left


def _is_said(heading: str, line: str) -> bool:
    found = re.search(rf"{GROUPS}/drills/providers/Microsoft\.Compute/disks/[\w-]+", line)
    given = {"disk": found[0] if found else "", "instance": INSTANCE, "group": f"{GROUPS}/drills"}
    words = re.sub(r"^up: [\w-]+: (?:\w+Error: )?", "", line)
    return matches(lines()[heading], words, given)
