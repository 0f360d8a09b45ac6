"""ARM ids: what is read, what is refused, and how ids compare."""

import pytest

from azure_recovery.rest.arm.ids import (
    ResourceGroupId,
    ResourceId,
    check_group_name,
    check_name,
    check_subscription_id,
    id_key,
    normal_location,
    same_location,
)
from azure_recovery.rest.errors import InvalidInputError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/recovery"
COLLECTION_TYPE = "Microsoft.Compute/restorePointCollections"
POINT_TYPE = f"{COLLECTION_TYPE}/restorePoints"
COLLECTION = f"{GROUP}/providers/{COLLECTION_TYPE}/web-1"
POINT = f"{COLLECTION}/restorePoints/daily-1"


def reason_of(text, expect=POINT_TYPE):
    with pytest.raises(InvalidInputError) as caught:
        ResourceId.parse(text, property="source_restore_point_id", expect=expect)

    assert "source_restore_point_id" == caught.value.property
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_an_id_in_its_parts():
    """Every part is there, as written."""
    id_ = ResourceId.parse(POINT, expect=POINT_TYPE)

    assert SUBSCRIPTION == id_.subscription_id
    assert "recovery" == id_.resource_group
    assert "Microsoft.Compute" == id_.namespace
    assert ("restorePointCollections", "restorePoints") == id_.types
    assert ("web-1", "daily-1") == id_.names
    assert "daily-1" == id_.name
    assert POINT_TYPE == id_.type
    assert POINT == str(id_)


def test_other_casing_and_no_leading_slash():
    """Azure answers so; keywords become canonical and names keep their casing."""
    text = (
        f"Subscriptions/{SUBSCRIPTION}/resourcegroups/RECOVERY/PROVIDERS/microsoft.compute/"
        "restorepointcollections/Web-1/RestorePoints/Daily-1"
    )

    id_ = ResourceId.parse(text, expect=POINT_TYPE)

    assert POINT.replace("recovery", "RECOVERY").replace("web", "Web").replace("daily", "Daily") == str(id_)
    assert id_.same_as(POINT)
    assert id_.same_as(ResourceId.parse(POINT))
    assert id_.key == ResourceId.parse(POINT).key == id_key(text)


def test_a_different_name_is_a_different_resource():
    """Only the casing is ignored."""
    id_ = ResourceId.parse(POINT)

    assert not id_.same_as(POINT + "0")
    assert not id_.same_as(None)


def test_parents_and_children():
    """A child's parent is itself, and the group is above all."""
    collection = ResourceId.parse(COLLECTION)

    assert POINT == str(collection.child("restorePoints", "daily-1"))
    assert collection == collection.child("restorePoints", "daily-1").parent
    assert GROUP == str(collection.group)
    assert POINT == str(ResourceGroupId.parse(GROUP).resource(POINT_TYPE, "web-1", "daily-1"))
    with pytest.raises(ValueError, match="no parent"):
        _ = collection.parent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is missing"),
        ("   ", "is missing"),
        (None, "is missing"),
        (f" {POINT}", "blank"),
        (f"https://management.azure.com{POINT}", "leave out the host"),
        (f"{POINT}/", "ends with '/'"),
        (POINT.replace("/providers", "//providers"), "'//'"),
        (POINT.replace("/subscriptions", "/subscription"), "'subscription' instead of 'subscriptions'"),
        ("/subscriptions", "where the subscription's GUID belongs"),
        (POINT.replace(SUBSCRIPTION, "production"), "'production' where the subscription's GUID belongs"),
        (f"/subscriptions/{SUBSCRIPTION}", "ends after the subscription"),
        (POINT.replace("/resourceGroups/", "/resourceGroup/"), "'resourceGroup' where 'resourceGroups' belongs"),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups", "lacks the name of its resource group"),
        (POINT.replace("recovery", "recovery."), "'recovery.' is no name of a resource group"),
        (POINT.replace("recovery", "r" * 91), "1 to 90"),
        (GROUP, "ends after the resource group"),
        (POINT.replace("/providers/", "/provider/"), "'provider' where 'providers' belongs"),
        (POINT.removesuffix("/daily-1"), "lacks a type or a name"),
        (POINT.replace("daily-1", "daily%2D1"), "'%' in the name"),
        (POINT.replace("daily-1", "daily."), "ends with '.'"),
        (POINT.replace("daily-1", "d" * 261), "261 characters"),
        (COLLECTION, f"names a {COLLECTION_TYPE} where a {POINT_TYPE} belongs"),
        (POINT.replace("restorePoints/", "restorePoint/"), "restorePoint where a"),
    ],
)
def test_what_is_no_id(text, said):
    """One line says what is wrong and shows the shape that belongs there."""
    reason = reason_of(text)

    assert said in reason
    assert "/restorePointCollections/{name}/restorePoints/{name}" in reason


def test_a_pasted_url_with_a_signature():
    """Its query is not repeated."""
    reason = reason_of(f"{POINT}?sig=planted-secret")

    assert "query" in reason
    assert "planted-secret" not in reason


def test_any_type_where_none_is_expected():
    """The casing of the type is that of the text."""
    text = f"{GROUP}/providers/microsoft.compute/disks/web-1-os"

    assert text == str(ResourceId.parse(text))
    assert "{namespace}/{type}/{name}" in reason_of(GROUP, expect=None)


def test_types_and_names_in_different_numbers():
    """Such an id cannot be built."""
    with pytest.raises(ValueError, match="2 types and 1 names"):
        ResourceGroupId(SUBSCRIPTION, "recovery").resource(POINT_TYPE, "web-1")


def test_a_group_id_and_what_is_none():
    """A resource in the group is not the group."""
    assert "recovery" == ResourceGroupId.parse(GROUP.lower()).name
    assert GROUP.lower() == ResourceGroupId.parse(GROUP).key
    with pytest.raises(InvalidInputError, match="goes on after the resource group"):
        ResourceGroupId.parse(COLLECTION)


@pytest.mark.parametrize("name", ["a", "Daily_1", "web-1.copies", "d" * 80, "1_"])
def test_names_that_a_new_restore_point_may_have(name):
    """They are returned as they are."""
    assert name == check_name("restorePoints", name, property="restore_point_name")


@pytest.mark.parametrize("name", ["", "-a", "a-", "a.", "a b", "a/b", "d" * 81, "ä", "a#"])
def test_names_that_a_new_restore_point_may_not_have(name):
    """The message says the rule."""
    with pytest.raises(InvalidInputError, match="1 to 80 letters, digits"):
        check_name("restorePoints", name, property="restore_point_name")


def test_a_name_of_a_type_without_a_rule():
    """What no URL can carry is refused for every type."""
    assert "any thing" == check_name("things", "any thing", property="name")
    with pytest.raises(InvalidInputError, match="without < >"):
        check_name("things", "a?b", property="name")


def test_group_names_and_subscription_ids():
    """They are checked where they stand alone, too."""
    assert "récup-(1)" == check_group_name("récup-(1)", property="resource_group_name")
    assert SUBSCRIPTION == check_subscription_id(SUBSCRIPTION, property="subscription_id")
    with pytest.raises(InvalidInputError, match="no name of a resource group"):
        check_group_name("a/b", property="resource_group_name")
    with pytest.raises(InvalidInputError, match="GUID"):
        check_subscription_id("production", property="subscription_id")


def test_a_region_in_all_its_spellings():
    """Azure answers with another spelling than it was given."""
    assert "westeurope" == normal_location("West Europe") == normal_location("WestEurope")
    assert same_location("EastUS2EUAP", "eastus2euap")
    assert not same_location("westeurope", "northeurope")
    assert not same_location(None, None)
