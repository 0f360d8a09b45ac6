"""The world file: what exists before the first request.

Read once, when a state begins; later starts continue the state. Described field by field in docs/emulator.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from azure_recovery.emulator import records, world_backups, world_protection, world_system_center
from azure_recovery.emulator.ids import (
    COLLECTION,
    DISK,
    RESTORE_POINT,
    SPELLINGS,
    VIRTUAL_MACHINE,
    ArmId,
    compute_id,
)
from azure_recovery.emulator.inventory import RESOURCE_GROUP, group_key
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row, Store
from azure_recovery.emulator.world_machines import captured, disk_wire, storage_profile
from azure_recovery.emulator.world_parts import Parts, WorldError

DEFAULT_TENANT: Final = "00000000-0000-0000-0000-0000000000aa"
_LONG_AGO_MINUTES: Final = 7 * 24 * 60.0


def load(path: Path | None) -> Document:
    """Return the world of a file, checked against the schema; the default world without one.

    Raises:
        WorldError: It cannot be read, is no JSON, or does not fit the schema.
    """
    if path is None:
        return checked(json.loads(_packaged("default_world.json")), "default world")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorldError(f"world file {path}: {error}") from error
    try:
        world = json.loads(text)
    except json.JSONDecodeError as error:
        raise WorldError(f"world file {path}: line {error.lineno}, column {error.colno}: {error.msg}") from error
    return checked(world, f"world file {path}")


def _packaged(name: str) -> str:
    return resources.files("azure_recovery.emulator").joinpath(name).read_text(encoding="utf-8")


def checked(world: Any, where: str = "world") -> Document:
    """Return *world* if it fits the schema.

    Raises:
        WorldError: With the JSON path of the first thing that does not fit.
    """
    error = best_match(Draft202012Validator(json.loads(_packaged("world.schema.json"))).iter_errors(world))
    if error is not None:
        raise WorldError(f"{where}: {error.json_path}: {error.message}")
    return dict(world)


def build(world: Mapping[str, Any], store: Store, settings: Settings, now: float) -> None:
    """Write the resources of *world* into an empty store, aged as of *now*.

    Raises:
        WorldError: A reference to something that the world does not have, an unknown region, or a name used twice.
    """
    parts = Parts(world["subscription_id"], store, now)
    builder = _Builder(parts, settings)
    for number, group in enumerate(world["resource_groups"]):
        builder.group(group, f"$.resource_groups[{number}]")
    for number, machine in enumerate(world.get("virtual_machines", [])):
        builder.machine(machine, f"$.virtual_machines[{number}]")
    # Sources before copies, whatever their order in the file.
    collections = list(enumerate(world.get("restore_point_collections", [])))
    for number, entry in sorted(collections, key=lambda pair: "restore_point_collection" in pair[1]["source"]):
        builder.collection(entry, f"$.restore_point_collections[{number}]")
    for number, disk in enumerate(world.get("disks", [])):
        builder.loose_disk(disk, f"$.disks[{number}]")
    tenant = world.get("tenant_id", DEFAULT_TENANT)
    for number, vault in enumerate(world.get("backup_vaults", [])):
        world_backups.vault(parts, vault, tenant, f"$.backup_vaults[{number}]")
    for number, vault in enumerate(world.get("recovery_services_vaults", [])):
        world_protection.vault(parts, vault, f"$.recovery_services_vaults[{number}]")
    for number, assignment in enumerate(world.get("role_assignments", [])):
        world_backups.role_assignment(parts, assignment, f"$.role_assignments[{number}]")
    if "system_center" in world:
        world_system_center.build(parts, world["system_center"], settings, "$.system_center")


def subscriptions(world: Mapping[str, Any]) -> frozenset[str]:
    """Return the subscriptions in which *world* has resource groups, lower case."""
    named = (group.get("subscription_id", "") for group in world["resource_groups"])
    return frozenset({world["subscription_id"].lower(), *(one.lower() for one in named if one)})


class _Builder:
    def __init__(self, parts: Parts, settings: Settings) -> None:
        self._parts = parts
        self._subscription = parts.subscription
        self._store = parts.store
        self._settings = settings
        self._now = parts.now

    def group(self, entry: Mapping[str, Any], where: str) -> None:
        name = entry["name"]
        subscription = entry.get("subscription_id", self._subscription)
        wire = {
            "id": f"/subscriptions/{subscription}/resourceGroups/{name}",
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self._parts.location(entry["location"], where),
            "tags": entry.get("tags", {}),
            "properties": {"provisioningState": "Succeeded"},
        }
        self._parts.put(self._parts.row(group_key(subscription, name), RESOURCE_GROUP, name, wire), where)

    def machine(self, entry: Mapping[str, Any], where: str) -> None:
        group = self._parts.group(entry, where)
        location = self._parts.location(entry["location"], where)
        target = compute_id(self._subscription, group, "virtualMachines", entry["name"])
        os_type = entry.get("os_type", "Linux")
        disks = [self._disk(disk, target, location, os_type, where) for disk in entry["disks"]]
        luns = [disk["lun"] for disk in disks]
        if luns.count(None) != 1:
            raise WorldError(f"{where}.disks: exactly one disk has no lun, the OS disk")
        if len(set(luns)) != len(luns):
            raise WorldError(f"{where}.disks: a lun is used twice")
        metadata = captured(entry, target, location, os_type)
        wire = {
            "id": str(target),
            "name": entry["name"],
            "type": SPELLINGS[VIRTUAL_MACHINE],
            "location": location,
            "properties": {
                "provisioningState": "Succeeded",
                **{name: value for name, value in metadata.items() if name not in {"location", "hyperVGeneration"}},
                "storageProfile": storage_profile(disks, os_type),
            },
        }
        row = self._parts.row(
            target.key,
            VIRTUAL_MACHINE,
            group,
            wire,
            metadata=metadata,
            disks=disks,
            os_type=os_type,
            hyper_v_generation=metadata["hyperVGeneration"],
        )
        self._parts.put(row, where)

    def _disk(self, entry: Mapping[str, Any], machine: ArmId, location: str, os_type: str, where: str) -> Document:
        target = compute_id(machine.subscription, machine.group, "disks", entry["name"])
        lun = entry.get("lun")
        encryption: dict[str, Any] = records.PLATFORM_KEY
        if "disk_encryption_set_id" in entry:
            encryption = {
                "type": "EncryptionAtRestWithCustomerKey",
                "diskEncryptionSet": {"id": entry["disk_encryption_set_id"]},
            }
        disk = {
            "id": str(target),
            "name": entry["name"],
            "lun": lun,
            "caching": entry.get("caching", "ReadWrite" if lun is None else "None"),
            "size_gib": entry.get("size_gib", 64 if lun is None else 128),
            "sku": entry.get("sku", "Premium_LRS"),
            "encryption": encryption,
            "unique_id": records.unique_id(target.key),
            "replication_minutes": entry.get("replication_minutes"),
            "replication_ending": entry.get("replication_ending", "succeeds"),
            "replication_at_percent": entry.get("replication_at_percent", 50.0),
        }
        wire = disk_wire(disk, machine, location, os_type, self._now)
        self._parts.put(self._parts.row(target.key, DISK, machine.group, wire), where)
        return disk

    def loose_disk(self, entry: Mapping[str, Any], where: str) -> None:
        group = self._parts.group(entry, where)
        target = compute_id(self._subscription, group, "disks", entry["name"])
        disk = {
            "id": str(target),
            "name": entry["name"],
            "lun": 0,
            "size_gib": entry.get("size_gib", 128),
            "sku": entry.get("sku", "Premium_LRS"),
            "encryption": records.PLATFORM_KEY,
            "unique_id": records.unique_id(target.key),
        }
        wire = disk_wire(disk, None, self._parts.location(entry["location"], where), "", self._now)
        self._parts.put(self._parts.row(target.key, DISK, group, wire), where)

    def collection(self, entry: Mapping[str, Any], where: str) -> None:
        group = self._parts.group(entry, where)
        location = self._parts.location(entry["location"], where)
        target = compute_id(self._subscription, group, "restorePointCollections", entry["name"])
        source = self._source(entry["source"], group, f"{where}.source")
        row = records.collection(
            target,
            location,
            ArmId(*_parts(source)),
            source.document["location"],
            self._now,
            tags=entry.get("tags"),
        )
        self._parts.put(row, where)
        for number, point in enumerate(entry.get("restore_points", [])):
            self._restore_point(point, row, target, source, f"{where}.restore_points[{number}]")

    def _source(self, entry: Mapping[str, Any], group: str, where: str) -> Row:
        kind, word = (
            ("virtualMachines", "virtual_machine")
            if "virtual_machine" in entry
            else ("restorePointCollections", "restore_point_collection")
        )
        key = compute_id(self._subscription, entry.get("resource_group", group), kind, entry[word]).key
        found = self._store.get(key)
        if found is None:
            raise WorldError(f"{where}.{word}: '{entry[word]}' is not in this world")
        return found

    def _restore_point(self, entry: Mapping[str, Any], owner: Row, parent: ArmId, source: Row, where: str) -> None:
        target = parent.child("restorePoints", entry["name"])
        if source.type == COLLECTION:
            document, origin = self._copy(entry, owner, target, source, where)
        else:
            if "source_restore_point" in entry or "copied_minutes_ago" in entry:
                raise WorldError(f"{where}: a restore point of a virtual machine is no copy")
            created_at = self._now - entry.get("age_hours", 24.0) * 3600.0
            ready_at = created_at + self._settings.number("create_seconds")
            mode = entry.get("consistency_mode", "ApplicationConsistent")
            document = records.captured(target, source, created_at=created_at, ready_at=ready_at, mode=mode)
            document["ready_at"] = min(ready_at, self._now)
            origin = ""
        if entry.get("provisioning_state") == "Failed":
            document["create_error"] = {"code": "InternalExecutionError", "message": "An internal error occurred."}
        self._parts.put(records.restore_point(target, owner.location, document, origin), where)

    def _copy(
        self, entry: Mapping[str, Any], owner: Row, target: ArmId, source: Row, where: str
    ) -> tuple[Document, str]:
        if "source_restore_point" not in entry:
            raise WorldError(f"{where}: 'source_restore_point' is missing; the collection holds copies")
        if "age_hours" in entry or "consistency_mode" in entry:
            raise WorldError(f"{where}: age and consistency of a copy are those of its source")
        name = entry["source_restore_point"]
        original = self._store.get(f"{source.key}/restorepoints/{name.lower()}", RESTORE_POINT)
        if original is None:
            raise WorldError(f"{where}.source_restore_point: '{name}' is not in the source collection")
        ready_at = self._now - entry.get("copied_minutes_ago", _LONG_AGO_MINUTES) * 60.0
        document = records.copied(
            target,
            original,
            location=owner.location,
            created_at=ready_at - self._settings.number("copy_accept_seconds"),
            ready_at=ready_at,
            settings=self._settings,
            request=records.fingerprint({"properties": {"sourceRestorePoint": {"id": original.document["id"]}}}),
        )
        return document, original.key


def _parts(row: Row) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    segments = str(row.document["id"]).split("/")
    return segments[2], segments[4], segments[6], tuple(segments[7::2]), tuple(segments[8::2])
