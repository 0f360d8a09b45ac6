"""One restored disk from create to destroy, and what a later run finds."""

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.disk_worlds import (
    DISK,
    GET_DISK,
    GET_JOB,
    LIST_JOBS,
    MIDDLE,
    NEWEST,
    POST,
    RESTORE,
    VALIDATE,
    grant,
    vault_world,
)


@pytest.fixture
def azure(make_azure):
    return make_azure(whole=vault_world())


@pytest.fixture
def stack(azure):
    return azure.stack(DiskRestoreProvider)


def test_a_disk_is_restored_once_its_job_has_completed(azure, stack):
    """The outputs tell the recovery point, the job, and how old the data was."""
    assert "create" == stack.up(RESTORE)

    outputs = stack.outputs
    assert azure.there(DISK)
    assert DISK == stack.id == outputs["disk_id"] == outputs["arm_id"]
    assert NEWEST == outputs["recovery_point_id"]
    assert "Completed" == outputs["job_status"]
    assert "westeurope" == outputs["location"]
    assert 600 == outputs["duration_seconds"]
    assert 4 * 3600 < outputs["data_age_seconds"] < 8 * 3600
    assert outputs["recovery_point_time"] < outputs["started_at"] < outputs["ended_at"]
    assert [("Trigger Restore", "Completed"), ("Restore Disk", "Completed")] == [
        (task["name"], task["status"]) for task in outputs["sub_tasks"]
    ]
    assert [] == outputs["warnings"]
    assert azure.said("restoring, job")


def test_what_a_restore_asks(azure, stack):
    """A look, the instance, its points, a validation, another look, one restore, and then the job."""
    stack.up(RESTORE)

    asked = azure.requests()
    first = asked.index(LIST_JOBS) - 1
    looked = ["GET BackupInstances.Get", "GET RecoveryPoints.List"]
    assert [GET_DISK, LIST_JOBS, *looked, VALIDATE] == asked[first : first + 5]
    assert [*looked, GET_DISK] == asked[:first]  # the preview
    assert 1 == asked.count(POST)
    assert [GET_DISK, LIST_JOBS, POST] == asked[asked.index(POST) - 2 : asked.index(POST) + 1]
    assert GET_DISK == asked[-1]


def test_nothing_is_asked_in_an_up_without_changes(azure, stack):
    """The state says all."""
    stack.up(RESTORE)
    azure.new_process()

    assert "same" == stack.up(RESTORE)
    assert [] == azure.requests()


def test_a_newer_recovery_point_is_no_change(azure, stack):
    """The point is chosen once: `latest` means the latest when the disk was restored."""
    stack.up(RESTORE)
    azure.new_process()
    stack.refresh()

    assert "same" == stack.up(RESTORE)
    assert NEWEST == stack.outputs["recovery_point_id"]
    assert "" == stack.unready


def test_a_refresh_asks_for_the_disk_alone(azure, stack):
    """A finished restore needs its vault no more."""
    stack.up(RESTORE)
    before = dict(stack.outputs)
    azure.new_process()
    stack.refresh()

    assert [GET_DISK] == azure.requests()
    assert before == stack.outputs


def test_a_refresh_while_the_vault_answers_nothing(azure, stack):
    """Neither refresh, nor an up without changes, nor destroy needs it."""
    stack.up(RESTORE)
    azure.new_process()
    azure.faults.hang("GET", "backupVaults")
    stack.refresh()

    assert "same" == stack.up(RESTORE)
    azure.new_process()
    azure.faults.hang("GET", "backupVaults")
    stack.destroy()
    assert not azure.there(DISK)


def test_a_disk_that_is_gone_is_noticed(azure, stack):
    """Then the next up restores it again."""
    stack.up(RESTORE)
    azure.remove(DISK)
    azure.new_process()
    stack.refresh()

    assert "" == stack.id
    assert "create" == stack.up(RESTORE)
    assert azure.there(DISK)


@pytest.mark.parametrize(("status", "code"), [(403, "AuthorizationFailed"), (404, ""), (404, "Other"), (503, "Busy")])
def test_an_answer_that_is_not_gone(azure, stack, status, code):
    """Only ARM's own word about the disk or its group ends it in the state."""
    stack.up(RESTORE)
    azure.new_process()
    azure.faults.answer("GET", "/disks/", status, code)

    with pytest.raises(Exception, match=str(status)):
        stack.refresh()
    assert DISK == stack.id


def test_destroy_deletes_the_disk(azure, stack):
    """It follows the deletion to its end."""
    stack.up(RESTORE)
    azure.new_process()
    stack.destroy()

    assert not azure.there(DISK)
    assert ["DELETE Disks.Delete"] == azure.requests("DELETE")


def test_a_disk_that_is_gone_already_is_deleted(azure, stack):
    """Deleting nothing is no error."""
    stack.up(RESTORE)
    azure.remove(DISK)
    azure.new_process()

    stack.destroy()

    assert "" == stack.id


def test_a_disk_that_is_attached_is_not_deleted(azure, stack):
    """The error names the VM, and state and disk stay."""
    stack.up(RESTORE)
    azure.new_process()
    machine = "/subscriptions/0/resourceGroups/production/providers/Microsoft.Compute/virtualMachines/web-1"
    azure.faults.answer("DELETE", "/disks/", 409, "OperationNotAllowed", text="Disk restored is attached to VM.")
    azure.faults.rewrite("GET", "/disks/", lambda body: body.update(managedBy=machine))

    with pytest.raises(Exception, match=f"is attached to {machine} and is not deleted: detach it") as failure:
        stack.destroy()
    assert "Disk restored is attached to VM." in str(failure.value)
    assert DISK == stack.id
    assert azure.there(DISK)


def test_a_disk_that_is_locked_is_not_deleted(azure, stack):
    """Another conflict is told in Azure's words."""
    stack.up(RESTORE)
    azure.new_process()
    azure.faults.answer("DELETE", "/disks/", 409, "ScopeLocked", text="The scope is locked.")

    with pytest.raises(Exception, match="ScopeLocked"):
        stack.destroy()
    assert azure.there(DISK)


def test_another_point_makes_another_disk(azure, stack):
    """With a name of our own, the new disk stands before the old one is deleted."""
    unnamed = {name: value for name, value in RESTORE.items() if name != "disk_name"}
    stack.up(unnamed)
    first = stack.id
    azure.new_process()

    assert "replace" == stack.up(unnamed | {"recovery_point": MIDDLE})
    assert MIDDLE == stack.outputs["recovery_point_id"]
    assert first != stack.id
    assert azure.there(stack.id)
    assert not azure.there(first)


def test_a_forced_replacement_keeps_the_disk(azure, stack):
    """One object is created and deleted in one run: `--target-replace` finds its name taken and adopts it."""
    stack.up(RESTORE)
    azure.new_process()

    assert "replace" == stack.up(RESTORE, replace=True)
    assert azure.there(DISK)
    assert [] == azure.requests("POST")
    assert azure.said("kept: the program still asks for this object")


def test_a_disk_of_somebody_else_is_read(azure, stack):
    """`DiskRestore.get` of a disk without a restore: what Azure tells of it."""
    other = azure.stack(DiskRestoreProvider)
    stack.up(RESTORE)
    other.id = DISK
    other.refresh()

    assert DISK == other.outputs["disk_id"]
    assert "westeurope" == other.outputs["location"]
    assert "restored" == other.outputs["disk_name"]


def test_another_subscription(make_azure):
    """A disk may be restored to any subscription that the vault may write to."""
    other = "00000000-0000-0000-0000-000000000002"
    world = vault_world(roles=False)
    world["resource_groups"].append({"name": "drills-2", "location": "westeurope", "subscription_id": other})
    azure = make_azure(whole=world)
    stack = azure.stack(DiskRestoreProvider)
    group = f"/subscriptions/{other}/resourceGroups/drills-2"
    grant(azure, group)

    stack.up(RESTORE | {"target_resource_group_id": group})
    assert f"{group}/providers/Microsoft.Compute/disks/restored" == stack.id
    assert azure.there(stack.id)


def test_what_it_costs_to_watch_a_restore_of_an_hour(make_azure):
    """At most 40 looks at the job; those at the operations of validation and restore are counted apart."""
    azure = make_azure(whole=vault_world(minutes=60.0))
    stack = azure.stack(DiskRestoreProvider)
    stack.up(RESTORE)

    asked = azure.requests()
    assert 10 < asked.count(GET_JOB) <= 40
    assert 2 <= sum("OperationStatus" in one for one in asked) <= 10


def test_an_age_that_is_no_longer_given(azure, stack):
    """It is changed in place, without a request, and once."""
    stack.up(RESTORE | {"max_age": "P1D"})
    azure.new_process()

    assert "update" == stack.up(RESTORE)
    assert "same" == stack.up(RESTORE)
    assert "westeurope" == stack.outputs["location"]
    assert [] == azure.requests()
