"""Checkpoints, machines and jobs as System Center writes them, and as it might."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_recovery.rest.spf.job_words import words_of
from azure_recovery.rest.spf.models import Checkpoint, Job, JobOutcome, VirtualMachine

DATA = Path(__file__).parents[1] / "data" / "spf"
READ = json.loads((DATA / "get_checkpoint.json").read_text())["response"]["body"]
WRITTEN = json.loads((DATA / "put_restore_checkpoint.json").read_text())["request"]["body"]
JOB = json.loads((DATA / "job_and_error.json").read_text())["job"]
ZERO = "00000000-0000-0000-0000-000000000000"
KEY = {"ID": JOB["TargetObjectId"], "StampId": JOB["StampId"]}
FINE = {
    "odata.type": "VMM.ErrorInfo",
    "CloudProblem": "",
    "Code": "Success",
    "DetailedCode": 0,
    "DetailedErrorCode": "",
    "DetailedSource": "None",
    "DisplayableErrorCode": "0",
    "ErrorCodeString": "0",
    "ErrorType": "Error",
    "ExceptionDetails": "",
    "IsConditionallyTerminating": False,
    "IsDeploymentBlocker": False,
    "IsMomAlert": False,
    "IsSuccess": True,
    "IsTerminating": False,
    "MessageParameters": "System.Collections.Generic.Dictionary`2[System.String,System.String]",
    "MomAlertSeverity": "Error",
    "Problem": "",
    "RecommendedAction": "",
    "RecommendedActionCLI": "",
    "ShowDetailedError": False,
}
"""`ErrorInfo` of a job that succeeded: every member of the reference, in the types in which clients have seen them."""
NEWS = {
    **FINE,
    "Code": "VmNotSynchronized",
    "DisplayableErrorCode": "13926",
    "ErrorCodeString": "13926",
    "ErrorType": "Warning",
    "IsSuccess": False,
    "Problem": "The machine was not synchronized.",
    "RecommendedAction": "Refresh it.",
    "RecommendedActionCLI": "Refresh it.",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def job(**changes):
    return Job.model_validate({**JOB, **changes})


def test_the_checkpoint_of_the_page():
    """Each property that the page shows."""
    found = Checkpoint.model_validate(READ)

    assert (READ["ID"], READ["StampId"], READ["VMId"]) == (found.id, found.stamp_id, found.vm_id)
    assert (READ["Name"], "", True, "Public") == (found.name, found.description, found.enabled, found.accessibility)
    assert (None, None) == (found.checkpoint_id, found.parent_checkpoint_id)
    assert "2014-09-03T21:45:26.463000+00:00" == found.added_at.isoformat()
    assert "2014-09-03T21:51:59.673000+00:00" == found.modified_at.isoformat()


def test_the_checkpoint_with_its_parent():
    """Ids of VMM's own are read too."""
    found = Checkpoint.model_validate(WRITTEN)

    assert (WRITTEN["CheckpointID"], WRITTEN["ParentCheckpointID"]) == (found.checkpoint_id, found.parent_checkpoint_id)


@pytest.mark.parametrize("body", [READ, {name.lower(): value for name, value in READ.items()}, {**READ, "New": [1]}])
def test_the_entity_is_kept_as_it_came(body):
    """Names, casing, order, times and what nobody documents."""
    assert list(body.items()) == list(Checkpoint.model_validate(body).entity.items())


def test_the_entity_is_nobodys_to_change():
    """What a caller does with it does not change what is sent back later."""
    found = Checkpoint.model_validate(READ)

    found.entity["Name"] = "other"

    assert READ["Name"] == found.entity["Name"]


def test_guids_are_compared_in_lower_case():
    """Two answers that spell one id differently are about one thing."""
    assert READ["ID"] == Checkpoint.model_validate({**READ, "ID": READ["ID"].upper()}).id


def test_a_machine():
    """What it says about its last task, in whichever casing."""
    found = VirtualMachine.model_validate(
        {
            **KEY,
            "Name": "web-1",
            "Status": "Running",
            "Statusstring": "Running",
            "VirtualMachineState": 0,
            "MostRecentTaskID": JOB["ID"].upper(),
            "LastRestoredCheckpointId": READ["ID"],
            "FailedJobID": ZERO,
        }
    )

    assert ("web-1", "Running", "Running", "0") == (
        found.name,
        found.status,
        found.status_string,
        found.virtual_machine_state,
    )
    assert (JOB["ID"], READ["ID"], None) == (
        found.most_recent_task_id,
        found.last_restored_checkpoint_id,
        found.failed_job_id,
    )


def test_a_machine_that_says_nothing():
    """Everything but its key may be missing or null."""
    bare = VirtualMachine.model_validate(KEY)

    assert bare == VirtualMachine.model_validate({**KEY, "MostRecentTaskId": None, "Name": None, "FailedJobId": ""})
    assert bare.most_recent_task_id is None


def test_the_job_of_the_page():
    """Each property of a job that runs."""
    found = job()

    assert (JOB["ID"], JOB["StampId"], JOB["TargetObjectId"]) == (found.id, found.stamp_id, found.target_object_id)
    assert (JOB["Name"], JOB["CmdletName"], "Running") == (found.name, found.cmdlet_name, found.status)
    assert (40.0, False, None) == (found.progress, found.is_completed, found.end_time)
    assert "2014-09-04T12:15:58.733000+00:00" == found.start_time.isoformat()
    assert (True, False, False, "") == (found.running, found.succeeded, found.failed, found.words)


@pytest.mark.parametrize(
    ("status", "is_completed", "outcome"),
    [
        ("Completed", True, JobOutcome.SUCCEEDED),
        ("completed", None, JobOutcome.SUCCEEDED),
        ("SucceedWithInfo", True, JobOutcome.SUCCEEDED),
        ("Failed", True, JobOutcome.FAILED),
        ("Canceled", True, JobOutcome.CANCELED),
        ("Cancelled", False, JobOutcome.CANCELED),
        ("Running", False, JobOutcome.RUNNING),
        ("NotStarted", None, JobOutcome.RUNNING),
        ("Not Started", None, JobOutcome.RUNNING),
        ("Paused", False, JobOutcome.RUNNING),
        ("Paused", None, JobOutcome.RUNNING),
        ("Paused", True, JobOutcome.UNCLEAR),
        (3, True, JobOutcome.UNCLEAR),
        (None, True, JobOutcome.UNCLEAR),
        (None, None, JobOutcome.RUNNING),
    ],
)
def test_outcomes(status, is_completed, outcome):
    """A word that nobody documents is no success and no failure while the job goes on."""
    found = job(Status=status, IsCompleted=is_completed)

    assert outcome is found.outcome
    assert (outcome is JobOutcome.RUNNING, outcome is JobOutcome.SUCCEEDED) == (found.running, found.succeeded)
    assert (found.running, found.succeeded, found.failed).count(True) == 1


@pytest.mark.parametrize(
    ("value", "expected"), [(40, 40.0), ("40 %", 40.0), ("40.5", 40.5), (None, None), ("half", None)]
)
def test_progress(value, expected):
    """Nothing is decided by it, so what cannot be read is none."""
    assert expected == job(ProgressValue=value).progress


@pytest.mark.parametrize(
    ("info", "messages", "expected"),
    [
        (None, None, ""),
        ("", [], ""),
        ("It is in use.", [], "It is in use."),
        (
            {"Problem": "It is in use.", "RecommendedAction": "Wait.", "Code": "23801"},
            None,
            "It is in use. (23801) Wait.",
        ),
        ({"DisplayableErrorCode": 23801, "Code": 5, "Problem": "No."}, None, "No. (23801)"),
        (
            {"CloudProblem": "", "Problem": "No.", "DisplayableErrorCode": 2606, "DetailedErrorCode": "0x80070005"},
            None,
            "No. (2606, 0x80070005)",
        ),
        ({"CloudProblem": "Out of quota.", "Problem": "No.", "Code": 7}, None, "Out of quota. (7) No."),
        ({"Code": "Success", "Message": "Fine."}, None, "Fine."),
        ({"Code": "Success", "DisplayableErrorCode": 0, "IsSuccess": True, "ErrorType": "Info", "Problem": ""}, [], ""),
        ({"Code": "2606", "DisplayableErrorCode": 0, "Problem": None}, None, "error 2606"),
        ({"Code": None, "Problem": None}, None, ""),
        ({"Reason": "No."}, None, '{"Reason": "No."}'),
        (["One.", {"Problem": "Two."}], ["One.", "Three."], "One. Two. Three."),
        (None, "A\nline.", "A line."),
    ],
)
def test_words(info, messages, expected):
    """Sentences of all shapes, each once, on one line."""
    assert expected == job(ErrorInfo=info, AdditionalMessages=messages).words


@pytest.mark.parametrize(
    ("status", "info", "messages", "outcome", "words"),
    [
        ("Running", FINE, [], JobOutcome.RUNNING, ""),
        ("Completed", FINE, [], JobOutcome.SUCCEEDED, ""),
        ("Completed", FINE, [FINE, FINE], JobOutcome.SUCCEEDED, ""),
        ("Completed", FINE, None, JobOutcome.SUCCEEDED, ""),
        (
            "SucceedWithInfo",
            FINE,
            [NEWS, FINE, NEWS],
            JobOutcome.SUCCEEDED,
            "The machine was not synchronized. (13926) Refresh it.",
        ),
        (
            "Failed",
            {**NEWS, "Problem": "No.", "DisplayableErrorCode": "2606"},
            [NEWS],
            JobOutcome.FAILED,
            "No. (2606) Refresh it. The machine was not synchronized. (13926)",
        ),
        ("Failed", FINE, [], JobOutcome.FAILED, ""),
        ("Canceled", FINE, [], JobOutcome.CANCELED, ""),
    ],
)
def test_the_error_that_every_job_has(status, info, messages, outcome, words):
    """Its status alone says what became of a job; `ErrorInfo` of one that did well adds no words."""
    found = job(Status=status, IsCompleted=status != "Running", ErrorInfo=info, AdditionalMessages=messages)

    assert (outcome, words) == (found.outcome, found.words)


def test_a_job_with_its_target_in_another_spelling():
    """Clients have seen `TargetObjectID`."""
    spelled = {"TargetObjectID" if name == "TargetObjectId" else name: value for name, value in JOB.items()}

    assert JOB["TargetObjectId"] == Job.model_validate(spelled).target_object_id


def test_words_with_a_secret():
    """VMM quotes command lines."""
    assert "MARKER" not in words_of("failed: https://x.example/a?sig=MARKER")


@given(JSON, JSON)
def test_any_words(info, messages):
    """Whatever stands there, it is a line."""
    assert "\n" not in words_of(info, messages)
