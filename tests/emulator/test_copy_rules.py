"""What Azure refuses about copies, each with its word."""

from __future__ import annotations

import pytest


@pytest.fixture
def target(azure):
    """A target collection, and nothing in it."""
    azure.make_target()
    return azure


def test_target_must_exist(azure):
    """A copy into a collection that is not there finds no parent."""
    assert (404, "ParentResourceNotFound") == azure.refusal(azure.copy("daily-1"))


def test_source_must_be_of_the_collection_that_the_target_names(target):
    """A restore point of another collection cannot be copied into this one."""
    other = target.source.replace("web-1-restore-points", "others")

    assert (400, "InvalidParameter") == target.refusal(target.copy("daily-1", source=other))


def test_source_must_exist(target):
    """The refusal names the source, not the copy."""
    answer = target.copy("daily-9")

    assert (404, "ResourceNotFound") == target.refusal(answer)
    assert "web-1-restore-points/daily-9" in answer.json()["error"]["message"]


def test_source_may_be_missing_with_another_status(make_azure):
    """missing_source_status decides what a missing source is answered with."""
    azure = make_azure(missing_source_status=400)
    azure.make_target()

    assert (400, "ResourceNotFound") == azure.refusal(azure.copy("daily-9"))


def test_source_is_required_in_a_collection_of_copies(target):
    """A restore point without sourceRestorePoint cannot be made there."""
    answer = target.call("PUT", f"{target.target}/restorePoints/daily-1", {"properties": {}})

    assert (400, "InvalidParameter") == target.refusal(answer)
    assert "sourceRestorePoint" == answer.json()["error"]["target"]


@pytest.mark.parametrize("given", ["daily-1", "/subscriptions/x", "{machine}", ""])
def test_source_must_have_the_shape_of_an_id(target, given):
    """Anything but the id of a restore point is refused on its property."""
    text = given.replace("{machine}", target.machine)
    body = {"properties": {"sourceRestorePoint": {"id": text}}}

    answer = target.call("PUT", f"{target.target}/restorePoints/daily-1", body)

    assert (400, "InvalidParameter") == target.refusal(answer)


def test_source_may_lack_its_leading_slash_and_casing(target):
    """Compute reads ids case-insensitively, with or without the slash."""
    source_id = f"{target.source}/restorePoints/daily-1".upper().lstrip("/")
    body = {"properties": {"sourceRestorePoint": {"id": source_id}}}

    assert 201 == target.call("PUT", f"{target.target}/restorePoints/daily-1", body).status_code


def test_copy_of_a_copy_is_refused(target):
    """Not even from the third region."""
    target.copy("daily-1")
    target.advance(minutes=90)
    third = target.target.replace("web-1-copies", "copies-of-copies")
    assert 201 == target.make_target(third, "uksouth", source=target.target).status_code

    assert (409, "OperationNotAllowed") == target.refusal(target.copy("daily-1", third, target.target))


def test_copy_of_a_copy_can_be_refused_with_the_collection(make_azure):
    """copy_of_copy=collection refuses the collection already."""
    azure = make_azure(copy_of_copy="collection")
    azure.make_target()
    third = azure.target.replace("web-1-copies", "copies-of-copies")

    answer = azure.make_target(third, "uksouth", source=azure.target)

    assert (409, "OperationNotAllowed") == azure.refusal(answer)


def test_restore_point_is_copied_to_a_region_once(target):
    """The rule holds across the collections of the region, and names the copy there is."""
    second = target.target.replace("web-1-copies", "second")
    target.make_target(second, "North Europe")
    target.copy("daily-1")

    answer = target.copy("daily-1", second)

    assert (409, "OperationNotAllowed") == target.refusal(answer)
    assert f"{target.target}/restorePoints/daily-1" in answer.json()["error"]["message"]


def test_restore_point_is_copied_to_another_region_besides(target):
    """One copy in each region is allowed."""
    second = target.target.replace("web-1-copies", "second")
    target.make_target(second, "uksouth")
    target.copy("daily-1")

    assert 201 == target.copy("daily-1", second).status_code


def test_restore_point_can_be_copied_again_after_its_copy_is_gone(target):
    """A deleted copy does not count, once it is gone."""
    target.copy("daily-1")
    target.call("DELETE", f"{target.target}/restorePoints/daily-1")
    body = {"properties": {"sourceRestorePoint": {"id": f"{target.source}/restorePoints/daily-1"}}}
    meanwhile = target.call("PUT", f"{target.target}/restorePoints/again", body)
    target.advance(seconds=21)

    assert (409, "OperationNotAllowed") == target.refusal(meanwhile)
    assert 201 == target.copy("daily-1").status_code


def test_older_restore_point_is_refused_after_a_later_one(target):
    """daily-1, daily-3, then daily-2: the last is out of order, while daily-3 is still on its way."""
    assert [201, 201] == [target.copy(name).status_code for name in ("daily-1", "daily-3")]

    answer = target.copy("daily-2")

    assert (409, "OperationNotAllowed") == target.refusal(answer)
    assert "order" in answer.json()["error"]["message"]


def test_order_forgets_deleted_copies(target):
    """Without the later copy the older restore point may be copied."""
    target.copy("daily-3")
    target.call("DELETE", f"{target.target}/restorePoints/daily-3")
    target.advance(seconds=21)

    assert 201 == target.copy("daily-2").status_code


def test_order_can_remember_deleted_copies(make_azure):
    """order_remembers_deleted=true counts what was ever copied into the collection."""
    azure = make_azure(order_remembers_deleted=True)
    azure.make_target()
    azure.copy("daily-3")
    azure.call("DELETE", f"{azure.target}/restorePoints/daily-3")
    azure.advance(seconds=21)

    assert (409, "OperationNotAllowed") == azure.refusal(azure.copy("daily-2"))


def test_order_can_wait_for_replication(make_azure):
    """order=replicated refuses the next copy until the one before has arrived."""
    azure = make_azure(order="replicated")
    azure.make_target()
    azure.copy("daily-1")

    creating = azure.copy("daily-2")
    azure.advance(minutes=30)
    replicating = azure.copy("daily-2")
    azure.advance(minutes=40)

    assert [(409, "OperationNotAllowed")] * 2 == [azure.refusal(creating), azure.refusal(replicating)]
    assert 201 == azure.copy("daily-2").status_code


def test_fourth_copy_within_an_hour_waits_for_its_end(make_azure):
    """Three copies an hour for each target collection; Retry-After says when the first of them is an hour old."""
    azure = make_azure(copies_per_hour=2)
    azure.make_target()
    azure.copy("daily-1")
    azure.advance(minutes=10)
    azure.copy("daily-2")
    azure.advance(minutes=10)

    answer = azure.copy("daily-3")

    assert (429, "OperationNotAllowed") == azure.refusal(answer)
    assert "TooManyRequests" == answer.json()["error"]["details"][0]["code"]
    assert "2400" == answer.headers["retry-after"]
    azure.advance(seconds=2390)
    early = azure.copy("daily-3")
    assert (429, "10") == (early.status_code, early.headers["retry-after"])
    azure.advance(seconds=10)
    assert 201 == azure.copy("daily-3").status_code


def test_three_copies_an_hour_are_allowed(target):
    """The default limit is three, and refused requests do not count."""
    target.copy("daily-9")

    assert [201, 201, 201] == [target.copy(f"daily-{n}").status_code for n in (1, 2, 3)]


def test_copy_limit_is_of_one_collection(make_azure):
    """Another target collection has copies of its own."""
    azure = make_azure(copies_per_hour=1)
    second = azure.target.replace("web-1-copies", "second")
    azure.make_target()
    azure.make_target(second, "uksouth")
    azure.copy("daily-1")

    assert 201 == azure.copy("daily-1", second).status_code
    assert 429 == azure.copy("daily-2").status_code


def test_same_request_again_is_accepted_without_new_work(target):
    """A PUT that was answered twice leaves one copy, one operation and one count."""
    first = target.copy("daily-1")
    target.advance(seconds=10)
    second = target.copy("DAILY-1", source=target.source.replace("production", "PRODUCTION"))

    names = {target.follow(answer.headers["azure-asyncoperation"]).json()["name"] for answer in (first, second)}

    assert [201, 201] == [first.status_code, second.status_code]
    assert 1 == len(names)
    assert first.json()["id"] == second.json()["id"]
    assert [201, 201] == [target.copy(name).status_code for name in ("daily-2", "daily-3")]


def test_different_request_for_an_existing_restore_point_is_refused(target):
    """A restore point is never changed."""
    target.copy("daily-1")
    body = {"properties": {"sourceRestorePoint": {"id": f"{target.source}/restorePoints/daily-2"}}}

    answer = target.call("PUT", f"{target.target}/restorePoints/daily-1", body)

    assert (409, "OperationNotAllowed") == target.refusal(answer)


def test_source_that_is_being_made_cannot_be_copied(target):
    """Only what is Succeeded can be copied."""
    target.call("PUT", f"{target.source}/restorePoints/fresh", {"properties": {}})

    answer = target.copy("fresh")

    assert (409, "OperationNotAllowed") == target.refusal(answer)
    assert "Creating" in answer.json()["error"]["message"]


def test_disks_cannot_be_excluded_from_a_copy(target):
    """`excludeDisks` belongs to restore points of a VM."""
    disk = f"{target.groups}/production/providers/Microsoft.Compute/disks/web-1-os"

    assert (400, "InvalidParameter") == target.refusal(target.copy("daily-1", excludeDisks=[{"id": disk}]))


@pytest.mark.parametrize(
    "attributes",
    [
        {"encryption": {"type": "EncryptionAtRestWithCustomerKey"}, "sourceDiskRestorePoint": {"id": "{os}"}},
        {"encryption": {"type": "EncryptionAtRestWithPlatformKey"}},
        {"encryption": {"type": "EncryptionAtRestWithPlatformKey"}, "sourceDiskRestorePoint": {"id": "{data}"}},
        {"encryption": {}, "sourceDiskRestorePoint": {"id": "{os}"}},
    ],
    ids=["key set missing", "source disk missing", "data disk as OS disk", "type missing"],
)
def test_encryption_must_make_sense(target, attributes):
    """A customer's key needs its set, and each entry names the disk it is for."""
    profile = target.point("daily-1", target.source)["sourceMetadata"]["storageProfile"]
    reference = attributes.get("sourceDiskRestorePoint")
    if reference is not None:
        ids = {"{os}": profile["osDisk"], "{data}": profile["dataDisks"][0]}
        reference = {"id": ids[reference["id"]]["diskRestorePoint"]["id"]}
        attributes = {**attributes, "sourceDiskRestorePoint": reference}

    answer = target.copy("daily-1", sourceMetadata={"storageProfile": {"osDisk": {"diskRestorePoint": attributes}}})

    assert (400, "InvalidParameter") == target.refusal(answer)
