"""What a rehearsal tells of machines that were rolled back, and that once means once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from azure_recovery.rehearsal.fixtures import EmulatedAzure
from azure_recovery.rehearsal.report import Report, Rollback
from azure_recovery.rehearsal.rollbacks import not_once, rollbacks
from azure_recovery.rehearsal.world import World

pytestmark = pytest.mark.usefixtures("warm_processes")

CHECKPOINT = "00000000-0000-0000-0000-000000000511"
PATH = f"/s/services/systemcenter/vmm/VMCheckPoints(ID=guid'{CHECKPOINT}',StampId=guid's')"

PROGRAM = f"""
import os, ssl, httpx, pulumi
context = ssl.create_default_context(cafile=os.environ["AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"])
context.load_cert_chain(os.environ["AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"])
headers = {{"Accept": "application/json", "x-ms-principal-id": "p", "Content-Type": "application/json"}}
url = os.environ["AZURE_RECOVERY_SPF_BASE_URL"] + "/00000000-0000-0000-0000-000000000001/services/systemcenter/vmm/"
url += "VMCheckPoints(ID=guid'{CHECKPOINT}',StampId=guid'00000000-0000-0000-0000-000000000500')"
if not pulumi.runtime.is_dry_run():
    body = {{"VMCheckPointAction": "Restore"}}
    httpx.request("MERGE", url, json=body, headers=headers, verify=context, trust_env=False).raise_for_status()
"""


def run(name: str, **outputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:rehearsal::p::pulumi-python:dynamic/azure_recovery:CheckpointRestoreRun::{name}"
    return {"urn": urn, "custom": True, "id": "run", "outputs": {"checkpoint_id": CHECKPOINT.upper(), **outputs}}


def world(restores: int) -> World:
    one = {"id": PATH, "type": "VMM.VMCheckPoint", "restores": restores, "properties": {"ID": CHECKPOINT}}
    return World(clock=datetime(2026, 1, 1, tzinfo=UTC), resources={PATH.lower(): one})


def test_a_rollback_in_a_state() -> None:
    """It is told with the end of its job, and how long after the request that was."""
    told = {
        "job_status": "Completed",
        "requested_at": "2026-01-01T10:00:00+00:00",
        "ended_at": "2026-01-01T10:03:05+00:00",
    }
    other = {"urn": "urn:pulumi:rehearsal::p::pulumi:pulumi:Stack::p"}

    (found,) = rollbacks({"resources": [other, run("web", **told)]})

    assert found == Rollback("web", CHECKPOINT, **told)
    assert found.line == f"web: to checkpoint {CHECKPOINT}, Completed 3 min 5 s after it was asked for"


def test_a_rollback_whose_job_nobody_knows() -> None:
    """One that was confirmed by hand has none."""
    (found,) = rollbacks({"resources": [run("web", job_status=None, requested_at=None)]})

    assert found.line == f"web: to checkpoint {CHECKPOINT}, its job is not known"


@pytest.mark.parametrize(
    ("restores", "runs", "said"),
    [
        (2, 1, f"up: checkpoint {CHECKPOINT} was restored 2 times, and the state knows of 1"),
        (1, 0, f"up: checkpoint {CHECKPOINT} was restored 1 times, and the state knows of 0"),
        (0, 1, f"up: checkpoint {CHECKPOINT} was restored 0 times, and the state knows of 1"),
    ],
)
def test_a_rollback_that_was_not_asked_for_once(restores: int, runs: int, said: str) -> None:
    """The count of the service and that of the state are compared, both ways."""
    known = rollbacks({"resources": [run(f"web-{number}") for number in range(runs)]})

    (finding,) = not_once(world(4), world(4 + restores), known)

    assert finding.line.startswith(said)


def test_as_many_rollbacks_as_asked_for() -> None:
    """Two resources may roll a machine back to one checkpoint, and what was before does not count."""
    known = rollbacks({"resources": [run("a"), run("b")]})

    assert [] == not_once(world(7), world(9), known)
    assert [] == not_once(world(7), world(7), [])


def test_a_report_with_a_rollback() -> None:
    """It is among the lines and in the JSON."""
    report = Report(program="p", engine="e", speed=600.0, rollbacks=rollbacks({"resources": [run("web")]}))

    assert f"  web: to checkpoint {CHECKPOINT}, its job is not known" in report.lines()
    assert [CHECKPOINT] == [one["checkpoint_id"] for one in report.as_json()["rollbacks"]]


def test_a_program_that_rolls_back_behind_the_states_back(
    azure_emulator: EmulatedAzure, program: Callable[[str], Path]
) -> None:
    """Each `up` sends a restore that no resource stands for: the rehearsal does not hold."""
    report = azure_emulator.rehearse(program(PROGRAM), engine="embedded")

    assert not report.ok
    failures = report.failures()
    assert 2 == len(failures)
    assert failures[0].startswith(f"up: checkpoint {CHECKPOINT} was restored 1 times, and the state knows of 0; ")
    assert failures[1].startswith("up again: MERGE /00000000-0000-0000-0000-000000000001/services/systemcenter/vmm/")
    assert "was sent where nothing has changed; " in failures[1]
