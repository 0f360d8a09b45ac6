"""What goes wrong on demand at System Center: the faults of every request, and those of jobs."""

from __future__ import annotations

import httpx
import pytest

from azure_recovery.emulator import spf_routing
from azure_recovery.emulator.connections import NoConnectionError
from azure_recovery.emulator.fault_kinds import SYSTEM_CENTER
from tests.emulator.system_center import AFTER, BEFORE, MACHINE, STAMP, key

MERGE = "VMCheckPoints.Merge"


@pytest.mark.parametrize(
    ("name", "parameters", "status", "restores"),
    [
        ("throttled", {"retry_after": 7}, 429, 0),
        ("forbidden", {}, 403, 0),
        ("unauthorized", {}, 401, 0),
        ("unavailable", {}, 503, 0),
        ("error-after", {}, 500, 1),
        ("html", {"status": 502}, 502, 1),
    ],
)
def test_answer_is_struck(system_center, name, parameters, status, restores):
    """Some before the effect, some after it; the request log says which, the world how many."""
    system_center.fault(name, operation=MERGE, **parameters)

    answer = system_center.restore()
    entry = system_center.control("GET", "requests")["requests"][-1]

    assert (status, restores) == (answer.status_code, system_center.restores()[BEFORE])
    assert (MERGE, "MERGE", status, name) == tuple(entry[key] for key in ("operation", "method", "status", "fault"))
    assert 204 == system_center.restore().status_code


def test_throttled_is_odata_with_retry_after(system_center):
    """The words of the fault in the shape of the service."""
    system_center.fault("throttled", retry_after=7)

    answer = system_center.restore()

    assert "7" == answer.headers["retry-after"]
    assert (429, "The request was throttled. Please try again after '7' seconds.") == system_center.refusal(answer)


def test_forbidden_speaks_of_a_user(system_center):
    """SPF knows no actions of ARM."""
    system_center.fault("forbidden")

    expected = (403, "The user does not have permission to perform this operation.")
    assert expected == system_center.refusal(system_center.restore())


@pytest.mark.parametrize(("name", "title"), [("unauthorized", "Unauthorized"), ("unavailable", "Service Unavailable")])
def test_iis_answers_with_a_page(system_center, name, title):
    """401 and 503 never reach the service."""
    system_center.fault(name)

    answer = system_center.restore()

    assert ("text/html; charset=us-ascii", True) == (answer.headers["content-type"], f"<TITLE>{title}<" in answer.text)


@pytest.mark.parametrize(("name", "restores"), [("cut-before", 0), ("cut-after", 1), ("cut-body", 1)])
def test_connection_is_cut(system_center, name, restores):
    """Without a server there is none to cut, but the effect is what it would be."""
    system_center.fault(name, operation=MERGE)

    with pytest.raises(NoConnectionError):
        system_center.restore()

    assert restores == system_center.restores()[BEFORE]


def test_operations_of_arm_have_other_paths(system_center):
    """`Jobs.Get` is in both services; a path says which."""
    job = system_center.restored()
    system_center.fault("unavailable", operation="Jobs.*", path="*/backupVaults/*", count=0)

    assert job["ID"] == system_center.jobs()[0]["ID"]


def test_unauthorized_strikes_system_center_alone(system_center):
    """A request to ARM passes."""
    system_center.fault("unauthorized", count=0)
    path = "/subscriptions/x/providers/Microsoft.Compute/virtualMachines"

    answer = system_center.azure("GET", path)

    assert 401 == system_center.restore().status_code
    assert "application/json; charset=utf-8" == answer.headers["content-type"]


def test_every_operation_can_be_refused():
    """What `unauthorized` may strike is what there is."""
    assert spf_routing.OPERATIONS == set(SYSTEM_CENTER)


def ended(system_center, name, **parameters):
    """Return job and machine after a restore that was struck."""
    system_center.fault(name, **parameters)
    assert 204 == system_center.restore().status_code
    system_center.advance(minutes=10)
    (job,) = system_center.jobs()
    return job, system_center.machine()


def test_job_fails(system_center):
    """With the words of VMM in `ErrorInfo`; the machine names the job and was restored to nothing."""
    job, machine = ended(system_center, "checkpoint-job-fails", code=23, problem="Lost.", action="Look.", percent=20)

    assert ("Failed", True, 20, "2026-11-18T04:07:18.000-07:00", True) == tuple(
        job[name] for name in ("Status", "IsCompleted", "ProgressValue", "EndTime", "IsRestartable")
    )
    assert ("23", "Lost.", "Look.", "Error", False) == tuple(
        job["ErrorInfo"][name] for name in ("Code", "Problem", "RecommendedAction", "ErrorType", "IsSuccess")
    )
    assert (job["ID"], job["ID"], None) == (
        machine["FailedJobID"],
        machine["MostRecentTaskId"],
        machine["LastRestoredCheckpointID"],
    )


def test_job_is_canceled(system_center):
    """Without words."""
    job, machine = ended(system_center, "checkpoint-job-canceled")

    assert ("Canceled", True, None) == (job["Status"], job["IsCompleted"], job["ErrorInfo"])
    assert (None, None) == (machine["FailedJobID"], machine["LastRestoredCheckpointID"])


def test_job_succeeds_with_info(system_center):
    """That is a success; what it has to say is in `AdditionalMessages`."""
    job, machine = ended(system_center, "checkpoint-job-informs", problem="Look again.")

    assert ("SucceedWithInfo", True, True) == (job["Status"], job["IsCompleted"], job["ErrorInfo"]["IsSuccess"])
    assert [("Warning", "Look again.")] == [(one["ErrorType"], one["Problem"]) for one in job["AdditionalMessages"]]
    assert BEFORE == machine["LastRestoredCheckpointID"]


def test_job_hangs(system_center):
    """Running for ever, close to its end."""
    job, machine = ended(system_center, "checkpoint-job-hangs")

    assert ("Running", False, 99, "RecoveringCheckpoint") == (
        job["Status"],
        job["IsCompleted"],
        job["ProgressValue"],
        machine["Status"],
    )


def test_job_is_seen_late(system_center):
    """Its work goes on meanwhile."""
    before = system_center.machine()["MostRecentTaskId"]
    system_center.fault("checkpoint-job-late", seconds=900)
    system_center.restore()
    system_center.advance(seconds=899)
    unseen = (system_center.jobs(), system_center.machine())
    system_center.advance(seconds=1)

    assert [] == unseen[0]
    assert (before, BEFORE) == (unseen[1]["MostRecentTaskId"], unseen[1]["LastRestoredCheckpointID"])
    assert ["Completed"] == [job["Status"] for job in system_center.jobs()]


def test_job_is_never_seen(system_center):
    """The machine was rolled back all the same; only the control API knows the job."""
    before = system_center.machine()["MostRecentTaskId"]
    system_center.fault("checkpoint-job-missing")
    system_center.restore()
    system_center.advance(minutes=1e6)
    (job,) = system_center.shown("Job").values()

    assert ([], before) == (system_center.jobs(), system_center.machine()["MostRecentTaskId"])
    assert (False, "Completed", 1) == (job["visible"], job["properties"]["Status"], system_center.restores()[BEFORE])


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_other_requests_that_start_a_job_are_struck(system_center, method):
    """Faults of jobs strike PUT and POST as well."""
    system_center.fault("checkpoint-job-fails")
    body = (
        {"VMCheckPointAction": "Restore"} if method == "PUT" else {"VMId": MACHINE, "StampId": STAMP, "Confirm": True}
    )
    answer = system_center.call(method, "VMCheckPoints" + (key(AFTER) if method == "PUT" else ""), body)
    system_center.advance(minutes=10)

    assert answer.is_success
    assert ["Failed"] == [job["Status"] for job in system_center.jobs()]


def test_request_that_is_refused_starts_nothing_to_strike(system_center):
    """It counts as struck, and the next one passes."""
    system_center.fault("checkpoint-job-fails")

    refused: httpx.Response = system_center.restore(VMCheckPointAction="Set")
    job = system_center.restored()

    assert (400, "Completed") == (refused.status_code, job["Status"])
