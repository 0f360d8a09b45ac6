"""The documentation of disk restores against the emulator: its requests are read, its answers are served whole."""

from __future__ import annotations

import json
from pathlib import Path

PAGE = json.loads((Path(__file__).parents[1] / "data" / "dataprotection" / "restore_page.json").read_text())
VERSION = "2021-01-01"
INSTANCE = PAGE["job"]["properties"]["backupInstanceId"]
DISK = PAGE["job"]["properties"]["extendedInfo"]["recoveryDestination"]
HEADERS = {
    "cache-control",
    "date",
    "x-ms-request-id",
    "x-ms-correlation-request-id",
    "x-ms-routing-request-id",
}
OF_A_BODY = {"content-type", "content-length"}
WORDS = {
    "point": (
        "type",
        "properties.objectType",
        "properties.recoveryPointType",
        "properties.retentionTagName",
        "properties.recoveryPointDataStoresDetails.0.type",
        "properties.recoveryPointDataStoresDetails.0.state",
    ),
    "status": ("status", "properties.objectType"),
    "job": (
        "properties.operationCategory",
        "properties.operation",
        "properties.status",
        "properties.extendedInfo.subTasks.0.taskName",
        "properties.extendedInfo.subTasks.0.taskStatus",
    ),
}
"""Properties of a body whose values on the page are the service's own."""
OF_ACCEPTED = {"azure-asyncoperation", "location", "retry-after", "content-length"}


def paths(value, path=""):
    """Return the paths of all properties, of those that hold others, too."""
    if isinstance(value, dict):
        inner = {found for name, held in value.items() for found in paths(held, f"{path}.{name}".lstrip("."))}
        return inner | {path}
    if isinstance(value, list):
        return {found for held in value for found in paths(held, f"{path}[]")} | {path}
    return {path}


def values(body, names):
    """Return the value of each of these properties; `subTasks.0.taskName`."""
    found = {}
    for name in names:
        inner = body
        for part in name.split("."):
            inner = inner[int(part) if part.isdigit() else part]
        found[name] = inner
    return found


def listed(azure):
    return azure.call("GET", f"{INSTANCE}/recoveryPoints", version=VERSION)


def with_point(azure, body):
    """Return a body of the page with a recovery point that the world has."""
    return json.loads(json.dumps(body).replace(PAGE["restore"]["recoveryPointId"], newest(azure)))


def newest(azure):
    return listed(azure).json()["value"][0]["name"]


def test_recovery_points(azure):
    """200, with every property and the headers that the page prints for ARM."""
    answer = listed(azure)

    assert 200 == answer.status_code
    assert set() == paths(PAGE["recovery_points"]) - paths(answer.json())
    assert set() == (HEADERS | OF_A_BODY | {"x-ms-ratelimit-remaining-subscription-reads"}) - set(answer.headers)


def test_validation(azure):
    """The page's request is refused for its recovery point, which belongs inside; so written, it succeeds."""
    printed = with_point(azure, PAGE["validate_restore"])
    refused = azure.call("POST", f"{INSTANCE}/validateRestore", printed, version=VERSION)
    printed["restoreRequestObject"]["recoveryPointId"] = printed.pop("recoveryPointId")
    accepted = azure.call("POST", f"{INSTANCE}/validateRestore", printed, version=VERSION)
    azure.advance(minutes=1)
    status = azure.follow(accepted.headers["azure-asyncoperation"])

    assert (400, True) == (refused.status_code, "recoveryPointId" in refused.text)
    assert (202, "10", 200) == (accepted.status_code, accepted.headers["retry-after"], status.status_code)
    assert set() == (HEADERS | OF_ACCEPTED | {"x-ms-ratelimit-remaining-subscription-writes"}) - set(accepted.headers)
    assert ("0", b"") == (accepted.headers["content-length"], accepted.content)
    assert set() == paths(PAGE["validation_status"]) - paths(status.json())
    assert "Succeeded" == status.json()["status"]


def restored(azure):
    """Return the answer to a restore, what its status says in the end, and its job."""
    accepted = azure.call("POST", f"{INSTANCE}/restore", with_point(azure, PAGE["restore"]), version=VERSION)
    azure.advance(minutes=30)
    status = azure.follow(accepted.headers["azure-asyncoperation"]).json()
    return accepted, status, azure.call("GET", status["properties"]["jobId"], version=VERSION).json()


def test_restore_and_its_job(azure):
    """202 with the page's headers, a status that names the job, and a job with every property of the page."""
    accepted, status, job = restored(azure)

    assert (202, "30") == (accepted.status_code, accepted.headers["retry-after"])
    assert ("0", b"") == (accepted.headers["content-length"], accepted.content)
    assert set() == (HEADERS | OF_ACCEPTED | {"x-ms-ratelimit-remaining-subscription-writes"}) - set(accepted.headers)
    assert set() == paths(PAGE["restore_status"]) - paths(status)
    assert set() == paths(PAGE["job"]) - paths(job)
    assert ("Completed", DISK) == (
        job["properties"]["status"],
        job["properties"]["extendedInfo"]["recoveryDestination"],
    )


def test_words(azure):
    """Kinds, states and names of steps are those of the page; the type of a job in another casing."""
    point = listed(azure).json()["value"][0]
    _, status, job = restored(azure)
    page = {"point": PAGE["recovery_points"]["value"][0], "status": PAGE["restore_status"], "job": PAGE["job"]}

    for body, served in (("point", point), ("status", status), ("job", job)):
        assert values(page[body], WORDS[body]) == values(served, WORDS[body])
    assert PAGE["job"]["type"].lower() == job["type"].lower()
