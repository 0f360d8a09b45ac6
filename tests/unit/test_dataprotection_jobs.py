"""What a job says: whether it is over, how it ended, and the line that a user reads."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_recovery.rest.bodies import fitted
from azure_recovery.rest.dataprotection.errors import RestoreError, RestoreJobCancelledError, RestoreJobFailedError
from azure_recovery.rest.dataprotection.job_models import BackupJob, BackupJobProperties, JobExtendedInfo
from azure_recovery.rest.dataprotection.jobs import (
    JOB_WORDS,
    JobOutcome,
    JobStep,
    is_restore,
    job_status,
    outcome_of,
    raise_if_over,
)
from azure_recovery.rest.dataprotection.models import UserFacingError
from azure_recovery.rest.errors import UnexpectedAnswerError
from azure_recovery.rest.transport import Answer

DATA = Path(__file__).parents[1] / "data" / "dataprotection"
JOB = json.loads((DATA / "wire" / "disk_restore_flow.json").read_text())["interactions"][-1]["response"]["body"]
DISK = JOB["properties"]["extendedInfo"]["recoveryDestination"]
ID = "a27bc911-c64d-458c-9ae7-b62651b2d7a7"
MISSING_PERMISSIONS = {
    "code": "UserErrorMSIMissingPermissions",
    "message": "Appropriate permissions to perform the operation is missing.",
    "recommendedAction": ["Grant the vault its role on the target group.", "Then try again."],
    "target": "",
    "details": None,
    "innerError": {
        "code": "AuthorizationFailed",
        "additionalInfo": {"DetailedNonLocalisedMessage": "The client has no right to write disks."},
        "embeddedInnerError": None,
    },
    "isRetryable": False,
    "isUserError": False,
    "properties": {"ActivityId": "x"},
}


def job(status="Completed", *, more=None, **properties):
    body = copy.deepcopy(JOB)
    body["properties"] |= {"status": status, **properties}
    body["properties"]["extendedInfo"] |= more or {}
    return BackupJob.model_validate(body)


@pytest.mark.parametrize("row", JOB_WORDS, ids=lambda row: row.word)
def test_words_in_any_case(row):
    """Case means nothing, and every row says where it is from."""
    assert row.outcome is outcome_of(row.word.upper()) is outcome_of(f" {row.word.lower()} ")
    assert row.source


@pytest.mark.parametrize("word", ["", None, "Queued", "Succeeded soon", "Fail"])
def test_a_word_that_nobody_documents(word):
    """It means running: it costs time, never a disk."""
    assert outcome_of(word) is JobOutcome.RUNNING
    assert not outcome_of(word).is_final


def test_the_words_that_are_documented():
    """Two bring the disk, three do not, the rest run on."""
    by_outcome = {outcome: {r.word for r in JOB_WORDS if r.outcome is outcome} for outcome in JobOutcome}

    assert {"Completed"} == by_outcome[JobOutcome.COMPLETED]
    assert {"CompletedWithWarnings"} == by_outcome[JobOutcome.COMPLETED_WITH_WARNINGS]
    assert {"Failed"} == by_outcome[JobOutcome.FAILED]
    assert {"Cancelled", "Canceled"} == by_outcome[JobOutcome.CANCELLED]
    assert {"InProgress", "Started", "Cancelling", "Paused"} == by_outcome[JobOutcome.RUNNING]
    assert [JobOutcome.COMPLETED, JobOutcome.COMPLETED_WITH_WARNINGS] == [o for o in JobOutcome if o.succeeded]


def test_a_recorded_job():
    """Everything that a resource shows is there."""
    status = job_status(job())

    assert (ID, "Completed", DISK) == (status.job_id, status.word, status.disk_id)
    assert "a4991cf87a5d4a49b8bb4e22d60abedc" == status.recovery_point_id
    assert datetime(2023, 7, 5, 12, 2, 34, 74775, tzinfo=UTC) == status.recovery_point_time
    assert datetime(2023, 7, 6, 6, 37, 22, 365356, tzinfo=UTC) == status.ended_at
    assert 214.3 == round(status.duration_s, 1)
    assert (JobStep("Trigger Restore", "Completed"),) == status.steps
    assert status.goes_to(DISK.upper())
    assert status.goes_to(DISK.lstrip("/"))
    assert not status.goes_to(DISK + "2")
    raise_if_over(status)


def test_another_id_than_the_one_that_was_asked_for():
    """The one that was asked for counts, bare or as an ARM id (restore page)."""
    body = BackupJob.model_validate(json.loads((DATA / "job_of_another_id.json").read_text()))
    asked = "c4bd49a1-0645-4eec-b207-feb818962852"

    assert asked == job_status(body, asked).job_id
    assert asked == job_status(body, f"/subscriptions/s/backupVaults/v/backupJobs/{asked}").job_id
    assert "3bc62c80-913f-47fa-b829-b7df476682be" == job_status(body).job_id


def test_a_running_job_has_no_end():
    """Whatever the answer holds in `endTime` and `duration`."""
    status = job_status(job("InProgress", endTime="0001-01-01T00:00:00Z", duration="PT1M"))

    assert (None, None, True) == (status.ended_at, status.duration_s, status.running)
    raise_if_over(status)


def test_how_long_it_took_without_times():
    """The duration counts."""
    assert 214.0 == job_status(job(startTime=None, endTime=None, duration="00:03:34")).duration_s
    assert job_status(job(startTime=None, endTime=None, duration=None)).duration_s is None


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ({"endTime": None, "duration": "PT1M"}, "2026-11-22T10:01:00+00:00"),
        ({"endTime": "0001-01-01T00:00:00Z", "duration": "00:01:00"}, "2026-11-22T10:01:00+00:00"),
        ({"endTime": "2026-11-22T10:02:00Z", "duration": "PT1M"}, "2026-11-22T10:02:00+00:00"),
        ({"endTime": None, "duration": "00:00:00"}, None),
        ({"endTime": None, "duration": None}, None),
        ({"endTime": None, "duration": "PT1M", "startTime": None}, None),
    ],
)
def test_when_it_ended(said, ended):
    """A job that does not tell its end may tell how long it ran; no time at all is what no job takes."""
    status = job_status(job("Completed", **{"startTime": "2026-11-22T10:00:00Z", **said}))

    assert ended == (status.ended_at and status.ended_at.isoformat())


def test_completed_with_warnings():
    """The disk is there, and each warning is one line with what to do."""
    warning = {"code": "W1", "message": "Tags were not restored.", "recommendedAction": ["Set them."]}
    status = job_status(
        job(
            "CompletedWithWarnings",
            more={
                "warningDetails": [
                    {"resourceName": "disk-1", "warning": warning},
                    {"resourceName": None, "warning": {"code": "W2"}},
                    {"resourceName": None, "warning": None},
                ]
            },
        )
    )

    assert status.outcome.succeeded
    assert ("disk-1: Tags were not restored. Set them.", "W2") == status.warnings
    raise_if_over(status)


def test_failed_with_the_services_words():
    """One line: which disk, which job, how long, code, message, inner error, and what to do."""
    with pytest.raises(RestoreJobFailedError) as caught:
        raise_if_over(job_status(job("Failed", errorDetails=[MISSING_PERMISSIONS])))

    assert (
        f"restore of {DISK} failed: job {ID} ended after 214 s (UserErrorMSIMissingPermissions): "
        "Appropriate permissions to perform the operation is missing. "
        "The client has no right to write disks. "
        "Grant the vault its role on the target group. Then try again."
    ) == str(caught.value)
    assert (ID, DISK, "UserErrorMSIMissingPermissions", 214) == (
        caught.value.job_id,
        caught.value.disk_id,
        caught.value.code,
        round(caught.value.lasted_s),
    )


def test_failed_with_several_errors():
    """Each is told, with its code."""
    second = {"code": "Second", "message": "The snapshot is gone."}

    with pytest.raises(RestoreJobFailedError, match=r"is missing\. .* Second: The snapshot is gone\. Grant"):
        raise_if_over(job_status(job("Failed", errorDetails=[MISSING_PERMISSIONS, second])))


def test_failed_without_a_reason():
    """The sub-tasks are all there is to tell; the disk is the one that was asked for."""
    tasks = [
        {"taskId": 1, "taskName": "Trigger Restore", "taskStatus": "Completed"},
        {"taskId": 2, "taskName": "Create disk", "taskStatus": "Failed"},
    ]
    more = {"subTasks": tasks, "recoveryDestination": None}

    with pytest.raises(RestoreJobFailedError) as caught:
        raise_if_over(job_status(job("Failed", more=more, startTime=None, duration=None)), "/disk/asked/for")

    assert f"restore of /disk/asked/for failed: job {ID} ended: no reason given; sub-tasks: Create disk Failed" == str(
        caught.value
    )


@pytest.mark.parametrize("word", ["Cancelled", "Canceled"])
def test_cancelled(word):
    """It is told apart from a failure, and caught as one."""
    with pytest.raises(RestoreJobCancelledError, match=f"was cancelled: job {ID} ended after 214 s: no reason given"):
        raise_if_over(job_status(job(word)))

    assert issubclass(RestoreJobCancelledError, RestoreJobFailedError)
    assert issubclass(RestoreJobFailedError, RestoreError)


def test_words_that_hold_a_secret():
    """No signature reaches a message, and no message has a second line."""
    error = {"code": "X", "message": "Copy\nof https://a.example/disk?sig=planted-signature failed"}

    with pytest.raises(RestoreJobFailedError) as caught:
        raise_if_over(job_status(job("Failed", errorDetails=[error])))

    assert "planted" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("category", "operation", "answer"),
    [
        ("Restore", "Restore", True),
        ("restore", None, True),
        (None, "Restore:ALR", True),
        (None, None, True),
        ("Backup", "Backup", False),
        ("Management", "ConfigureProtection", False),
    ],
)
def test_what_is_a_restore(category, operation, answer):
    """A job that does not say what it is may be one."""
    assert answer == is_restore(job(operationCategory=category, operation=operation))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["Failed", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PROPERTIES = [field.alias or name for name, field in BackupJobProperties.model_fields.items()]
EXTENDED = [field.alias or name for name, field in JobExtendedInfo.model_fields.items()]
ERROR = [field.alias or name for name, field in UserFacingError.model_fields.items()]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(PROPERTIES),
    st.sampled_from(EXTENDED),
    st.sampled_from(ERROR),
    ANYTHING,
    st.sampled_from(["Failed", "Completed", "InProgress"]),
)
def test_a_job_with_anything_anywhere(of_job, of_extended, of_error, value, word):
    """It is read or refused as one that does not fit; nothing else is raised, and every message is one line."""
    body = copy.deepcopy(JOB)
    error = {**MISSING_PERMISSIONS, of_error: value}
    # A copy each: no JSON holds itself.
    body["properties"] |= {"errorDetails": [error], of_job: copy.deepcopy(value), "status": word}
    if isinstance(body["properties"]["extendedInfo"], dict):
        body["properties"]["extendedInfo"] |= {"warningDetails": [{"warning": error}], of_extended: value}
    answer = Answer("GET", "https://arm.example/job", 200, httpx.Headers(), body, "", None)

    said = "one line"
    try:
        raise_if_over(job_status(fitted(BackupJob, answer)))
    except (UnexpectedAnswerError, RestoreError) as told:
        said = str(told)
    assert 1 == len(said.splitlines())


def test_inner_errors_without_end():
    """They are read as far as anybody would."""
    error = inner = {"code": "X", "message": "no"}
    for _ in range(200):
        inner["innerError" if inner is error else "embeddedInnerError"] = {"code": "Y"}
        inner = inner["innerError" if inner is error else "embeddedInnerError"]

    with pytest.raises(RestoreJobFailedError, match=r"\(X\): no$"):
        raise_if_over(job_status(job("Failed", errorDetails=[error])))
