"""What a restore with its rights declares, against a monitor in memory."""

from __future__ import annotations

import importlib
import subprocess
import sys
import uuid
from importlib.util import find_spec
from pathlib import Path

import pulumi
import pytest

from azure_recovery.components import VaultDiskRestore, VaultRights
from azure_recovery.components.vault_rights import (
    DISK_RESTORE_OPERATOR,
    DISK_SNAPSHOT_CONTRIBUTOR,
    assignment_name,
)
from azure_recovery.rest.errors import InvalidInputError

STAND_INS = Path(__file__).parents[1] / "stand_ins"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
TARGET, SNAPSHOTS = f"{GROUPS}/drills", f"{GROUPS}/snapshots"
INSTANCE = f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault/backupInstances/web-1-data-0"
VAULT = "11111111-2222-3333-4444-555555555555"
DEFINITIONS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"


def _forget_azure_native() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pulumi_azure_native"]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def _no_azure_native_from_elsewhere():
    """Each test imports azure-native anew, and leaves none behind."""
    _forget_azure_native()
    yield
    _forget_azure_native()


@pytest.fixture
def azure_native(monkeypatch):
    """A stand-in for azure-native's SDK, whether that is installed or not."""
    monkeypatch.syspath_prepend(str(STAND_INS))


def restore(name: str = "drill", **arguments) -> VaultDiskRestore:
    wanted = {
        "backup_instance_id": INSTANCE,
        "target_resource_group_id": TARGET,
        "vault_principal_id": VAULT,
        **arguments,
    }
    return VaultDiskRestore(name, **wanted)


@pytest.mark.usefixtures("azure_native")
def test_both_roles_then_the_restore(stack):
    """The vault's identity gets the two roles where each is needed, and the restore comes after both."""
    stack.run(lambda: restore(snapshot_resource_group_id=SNAPSHOTS, permission_wait="PT20M", max_age="P2D") and None)

    operator, contributor = stack.of("RoleAssignment")
    assert {
        "scope": TARGET,
        "principalId": VAULT,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"{DEFINITIONS}/{DISK_RESTORE_OPERATOR}",
        "roleAssignmentName": assignment_name(TARGET, DISK_RESTORE_OPERATOR, VAULT),
    } == operator.inputs
    assert (SNAPSHOTS, f"{DEFINITIONS}/{DISK_SNAPSHOT_CONTRIBUTOR}") == (
        contributor.inputs["scope"],
        contributor.inputs["roleDefinitionId"],
    )
    [disk] = stack.of("DiskRestore")
    assert ["drill-restore-operator", "drill-snapshot-contributor"] == disk.after
    assert (INSTANCE, TARGET, "PT20M", "P2D") == tuple(
        disk.inputs[name] for name in ("backup_instance_id", "target_resource_group_id", "permission_wait", "max_age")
    )
    assert {"drill"} == {one.parent for one in (operator, contributor, disk)}


@pytest.mark.usefixtures("azure_native")
def test_a_vault_that_may_read_its_snapshots(stack):
    """The group of the snapshots left out, there is one assignment."""
    stack.run(lambda: restore() and None)

    assert ["drill-restore-operator"] == stack.names("RoleAssignment")
    assert ["drill-restore-operator"] == stack.of("DiskRestore")[0].after


@pytest.mark.usefixtures("azure_native")
def test_two_disks_with_the_same_rights(stack):
    """Azure refuses the same assignment twice: restores into one group share it, and both wait for it."""

    def program() -> None:
        rights = VaultRights("drills", vault_principal_id=VAULT, target_resource_group_id=TARGET)
        for name in ("os", "data"):
            restore(name, vault_principal_id=None, rights=rights)

    stack.run(program)

    assert ["drills-restore-operator"] == stack.names("RoleAssignment")
    assert [["drills-restore-operator"]] * 2 == [one.after for one in stack.of("DiskRestore")]


@pytest.mark.usefixtures("azure_native")
def test_an_identity_that_another_resource_tells(stack):
    """Ids may be outputs; the name of the assignment is made from what they turn out to be."""
    principal = pulumi.Output.from_input(VAULT.upper())
    stack.run(
        lambda: (
            restore(vault_principal_id=principal, target_resource_group_id=pulumi.Output.from_input(TARGET)) and None
        )
    )

    [assignment] = stack.of("RoleAssignment")
    assert assignment_name(TARGET, DISK_RESTORE_OPERATOR, VAULT) == assignment.inputs["roleAssignmentName"]


def test_the_name_of_an_assignment():
    """A GUID: the same for the same scope, role and identity in any casing, another for any other."""
    name = assignment_name(TARGET, DISK_RESTORE_OPERATOR, VAULT)

    assert str(uuid.UUID(name)) == name
    assert name == assignment_name(TARGET.upper(), DISK_RESTORE_OPERATOR.upper(), VAULT.upper())
    others = {
        assignment_name(SNAPSHOTS, DISK_RESTORE_OPERATOR, VAULT),
        assignment_name(TARGET, DISK_SNAPSHOT_CONTRIBUTOR, VAULT),
        assignment_name(TARGET, DISK_RESTORE_OPERATOR, VAULT.replace("1", "9")),
    }
    assert 4 == len({name, *others})


@pytest.mark.usefixtures("azure_native")
@pytest.mark.parametrize(
    ("arguments", "property_", "says"),
    [
        ({"vault_principal_id": "recovery-vault"}, "vault_principal_id", "must be a GUID"),
        ({"vault_principal_id": None}, "vault_principal_id", "is needed"),
        ({"vault_principal_id": ""}, "vault_principal_id", "is missing: give the object id of the vault's identity"),
        ({"target_resource_group_id": "drills"}, "target_resource_group_id", "resourceGroups"),
        ({"snapshot_resource_group_id": INSTANCE}, "snapshot_resource_group_id", "resourceGroups"),
    ],
)
def test_arguments_that_cannot_work(stack, arguments, property_, says):
    """One line names the argument and what is wrong with it."""
    with pytest.raises(InvalidInputError) as error:
        stack.run(lambda: restore(**arguments) and None)

    assert f" drill: {property_}: " in str(error.value)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("azure_native")
@pytest.mark.parametrize("left_over", [{"vault_principal_id": VAULT}, {"snapshot_resource_group_id": SNAPSHOTS}])
def test_shared_rights_beside_rights_of_its_own(stack, left_over):
    """What belongs to rights that are given is refused beside them, in place of being ignored."""

    def program() -> None:
        rights = VaultRights("drills", vault_principal_id=VAULT, target_resource_group_id=TARGET)
        restore(**{"vault_principal_id": None, "rights": rights, **left_over})

    with pytest.raises(InvalidInputError, match=next(iter(left_over))):
        stack.run(program)


def test_azure_native_is_not_installed(stack, monkeypatch):
    """The error says what to install, and how to do without."""
    monkeypatch.setitem(sys.modules, "pulumi_azure_native", None)

    with pytest.raises(pulumi.RunError, match=r"pip install 'azure-recovery\[azure-native\]'.*DiskRestore alone"):
        stack.run(lambda: restore() and None)


def test_components_do_without_azure_native():
    """Whoever copies restore points does not wait for azure-native to be read."""
    script = (
        "import sys, azure_recovery.components\n"
        "assert not [name for name in sys.modules if name.startswith('pulumi_azure_native')]"
    )

    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": str(STAND_INS)})


@pytest.mark.skipif(find_spec("pulumi_azure_native") is None, reason="pulumi-azure-native is not installed")
def test_the_real_sdk_declares_the_same(stack, monkeypatch):
    """The stand-in of the other tests registers what azure-native's own class registers."""
    stack.run(lambda: restore(snapshot_resource_group_id=SNAPSHOTS) and None)
    real = stack.of("RoleAssignment")
    assert str(STAND_INS) not in str(importlib.import_module("pulumi_azure_native").__file__)

    _forget_azure_native()
    monkeypatch.syspath_prepend(str(STAND_INS))
    stack.run(lambda: restore(snapshot_resource_group_id=SNAPSHOTS) and None)

    assert real == stack.of("RoleAssignment")
    assert 2 == len(real)
