"""Answers of the backup service in another shape, for the requests that a fault strikes."""

from __future__ import annotations

import pytest

from azure_recovery.emulator.backup_oddities import NAMES
from azure_recovery.emulator.fault_table import BY_NAME, FaultError, from_argument
from tests.emulator.restoring import INSTANCE, NEWEST, VAULT, job, job_of, outcome, put_fault, restore, validate


def status_url(answer):
    return answer.headers["azure-asyncoperation"]


def jobs(azure):
    return azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        ("location", "/locations/westeurope/operationStatus/"),
        ("resource-group", "/Microsoft.DataProtection/operationStatus/"),
    ],
)
def test_a_status_under_another_path(azure, scope, part):
    """Only of the request that is struck."""
    put_fault(azure, "status-path", scope=scope, count=1)

    assert part in status_url(validate(azure))
    assert "/backupVaults/recovery-vault/operationStatus/" in status_url(validate(azure))


def test_an_operation_says_another_word_and_no_end(azure):
    """The looks at it, as long as the faults are in force."""
    put_fault(azure, "operation-word", word="Running")
    put_fault(azure, "no-end-time")

    running = azure.follow(status_url(validate(azure))).json()

    assert "Running" == running["status"]
    assert "endTime" not in running


@pytest.mark.parametrize(("form", "slashes"), [("bare", 0), ("arm-id", 10)])
def test_a_job_is_named_in_another_form(azure, form, slashes):
    """By status and result."""
    put_fault(azure, "job-id-form", form=form)
    accepted = restore(azure)
    azure.advance(seconds=10)

    status = azure.follow(status_url(accepted)).json()
    result = azure.follow(accepted.headers["location"]).json()

    assert [slashes, slashes] == [status["properties"]["jobId"].count("/"), result["jobId"].count("/")]


def test_a_job_in_another_shape(azure):
    """Its word, its id, what it leaves out, and how it spells what it has; the next look finds it as ever."""
    path = job_of(azure, restore(azure))
    azure.advance(minutes=1)
    for name in ("job-word", "no-nulls", "other-job-id", "bytes-spelling"):
        put_fault(azure, name, count=1)
    asked = path.rpartition("/")[2]

    odd = azure.call("GET", path, version=NEWEST).json()
    plain = azure.call("GET", path, version=NEWEST).json()

    assert ("Started", "InProgress") == (odd["properties"]["status"], plain["properties"]["status"])
    assert (True, False) == (odd["name"] != asked, plain["name"] != asked)
    assert "errorDetails" not in odd["properties"]
    assert plain["properties"]["errorDetails"] is None
    assert "dataTransferredInBytes" in plain["properties"]["extendedInfo"]
    assert "dataTransferredInBytes" not in odd["properties"]["extendedInfo"]


def test_a_list_without_details(azure):
    """A job by itself has them."""
    path = job_of(azure, restore(azure))
    azure.advance(minutes=1)
    put_fault(azure, "no-details")

    [listed] = jobs(azure)

    assert listed["properties"]["extendedInfo"] is None
    assert job(azure, path)["extendedInfo"]


def test_the_other_casing_of_a_data_source(azure):
    """Of an instance."""
    put_fault(azure, "source-casing", count=1)

    odd, plain = (azure.call("GET", INSTANCE, version=NEWEST).json()["properties"] for _ in range(2))

    assert odd["datasourceInfo"] == plain["dataSourceInfo"]
    assert "dataSourceInfo" not in odd


def test_the_work_is_the_same(azure):
    """All at once: the restore ends, and so does its job."""
    for name in NAMES:
        put_fault(azure, name)
    accepted = restore(azure)
    azure.advance(minutes=60)

    assert "Succeeded" == outcome(azure, accepted)["status"]
    assert ["Completed"] == [one["properties"]["status"] for one in jobs(azure)]


@pytest.mark.parametrize(
    "given", ["status-path:scope=elsewhere", "job-id-form:form=long", "source-casing:member=source"]
)
def test_a_shape_that_there_is_not(given):
    """One line that names the fault and the setting's values."""
    with pytest.raises(FaultError, match=rf"^fault {given.partition(':')[0]}: setting \w+: '\w+' is none of "):
        from_argument(given)


def test_each_is_a_fault():
    """In the table, and in force until it is taken away."""
    assert {0} == {BY_NAME[name].count for name in NAMES}


def test_jobs_of_system_center_have_one_shape(system_center):
    """They are asked for by operations of the same names, and no such fault strikes them."""
    system_center.fault("job-word")
    system_center.restored()

    assert system_center.jobs()
    [fault] = system_center.control("GET", "faults")["faults"]
    assert 0 == fault["fired"]
