"""A managed disk restored from a backup vault, done when the disk exists and the backup job has completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure
from pulumi.output import UNKNOWN, contains_unknowns

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_inputs import DISK_TYPE, FIELDS, GROUP, INSTANCE, LOCATION, NAME
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, all_known, normal_id
from azure_recovery.dynamic_providers.names import physical_name
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen, forcing_known, same_forcing
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.dynamic_providers.sub_task import SubTask
from azure_recovery.rest.arm.ids import ResourceGroupId, ResourceId
from azure_recovery.rest.clock import Deadline

RESTORE_TIMEOUT_S = 86_400.0
"""Azure's seconds without `custom_timeouts`: a restore takes minutes to hours."""

DELETE_TIMEOUT_S = 86_400.0
"""Azure's seconds to delete a disk: that of a restore that is under way is waited for, and then deleted."""


class DiskRestoreProvider(LifecycleProvider):
    """POST of a restore, and the wait for its job and its disk. Source: restore page."""

    fields = FIELDS
    completed = frozenset({LOCATION})

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Complete name and ARM id; refuse a second disk of the same name."""
        unmoved = bool(olds) and same_forcing(self.fields, olds, inputs, but=NAME)
        if NAME not in inputs and unmoved:
            inputs[NAME] = olds[NAME]
        elif NAME not in inputs:
            forcing = forcing_known(self.fields, inputs, but=NAME)
            inputs[NAME] = UNKNOWN if forcing is None else physical_name(inputs[NAME_SEED], forcing)
        known = all_known(inputs, (GROUP, NAME))
        inputs[ARM_ID] = (
            str(ResourceGroupId.parse(inputs[GROUP]).resource(DISK_TYPE, inputs[NAME])) if known else UNKNOWN
        )
        if olds and same_forcing(self.fields, olds, inputs, but=""):
            return []
        moved = [
            f.name
            for f in self.fields
            if f.forcing
            and not contains_unknowns(inputs.get(f.name))
            and not f.same(olds.get(f.name), inputs.get(f.name))
        ]
        if known and olds and moved and normal_id(inputs[ARM_ID]) == normal_id(olds.get(ARM_ID)):
            return [
                CheckFailure(
                    NAME,
                    f"stays while {', '.join(moved)} asks for another disk, and two cannot share a name: a new drill "
                    "is a new disk_name, a name that is left out, or destroy and up",
                )
            ]
        from azure_recovery.dynamic_providers.disk_preflight import look_ahead_of_restore

        return look_ahead_of_restore(self.session, call, inputs)

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Start, follow or adopt the restore, then wait for its job and its disk."""
        from azure_recovery.dynamic_providers.disk_lifecycle import DiskLifecycle

        deadline = Deadline(self.session.transport.clock, call.timeout_s or RESTORE_TIMEOUT_S)
        try:
            await DiskLifecycle(self.session, call, inputs[ARM_ID], inputs[INSTANCE], deadline).bring(inputs, attempt)
        finally:
            self.session.lookups.changed()

    async def look(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> Seen | None:
        """GET the disk; of a restore that is under way, its job."""
        from azure_recovery.dynamic_providers.disk_removal import DiskState

        disk_id = ResourceId.parse(id_, property="id", expect=DISK_TYPE)
        deadline = Deadline(self.session.transport.clock, None)
        looked = await DiskState(self.session, call, disk_id, props, deadline).look()
        if looked is None:
            return None
        outputs, unready = looked
        stored = {f.name: props[f.name] for f in self.fields if f.name in props}
        actual = {GROUP: str(disk_id.group), NAME: disk_id.name}
        # The state may spell them in another casing: that is no drift.
        stored |= {f.name: actual[f.name] for f in self.fields if f.name in actual and f.name not in stored}
        stored |= {f.name: f.default for f in self.fields if f.default is not None and f.name not in stored}
        stored |= {name: props[name] for name in (NAME_SEED,) if name in props} | {
            ARM_ID: props.get(ARM_ID, str(disk_id))
        }
        kept = {name: props[name] for name in DiskRestore._outputs if name in props}  # noqa: SLF001 - its own class
        return Seen(outputs=kept | outputs | stored, inputs=stored, unready=unready)

    async def remove(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> None:
        """DELETE the disk and wait until Azure says that it is done."""
        from azure_recovery.dynamic_providers.disk_removal import DiskState

        disk_id = ResourceId.parse(id_, property="id", expect=DISK_TYPE)
        deadline = Deadline(self.session.transport.clock, call.timeout_s or DELETE_TIMEOUT_S)
        try:
            await DiskState(self.session, call, disk_id, props, deadline).remove()
        finally:
            self.session.lookups.changed()

    def unfinished(self, olds: Mapping[str, Any], _news: Mapping[str, Any]) -> bool:
        """Return whether no disk was seen yet: a clean refresh would make the restore look whole."""
        return not olds.get("disk_id")


class DiskRestore(DynamicResource):
    """A managed disk restored from a backup vault, there when it is created.

    Azure reports a restore as Succeeded when its job has only been made. This resource is created when the job has
    completed and the disk exists. A wait that ends early (Ctrl-C, a deadline, a lost network) leaves the restore in the
    state, and the next `up` follows it; the restore is never started twice.

    Args:
        name: The resource's name in the program.
        backup_instance_id: `/subscriptions/…/backupVaults/{vault}/backupInstances/{instance}` of the disk that is
            backed up.
        target_resource_group_id: `/subscriptions/…/resourceGroups/{name}`, in any subscription of the vault's tenant.
        disk_name: Name of the new disk, 1 to 80 letters, digits, `_`, `.`, `-`; made from the resource's name when left
            out.
        recovery_point: `"latest"`; the name (32 hexadecimal digits) or ARM id of a recovery point; or a time such as
            `2026-11-22T10:00:00Z`, in UTC where it has no zone: the newest at or before it. Chosen once: a newer one
            later changes nothing.
        location: Region of the snapshots, in which the disk must be; taken from the backup instance when left out.
        max_age: How old the data may be when the restore is started: `"P1D"`, `"PT12H"`, or seconds.
        identity_id: ARM id of the vault's user-assigned identity that makes the disk; the system-assigned one when left
            out.
        resource_guard_operation_requests: Ids of resource guard requests, `defaultResourceRequest` of the guard's
            proxy, where the vault's restores are guarded.
        auxiliary_tenant_ids: GUIDs of the tenants of those guards, where they are not the vault's own.
        preflight: `"on"`; `"validate"` to have the vault validate the restore in previews, too, which takes some ten
            seconds; or `"off"`.
        permission_wait: How long a right of the vault's identity that is missing may still spread: `"PT15M"`, or
            seconds.
        opts: Options of the resource. `custom_timeouts` bound the wait; a day without.

    A change of backup instance, recovery point, group, name or location makes a new disk before the old one is
    deleted; an explicit `disk_name` must change with it. Deleting it deletes the disk; one that is attached to a VM is
    an error.

    Source: Microsoft.DataProtection backupInstances/restore, api-version 2026-06-01; restore page.
    """

    _recipe = "azure_recovery.dynamic_providers.disk_restore:DiskRestoreProvider"
    _type_name = "DiskRestore"
    _inputs = tuple(field.name for field in FIELDS)
    _outputs = (
        ARM_ID,
        "disk_id",
        "recovery_point_id",
        "recovery_point_time",
        "job_id",
        "job_status",
        "started_at",
        "ended_at",
        "duration_seconds",
        "data_age_seconds",
        "sub_tasks",
        "warnings",
    )

    arm_id: pulumi.Output[str]
    """ARM id of the disk, known in previews."""
    backup_instance_id: pulumi.Output[str]
    target_resource_group_id: pulumi.Output[str]
    disk_name: pulumi.Output[str]
    recovery_point: pulumi.Output[str]
    location: pulumi.Output[str]
    max_age: pulumi.Output[str | float | None]
    identity_id: pulumi.Output[str | None]
    resource_guard_operation_requests: pulumi.Output[Sequence[str] | None]
    auxiliary_tenant_ids: pulumi.Output[Sequence[str] | None]
    preflight: pulumi.Output[str]
    permission_wait: pulumi.Output[str | float]
    disk_id: pulumi.Output[str]
    """ARM id of the disk, once it is there: what depends on it waits for the restore."""
    recovery_point_id: pulumi.Output[str]
    """Name of the recovery point that was restored from, 32 hexadecimal digits."""
    recovery_point_time: pulumi.Output[str | None]
    """When its data was backed up, ISO 8601 in UTC."""
    job_id: pulumi.Output[str]
    """GUID of the backup job."""
    job_status: pulumi.Output[str]
    """The service's word: `Completed`, `CompletedWithWarnings`."""
    started_at: pulumi.Output[str | None]
    """When the job began, ISO 8601 in UTC; until it is known, when the restore was asked for."""
    ended_at: pulumi.Output[str | None]
    duration_seconds: pulumi.Output[int | None]
    """Seconds from `started_at` to `ended_at`."""
    data_age_seconds: pulumi.Output[int | None]
    """Seconds from `recovery_point_time` to `ended_at`: how old the data was when it could first be used."""
    sub_tasks: pulumi.Output[Sequence[SubTask]]
    warnings: pulumi.Output[Sequence[str]]
    """What did not go well in a job that has completed, one line each."""

    def __init__(
        self,
        name: str,
        *,
        backup_instance_id: pulumi.Input[str],
        target_resource_group_id: pulumi.Input[str],
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
        super().__init__(
            name,
            {
                "backup_instance_id": backup_instance_id,
                "target_resource_group_id": target_resource_group_id,
                "disk_name": disk_name,
                "recovery_point": recovery_point,
                "location": location,
                "max_age": max_age,
                "identity_id": identity_id,
                "resource_guard_operation_requests": resource_guard_operation_requests,
                "auxiliary_tenant_ids": auxiliary_tenant_ids,
                "preflight": preflight,
                "permission_wait": permission_wait,
            },
            opts,
        )
