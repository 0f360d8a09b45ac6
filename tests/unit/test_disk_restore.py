"""Check and diff of a restored disk: no socket, no engine, the dictionaries that the engine would send."""

from datetime import UTC, datetime, timedelta

import pytest
from pulumi.output import Unknown

from azure_recovery.dynamic_providers.disk_facts import data_too_old
from azure_recovery.dynamic_providers.disk_inputs import duration_s
from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, PROVIDER_KEY

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
VAULT = f"{SUBSCRIPTION}/resourceGroups/production/providers/Microsoft.DataProtection/backupVaults/vault"
INSTANCE = f"{VAULT}/backupInstances/web-1-data"
DRILLS = f"{SUBSCRIPTION}/resourceGroups/drills"
DISKS = f"{DRILLS}/providers/Microsoft.Compute/disks"
RESTORE = {
    "backup_instance_id": INSTANCE,
    "target_resource_group_id": DRILLS,
    NAME_SEED: "p/s/drill",
    PROVIDER_KEY: "x",
}


class _Request:
    class config:  # noqa: N801
        @staticmethod
        def get(_key):
            return None


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION.rpartition("/")[2])
    monkeypatch.setenv("ARM_USE_MSI", "true")
    made = DiskRestoreProvider()
    made.configure(_Request())
    return made


def _failures(result):
    return {failure.property: failure.reason for failure in result.failures}


def test_the_id_is_known_before_anything_exists(provider):
    """A preview shows which disk there will be, and what is taken for granted."""
    inputs = provider.check({}, dict(RESTORE)).inputs

    assert f"{DISKS}/{inputs['disk_name']}" == inputs[ARM_ID]
    assert inputs["disk_name"].startswith("drill-")
    assert {"recovery_point": "latest", "preflight": "on", "permission_wait": "PT15M"}.items() <= inputs.items()
    assert "location" not in inputs


def test_what_a_preview_cannot_know_stays_unknown(provider):
    """An unknown instance leaves an explicit name known, and makes a name of our own unknown."""
    unknown = RESTORE | {"backup_instance_id": Unknown()}

    assert isinstance(provider.check({}, dict(unknown)).inputs[ARM_ID], Unknown)
    assert f"{DISKS}/a" == provider.check({}, unknown | {"disk_name": "a"}).inputs[ARM_ID]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("backup_instance_id", VAULT, "backupInstances"),
        ("target_resource_group_id", "drills", "/subscriptions/"),
        ("target_resource_group_id", f"{DISKS}/a", "goes on after the resource group"),
        ("disk_name", "a b", "80"),
        ("recovery_point", "newest of all", "write 'latest'"),
        ("recovery_point", "2026-11-22", "write date and time"),
        ("recovery_point", INSTANCE, "recoveryPoints"),
        ("recovery_point", 7.0, "must be text"),
        ("location", "no/where", "is no region"),
        ("max_age", "1 day", "is no duration"),
        ("max_age", "P1M", "is no duration"),
        ("max_age", -1.0, "is no duration"),
        ("max_age", float("inf"), "is no duration"),
        ("max_age", True, "must be text"),
        ("permission_wait", "", "is empty"),
        ("identity_id", INSTANCE, "userAssignedIdentities"),
        ("resource_guard_operation_requests", "a", "must be a list"),
        ("resource_guard_operation_requests", ["a"], "/subscriptions/"),
        ("auxiliary_tenant_ids", ["contoso"], "it must be a GUID"),
        ("auxiliary_tenant_ids", [1.0], "must be text"),
        ("preflight", "Validate", "did you mean 'validate'?"),
        ("disc_name", "a", "did you mean disk_name?"),
    ],
)
def test_a_bad_value_is_named_on_its_property(provider, name, value, says):
    """One line on the property that is wrong, and nothing on the others."""
    failures = _failures(provider.check({}, RESTORE | {name: value}))

    assert [name] == list(failures)
    assert says in failures[name]
    assert "\n" not in failures[name]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("P1D", 86_400.0),
        ("PT12H", 43_200.0),
        ("P1DT1H30M", 91_800.0),
        ("p2w", 1_209_600.0),
        ("PT0.5S", 0.5),
        ("3600", 3_600.0),
        (3600.0, 3_600.0),
        (0, 0.0),
        ("P", None),
        ("PT", None),
        ("P1Y", None),
        ("-PT1H", None),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_durations(written, seconds):
    """ISO 8601 without years and months, whose length is nobody's, or seconds."""
    assert seconds == duration_s(written)


FORCING = {
    "backup_instance_id": f"{INSTANCE}-2",
    "target_resource_group_id": f"{DRILLS}-2",
    "disk_name": "another",
    "recovery_point": "a" * 32,
    "location": "northeurope",
}
QUIET = {
    "max_age": "P2D",
    "permission_wait": 60.0,
    "preflight": "off",
    "auxiliary_tenant_ids": ["00000000-0000-0000-0000-0000000000bb"],
}


@pytest.mark.parametrize(("name", "value"), [*FORCING.items(), *QUIET.items()])
def test_what_makes_another_disk(provider, name, value):
    """What is restored, to where, and from which point; the rest is changed in place."""
    before = RESTORE | {"disk_name": "one", "location": "westeurope", "recovery_point": "latest", "disk_id": "x"}
    diff = provider.diff("x", before, before | {name: value})

    assert diff.changes
    assert ([name] if name in FORCING else []) == diff.replaces
    assert not diff.delete_before_replace


@pytest.mark.parametrize(
    "same",
    [
        {"backup_instance_id": INSTANCE.upper()},
        {"target_resource_group_id": DRILLS.replace("resourceGroups", "resourcegroups")},
        {"location": "West Europe"},
        {"max_age": 86_400.0},
    ],
)
def test_what_means_the_same(provider, same):
    """Casing, blanks, and a duration in other words are no change."""
    before = RESTORE | {"disk_name": "one", "location": "westeurope", "max_age": "P1D", "disk_id": "x"}

    assert not provider.diff("x", before, before | same).changes


def test_a_location_that_is_left_out(provider):
    """It follows from the backup instance: the outputs know it, the inputs need not."""
    outputs = provider.check({}, dict(RESTORE)).inputs | {"location": "westeurope", "disk_id": "x"}
    news = provider.check(outputs, dict(RESTORE)).inputs

    assert not provider.diff("x", outputs, news).changes


def test_a_point_is_compared_as_written(provider):
    """`latest` and the point that is the latest are two things."""
    before = RESTORE | {"disk_name": "one", "recovery_point": "A" * 32, "disk_id": "x"}

    assert provider.diff("x", before, before | {"recovery_point": "a" * 32}).replaces


def test_an_unfinished_restore_is_a_change(provider):
    """A refresh that went well would else make it look whole."""
    before = RESTORE | {"disk_name": "one", "job_id": "y"}

    assert provider.diff("x", before, before).changes


def test_a_name_that_stays_while_another_disk_is_asked_for(provider):
    """The two cannot share it, and the failure says how a new drill is made."""
    olds = provider.check({}, RESTORE | {"disk_name": "one"}).inputs
    failures = _failures(provider.check(olds, RESTORE | {"disk_name": "one", "recovery_point": "a" * 32}))

    assert ["disk_name"] == list(failures)
    assert "stays while recovery_point asks for another disk" in failures["disk_name"]
    assert "a new drill is a new disk_name, a name that is left out, or destroy and up" in failures["disk_name"]


def test_an_explicit_name_in_another_group(provider):
    """It is another disk already."""
    olds = provider.check({}, RESTORE | {"disk_name": "one"}).inputs

    assert {} == _failures(
        provider.check(olds, RESTORE | {"disk_name": "one", "target_resource_group_id": f"{DRILLS}-2"})
    )


def test_a_name_of_our_own_changes_with_the_point(provider):
    """So the new disk stands beside the old one; and it stays while nothing that forces changes."""
    olds = provider.check({}, dict(RESTORE)).inputs
    renamed = provider.check(olds, RESTORE | {NAME_SEED: "p/s/renamed", "max_age": "P1D"}).inputs
    moved = provider.check(olds, RESTORE | {"recovery_point": "a" * 32}).inputs

    assert olds["disk_name"] == renamed["disk_name"]
    assert olds["disk_name"] != moved["disk_name"]


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(hours=1), ""),
        (timedelta(hours=1, seconds=1), "is 1:00:00, while the data of 2026-11-22T08:59:59Z is 1:00:01 old"),
        (timedelta(hours=-1), ""),
    ],
)
def test_how_old_data_is(age, said):
    """By the service's clock; data of the next hour, by a clock that is ahead, is not old."""
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)

    assert said == data_too_old(now - age, 3_600.0, now)
