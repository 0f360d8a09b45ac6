"""A disk restored from a backup vault, with the rights that the vault needs for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pulumi

from azure_recovery.components.vault_rights import VaultRights
from azure_recovery.dynamic_providers.disk_restore import DiskRestore
from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.rest.errors import InvalidInputError


class VaultDiskRestore(pulumi.ComponentResource):
    """Assigns the roles that a restore needs to the vault's identity, then restores a disk.

    A fresh assignment takes Azure minutes to spread; the restore waits for that as long as `permission_wait` says.
    When it is destroyed, the disk goes first, then the assignments.

    Args:
        name: The component's name in the program, and the restore's.
        backup_instance_id: As `DiskRestore`.
        target_resource_group_id: As `DiskRestore`; it gets Disk Restore Operator.
        vault_principal_id: Object id (a GUID) of the identity that restores, as `VaultRights`.
        snapshot_resource_group_id: Gets Disk Snapshot Contributor, as `VaultRights`; left out, the vault has that role.
        rights: Rights that several restores from one vault into one group share, in place of rights of its own; then
            `vault_principal_id` and `snapshot_resource_group_id` are left out.
        disk_name: As `DiskRestore`, like all that follow.
        recovery_point: `"latest"`, an id, or a time.
        location: Region of the snapshots.
        max_age: How old the data may be.
        identity_id: ARM id of the user-assigned identity that restores.
        resource_guard_operation_requests: Ids of resource guard requests.
        auxiliary_tenant_ids: Tenants of the guards.
        preflight: `"on"`, `"validate"` or `"off"`.
        permission_wait: How long an assignment may take to spread: `"PT15M"`, or seconds.
        opts: Options of the component. `custom_timeouts` are those of the restore.

    Attributes:
        rights: The rights: its own, or those that were given.
        restore: The `DiskRestore`.

    Raises:
        InvalidInputError: An argument cannot work.
        pulumi.RunError: azure-native is not installed.
    """

    arm_id: pulumi.Output[str]
    """ARM id of the disk, known in previews."""
    disk_id: pulumi.Output[str]
    """ARM id of the disk, once it is there."""
    recovery_point_time: pulumi.Output[str | None]
    """When its data was backed up, ISO 8601 in UTC."""

    @in_one_line
    def __init__(
        self,
        name: str,
        *,
        backup_instance_id: pulumi.Input[str],
        target_resource_group_id: pulumi.Input[str],
        vault_principal_id: pulumi.Input[str] | None = None,
        snapshot_resource_group_id: pulumi.Input[str] | None = None,
        rights: VaultRights | None = None,
        disk_name: pulumi.Input[str] | None = None,
        recovery_point: pulumi.Input[str] | None = None,
        location: pulumi.Input[str] | None = None,
        max_age: pulumi.Input[str | float] | None = None,
        identity_id: pulumi.Input[str] | None = None,
        resource_guard_operation_requests: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        auxiliary_tenant_ids: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        preflight: pulumi.Input[str] | None = None,
        permission_wait: pulumi.Input[str | float] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if (rights is None) == (vault_principal_id is None):
            reason = "is needed, unless rights are given that other restores share; one of the two"
            raise InvalidInputError(property="vault_principal_id", reason=reason)
        if rights is not None and snapshot_resource_group_id is not None:
            reason = "belongs to the rights that are given: name it there"
            raise InvalidInputError(property="snapshot_resource_group_id", reason=reason)
        super().__init__("azure-recovery:components:VaultDiskRestore", name, {}, opts)
        self.rights = rights or VaultRights(
            name,
            vault_principal_id=cast("pulumi.Input[str]", vault_principal_id),
            target_resource_group_id=target_resource_group_id,
            snapshot_resource_group_id=snapshot_resource_group_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.restore = DiskRestore(
            name,
            backup_instance_id=backup_instance_id,
            target_resource_group_id=target_resource_group_id,
            disk_name=disk_name,
            recovery_point=recovery_point,
            location=location,
            max_age=max_age,
            identity_id=identity_id,
            resource_guard_operation_requests=resource_guard_operation_requests,
            auxiliary_tenant_ids=auxiliary_tenant_ids,
            preflight=preflight,
            permission_wait=permission_wait,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self.rights.assignments,
                custom_timeouts=opts.custom_timeouts if opts else None,
            ),
        )
        self.arm_id = self.restore.arm_id
        self.disk_id = self.restore.disk_id
        self.recovery_point_time = self.restore.recovery_point_time
        self.register_outputs(
            {"arm_id": self.arm_id, "disk_id": self.disk_id, "recovery_point_time": self.recovery_point_time}
        )
