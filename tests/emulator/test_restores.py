"""Restores of disks from a backup vault: their operations and jobs, from the first answer to the end."""

from __future__ import annotations

import pytest

from tests.emulator.restoring import DISK, NEWEST, VAULT, disk_status, job, job_of, outcome, restore, validate


def test_accepted_restore_has_no_body(azure):
    """202, nothing in it, two signed URLs, an empty request id and a correlation id."""
    accepted = restore(azure)

    assert (202, b"") == (accepted.status_code, accepted.content)
    assert all(len(accepted.headers[name]) > 3000 for name in ("azure-asyncoperation", "location"))
    assert ("30", "") == (accepted.headers["retry-after"], accepted.headers["x-ms-request-id"])
    assert accepted.headers["x-ms-correlation-request-id"]
    assert "10" == validate(azure).headers["retry-after"]


def test_operation_is_inprogress_and_ends_in_the_year_one(azure):
    """What a running operation says of itself, and what an ended one does."""
    accepted = restore(azure)
    running = azure.follow(accepted.headers["azure-asyncoperation"]).json()
    ended = outcome(azure, accepted, seconds=2.0)

    assert ("Inprogress", "0001-01-01T00:00:00Z") == (running["status"], running["endTime"])
    assert ("Succeeded", "OperationJobExtendedInfo") == (ended["status"], ended["properties"]["objectType"])
    assert ended["name"] == ended["id"].rsplit("/", 1)[-1]
    assert ended["endTime"] > ended["startTime"]


@pytest.mark.parametrize(
    ("version", "scope", "status", "result"),
    [
        ("2021-01-01", "by-version", "/providers/Microsoft.DataProtection/locations/westeurope/operationStatus/",
         "/locations/westeurope/operationResults/"),
        ("2023-01-01", "by-version", "/backupVaults/recovery-vault/operationStatus/",
         "/locations/westeurope/operationResults/"),
        (NEWEST, "resource-group", "/resourceGroups/production/providers/Microsoft.DataProtection/operationStatus/",
         "/backupInstances/web-1-data-0/operationResults/"),
    ],
)  # fmt: skip
def test_status_is_under_one_of_three_paths(make_azure, version, scope, status, result):
    """Each of them leads to the end, with the job as ARM id in one and by its name in the other."""
    azure = make_azure(backup_status_scope=scope)
    accepted = restore(azure, version=version)

    assert status in accepted.headers["azure-asyncoperation"]
    assert result in accepted.headers["location"]
    again = azure.follow(accepted.headers["location"])
    assert (202, True) == (again.status_code, result in again.headers["location"])
    ended = outcome(azure, accepted)
    bare = azure.follow(accepted.headers["location"]).json()["jobId"]
    assert f"{VAULT}/backupJobs/{bare}" == ended["properties"]["jobId"]


@pytest.mark.parametrize(("form", "slashes"), [("arm-id", (10, 10)), ("bare", (0, 0))])
def test_job_id_has_either_form(make_azure, form, slashes):
    """An ARM id or a name, in status and result."""
    azure = make_azure(job_id_form=form)
    accepted = restore(azure)
    status = outcome(azure, accepted)["properties"]["jobId"]
    result = azure.follow(accepted.headers["location"]).json()["jobId"]

    assert slashes == (status.count("/"), result.count("/"))


def test_status_url_must_be_as_it_was_given(azure):
    """Another operation, or no signature, is refused."""
    accepted = restore(azure).headers["azure-asyncoperation"]

    assert 403 == azure.follow(accepted.partition("&t=")[0]).status_code
    assert 403 == azure.follow(accepted.replace("operationStatus/", "operationStatus/a")).status_code


def test_job_and_disk_appear_late(azure):
    """The operation has named the job long before the job or its disk can be seen."""
    path = job_of(azure, restore(azure))

    assert (404, "ResourceNotFound") == azure.refusal(azure.call("GET", path, version=NEWEST))
    assert [] == azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert 404 == disk_status(azure)
    azure.advance(seconds=28)
    assert "InProgress" == job(azure, path)["status"]
    assert 1 == len(azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"])
    shown = azure.call("GET", DISK, version=azure.disks).json()
    assert "Creating" == shown["properties"]["provisioningState"]


def test_delay_is_a_setting(make_azure):
    """Without it job and disk are there with the answer."""
    azure = make_azure(job_visible_seconds=0)

    assert "InProgress" == job(azure, job_of(azure, restore(azure)))["status"]


def test_disk_can_appear_at_the_end(make_azure):
    """Not before its job has ended."""
    azure = make_azure(restored_disk_appears="end")
    restore(azure)
    azure.advance(minutes=11)
    before = disk_status(azure)
    azure.advance(minutes=1)

    assert (404, 200) == (before, disk_status(azure))


def test_job_takes_its_minutes(azure):
    """Running with nulls and progress, then Completed with a length."""
    path = job_of(azure, restore(azure))
    azure.advance(minutes=6)
    running = job(azure, path)
    azure.advance(minutes=6)
    done = job(azure, path)

    assert ("InProgress", None, "00:00:00") == (running["status"], running["endTime"], running["duration"])
    assert [("Completed", "100%"), ("InProgress", "45%")] == [
        (task["taskStatus"], task["taskProgress"]) for task in running["extendedInfo"]["subTasks"]
    ]
    assert ("Completed", "PT12M0.0000000S", None) == (done["status"], done["duration"], done["errorDetails"])
    assert DISK == done["extendedInfo"]["recoveryDestination"]


def test_nulls_can_be_left_out(make_azure):
    """Members without a value are not there at all."""
    azure = make_azure(explicit_nulls=False, job_visible_seconds=0)

    assert not {"endTime", "errorDetails", "restoreType"} & set(job(azure, job_of(azure, restore(azure))))


@pytest.mark.parametrize(
    ("version", "settings", "member"),
    [
        ("2021-01-01", {}, "dataTransferedInBytes"),
        (NEWEST, {}, "dataTransferredInBytes"),
        (NEWEST, {"data_transferred_member": "dataTransferedInBytes"}, "dataTransferedInBytes"),
    ],
)
def test_number_of_bytes_has_two_spellings(make_azure, version, settings, member):
    """One r in the documentation of 2021, two since."""
    azure = make_azure(job_visible_seconds=0, **settings)

    assert member in job(azure, job_of(azure, restore(azure)), version)["extendedInfo"]


def test_job_can_answer_with_another_id(make_azure):
    """As the documentation of the restore shows it."""
    azure = make_azure(job_visible_seconds=0, job_answers_other_id=True)
    path = job_of(azure, restore(azure))

    assert path.rsplit("/", 1)[-1] != azure.call("GET", path, version=NEWEST).json()["name"]


def test_listed_jobs_can_be_without_details(make_azure):
    """Then only a job by itself tells its destination."""
    azure = make_azure(job_visible_seconds=0, jobs_listed_with_details=False)
    path = job_of(azure, restore(azure))
    listed = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"][0]["properties"]

    assert (None, DISK) == (listed["extendedInfo"], job(azure, path)["extendedInfo"]["recoveryDestination"])


def test_second_restore_to_a_disk_is_a_second_job_that_fails(azure):
    """Both are accepted; only at its end does the second say that the disk exists."""
    first, second = restore(azure), restore(azure)
    jobs = [job_of(azure, accepted) for accepted in (first, second)]
    azure.advance(minutes=11)
    running = [job(azure, path)["status"] for path in jobs]
    azure.advance(minutes=1)
    done = [job(azure, path) for path in jobs]

    assert ["InProgress", "InProgress"] == running
    assert ["Completed", "Failed"] == [entry["status"] for entry in done]
    assert "UserErrorTargetDiskExists" == done[1]["errorDetails"][0]["code"]
    assert done[1]["errorDetails"][0]["recommendedAction"]
    assert 200 == disk_status(azure)


def test_jobs_are_listed_newest_first_and_filtered(make_azure):
    """By state, by what is restored, by when; on pages that keep the filter."""
    azure = make_azure(page_size=1)
    for name in ("a", "b", "c"):
        restore(azure, disk=f"{DISK}-{name}")
        azure.advance(minutes=5)
    url = f"{VAULT}/backupJobs"
    first = azure.raw(
        "GET", url, headers={"Authorization": f"Bearer {azure.token}"},
        params={"api-version": NEWEST, "$filter": "status eq 'inprogress' and operation eq 'Restore'"},
    ).json()  # fmt: skip
    second = azure.follow(first["nextLink"]).json()
    destinations = []
    page = azure.call("GET", url, version=NEWEST).json()
    while True:
        destinations += [entry["properties"]["extendedInfo"]["recoveryDestination"][-1] for entry in page["value"]]
        if "nextLink" not in page:
            break
        page = azure.follow(page["nextLink"]).json()

    assert ["c", "b", "a"] == destinations
    assert 400 == azure.raw(
        "GET", url, headers={"Authorization": f"Bearer {azure.token}"},
        params={"api-version": NEWEST, "$filter": "colour eq 'blue'"},
    ).status_code  # fmt: skip
    running = [entry["properties"]["extendedInfo"]["recoveryDestination"] for entry in first["value"] + second["value"]]
    assert [f"{DISK}-c", f"{DISK}-b"] == running
    assert "nextLink" not in second


def test_world_shows_what_no_client_can_see_yet(azure):
    """Jobs and disks before they appear; points and assignments."""
    restore(azure)
    shown = azure.raw("GET", "/_emulator/world").json()["resources"]
    kinds = {entry["type"].rsplit("/", 1)[-1]: entry for entry in shown}

    assert (False, "InProgress") == (kinds["backupJobs"]["visible"], kinds["backupJobs"]["properties"]["status"])
    assert [False] == [entry["visible"] for entry in shown if entry["id"] == DISK]
    assert 3 == len(kinds["backupInstances"]["recovery_points"])
    assert kinds["roleAssignments"]["effective"]


def test_restore_survives_a_restart(make_azure, tmp_path):
    """Operation, job and disk are found again by the URLs of before."""
    azure = make_azure(state=tmp_path / "state.db")
    accepted = restore(azure)
    azure.close()
    again = make_azure(state=tmp_path / "state.db")

    path = job_of(again, accepted)
    again.advance(minutes=12)

    assert ("Completed", 200) == (job(again, path)["status"], disk_status(again))
