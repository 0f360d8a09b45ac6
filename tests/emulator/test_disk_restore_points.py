"""Disk restore points, on the Disk provider's api-version."""

from __future__ import annotations

import pytest


@pytest.fixture
def disks(azure):
    """The disk restore points of a copy whose data is moving."""
    azure.make_target()
    azure.copy("daily-1")
    azure.advance(seconds=45, minutes=10)
    azure.path = f"{azure.target}/restorePoints/daily-1/diskRestorePoints"
    azure.names = [entry["name"] for entry in azure.call("GET", azure.path, version=azure.disks).json()["value"]]
    return azure


def test_list_has_one_for_each_disk(disks):
    """Named after the disk, with a GUID."""
    assert ["web-1-os", "web-1-data-0", "web-1-data-1"] == [name.rpartition("_")[0] for name in disks.names]


def test_copied_disk_says_how_far_it_is(disks):
    """Percentage and state, and the region it comes from."""
    properties = disks.call("GET", f"{disks.path}/{disks.names[0]}", version=disks.disks).json()["properties"]

    assert (40.0, "InProgress", "westeurope") == (
        properties["completionPercent"],
        properties["replicationState"],
        properties["sourceResourceLocation"],
    )
    assert properties["sourceResourceId"].startswith(
        f"{disks.source}/restorePoints/daily-1/diskRestorePoints/web-1-os_"
    )
    assert "Linux" == properties["osType"]


def test_disk_in_the_source_region_has_no_replication_state(disks):
    """There the three properties have no meaning and are absent."""
    listed = disks.call("GET", f"{disks.source}/restorePoints/daily-1/diskRestorePoints", version=disks.disks).json()

    keys = set().union(*(entry["properties"] for entry in listed["value"]))
    assert not keys & {"completionPercent", "replicationState", "sourceResourceLocation"}
    assert listed["value"][0]["properties"]["sourceResourceId"].endswith("/disks/web-1-os")


def test_compute_version_is_not_a_disk_version(disks):
    """The two trains do not know each other's versions."""
    wrong = disks.call("GET", disks.path, version=disks.compute)
    right = disks.call("GET", f"{disks.target}/restorePoints/daily-1", version=disks.disks)

    assert [(400, "NoRegisteredProviderFound")] * 2 == [disks.refusal(wrong), disks.refusal(right)]


def test_unknown_disk_is_not_found(disks):
    """A name that is none of the disks."""
    assert (404, "ResourceNotFound") == disks.refusal(disks.call("GET", f"{disks.path}/other", version=disks.disks))


def test_copy_that_is_creating_has_none(azure):
    """Until the copy is accepted the list is empty."""
    azure.make_target()
    azure.copy("daily-1")

    answer = azure.call("GET", f"{azure.target}/restorePoints/daily-1/diskRestorePoints", version=azure.disks)

    assert {"value": []} == answer.json()


def grant(azure, **body):
    given = {"access": "Read", "durationInSeconds": 3600, **body}
    return azure.call("POST", f"{azure.path}/{azure.names[0]}/beginGetAccess", given, version=azure.disks)


def test_access_is_a_signed_url_at_the_end_of_an_operation(disks):
    """Both status URLs show the SAS, once the operation has ended."""
    answer = grant(disks)
    running = disks.follow(answer.headers["location"])
    disks.advance(seconds=6)

    status = disks.follow(answer.headers["azure-asyncoperation"]).json()
    result = disks.follow(answer.headers["location"])

    assert [202, 202, 200] == [answer.status_code, running.status_code, result.status_code]
    assert "emulated-disk-sas" in result.json()["accessSAS"]
    assert result.json() == status["properties"]["output"]


def test_active_access_keeps_the_restore_point(disks):
    """Neither it nor its collection can be deleted before endGetAccess."""
    grant(disks)

    refused = [
        disks.call("DELETE", f"{disks.target}/restorePoints/daily-1"),
        disks.call("DELETE", disks.target),
    ]
    disks.call("POST", f"{disks.path}/{disks.names[0]}/endGetAccess", version=disks.disks)

    assert [(409, "DiskRestorePointUsedByCustomer")] * 2 == [disks.refusal(answer) for answer in refused]
    assert 202 == disks.call("DELETE", disks.target).status_code


def test_access_ends_by_itself(disks):
    """After its duration a SAS keeps nothing."""
    grant(disks)
    disks.advance(seconds=3601)

    assert 202 == disks.call("DELETE", disks.target).status_code


@pytest.mark.parametrize("body", [{"access": "Write"}, {"durationInSeconds": 0}, {"durationInSeconds": None}])
def test_access_must_be_asked_for_properly(disks, body):
    """Reading only, and for some seconds."""
    assert (400, "InvalidParameter") == disks.refusal(grant(disks, **body))
