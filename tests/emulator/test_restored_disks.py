"""Disks that a restore makes: what they say of themselves, and when they can be deleted."""

from __future__ import annotations

import pytest

from tests.emulator.restoring import DISK, GROUPS, PROTECTED, disk_status, job, job_of, points_of, put_fault, restore


@pytest.mark.parametrize("option", ["Copy", "Restore"])
def test_restored_disk_says_what_it_was_made_from(make_azure, option):
    """The snapshot of its recovery point, by either option; size and sku are those of the protected disk."""
    azure = make_azure(restored_disk_create_option=option)
    point = points_of(azure)[0]["name"]
    restore(azure, point=point)
    azure.advance(minutes=13)
    disk = azure.call("GET", DISK, version=azure.disks).json()
    source = azure.call("GET", PROTECTED, version=azure.disks).json()
    made_from = disk["properties"]["creationData"]

    assert (option, f"{GROUPS}/snapshots/providers/Microsoft.Compute/snapshots/{point}") == (
        made_from["createOption"],
        made_from["sourceResourceId"],
    )
    assert (256, source["sku"]["name"]) == (disk["properties"]["diskSizeGB"], disk["sku"]["name"])
    assert source["properties"]["uniqueId"] != disk["properties"]["uniqueId"]


def test_disk_is_not_deleted_while_it_is_made(azure):
    """409 until the job has ended, then an operation, then nothing."""
    restore(azure)
    azure.advance(minutes=1)
    early = azure.refusal(azure.call("DELETE", DISK, version=azure.disks))
    azure.advance(minutes=12)
    accepted = azure.call("DELETE", DISK, version=azure.disks)
    again = azure.call("DELETE", DISK, version=azure.disks)
    azure.advance(minutes=1)

    assert (409, "OperationNotAllowed") == early
    assert (202, 202) == (accepted.status_code, again.status_code)
    assert "Succeeded" == azure.follow(accepted.headers["azure-asyncoperation"]).json()["status"]
    assert 404 == disk_status(azure)


def test_disk_can_be_deleted_under_its_job(make_azure):
    """By a setting; the job then fails at its end."""
    azure = make_azure(delete_disk_while_restoring="allowed")
    path = job_of(azure, restore(azure))
    azure.advance(minutes=1)
    accepted = azure.call("DELETE", DISK, version=azure.disks)
    azure.advance(minutes=12)

    assert 202 == accepted.status_code
    assert ("Failed", 404) == (job(azure, path)["status"], disk_status(azure))


@pytest.mark.parametrize(("name", "still"), [("operation-fails", 200), ("operation-hangs", 200)])
def test_deletion_of_a_disk_fails_or_hangs(azure, name, still):
    """The disk stays."""
    restore(azure)
    azure.advance(minutes=13)
    put_fault(azure, name, operation="Disks.Delete")
    azure.call("DELETE", DISK, version=azure.disks)
    azure.advance(minutes=60)

    assert still == disk_status(azure)


def test_attached_disk(azure):
    """A fault can attach a disk that a restore has made; those of a VM are so anyway."""
    put_fault(azure, "disk-attached", path="*/web-1-drill")
    made, of_vm = (azure.call("DELETE", disk, version=azure.disks) for disk in (DISK, PROTECTED))

    assert [(409, "OperationNotAllowed")] * 2 == [azure.refusal(made), azure.refusal(of_vm)]
    assert "attached to VM" in of_vm.json()["error"]["message"]
