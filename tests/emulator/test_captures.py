"""The source side: collections of a VM, and restore points made of it."""

from __future__ import annotations


def capture(azure, name="fresh", **properties):
    return azure.call("PUT", f"{azure.source}/restorePoints/{name}", {"properties": properties})


def test_restore_point_of_a_machine_takes_its_time(azure):
    """Creating, then Succeeded with a disk restore point for each disk."""
    answer = capture(azure)
    assert (201, "Creating") == (answer.status_code, answer.json()["properties"]["provisioningState"])

    azure.advance(seconds=121)

    properties = azure.point("fresh", azure.source)
    profile = properties["sourceMetadata"]["storageProfile"]
    assert "Succeeded" == properties["provisioningState"]
    assert "ApplicationConsistent" == properties["consistencyMode"]
    assert "sourceRestorePoint" not in properties
    assert 3 == len([disk for disk in [profile["osDisk"], *profile["dataDisks"]] if disk["diskRestorePoint"]["id"]])


def test_new_restore_point_can_be_copied(azure):
    """From PUT of the source to a copy of it."""
    azure.make_target()
    capture(azure, consistencyMode="CrashConsistent")
    azure.advance(seconds=121)

    assert "CrashConsistent" == azure.copy("fresh").json()["properties"]["consistencyMode"]


def test_collection_of_a_machine_can_be_made(azure):
    """A collection whose source is a VM of the world takes restore points of it."""
    path = azure.source.replace("web-1-restore-points", "hourly")

    made = azure.make_target(path, "westeurope", azure.machine)

    assert 201 == made.status_code
    assert 201 == azure.call("PUT", f"{path}/restorePoints/first", {}).status_code


def test_excluded_disk_is_left_out(azure):
    """Of the VM, `excludeDisks` names disks; others are refused."""
    disks = f"{azure.groups}/production/providers/Microsoft.Compute/disks"

    refused = capture(azure, excludeDisks=[{"id": f"{disks}/other"}])
    capture(azure, excludeDisks=[{"id": f"{disks}/WEB-1-data-1"}])
    azure.advance(seconds=121)

    assert (400, "InvalidParameter") == azure.refusal(refused)
    properties = azure.point("fresh", azure.source)
    assert ["web-1-data-0"] == [disk["name"] for disk in properties["sourceMetadata"]["storageProfile"]["dataDisks"]]
    assert 1 == len(properties["excludeDisks"])


def test_only_crash_consistency_can_be_asked_for(azure):
    """Application consistency is what one gets without asking."""
    assert (400, "InvalidParameter") == azure.refusal(capture(azure, consistencyMode="ApplicationConsistent"))


def test_collection_of_a_machine_takes_no_copies(azure):
    """A `sourceRestorePoint` needs a collection whose source is a collection."""
    answer = azure.copy("daily-1", target=azure.source.replace("web-1-restore-points", "web-1-restore-points"))
    again = capture(azure, sourceRestorePoint={"id": f"{azure.source}/restorePoints/daily-1"})

    assert (409, "OperationNotAllowed") == azure.refusal(answer)
    assert (400, "InvalidParameter") == azure.refusal(again)


def test_instant_access_has_a_length(azure):
    """60 to 300 minutes, shown as asked."""
    refused = capture(azure, instantAccessDurationMinutes=59)
    capture(azure, instantAccessDurationMinutes=120)

    assert (400, "InvalidParameter") == azure.refusal(refused)
    assert 120 == azure.point("fresh", azure.source)["instantAccessDurationMinutes"]


def test_machine_is_captured_once_at_a_time(azure):
    """A second creation waits for the first."""
    capture(azure, "one")

    assert (409, "VMRestorePointClientError") == azure.refusal(capture(azure, "two"))


def test_machine_is_captured_three_times_an_hour(azure):
    """The fourth restore point of a mode within an hour is answered 429."""
    statuses = []
    for number in range(4):
        statuses.append(capture(azure, f"n{number}").status_code)
        azure.advance(seconds=130)

    assert [201, 201, 201, 429] == statuses
    assert 201 == capture(azure, "crash", consistencyMode="CrashConsistent").status_code
