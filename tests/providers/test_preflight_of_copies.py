"""What a preview says about a copy, word by word; each rule in three worlds has a file of its own."""

import pytest

from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import (
    COPY,
    COPY_ID,
    DAILY,
    OTHER_SOURCE,
    RECOVERY,
    SOURCE,
    TARGET,
    collection,
    copied,
)

LOOK = "GET RestorePointCollections.Get"


def _refused(azure, news):
    """Return the failures of a first preview."""
    try:
        azure.stack(RestorePointCopyProvider).preview(news)
    except Exception as failure:  # noqa: BLE001 - its attribute is what is tested
        return failure.properties
    return {}


CAN_NEVER_WORK = {
    "source missing": (
        {},
        {"source_restore_point_id": f"{DAILY}9"},
        ("source_restore_point_id", "there is no daily-9 in its collection"),
    ),
    "source collection missing": (
        {},
        {"source_restore_point_id": f"{SOURCE}-gone/restorePoints/daily-1"},
        ("source_restore_point_id", "Azure knows no collection of"),
    ),
    "source group missing": (
        {},
        {"source_restore_point_id": f"{DAILY}1".replace("production", "nowhere")},
        ("source_restore_point_id", "Azure knows no resource group of"),
    ),
    "source failed": (
        {"points": [{"name": "daily-1", "age_hours": 72, "provisioning_state": "Failed"}]},
        {},
        ("source_restore_point_id", "is Failed and can never be copied"),
    ),
    "copy of a copy": (
        {"copies": [copied()], "more": [collection("third", [], location="uksouth")]},
        {"source_restore_point_id": COPY_ID, "restore_point_collection_id": f"{RECOVERY}/third"},
        ("source_restore_point_id", "is a copy itself"),
    ),
    "target of another source": (
        {"more": [collection("weekly-copies", [], source="web-1-weekly")]},
        {"restore_point_collection_id": f"{RECOVERY}/weekly-copies"},
        ("restore_point_collection_id", f"takes copies from {OTHER_SOURCE}"),
    ),
    "target of a machine": (
        {},
        {"restore_point_collection_id": OTHER_SOURCE},
        ("restore_point_collection_id", "takes copies from"),
    ),
    "target in the region of the source": (
        {"more": [collection("near", [], location="westeurope")]},
        {"restore_point_collection_id": f"{RECOVERY}/near"},
        ("restore_point_collection_id", "is in the source's own region"),
    ),
    "name taken by another source": (
        {"copies": [copied("copy", "daily-1")]},
        {"source_restore_point_id": f"{DAILY}2"},
        ("restore_point_name", "is taken: copy in"),
    ),
}
"""Situation → world, change of the inputs, property and words."""


@pytest.mark.parametrize("case", CAN_NEVER_WORK)
def test_what_can_never_work_is_refused_on_its_property(make_azure, case):
    """In the first preview, with two look-ups at most, and before anything is changed."""
    parts, change, (property_, words) = CAN_NEVER_WORK[case]
    azure = make_azure(**parts)

    failures = _refused(azure, COPY | change)

    assert property_ in failures
    assert words in failures[property_]
    assert set(azure.requests()) == {LOOK}
    assert len(azure.requests()) <= 2


@pytest.mark.parametrize("lost", ["source", "source collection"])
def test_after_a_kill_the_copy_is_there_and_its_source_may_be_gone(azure, lost):
    """A rule that looks for an absence accepts our own work."""
    azure.stack(RestorePointCopyProvider).up(COPY)
    path = f"{DAILY}1" if lost == "source" else SOURCE
    azure.remove(path)
    azure.new_process()
    stack = azure.stack(RestorePointCopyProvider)

    assert COPY_ID == stack.preview(COPY)["arm_id"]
    assert [] == azure.warnings
    assert [LOOK] * 2 == azure.requests()
    assert "create" == stack.up(COPY)
    assert [] == azure.requests("PUT")


def test_our_copy_is_being_deleted_and_its_source_is_gone(make_azure):
    """What goes away is no copy that stands: once it is gone, there is nothing to copy it from."""
    azure = make_azure(copies=[copied()], settings={"delete_seconds": 100_000})
    azure.send("DELETE", COPY_ID)
    azure.faults.rewrite(
        "GET",
        SOURCE,
        lambda body: body["properties"].update(
            restorePoints=[point for point in body["properties"]["restorePoints"] if point["name"] != "daily-1"]
        ),
    )

    failures = _refused(azure, COPY)

    assert "there is no daily-1 in its collection" in failures["source_restore_point_id"]


NOT_YET = {
    "a later copy": ({"copies": [copied("newest", "daily-3")]}, COPY, "daily-1 is earlier than what is copied already"),
    "copied under another name": (
        {"copies": [copied("other", "daily-1")]},
        COPY,
        "daily-1 is copied already, as other: Azure takes one copy a region",
    ),
    "no target": ({"target": False}, COPY, "does not exist yet, and nothing before this copy makes it"),
    "no group of the target": (
        {},
        COPY | {"restore_point_collection_id": TARGET.replace("/recovery/", "/nowhere/")},
        "does not exist yet",
    ),
}


@pytest.mark.parametrize("case", NOT_YET)
def test_what_does_not_work_yet_is_a_warning(make_azure, case):
    """The preview goes on; two look-ups tell."""
    parts, news, words = NOT_YET[case]
    azure = make_azure(**parts)

    azure.stack(RestorePointCopyProvider).preview(news)

    assert 1 == len(azure.warnings)
    assert words in azure.warnings[0]
    assert [LOOK] * 2 == azure.requests()


@pytest.mark.parametrize("later", [[], [copied("newest", "daily-3")]], ids=["alone", "with a later copy"])
def test_after_a_kill_our_own_copy_is_no_reason_to_warn(make_azure, later):
    """Neither the order nor "copied already" speaks of what the program asks for."""
    azure = make_azure(copies=[copied(), *later])

    azure.stack(RestorePointCopyProvider).preview(COPY)

    assert [] == azure.warnings


def test_a_source_that_is_still_being_made(make_azure):
    """Azure copies it once it is Succeeded."""
    azure = make_azure(settings={"create_seconds": 100_000})
    azure.send("PUT", f"{DAILY}4", {"properties": {}})

    azure.stack(RestorePointCopyProvider).preview(COPY | {"source_restore_point_id": f"{DAILY}4"})

    assert ["daily-4 is Creating: Azure copies it once it is Succeeded"] == azure.warnings


def test_a_name_that_is_being_freed(make_azure):
    """What is being deleted under the name is waited for in create."""
    azure = make_azure(copies=[copied()], settings={"delete_seconds": 100_000})
    azure.send("DELETE", COPY_ID)

    assert {} == _refused(azure, COPY | {"source_restore_point_id": f"{DAILY}2"})


def test_our_own_copy_failed(make_azure):
    """The preview says what create will say; with `recopy_failed` there is nothing to say."""
    azure = make_azure(copies=[copied(provisioning_state="Failed")])
    stack = azure.stack(RestorePointCopyProvider)

    stack.preview(COPY | {"recopy_failed": True})
    assert [] == azure.warnings
    stack.preview(COPY)

    assert ["copy is there and Failed: set recopy_failed=True to copy again, or delete it"] == azure.warnings


def test_the_fourth_copy_of_an_hour(azure):
    """Azure takes three an hour for a collection: said once, on the fourth row."""
    for number in range(1, 6):
        news = COPY | {"restore_point_name": f"copy-{number}", "source_restore_point_id": f"{DAILY}{number % 3 + 1}"}
        azure.stack(RestorePointCopyProvider).preview(news)
        assert (number > 3) == bool(azure.warnings)

    assert 1 == len(azure.warnings)
    assert "Azure takes 3 an hour" in azure.warnings[0]


def test_five_hundred_restore_points(make_azure):
    """The limit of one VM counts all its collections."""
    azure = make_azure(points=[{"name": f"daily-{n}", "age_hours": 600 - n} for n in range(500)])

    azure.stack(RestorePointCopyProvider).preview(COPY)

    assert ["source and target hold 500 restore points: Azure allows 500 for a VM"] == azure.warnings
