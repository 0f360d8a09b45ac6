"""The roles that the identity of a backup vault needs to restore disks, as role assignments of azure-native.

Source: restore of managed disks, permissions; built-in roles of Azure.
"""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Sequence
from typing import Any

import pulumi

from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.rest.arm.ids import ResourceGroupId, check_subscription_id
from azure_recovery.rest.errors import InvalidInputError

DISK_RESTORE_OPERATOR = "b50d9833-a0cb-478e-945f-707fcc997c13"
"""GUID of the role that makes a disk, on the resource group that gets it."""

DISK_SNAPSHOT_CONTRIBUTOR = "7efff54f-a5b4-42b5-a1c5-5411624893ce"
"""GUID of the role that reads the snapshots, on the resource group that holds them. Backups need it already."""

_PRINCIPAL, _TARGET, _SNAPSHOTS = "vault_principal_id", "target_resource_group_id", "snapshot_resource_group_id"


class VaultRights(pulumi.ComponentResource):
    """Lets the identity of a backup vault restore disks into a resource group.

    Azure asks for these very roles; Owner or Contributor do not serve. One `VaultRights` serves every restore from one
    vault into one group: Azure refuses a second assignment of the same role to the same identity at the same scope.

    The name of an assignment is a GUID made from scope, role and identity, the same in every run and every stack.

    Args:
        name: The component's name in the program.
        vault_principal_id: Object id (a GUID) of the vault's identity: `identity.principalId` of the vault, or the
            `principalId` of the user-assigned identity that restores.
        target_resource_group_id: `/subscriptions/…/resourceGroups/{name}`, where disks are restored to. It gets Disk
            Restore Operator.
        snapshot_resource_group_id: The group of the snapshots gets Disk Snapshot Contributor. Leave it out where the
            vault has that role, as it does when its backups run.
        opts: Options of the component.

    Attributes:
        assignments: The role assignments, one or two.

    Raises:
        InvalidInputError: An argument cannot work.
        pulumi.RunError: azure-native is not installed.
    """

    role_assignment_ids: pulumi.Output[Sequence[str]]
    """ARM ids of the assignments."""

    @in_one_line
    def __init__(
        self,
        name: str,
        *,
        vault_principal_id: pulumi.Input[str],
        target_resource_group_id: pulumi.Input[str],
        snapshot_resource_group_id: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        role_assignment = _role_assignment()
        told: object = vault_principal_id
        if told is None or isinstance(told, str):
            _principal(told)
        for property_, group_id in ((_TARGET, target_resource_group_id), (_SNAPSHOTS, snapshot_resource_group_id)):
            if isinstance(group_id, str):
                _group(property_, group_id)
        super().__init__("azure-recovery:components:VaultRights", name, {}, opts)
        self.assignments: list[Any] = []

        def assign(suffix: str, role: str, property_: str, group_id: pulumi.Input[str]) -> None:
            principal = pulumi.Output.from_input(vault_principal_id).apply(_principal)
            scope = pulumi.Output.from_input(group_id).apply(lambda given: str(_group(property_, given)))
            assignment = role_assignment(
                f"{name}-{suffix}",
                scope=scope,
                principal_id=principal,
                # Without it Azure looks for the identity among users, and does not find one that is new.
                principal_type="ServicePrincipal",
                role_definition_id=scope.apply(lambda given: _definition(_group(property_, given), role)),
                role_assignment_name=pulumi.Output.all(scope, principal).apply(
                    lambda both: assignment_name(both[0], role, both[1])
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.assignments.append(assignment)

        assign("restore-operator", DISK_RESTORE_OPERATOR, _TARGET, target_resource_group_id)
        if snapshot_resource_group_id is not None:
            assign("snapshot-contributor", DISK_SNAPSHOT_CONTRIBUTOR, _SNAPSHOTS, snapshot_resource_group_id)
        ids: Any = [assignment.id for assignment in self.assignments]
        self.role_assignment_ids = pulumi.Output.from_input(ids)
        self.register_outputs({"role_assignment_ids": self.role_assignment_ids})


def assignment_name(scope: str, role: str, principal_id: str) -> str:
    """Return the GUID that names an assignment.

    Args:
        scope: ARM id of the resource group, in any casing.
        role: GUID of the role.
        principal_id: GUID of the identity.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}|{role}|{principal_id}".lower()))


def _role_assignment() -> Any:
    try:
        # The package loads its modules when they are asked for; this one alone takes half a second.
        return importlib.import_module("pulumi_azure_native.authorization").RoleAssignment
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("pulumi_azure_native"):
            raise
        raise pulumi.RunError(
            "role assignments need azure-native: pip install 'azure-recovery[azure-native]'; or assign the roles by "
            "other means and use DiskRestore alone"
        ) from None


def _group(property_: str, value: Any) -> ResourceGroupId:
    return ResourceGroupId.parse(value, property=property_)


def _principal(value: Any) -> str:
    if not value:
        reason = (
            "is missing: give the object id of the vault's identity; a vault without an identity cannot restore disks"
        )
        raise InvalidInputError(property=_PRINCIPAL, reason=reason)
    try:
        return check_subscription_id(value, property=_PRINCIPAL)
    except InvalidInputError:
        reason = f"{value!r} is no object id: it must be a GUID, `identity.principalId` of the vault"
        raise InvalidInputError(property=_PRINCIPAL, reason=reason) from None


def _definition(scope: ResourceGroupId, role: str) -> str:
    return f"/subscriptions/{scope.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{role}"
