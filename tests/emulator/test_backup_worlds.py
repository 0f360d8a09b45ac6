"""The world file's vaults, disks and rights: the line that a bad one gets."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from azure_recovery.emulator.world import WorldError, load


def default_world():
    return json.loads(resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text("utf-8"))


def changed(path, value):
    """Return the default world with one place changed."""
    world = default_world()
    *way, last = path
    place = world
    for step in way:
        place = place[step]
    place[last] = value
    return world


VAULT = ("backup_vaults", 0)
INSTANCE = (*VAULT, "backup_instances", 0)


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ((*VAULT, "name"), "1st", "$.backup_vaults[0].name: '1st' does not match"),
        ((*VAULT, "resource_group"), "nowhere", "there is no resource group 'nowhere' in this world"),
        ((*VAULT, "location"), "atlantis", "'atlantis' is no Azure region"),
        ((*VAULT, "location"), "northeurope", "'web-1-data-0' is not in the region of its vault, northeurope"),
        ((*VAULT, "resource_guard_tenant_id"), "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "has no resource guard"),
        ((*INSTANCE, "disk"), "other", "there is no disk 'other' in resource group 'production'"),
        ((*INSTANCE, "snapshot_resource_group"), "x", "snapshot_resource_group: there is no resource group 'x'"),
        ((*INSTANCE, "protection_state"), "Fine", "'Fine' is not one of"),
        ((*INSTANCE, "recovery_points"), [{"name": "x", "age_hours": 1}], "'x' does not match"),
        ((*INSTANCE, "recovery_points"), [{"name": "a" * 32, "age_hours": n} for n in (1, 2)], "is used twice"),
        (("role_assignments", 0, "role"), "King", "'King' is none of Disk Restore Operator"),
        (("role_assignments", 0, "backup_vault"), "x", "'x': there is no such vault"),
        (("role_assignments", 0, "user_assigned_identity"), "x", "the vault has no 'x'"),
        (("role_assignments", 1), default_world()["role_assignments"][0], "has that role on that group already"),
        (("disks",), [{"name": "a", "resource_group": "drills", "location": "x"}], "'x' is no Azure region"),
        (("disks",), [{"name": "web-1-os", "resource_group": "production", "location": "westeurope"}], "used twice"),
    ],
)
def test_line_for_what_does_not_fit(make_azure, tmp_path, path, value, line):
    """Where in the file, and what is wrong."""
    file = tmp_path / "world.json"
    file.write_text(json.dumps(changed(path, value)), encoding="utf-8")

    with pytest.raises(WorldError) as caught:
        make_azure(load(file))

    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_vaults_of_one_name_are_told_apart(make_azure):
    """By the vault's resource group."""
    world = default_world()
    world["backup_vaults"].append({"name": "recovery-vault", "resource_group": "drills", "location": "westeurope"})
    with pytest.raises(WorldError, match="name its vault_resource_group"):
        make_azure(world)

    for entry in world["role_assignments"]:
        entry["vault_resource_group"] = "Production"

    assert make_azure(world).cloud.store.every()
