"""The life of a copy: accepted, replicating, usable, deleted."""

from __future__ import annotations

import pytest


def percentages(azure, name="daily-1"):
    return [disk["replicationStatus"]["completionPercent"] for disk in azure.replication(name)["diskRestorePoints"]]


def codes(azure, name="daily-1"):
    disks = azure.replication(name)["diskRestorePoints"]
    return [disk["replicationStatus"]["status"]["code"] for disk in disks]


@pytest.fixture
def copying(azure):
    """One copy, accepted at the start of the test."""
    azure.make_target()
    answer = azure.copy("daily-1")
    assert answer.status_code == 201
    azure.accepted = answer
    return azure


def test_accepted_copy_is_creating_and_shows_no_disks(copying):
    """The 201 to a copy comes before its disk restore points exist."""
    properties = copying.accepted.json()["properties"]

    assert properties["provisioningState"] == "Creating"
    profile = properties["sourceMetadata"]["storageProfile"]
    assert "diskRestorePoint" not in profile["osDisk"]
    assert [0, 1] == [disk["lun"] for disk in profile["dataDisks"]]
    assert all("diskRestorePoint" not in disk for disk in profile["dataDisks"])
    assert "instanceView" not in copying.point("daily-1", expand="instanceView")


def test_copy_is_succeeded_when_its_data_starts_to_move(copying):
    """The state Succeeded and the operation's end say nothing about the data."""
    copying.advance(seconds=46)

    assert copying.point("daily-1")["provisioningState"] == "Succeeded"
    assert copying.follow(copying.accepted.headers["azure-asyncoperation"]).json()["status"] == "Succeeded"
    assert [0, 0, 0] == percentages(copying)
    assert "ReplicationState/inProgress" == copying.replication("daily-1")["statuses"][0]["code"]


def test_restore_point_has_no_type(copying):
    """A restore point's body has id and name, and no type."""
    assert {"id", "name", "properties"} == set(copying.accepted.json())


def test_copy_shows_the_creation_time_of_its_source(copying):
    """The `timeCreated` of a copy is that of the restore point it was made from."""
    assert copying.point("daily-1", copying.source)["timeCreated"] == copying.point("daily-1")["timeCreated"]


def test_progress_is_refreshed_every_ten_minutes(copying):
    """Between two refreshes the percentage stands still, however often one looks."""
    copying.advance(seconds=45)
    seen = []
    for _ in range(12):
        seen.append(percentages(copying)[2])
        copying.advance(minutes=5)

    assert [0, 0, 18, 18, 36, 36, 54, 54, 72, 72, 90, 90] == seen


def test_disk_is_seen_as_replicated_at_the_refresh_after_its_end(copying):
    """A disk of 25 minutes is shown as done 30 minutes after its data began to move."""
    copying.advance(seconds=45, minutes=29)
    before = codes(copying)[0]
    copying.advance(minutes=1)

    assert ["ReplicationState/inProgress", "ReplicationState/succeeded"] == [before, codes(copying)[0]]


def test_aggregate_succeeds_with_the_last_disk(copying):
    """The copy's own status is succeeded only when all of its disks are."""
    copying.advance(seconds=45, minutes=50)
    before = copying.replication("daily-1")["statuses"][0]["code"]
    copying.advance(minutes=10)

    assert "ReplicationState/inProgress" == before
    assert "ReplicationState/succeeded" == copying.replication("daily-1")["statuses"][0]["code"]
    assert [100, 100, 100] == percentages(copying)


def test_disks_that_the_world_does_not_time_take_twenty_to_sixty_minutes(make_azure):
    """Derived lengths differ between disks, and are the same for the same copy."""
    seen = []
    for _ in range(2):
        azure = make_azure(world_without_times())
        azure.make_target()
        azure.copy("daily-1")
        row = azure.cloud.store.get(f"{azure.target}/restorepoints/daily-1".lower())
        seen.append([disk["minutes"] for disk in row.document["disks"]])

    assert seen[0] == seen[1]
    assert len(set(seen[0])) == 3
    assert all(20 <= minutes <= 60 for minutes in seen[0])


def world_without_times():
    return {
        "subscription_id": "00000000-0000-0000-0000-000000000001",
        "resource_groups": [
            {"name": "production", "location": "westeurope"},
            {"name": "recovery", "location": "uksouth"},
        ],
        "virtual_machines": [
            {
                "name": "web-1",
                "resource_group": "production",
                "location": "westeurope",
                "disks": [{"name": "os"}, {"name": "data-0", "lun": 0}, {"name": "data-1", "lun": 1}],
            }
        ],
        "restore_point_collections": [
            {
                "name": "web-1-restore-points",
                "resource_group": "production",
                "location": "westeurope",
                "source": {"virtual_machine": "web-1"},
                "restore_points": [{"name": "daily-1"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("ending", "after_minutes", "expected"),
    [
        ("fails", 30, "ReplicationState/failed"),
        ("stalls", 600, "ReplicationState/inProgress"),
        ("stalls", 14 * 24 * 60 + 10, "ReplicationState/canceled"),
        ("regresses", 120, "ReplicationState/succeeded"),
    ],
)
def test_disk_ends_as_its_world_says(make_azure, ending, after_minutes, expected):
    """A disk may fail, stall until the limit of two weeks, or fall back and still succeed."""
    world = world_without_times()
    world["virtual_machines"][0]["disks"][1] |= {"replication_minutes": 40, "replication_ending": ending}
    azure = make_azure(world)
    azure.make_target()
    azure.copy("daily-1")

    azure.advance(seconds=45, minutes=after_minutes)

    assert expected == codes(azure)[1]
    assert expected == azure.replication("daily-1")["statuses"][0]["code"]


def test_failed_disk_tells_neither_percentage_nor_reason(make_azure):
    """Of a failed disk the service shows the level Error, and nothing more."""
    world = world_without_times()
    world["virtual_machines"][0]["disks"][1] |= {"replication_minutes": 40, "replication_ending": "fails"}
    azure = make_azure(world)
    azure.make_target()
    azure.copy("daily-1")
    azure.advance(seconds=45, minutes=30)

    status = azure.replication("daily-1")["diskRestorePoints"][1]["replicationStatus"]

    assert "completionPercent" not in status
    assert "Error" == status["status"]["level"]
    assert "message" not in status["status"]


def test_percentage_of_a_regressing_disk_falls(make_azure):
    """A disk that regresses shows a lower percentage than before."""
    world = world_without_times()
    world["virtual_machines"][0]["disks"][1] |= {"replication_minutes": 50, "replication_ending": "regresses"}
    azure = make_azure(world)
    azure.make_target()
    azure.copy("daily-1")
    azure.advance(seconds=45, minutes=20)
    before = percentages(azure)[1]
    azure.advance(minutes=10)

    assert (40, 35) == (before, percentages(azure)[1])


def test_restore_point_in_the_source_region_has_no_replication_status(azure):
    """Outside copies the replication status has no meaning and is not shown."""
    view = azure.replication("daily-1", azure.source)

    assert [] == view["statuses"]
    assert 3 == len(view["diskRestorePoints"])
    assert all("replicationStatus" not in disk for disk in view["diskRestorePoints"])


def test_deleted_copy_is_deleting_and_then_gone(copying):
    """A deletion takes time, in which the copy says Deleting."""
    copying.advance(minutes=90)

    answer = copying.call("DELETE", f"{copying.target}/restorePoints/daily-1")

    assert 202 == answer.status_code
    assert "Deleting" == copying.point("daily-1")["provisioningState"]
    copying.advance(seconds=21)
    gone = copying.call("GET", f"{copying.target}/restorePoints/daily-1")
    assert (404, "ResourceNotFound") == copying.refusal(gone)
    assert "Succeeded" == copying.follow(answer.headers["azure-asyncoperation"]).json()["status"]
    assert 204 == copying.call("DELETE", f"{copying.target}/restorePoints/daily-1").status_code


def test_second_delete_follows_the_first(copying):
    """A DELETE of what is being deleted starts nothing new."""
    path = f"{copying.target}/restorePoints/daily-1"
    first, second = copying.call("DELETE", path), copying.call("DELETE", path)

    names = {copying.follow(answer.headers["azure-asyncoperation"]).json()["name"] for answer in (first, second)}

    assert [202, 202] == [first.status_code, second.status_code]
    assert 1 == len(names)


def test_deleting_a_copy_that_is_creating_preempts_its_creation(copying):
    """The operation of the creation ends Canceled, with the reason."""
    copying.call("DELETE", f"{copying.target}/restorePoints/daily-1")

    operation = copying.follow(copying.accepted.headers["azure-asyncoperation"]).json()

    assert "Canceled" == operation["status"]
    assert "OperationPreempted" == operation["error"]["code"]


def test_deleting_while_creating_can_be_refused(make_azure):
    """delete_while_creating=refused answers 409 until the copy is accepted."""
    azure = make_azure(delete_while_creating="refused")
    azure.make_target()
    azure.copy("daily-1")

    refused = azure.call("DELETE", f"{azure.target}/restorePoints/daily-1")
    azure.advance(seconds=46)

    assert (409, "OperationNotAllowed") == azure.refusal(refused)
    assert 202 == azure.call("DELETE", f"{azure.target}/restorePoints/daily-1").status_code


def test_deleting_the_source_keeps_the_copy(copying):
    """A copy goes on replicating, and still names the source that is gone."""
    copying.advance(minutes=5)
    copying.call("DELETE", f"{copying.source}/restorePoints/daily-1")
    copying.advance(minutes=70)

    assert 404 == copying.call("GET", f"{copying.source}/restorePoints/daily-1").status_code
    assert [100, 100, 100] == percentages(copying)
    assert f"{copying.source}/restorePoints/daily-1" == copying.point("daily-1")["sourceRestorePoint"]["id"]


def test_copy_in_flight_can_fail_with_its_source(make_azure):
    """source_deleted_in_flight=fails ends the replication of disks that were not done."""
    azure = make_azure(source_deleted_in_flight="fails")
    azure.make_target()
    azure.copy("daily-1")
    azure.advance(seconds=45, minutes=35)
    azure.call("DELETE", f"{azure.source}/restorePoints/daily-1")

    assert ["ReplicationState/succeeded", "ReplicationState/failed", "ReplicationState/failed"] == codes(azure)


def test_deleting_a_collection_deletes_what_it_holds(copying):
    """The restore points of a deleted collection say Deleting, and go with it."""
    answer = copying.call("DELETE", copying.target)

    assert 202 == answer.status_code
    assert "Deleting" == copying.point("daily-1")["provisioningState"]
    copying.advance(seconds=21)
    assert 404 == copying.call("GET", copying.target).status_code
    gone = copying.call("GET", f"{copying.target}/restorePoints/daily-1")
    assert (404, "ParentResourceNotFound") == copying.refusal(gone)
    assert 204 == copying.call("DELETE", copying.target).status_code


def test_encryption_of_a_copied_disk_is_as_asked(azure):
    """A disk encryption set can be asked for each disk; the others get the platform's key."""
    azure.make_target()
    key_set = f"{azure.groups}/recovery/providers/Microsoft.Compute/diskEncryptionSets/keys"
    encryption = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSet": {"id": key_set}}
    source = azure.point("daily-1", azure.source)["sourceMetadata"]["storageProfile"]["dataDisks"][1]
    profile = {
        "dataDisks": [
            {
                "diskRestorePoint": {
                    "encryption": encryption,
                    "sourceDiskRestorePoint": {"id": source["diskRestorePoint"]["id"]},
                }
            }
        ]
    }

    answer = azure.copy("daily-1", sourceMetadata={"storageProfile": profile})
    azure.advance(seconds=46)

    assert 201 == answer.status_code
    shown = azure.point("daily-1")["sourceMetadata"]["storageProfile"]
    assert "EncryptionAtRestWithPlatformKey" == shown["osDisk"]["diskRestorePoint"]["encryption"]["type"]
    assert encryption == shown["dataDisks"][1]["diskRestorePoint"]["encryption"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("platform", "EncryptionAtRestWithPlatformKey"),
        ("source", "EncryptionAtRestWithCustomerKey"),
        ("always-platform", "EncryptionAtRestWithPlatformKey"),
    ],
)
def test_encryption_nobody_asked_for_is_a_setting(make_azure, policy, expected):
    """Two pages contradict each other about customer-managed keys, so encryption_of_copy decides."""
    world = world_without_times()
    key_set = "/subscriptions/x/resourceGroups/production/providers/Microsoft.Compute/diskEncryptionSets/keys"
    world["virtual_machines"][0]["disks"][0]["disk_encryption_set_id"] = key_set
    azure = make_azure(world, encryption_of_copy=policy)
    azure.make_target()
    azure.copy("daily-1")
    azure.advance(seconds=46)

    disk = azure.point("daily-1")["sourceMetadata"]["storageProfile"]["osDisk"]

    assert expected == disk["diskRestorePoint"]["encryption"]["type"]
