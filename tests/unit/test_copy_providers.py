"""Check and diff of the copies: no socket, no engine, the dictionaries that the engine would send."""

import pytest
from pulumi.output import Unknown

from azure_recovery.dynamic_providers import session
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/production/providers/Microsoft.Compute"
SOURCE = f"{COMPUTE}/restorePointCollections/web-1-restore-points"
TARGET = SOURCE.replace("production", "recovery").replace("restore-points", "copies")

COLLECTION = {
    "resource_group_name": "recovery",
    "location": "northeurope",
    "source_collection_id": SOURCE,
    "subscription_id": SUBSCRIPTION,
    NAME_SEED: "p/s/web",
    PROVIDER_KEY: "x",
}
COPY = {
    "restore_point_collection_id": TARGET,
    "source_restore_point_id": f"{SOURCE}/restorePoints/daily-1",
    NAME_SEED: "p/s/daily-1",
    PROVIDER_KEY: "x",
}


class _Request:
    class config:  # noqa: N801
        @staticmethod
        def get(_key):
            return None


@pytest.fixture
def collection_copy():
    provider = RestorePointCollectionCopyProvider()
    provider.configure(_Request())
    return provider


@pytest.fixture
def point_copy():
    provider = RestorePointCopyProvider()
    provider.configure(_Request())
    return provider


def _failures(result):
    return {failure.property: failure.reason for failure in result.failures}


def test_ids_and_names_are_known_before_anything_exists(collection_copy, point_copy):
    """A preview shows what will be."""
    collection = collection_copy.check({}, dict(COLLECTION)).inputs
    copy = point_copy.check({}, COPY | {"restore_point_collection_id": collection[ARM_ID]}).inputs

    assert (
        f"{COMPUTE.replace('production', 'recovery')}/restorePointCollections/"
        == collection[ARM_ID][: -len("web-12345678")]
    )
    assert f"{collection[ARM_ID]}/restorePoints/{copy['restore_point_name']}" == copy[ARM_ID]
    assert copy["restore_point_name"].startswith("daily-1-")


def test_what_a_preview_cannot_know_stays_unknown(point_copy):
    """Unknown inputs are no failures, and what is made from them is unknown too."""
    result = point_copy.check({}, COPY | {"source_restore_point_id": Unknown()})

    assert {} == _failures(result)
    assert isinstance(result.inputs[ARM_ID], Unknown)
    assert isinstance(result.inputs["restore_point_name"], Unknown)


def test_an_unknown_source_leaves_an_explicit_name_known(point_copy):
    """The id needs the collection and the name, nothing else."""
    result = point_copy.check({}, COPY | {"source_restore_point_id": Unknown(), "restore_point_name": "daily-1"})

    assert f"{TARGET}/restorePoints/daily-1" == result.inputs[ARM_ID]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("resource_group_name", "no/group", "resource group"),
        ("resource_group_name", 7.0, "must be text, not a number"),
        ("location", "north europe!", "is no region"),
        ("source_collection_id", "web-1", "/subscriptions/"),
        ("source_collection_id", f"{SOURCE}/restorePoints/daily-1", "restorePointCollections"),
        ("restore_point_collection_name", "a b", "80"),
        ("subscription_id", "mine", "GUID"),
        ("tags", ["a"], "must be a map"),
        ("tags", {"a<b": "c"}, "tag name"),
        ("tags", {"a": 1.0}, "must be text"),
        ("tags", {"a": "1", "A": "2"}, "twice"),
        ("tags", {str(n): "" for n in range(51)}, "51 tags"),
        ("force_delete", "perhaps", "true or false"),
        ("locaton", "northeurope", "did you mean location?"),
    ],
)
def test_a_bad_value_is_named_on_its_property(collection_copy, name, value, says):
    """One line on the property that is wrong, and nothing on the others."""
    failures = _failures(collection_copy.check({}, COLLECTION | {name: value}))

    assert [name] == list(failures)
    assert says in failures[name]
    assert "\n" not in failures[name]


def test_every_bad_value_is_told_at_once(point_copy):
    """Nobody mends one line to be shown the next."""
    bad = {"restore_point_collection_id": "a", "wait": "Replicated", "recopy_failed": 3.0, "nope": "x"}
    failures = _failures(point_copy.check({}, {NAME_SEED: "p/s/n", PROVIDER_KEY: "x"} | bad))

    assert sorted([*bad, "source_restore_point_id"]) == sorted(failures)
    assert "is required" == failures["source_restore_point_id"]
    assert "did you mean 'replicated'?" in failures["wait"]


def test_a_copy_into_its_own_collection_can_never_work(point_copy):
    """It is refused before anything is asked of Azure."""
    failures = _failures(point_copy.check({}, COPY | {"restore_point_collection_id": SOURCE.upper()}))

    assert ["source_restore_point_id"] == list(failures)


def test_a_missing_subscription_says_where_to_set_it(collection_copy, az):
    """Input, configuration and environment are the three places, and the Azure CLI was asked."""
    news = {name: value for name, value in COLLECTION.items() if name != "subscription_id"}

    failure = _failures(collection_copy.check({}, news))["subscription_id"]

    assert "azure-native:subscriptionId" in failure
    assert "ARM_SUBSCRIPTION_ID" in failure
    assert "az cannot be run" in failure


def test_the_subscription_of_the_environment_is_used(monkeypatch, collection_copy):
    """What it takes to deploy with azure-native is enough."""
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION)
    news = {name: value for name, value in COLLECTION.items() if name != "subscription_id"}
    fresh = RestorePointCollectionCopyProvider()
    fresh.configure(_Request())

    assert SUBSCRIPTION == fresh.check({}, news).inputs["subscription_id"]


def test_names_that_were_made_from_another_seed_stay(collection_copy, point_copy):
    """Neither a release that makes seeds in another way nor a stack that is moved copies anything again."""
    for provider, given, name in (
        (collection_copy, COLLECTION, "restore_point_collection_name"),
        (point_copy, COPY, "restore_point_name"),
    ):
        olds = provider.check({}, dict(given)).inputs
        news = provider.check(olds, given | {NAME_SEED: f"contoso/{given[NAME_SEED]}"}).inputs

        assert (olds[name], olds[ARM_ID]) == (news[name], news[ARM_ID])
        assert not provider.diff("id", olds, news).changes


def test_a_rename_with_an_alias_keeps_the_physical_name(point_copy):
    """Nothing is copied again because a resource is called otherwise."""
    olds = point_copy.check({}, dict(COPY)).inputs

    renamed = point_copy.check(olds, COPY | {NAME_SEED: "p/s/daily-one"}).inputs

    assert olds["restore_point_name"] == renamed["restore_point_name"]
    assert not point_copy.diff("id", olds, renamed).changes


def test_a_new_source_gets_a_new_name(point_copy):
    """The old copy goes once the new one is there."""
    olds = point_copy.check({}, dict(COPY)).inputs
    news = point_copy.check(olds, COPY | {"source_restore_point_id": f"{SOURCE}/restorePoints/daily-2"}).inputs

    diff = point_copy.diff("id", olds, news)

    assert olds["restore_point_name"] != news["restore_point_name"]
    assert ["source_restore_point_id", "restore_point_name"] == diff.replaces
    assert not diff.delete_before_replace


@pytest.mark.parametrize(
    ("change", "property_"),
    [
        ({"restore_point_name": "other"}, "restore_point_name"),
        ({"disk_encryption": {"os": f"{COMPUTE}/diskEncryptionSets/keys"}}, "disk_encryption"),
    ],
)
def test_a_change_that_azure_refuses_while_the_copy_stands(point_copy, change, property_):
    """One copy of a restore point a region: the way out is two runs, and the message says so."""
    olds = point_copy.check({}, COPY | {"restore_point_name": "daily-1"}).inputs

    failures = _failures(point_copy.check(olds, COPY | {"restore_point_name": "daily-1"} | change))

    assert [property_] == list(failures)
    assert "remove this copy in one up and add it in the next" in failures[property_]


def test_an_explicit_name_cannot_stay_while_the_source_changes(point_copy, collection_copy):
    """Two objects cannot share a name, and the old one goes last."""
    named = COPY | {"restore_point_name": "latest"}
    olds = point_copy.check({}, dict(named)).inputs
    moved = named | {"source_restore_point_id": f"{SOURCE}/restorePoints/daily-2"}
    collection = COLLECTION | {"restore_point_collection_name": "copies"}
    old_collection = collection_copy.check({}, dict(collection)).inputs

    assert ["restore_point_name"] == list(_failures(point_copy.check(olds, moved)))
    assert ["restore_point_collection_name"] == list(
        _failures(collection_copy.check(old_collection, collection | {"location": "uksouth"}))
    )


def test_azures_casing_is_no_change(collection_copy):
    """Ids, names and regions are compared as Azure compares them."""
    olds = collection_copy.check({}, dict(COLLECTION)).inputs
    news = dict(olds) | {
        "location": "North Europe",
        "source_collection_id": SOURCE.upper(),
        "resource_group_name": "RECOVERY",
    }

    assert not collection_copy.diff("id", olds, news).changes


def test_tags_are_changed_in_place(collection_copy):
    """They are the only thing of a collection that Azure lets be changed."""
    olds = collection_copy.check({}, dict(COLLECTION)).inputs
    diff = collection_copy.diff("id", olds, olds | {"tags": {"a": "b"}})

    assert (True, []) == (diff.changes, diff.replaces)


def test_outputs_that_change_by_themselves_are_no_difference(point_copy):
    """Percentages and times move without anybody's doing."""
    inputs = point_copy.check({}, dict(COPY)).inputs
    outputs = inputs | {
        "usable": True,
        "disks": [{"name": "os", "percent": 40.0}],
        "usable_at": "2026-01-01T00:00:00+00:00",
    }

    assert not point_copy.diff("id", outputs, inputs).changes


@pytest.mark.parametrize(("wait", "changes"), [("replicated", True), ("accepted", False)])
def test_a_copy_that_is_waited_for_is_unfinished_until_usable(point_copy, wait, changes):
    """A clean refresh must not make half a copy look whole."""
    inputs = point_copy.check({}, COPY | {"wait": wait}).inputs

    assert changes == point_copy.diff("id", inputs | {"usable": False}, inputs).changes


def test_an_unknown_forcing_input_is_a_replacement(point_copy):
    """A preview that cannot know says the worse of the two."""
    olds = point_copy.check({}, dict(COPY)).inputs
    news = point_copy.check(olds, COPY | {"source_restore_point_id": Unknown()}).inputs

    assert "source_restore_point_id" in point_copy.diff("id", olds, news).replaces


@pytest.fixture
def az(tmp_path, monkeypatch):
    """The only program on PATH: it prints what it is told as the default subscription of the Azure CLI."""
    monkeypatch.setattr(session, "_sessions", {})
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(subscription_id):
        path = tmp_path / "az"
        path.write_text(f'#!/bin/sh\necho \'{{"id": "{subscription_id}"}}\'\n')
        path.chmod(0o700)

    return install


def test_no_subscription_is_given_to_whoever_logs_in_by_the_cli(collection_copy, az):
    """The CLI's default counts, and another default later moves no collection."""
    az(SUBSCRIPTION)
    without = {name: value for name, value in COLLECTION.items() if name != "subscription_id"}
    olds = collection_copy.check({}, dict(without)).inputs
    session._sessions.clear()
    az(SUBSCRIPTION.replace("1", "2"))
    news = collection_copy.check(olds, dict(without)).inputs

    assert SUBSCRIPTION == olds["subscription_id"]
    assert not collection_copy.diff("id", olds, news).changes
