"""When a copy is usable, and when it never will be."""

import copy
import json
from pathlib import Path

import pytest

from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.compute.replication import copy_status

POINT = json.loads(
    (Path(__file__).parents[1] / "data" / "compute" / "restore_point_with_instance_view.json").read_text()
)
SUCCEEDED = {"code": "ReplicationState/succeeded", "level": "Info", "displayStatus": "Replication succeeded"}


@pytest.fixture
def body():
    return copy.deepcopy(POINT)


def status_of(body):
    return copy_status(RestorePoint.model_validate(body))


def view(body, number):
    return body["properties"]["instanceView"]["diskRestorePoints"][number]["replicationStatus"]


def storage(body):
    return body["properties"]["sourceMetadata"]["storageProfile"]


def test_every_disk_replicated(body):
    """Then it is usable, and each disk is described from both halves of the answer."""
    status = status_of(body)

    os_disk, data_disk = status.disks
    assert status.usable
    assert not status.terminated
    assert ("Windows", None, 100.0, True, False) == (
        os_disk.os_type,
        os_disk.lun,
        os_disk.percent,
        os_disk.replicated,
        os_disk.failed,
    )
    assert (None, 1, "testingexcludedisk_DataDisk_1") == (data_disk.os_type, data_disk.lun, data_disk.name)
    assert data_disk.source_disk_id.endswith("/disks/testingexcludedisk_DataDisk_1")
    assert "/diskRestorePoints/testingexcludedisk_DataDisk_1_68785190" in data_disk.disk_restore_point_id
    assert "Succeeded" == data_disk.words


def test_ids_in_another_casing(body):
    """The two halves are joined without case."""
    disks = body["properties"]["instanceView"]["diskRestorePoints"]
    disks[0]["id"] = disks[0]["id"].upper().lstrip("/")

    assert status_of(body).usable


def test_one_disk_still_running(body):
    """The whole copy is not usable."""
    view(body, 1)["status"]["code"] = "ReplicationState/inProgress"
    view(body, 1)["completionPercent"] = 40

    status = status_of(body)
    assert not status.usable
    assert not status.terminated
    assert [100.0, 40.0] == list(status.percents.values())


@pytest.mark.parametrize("word", ["inProgress", "", "almostSucceeded", "succeededPartially", "notStarted"])
def test_a_hundred_percent_without_the_word(body, word):
    """A percentage never makes a disk replicated, nor does a word that only resembles."""
    view(body, 0)["status"] = {"code": f"ReplicationState/{word}", "level": "Info"}

    status = status_of(body)
    assert 100.0 == status.disks[0].percent
    assert not status.disks[0].replicated
    assert not status.usable
    assert not status.terminated


def test_the_word_in_any_case_and_no_percentage(body):
    """The word alone decides."""
    view(body, 0)["status"]["code"] = "replicationstate/SUCCEEDED"
    view(body, 0)["completionPercent"] = None

    assert status_of(body).usable


@pytest.mark.parametrize(
    "status",
    [
        {"code": "ReplicationState/failed", "level": "Error", "displayStatus": "Replication failed"},
        {"code": "ReplicationState/Failure", "level": "Info", "displayStatus": "Replication failed"},
        {"code": "ReplicationState/canceled", "level": "Warning", "displayStatus": "Replication failed"},
        {"code": "ReplicationState/CANCELLED", "displayStatus": "Replication failed"},
        {"code": "ReplicationState/inProgress", "level": "error", "displayStatus": "Replication failed"},
        {"code": "ReplicationState/succeeded", "level": "Error", "displayStatus": "Replication failed"},
    ],
    ids=lambda status: f"{status['code'].split('/')[1]}-{status.get('level')}",
)
def test_a_disk_that_failed(body, status):
    """It is named, with Azure's words, and the copy will not become usable."""
    view(body, 1)["status"] = {**status, "message": "quota"}

    found = status_of(body)
    assert ["testingexcludedisk_DataDisk_1"] == [disk.name for disk in found.failed_disks]
    assert "Replication failed: quota" == found.failed_disks[0].words
    assert not found.failed_disks[0].replicated
    assert not found.usable
    assert found.terminated


def test_codes_of_other_kinds(body):
    """Instant access has statuses of its own in the same places; only those of replication count."""
    body["properties"]["instanceView"]["statuses"].insert(
        0, {"code": "InstantAccessState/failed", "level": "Error", "displayStatus": "gone"}
    )
    view(body, 0)["status"] = {"code": "InstantAccessState/failed", "level": "Error"}

    status = status_of(body)
    assert not status.failed_disks
    assert not status.terminated
    assert not status.usable


def test_only_the_whole_failed(body):
    """An aggregate failure counts even if no disk says so."""
    body["properties"]["instanceView"]["statuses"].append(
        {"code": "ReplicationState/failed", "level": "Error", "displayStatus": "Replication failed"}
    )

    status = status_of(body)
    assert "Replication failed" == status.failure
    assert status.terminated
    assert not status.usable


def test_only_the_whole_succeeded(body):
    """The aggregate never makes up for a disk that is not reported."""
    del body["properties"]["instanceView"]["diskRestorePoints"][1]

    status = status_of(body)
    assert not status.usable
    assert not status.disks[1].replicated


def test_a_disk_without_restore_point(body):
    """A disk of the storage profile that has none yet keeps the copy from being usable."""
    del storage(body)["dataDisks"][0]["diskRestorePoint"]

    status = status_of(body)
    assert "" == status.disks[1].disk_restore_point_id
    assert not status.usable


def test_a_disk_that_is_reported_but_not_part_of_the_vm(body):
    """Only the disks of the storage profile are waited for."""
    body["properties"]["instanceView"]["diskRestorePoints"].append({"id": "/other", "replicationStatus": None})

    assert status_of(body).usable


@pytest.mark.parametrize("state", ["Creating", "Failed", "Deleting", "Canceled", None])
def test_replicated_but_not_provisioned(body, state):
    """Without provisioning state Succeeded nothing is usable."""
    body["properties"]["provisioningState"] = state

    status = status_of(body)
    assert not status.usable
    assert (state in {"Failed", "Canceled"}) is status.terminated
    assert (state == "Deleting") is status.deleting


def test_no_instance_view_and_no_disks(body):
    """What was not asked for or is not there yet is not replicated."""
    del body["properties"]["instanceView"]
    assert not status_of(body).usable

    storage(body).update(osDisk=None, dataDisks=None)
    assert () == status_of(body).disks
    assert not status_of(body).usable

    body["properties"]["sourceMetadata"] = None
    assert () == status_of(body).disks
    assert not status_of(body).usable


def test_the_encryption_that_is_returned(body):
    """It is told as it is, not as it was asked for."""
    storage(body)["osDisk"]["diskRestorePoint"] |= {
        "encryption": {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSet": {"id": "/des"}},
        "sourceDiskRestorePoint": {"id": "/source"},
    }

    disk = status_of(body).disks[0]
    assert ("EncryptionAtRestWithCustomerKey", "/des", "/source") == (
        disk.encryption_type,
        disk.disk_encryption_set_id,
        disk.source_disk_restore_point_id,
    )


def test_two_reports_on_one_disk(body):
    """The one counts that leaves more to wait for, whichever comes first."""
    reports = body["properties"]["instanceView"]["diskRestorePoints"]
    running = copy.deepcopy(reports[0])
    running["id"] = running["id"].upper()
    running["replicationStatus"] = {"status": {"code": "ReplicationState/inProgress"}, "completionPercent": 40}

    for both in ([reports[0], running], [running, reports[0]]):
        body["properties"]["instanceView"]["diskRestorePoints"] = [*both, *reports[1:]]
        assert not status_of(body).usable
