"""What a preview says about a collection for copies, word by word; each rule in three worlds has a file of its own."""

import pytest
from pulumi.output import Unknown

from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from tests.providers.worlds import COLLECTION, OTHER_SOURCE, RECOVERY, SOURCE, SUBSCRIPTION, TARGET, collection, copied

LOOK = "GET RestorePointCollections.Get"
REGIONS = "GET Subscriptions.ListLocations"
UNNAMED = {name: value for name, value in COLLECTION.items() if name != "restore_point_collection_name"}


def _refused(azure, news):
    """Return the failures of a first preview."""
    try:
        azure.stack(RestorePointCollectionCopyProvider).preview(news)
    except Exception as failure:  # noqa: BLE001 - its attribute is what is tested
        return failure.properties
    return {}


CAN_NEVER_WORK = {
    "source missing": (
        {"target": False},
        {"source_collection_id": f"{SOURCE}-gone"},
        ("source_collection_id", "Azure knows no collection of"),
    ),
    "source group missing": (
        {"target": False},
        {"source_collection_id": SOURCE.replace("production", "nowhere")},
        ("source_collection_id", "Azure knows no resource group of"),
    ),
    "copy of a copy": (
        {},
        {"source_collection_id": TARGET, "location": "uksouth", "restore_point_collection_name": "third"},
        ("source_collection_id", "is a copy itself"),
    ),
    "region of the source": (
        {"target": False},
        {"location": "West Europe"},
        ("location", "is the region of the source collection itself (westeurope)"),
    ),
    "name taken by another source": (
        {},
        {"source_collection_id": OTHER_SOURCE},
        ("restore_point_collection_name", "is taken"),
    ),
    "name taken in another region": (
        {},
        {"location": "uksouth"},
        ("restore_point_collection_name", "is in northeurope"),
    ),
}
"""Situation → world, change of the inputs, property and words."""


@pytest.mark.parametrize("case", CAN_NEVER_WORK)
def test_what_can_never_work_is_refused_on_its_property(make_azure, case):
    """In the first preview, with two look-ups, and before anything is changed."""
    parts, change, (property_, words) = CAN_NEVER_WORK[case]
    azure = make_azure(**parts)

    failures = _refused(azure, COLLECTION | change)

    assert [property_] == list(failures)
    assert words in failures[property_]
    assert [LOOK] * 2 == azure.requests()


def test_after_a_kill_the_collection_is_there_and_its_source_may_be_gone(make_azure):
    """A rule that looks for an absence accepts our own work."""
    azure = make_azure(target=False)
    azure.stack(RestorePointCollectionCopyProvider).up(UNNAMED)
    azure.remove(SOURCE)
    azure.new_process()
    stack = azure.stack(RestorePointCollectionCopyProvider)

    stack.preview(UNNAMED)
    assert [] == azure.warnings
    assert [LOOK] * 2 == azure.requests()

    stack.up(UNNAMED)
    assert [] == azure.requests("PUT")


def test_a_name_that_is_being_freed(make_azure):
    """What is being deleted under the name is waited for in create."""
    azure = make_azure(settings={"delete_seconds": 100_000})
    azure.send("DELETE", TARGET)

    assert {} == _refused(azure, COLLECTION | {"location": "uksouth"})


def test_a_group_that_is_not_there_yet(azure):
    """The program may make it, so it is a warning."""
    azure.stack(RestorePointCollectionCopyProvider).preview(COLLECTION | {"resource_group_name": "nowhere"})

    assert ["resource group nowhere does not exist yet"] == azure.warnings


def test_moved_within_its_region_while_it_holds_copies(make_azure):
    """Its copies cannot be made again beside the old ones: the preview says so, with the way out."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()

    stack.preview(COLLECTION | {"resource_group_name": "spare"})

    assert 1 == len(azure.warnings)
    assert azure.warnings[0].startswith("the old collection in northeurope holds copy: Azure keeps one copy")
    assert [LOOK, LOOK, REGIONS, LOOK] == azure.requests()


def test_moved_within_its_region_while_it_is_empty(azure):
    """Nothing stands in the way."""
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()

    stack.preview(COLLECTION | {"resource_group_name": "spare"})

    assert [] == azure.warnings


@pytest.mark.parametrize("unknown", ["source_collection_id", "location", "resource_group_name"])
def test_an_unknown_input_is_not_checked(azure, unknown):
    """What can be told from the others is told; no rule guesses."""
    azure.stack(RestorePointCollectionCopyProvider).preview(UNNAMED | {unknown: Unknown()})

    assert [] == azure.warnings
    assert azure.requests().count(LOOK) <= 1


@pytest.mark.parametrize(
    ("location", "hint"),
    [("northeurop", "did you mean northeurope?"), ("mars", "`az account list-locations` lists them")],
)
def test_a_region_that_the_subscription_has_not_is_refused_on_its_property(make_azure, location, hint):
    """A typo would otherwise be found by the first PUT; the list is Azure's, so a new region needs no new release."""
    azure = make_azure(target=False)

    failures = _refused(azure, COLLECTION | {"location": location})

    assert ["location"] == list(failures)
    assert f"is no region of subscription {SUBSCRIPTION}; {hint}" == failures["location"]
    assert [LOOK, LOOK, REGIONS] == azure.requests()


def test_regions_that_cannot_be_listed_are_not_checked(make_azure):
    """Without the right a preview passes, and says once which one it needs."""
    azure = make_azure(target=False)
    azure.fault("forbidden", operation="Subscriptions.*", count=0)

    azure.stack(RestorePointCollectionCopyProvider).preview(COLLECTION | {"location": "northeurop"})

    assert 1 == len(azure.warnings)
    assert azure.warnings[0].startswith("not checked: needs Microsoft.Resources/subscriptions/locations/read: ")


def test_an_unknown_source_behind_a_known_name(azure):
    """Whether the name is taken by another source cannot be known."""
    azure.stack(RestorePointCollectionCopyProvider).preview(COLLECTION | {"source_collection_id": Unknown()})

    assert [] == azure.warnings


def test_without_the_right_to_read(make_azure):
    """A preview passes, and says once which right it needs."""
    azure = make_azure(more=[collection("second", [])])
    azure.faults.answer("GET", "/restorePointCollections/", 403, "AuthorizationFailed")

    for name in ("web-1-copies", "second"):
        azure.stack(RestorePointCollectionCopyProvider).preview(COLLECTION | {"restore_point_collection_name": name})

    assert 1 == len(azure.warnings)
    assert "not checked: needs Microsoft.Compute/restorePointCollections/read on " in azure.warnings[0]


@pytest.mark.parametrize(("method", "action"), [("GET", "read"), ("PUT", "write")])
def test_a_right_that_is_still_spreading(make_azure, monkeypatch, method, action):
    """Create waits it out, and the row says which right."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")
    azure = make_azure(target=False)
    azure.faults.answer(method, TARGET, 403, "AuthorizationFailed", times=3)

    azure.stack(RestorePointCollectionCopyProvider).up(COLLECTION)

    assert azure.there(TARGET)
    assert azure.said(f"still spread: needs Microsoft.Compute/restorePointCollections/{action}")


def test_a_right_that_never_comes(make_azure, monkeypatch):
    """After five minutes of Azure's the error names action and scope; nothing is in the state."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")
    azure = make_azure(target=False)
    azure.faults.answer("PUT", TARGET, 403, "LinkedAuthorizationFailed")
    stack = azure.stack(RestorePointCollectionCopyProvider)

    with pytest.raises(Exception, match=f"needs Microsoft.Compute/restorePointCollections/write on {RECOVERY}/web-1"):
        stack.up(COLLECTION)
    assert "" == stack.id


def test_an_explicit_name_that_stays(azure):
    """In another region or from another source it would be the same id; in another group it is another one."""
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()

    for change in ({"location": "uksouth"}, {"source_collection_id": OTHER_SOURCE}):
        with pytest.raises(Exception, match="two cannot share a name"):
            stack.preview(COLLECTION | change)
    assert [] == azure.requests()
    stack.preview(COLLECTION | {"source_collection_id": Unknown()})
    stack.preview(COLLECTION | {"resource_group_name": "spare"})
