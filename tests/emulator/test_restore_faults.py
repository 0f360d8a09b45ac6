"""Restores and validations that a fault strikes."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from azure_recovery.emulator.server import RunningEmulator
from tests.emulator.restoring import (
    INSTANCE,
    NEWEST,
    VAULT,
    disk_status,
    job,
    job_of,
    outcome,
    put_fault,
    request,
    restore,
    validate,
)


@pytest.mark.parametrize(
    ("fault", "status", "disk"),
    [
        ({"name": "job-fails", "code": "UserErrorX", "message": "No.", "recommendation": "Ask."}, "Failed", 404),
        ({"name": "job-cancelled", "percent": 90}, "Cancelled", 404),
        ({"name": "job-warns", "code": "UserWarningX"}, "CompletedWithWarnings", 200),
        ({"name": "job-hangs"}, "InProgress", 200),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else None,
)
def test_job_ends_otherwise(azure, fault, status, disk):
    """With the words that the fault was given, and with or without the disk."""
    put_fault(azure, **fault)
    path = job_of(azure, restore(azure))
    azure.advance(minutes=5)
    running = job(azure, path)["status"]
    azure.advance(minutes=600)
    ended = job(azure, path)

    assert "InProgress" == running
    assert (status, disk) == (ended["status"], disk_status(azure))
    if fault["name"] == "job-fails":
        error = ended["errorDetails"][0]
        assert ("UserErrorX", "No.", ["Ask."]) == (error["code"], error["message"], error["recommendedAction"])
        assert "PT6M0.0000000S" == ended["duration"]
    if fault["name"] == "job-warns":
        assert "UserWarningX" == ended["extendedInfo"]["warningDetails"][0]["warning"]["code"]


def test_validation_fails_on_demand(azure):
    """With any error."""
    put_fault(azure, "validate-fails", code="UserErrorX", recommendation="Ask.")

    status = outcome(azure, validate(azure))

    info = status["error"]["additionalInfo"][0]["info"]
    assert ("Failed", "UserErrorX", ["Ask."]) == (status["status"], info["code"], info["recommendedAction"])
    assert "Succeeded" == outcome(azure, validate(azure))["status"]


def test_failed_operation_of_a_restore_leaves_nothing(azure):
    """No job, no disk."""
    put_fault(azure, "operation-fails", operation="BackupInstances.*")

    assert "Failed" == outcome(azure, restore(azure))["status"]
    assert [] == azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert 404 == disk_status(azure)


def test_hanging_operation_of_a_restore_has_its_job(azure):
    """The job goes on; only the operation does not tell."""
    put_fault(azure, "operation-hangs", operation="BackupInstances.TriggerRestore")

    assert "Inprogress" == outcome(azure, restore(azure), seconds=3600.0)["status"]
    (shown,) = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert "Completed" == shown["properties"]["status"]


@pytest.mark.parametrize(("name", "jobs"), [("unavailable", 0), ("error-after", 1), ("forbidden", 0)])
def test_general_faults_strike_restores(azure, name, jobs):
    """Before the effect there is no job, after it there is one."""
    put_fault(azure, name, operation="BackupInstances.TriggerRestore")

    answer = restore(azure)
    assert answer.status_code >= 400
    assert (name == "forbidden") == ("backupVaults/backupInstances/restore/action" in answer.text)
    azure.advance(minutes=1)
    assert jobs == len(azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"])


@pytest.mark.parametrize(
    ("fault", "status"), [({"name": "html", "status": 503}, 503), ({"name": "slow", "seconds": 0.01}, 202)], ids=str
)
def test_answers_that_are_spoiled_do_not_touch_the_work(azure, fault, status):
    """A page instead of the answer, or a late one: the validation and the job go on to their own ends."""
    put_fault(azure, **fault, count=2, operation="BackupInstances.*")

    assert [status, status] == [validate(azure).status_code, restore(azure).status_code]
    azure.advance(minutes=30)
    (shown,) = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert ("Completed", 200) == (shown["properties"]["status"], disk_status(azure))


@pytest.mark.parametrize(("name", "status", "jobs"), [("cut-before", 0, 0), ("cut-after", 0, 1), ("cut-body", 202, 1)])
def test_connection_of_a_restore_is_cut(name, status, jobs):
    """Before or after its effect nothing is answered; of a 202, which has no body, the headers are sent."""
    with (
        RunningEmulator(settings={"job_visible_seconds": 0.0}) as emulator,
        httpx.Client(
            base_url=emulator.url,
            headers={"Authorization": "Bearer emulator-token-not-a-secret"},
            params={"api-version": NEWEST},
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as client,
    ):
        point = client.get(f"{INSTANCE}/recoveryPoints").json()["value"][0]["name"]
        client.post("/_emulator/faults", json={"name": name, "operation": "BackupInstances.TriggerRestore"})
        with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
            client.post(f"{INSTANCE}/restore", json=request(point))
        logged = client.get("/_emulator/requests").json()["requests"][-1]

        assert (name, status) == (logged["fault"], logged["status"])
        assert jobs == len(client.get(f"{VAULT}/backupJobs").json()["value"])
