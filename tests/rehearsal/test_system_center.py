"""System Center in a rehearsal: served with throw-away certificates, told to the program, and looked at afterwards."""

from __future__ import annotations

import io
import os
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from azure_recovery.rehearsal import checks
from azure_recovery.rehearsal.fixtures import EmulatedAzure
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.system_center import SystemCenter
from azure_recovery.rehearsal.world import Request, World

pytestmark = pytest.mark.usefixtures("warm_processes")

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROOT = "/00000000-0000-0000-0000-000000000001/services/systemcenter/vmm"
STAMP = "00000000-0000-0000-0000-000000000500"
CHECKPOINT = f"{ROOT}/VMCheckPoints(ID=guid'00000000-0000-0000-0000-000000000511',StampId=guid'{STAMP}')"
MACHINE = f"{ROOT}/VirtualMachines(ID=guid'00000000-0000-0000-0000-000000000501',StampId=guid'{STAMP}')"
JOB = f"{ROOT}/Jobs(ID=guid'00000000-0000-0000-0000-0000000005aa',StampId=guid'{STAMP}')"
HEADERS = {"Accept": "application/json;odata=minimalmetadata", "x-ms-principal-id": "rehearsal"}

PROGRAM = f"""
import os, ssl, httpx, pulumi
context = ssl.create_default_context(cafile=os.environ["AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"])
context.load_cert_chain(os.environ["AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"])
url = os.environ["AZURE_RECOVERY_SPF_BASE_URL"] + "{CHECKPOINT}"
pulumi.export("name", httpx.get(url, headers={HEADERS!r}, verify=context, trust_env=False).json()["Name"])
"""


def world(*resources: Mapping[str, Any]) -> World:
    return World(clock=NOON, resources={str(one["id"]).lower(): one for one in resources})


def checkpoint(*, restores: int = 0, **properties: Any) -> dict[str, Any]:
    return {"id": CHECKPOINT, "type": "VMM.VMCheckPoint", "restores": restores, "properties": properties}


def machine(task: str) -> dict[str, Any]:
    return {"id": MACHINE, "type": "VMM.VirtualMachine", "properties": {"MostRecentTaskId": task}}


def request(method: str, operation: str) -> Request:
    return Request(number=1, at=NOON, method=method, operation=operation, path=CHECKPOINT, status=204)


def client(environment: Mapping[str, str]) -> httpx.Client:
    context = ssl.create_default_context(cafile=environment["AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"])
    context.load_cert_chain(environment["AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"])
    url = environment["AZURE_RECOVERY_SPF_BASE_URL"]
    return httpx.Client(base_url=url, headers=HEADERS, verify=context, trust_env=False)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("certificate", {"AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"}),
        ("bearer", {"AZURE_RECOVERY_SPF_TOKEN"}),
        ("basic", {"AZURE_RECOVERY_SPF_USERNAME", "AZURE_RECOVERY_SPF_PASSWORD"}),
    ],
)
def test_a_program_has_one_credential(tmp_path: Path, way: str, expected: set[str]) -> None:
    """That which the emulated service wants; beside it the address and the authority."""
    made = SystemCenter.make(tmp_path)

    environment = made.environment("https://127.0.0.1:1", {"spf_authentication": way})

    assert expected | {"AZURE_RECOVERY_SPF_BASE_URL", "AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"} == environment.keys()


def test_a_test_is_let_in(azure_emulator: EmulatedAzure) -> None:
    """The fixture's environment and attributes are enough; the request is in the one log."""
    with client(os.environ) as http:
        answer = http.get(CHECKPOINT)

    assert (200, "before-patch") == (answer.status_code, answer.json()["Name"])
    assert azure_emulator.spf_url == os.environ["AZURE_RECOVERY_SPF_BASE_URL"]
    assert str(azure_emulator.certificates.client) == os.environ["AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"]
    assert ["VMCheckPoints.Get"] == [one.operation for one in azure_emulator.requests()]
    assert azure_emulator.world().holds(CHECKPOINT)


def test_a_program_is_let_in(azure_emulator: EmulatedAzure, program: Callable[[str], Path]) -> None:
    """A rehearsed program reaches System Center by what its environment says."""
    report = azure_emulator.rehearse(program(PROGRAM), engine="embedded")

    assert report.failures() == []
    assert "VMCheckPoints.Get" in report.requests.by_operation


def test_nothing_of_a_key_is_kept(program: Callable[[str], Path], tmp_path: Path) -> None:
    """What `--keep` keeps, and the report, hold no private key and no path to one."""
    shown = io.StringIO()
    plan = Plan(find_project(program(PROGRAM)), engine="embedded", keep=True)

    report = rehearse(plan, PlainProgress(shown))

    kept = Path(str(report.kept))
    files = [file.read_bytes() for file in kept.rglob("*") if file.is_file()]
    assert report.ok
    assert files
    assert not any(b"PRIVATE KEY" in content or b"client.pem" in content for content in files)
    assert "client.pem" not in shown.getvalue() + str(report.as_json())


def test_a_restore_leaves_what_nothing_takes_back() -> None:
    """A job, the machine's last task, the count, and a checkpoint that was made for safety are no finding."""
    safety = {**checkpoint(), "id": CHECKPOINT.replace("511", "5bb")}
    before = world(checkpoint(), machine("a"))
    after = world(checkpoint(restores=1), machine("b"), {"id": JOB, "type": "VMM.Job"}, safety)

    assert [] == checks.after_up(before, after, {}, {})
    assert [] == checks.after_destroy(before, after, {})


def test_a_checkpoint_that_was_changed_or_is_gone() -> None:
    """A PUT that resets it is found, and so is one that is missing."""
    before = world(checkpoint(Name="before-patch"))

    assert 1 == len(checks.after_destroy(before, world(checkpoint(Name=None)), {}))
    assert 1 == len(checks.after_destroy(before, world(), {}))


@pytest.mark.parametrize(
    ("method", "operation", "found"),
    [
        ("MERGE", "VMCheckPoints.Merge", 1),
        ("PUT", "VMCheckPoints.Put", 1),
        ("POST", "VMCheckPoints.Create", 1),
        ("GET", "VMCheckPoints.Get", 0),
        ("POST", "BackupStatus.Get", 0),
    ],
)
def test_a_restore_where_nothing_has_changed(method: str, operation: str, found: int) -> None:
    """A second rollback is found by its request, whatever became of it."""
    here = world(checkpoint())

    assert found == len(checks.nothing_changed("up again", here, here, {}, [request(method, operation)]))


def test_a_private_key_that_was_written() -> None:
    """It is found, and not repeated."""
    text = '"-----BEGIN EC PRIVATE KEY-----\\nMARKER"'

    (finding,) = checks.no_secrets([("state", text)], [])

    assert ("state: holds a private key" in finding.line, "MARKER" in finding.line) == (True, False)
