"""The part of the world file that is about backups: vaults, what they protect, and who may restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from azure_recovery.emulator import records, regions, rights
from azure_recovery.emulator.ids import BACKUP_VAULT, DISK, ArmId, compute_id, vault_id
from azure_recovery.emulator.recovery_points import recovery_point
from azure_recovery.emulator.store import Document, Row
from azure_recovery.emulator.world_parts import Parts, WorldError

_HOUR_S: Final = 3600.0
_DAY_S: Final = 86400.0


def vault(parts: Parts, entry: Mapping[str, Any], tenant: str, where: str) -> None:
    """Write a backup vault and its instances.

    Args:
        parts: Where to.
        entry: As in the world file.
        tenant: The world's.
        where: Of the entry in the file.

    Raises:
        WorldError: It names what the world does not have.
    """
    group = parts.group(entry, where)
    target = vault_id(parts.subscription, group, entry["name"])
    if not entry.get("resource_guard", False) and "resource_guard_tenant_id" in entry:
        raise WorldError(f"{where}.resource_guard_tenant_id: the vault has no resource guard")
    guard_id = None
    if entry.get("resource_guard", False):
        guard = ArmId(
            parts.subscription, group, "Microsoft.DataProtection", ("resourceGuards",), (f"{target.name}-guard",)
        )
        guard_id = str(guard)
    document: Document = {
        "id": str(target),
        "name": target.name,
        "location": parts.location(entry["location"], where),
        "tags": entry.get("tags", {}),
        "tenant_id": tenant,
        "principal_id": entry.get("principal_id", records.guid("principal", target.key)),
        "identities": {
            str(identity): records.guid("principal", identity.key)
            for identity in (_identity(parts, group, name) for name in entry.get("user_assigned_identities", []))
        },
        "guard_id": guard_id,
        "guard_tenant_id": entry.get("resource_guard_tenant_id", tenant),
        "cross_subscription": entry.get("cross_subscription_restore", "Enabled"),
        "created_at": parts.now,
    }
    parts.put(Row.of(target, document, document["location"]), where)
    for number, instance in enumerate(entry.get("backup_instances", [])):
        _instance(parts, instance, target, document["location"], f"{where}.backup_instances[{number}]")


def _identity(parts: Parts, group: str, name: str) -> ArmId:
    return ArmId(parts.subscription, group, "Microsoft.ManagedIdentity", ("userAssignedIdentities",), (name,))


def _instance(parts: Parts, entry: Mapping[str, Any], owner: ArmId, location: str, where: str) -> None:
    target = owner.child("backupInstances", entry["name"])
    disk_group = parts.group(entry, where, "disk_resource_group") if "disk_resource_group" in entry else owner.group
    disk = parts.store.get(compute_id(parts.subscription, disk_group, "disks", entry["disk"]).key, DISK)
    if disk is None:
        raise WorldError(f"{where}.disk: there is no disk '{entry['disk']}' in resource group '{disk_group}'")
    if disk.location != regions.normalised(location):
        raise WorldError(f"{where}.disk: '{entry['disk']}' is not in the region of its vault, {location}")
    snapshots = parts.group(entry, where, "snapshot_resource_group")
    retention_days = entry.get("retention_days", 7.0)
    points = [
        _point(parts.now, point, retention_days, target, number)
        for number, point in enumerate(entry.get("recovery_points", []))
    ]
    if len({point["name"] for point in points}) != len(points):
        raise WorldError(f"{where}.recovery_points: a name is used twice")
    wire = disk.document["wire"]
    document: Document = {
        "id": str(target),
        "name": target.name,
        "location": location,
        "source": {
            "id": wire["id"],
            "name": wire["name"],
            "location": wire["location"],
            "size_gib": wire["properties"]["diskSizeGB"],
            "sku": wire["sku"]["name"],
            "os_type": wire["properties"].get("osType", ""),
        },
        "policy": entry.get("policy", "daily"),
        "snapshot_group_id": f"/subscriptions/{parts.subscription}/resourceGroups/{snapshots}",
        "protection_state": entry.get("protection_state", "ProtectionConfigured"),
        "restore_minutes": entry.get("restore_minutes", 12.0),
        "retention_days": retention_days,
        "backup_every_hours": entry.get("backup_every_hours", 0.0),
        "schedule_from": max((point["at"] for point in points), default=parts.now),
        "began_at": parts.now,
        "recovery_points": points,
    }
    parts.put(Row.of(target, document, location, parent=owner.key, source=disk.key), where)


def _point(now: float, entry: Mapping[str, Any], retention_days: float, owner: ArmId, number: int) -> Document:
    at = now - entry["age_hours"] * _HOUR_S
    expires_at = at + retention_days * _DAY_S
    if "expires_in_hours" in entry:
        expires_at = now + entry["expires_in_hours"] * _HOUR_S
    return recovery_point(
        at,
        expires_at,
        name=entry.get("name", records.guid(owner.key, "world", number).replace("-", "")).lower(),
        kind=entry.get("type", "Incremental"),
        state=entry.get("state", "COMMITTED"),
        visible=entry.get("visible", True),
        completion=entry.get("completion", "Completed"),
    )


def role_assignment(parts: Parts, entry: Mapping[str, Any], where: str) -> None:
    """Write a role assignment of a vault's identity, long since spread.

    Raises:
        WorldError: It names what the world does not have, or a role that is none.
    """
    group = parts.group(entry, where)
    role = rights.ROLES.get(entry["role"])
    if role is None:
        raise WorldError(f"{where}.role: '{entry['role']}' is none of {', '.join(rights.ROLES)}")
    owner_group = parts.group(entry, where, "vault_resource_group") if "vault_resource_group" in entry else None
    owners = [
        row
        for row in parts.store.every()
        if row.type == BACKUP_VAULT
        and row.document["name"].lower() == entry["backup_vault"].lower()
        and (owner_group is None or owner_group.lower() == row.resource_group)
    ]
    if len(owners) != 1:
        problem = "there is no such vault" if not owners else "name its vault_resource_group, there are several"
        raise WorldError(f"{where}.backup_vault: '{entry['backup_vault']}': {problem}")
    principal = str(owners[0].document["principal_id"])
    if "user_assigned_identity" in entry:
        identity = _identity(parts, owners[0].resource_group, entry["user_assigned_identity"]).key
        known = {name.lower(): one for name, one in owners[0].document["identities"].items()}
        if identity not in known:
            raise WorldError(f"{where}.user_assigned_identity: the vault has no '{entry['user_assigned_identity']}'")
        principal = known[identity]
    name = records.guid("role assignment", principal, role, group.lower())
    target = ArmId(parts.subscription, group, "Microsoft.Authorization", ("roleAssignments",), (name,))
    definition = f"/subscriptions/{parts.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    properties = {"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal"}
    row = rights.assignment(target, properties, role, created_at=parts.now, effective_at=parts.now)
    if parts.store.get(row.key) is not None:
        raise WorldError(f"{where}: the vault has that role on that group already")
    parts.store.put(row)
