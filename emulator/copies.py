"""What may be captured and copied, and what is refused.

The rules of a copy, in the order in which they are asked: the source is named and is of the collection that the target
collection names; it is no copy; it is Succeeded; no other copy of it is in the region; no later one was copied before
it; three an hour.

Source: copy documentation, limitations; restore point documentation, throttling and limits.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import records, replication, views
from azure_recovery.emulator.clock import timestamp
from azure_recovery.emulator.errors import (
    ArmError,
    invalid_parameter,
    not_allowed,
    resource_not_found,
    too_many_requests,
)
from azure_recovery.emulator.exchange import Call, Cloud
from azure_recovery.emulator.ids import (
    COLLECTION,
    DISK,
    DISK_ENCRYPTION_SET,
    DISK_RESTORE_POINT,
    RESTORE_POINT,
    SPELLINGS,
    VIRTUAL_MACHINE,
    ArmId,
    parse_reference,
)
from azure_recovery.emulator.store import Document, Row

_HOUR_S: Final = 3600.0
_MAX_POINTS_OF_A_MACHINE: Final = 500
_SOURCE: Final = "properties.sourceRestorePoint.id"


def is_target(collection: Row) -> bool:
    """Tell whether a collection holds copies, that is, names another collection as its source."""
    return "/restorepointcollections/" in collection.source


def copy_from_region(cloud: Cloud, call: Call, collection: Row, body: Document, request: str) -> Row:
    """Return the new copy that *call* asks for, not yet stored.

    Raises:
        ArmError: A rule forbids it.
    """
    properties = body.get("properties", {})
    source_id = _source_id(properties, collection)
    source = cloud.store.get(source_id.key, RESTORE_POINT)
    if source is None:
        status = cloud.settings.whole("missing_source_status")
        raise resource_not_found(SPELLINGS[RESTORE_POINT], "/".join(source_id.names), source_id.group, status)
    _refuse_unfit_source(source, properties, call.now)
    _refuse_second_copy(cloud, source, collection)
    _refuse_wrong_order(cloud, source, collection, call.now)
    encryption = _asked_encryption(properties, source)
    _count(cloud, f"copies/{collection.document['collection_id']}", "copies_per_hour", call.now)
    cloud.store.record(f"order/{collection.document['collection_id']}", call.now, source.document["time_created"])
    document = records.copied(
        call.target,
        source,
        location=collection.location,
        created_at=call.now,
        ready_at=call.now + cloud.settings.number("copy_accept_seconds"),
        settings=cloud.settings,
        encryption=encryption,
        request=request,
    )
    return records.restore_point(call.target, collection.location, document, source.key)


def _source_id(properties: Document, collection: Row) -> ArmId:
    text = properties.get("sourceRestorePoint", {}).get("id")
    if not text:
        raise invalid_parameter("Required parameter 'sourceRestorePoint' is missing (null).", "sourceRestorePoint")
    source_id = parse_reference(text, _SOURCE, RESTORE_POINT)
    if source_id.parent.key != collection.source:
        raise invalid_parameter(
            f"Source restore point '{source_id}' does not belong to '{collection.document['source_id']}', the source "
            f"of restore point collection '{collection.document['name']}'.",
            _SOURCE,
        )
    return source_id


def _refuse_unfit_source(source: Row, properties: Document, now: float) -> None:
    name = source.document["name"]
    if source.document["copy"]:
        raise not_allowed(f"Copying restore point '{name}' is not allowed because it is a copy itself.", _SOURCE)
    state = views.provisioning_state(source.document, now)
    if state != "Succeeded":
        raise not_allowed(f"Restore point '{name}' cannot be copied in provisioning state '{state}'.", _SOURCE)
    mode = properties.get("consistencyMode")
    if mode is not None and mode != source.document["consistency_mode"]:
        raise invalid_parameter(
            f"Consistency mode '{mode}' is not that of the source restore point.", "properties.consistencyMode"
        )
    if properties.get("excludeDisks"):
        raise invalid_parameter("Disks cannot be excluded from a copy.", "properties.excludeDisks")


def _refuse_second_copy(cloud: Cloud, source: Row, collection: Row) -> None:
    for other in cloud.store.made_from(source.key):
        if other.subscription == collection.subscription and other.location == collection.location:
            raise not_allowed(
                f"Restore point '{source.document['name']}' was already copied to region '{collection.location}' as "
                f"'{other.document['id']}'. A restore point can be copied to a region only once.",
                _SOURCE,
            )


def _refuse_wrong_order(cloud: Cloud, source: Row, collection: Row, now: float) -> None:
    existing = [row for row in cloud.store.children(collection.key) if row.document["copy"]]
    latest = max((row.document["time_created"] for row in existing), default=-math.inf)
    if cloud.settings.flag("order_remembers_deleted"):
        remembered = cloud.store.greatest(f"order/{collection.document['collection_id']}")
        latest = max(latest, -math.inf if remembered is None else remembered)
    created = source.document["time_created"]
    if created < latest:
        raise not_allowed(
            f"Restore point '{source.document['name']}', created at {timestamp(created)}, is older than the latest "
            f"restore point copied to collection '{collection.document['name']}', created at {timestamp(latest)}. "
            "Restore points must be copied in the order of their creation.",
            _SOURCE,
        )
    if cloud.settings.text("order") == "accepted":
        return
    for row in existing:
        state = views.replication_state(row.document, now, cloud.settings)
        creating = views.provisioning_state(row.document, now) == "Creating"
        if creating or state is replication.State.IN_PROGRESS:
            raise not_allowed(
                f"Restore point '{source.document['name']}' cannot be copied before the copy of restore point "
                f"'{row.document['name']}' has completed. Try again later.",
                _SOURCE,
            )


def _asked_encryption(properties: Document, source: Row) -> dict[str, dict[str, Any]]:
    profile = properties.get("sourceMetadata", {}).get("storageProfile", {})
    where = "properties.sourceMetadata.storageProfile"
    entries = [(f"{where}.osDisk", profile["osDisk"])] if "osDisk" in profile else []
    entries += [(f"{where}.dataDisks[{n}]", disk) for n, disk in enumerate(profile.get("dataDisks", []))]
    known = {views.drp_id(source.document, disk).lower(): disk["lun"] is None for disk in source.document["disks"]}
    asked: dict[str, dict[str, Any]] = {}
    for path, entry in entries:
        attributes = entry.get("diskRestorePoint", {})
        encryption = attributes.get("encryption")
        if encryption is None:
            continue
        key = _source_disk(attributes, path, known, os_disk=path.endswith("osDisk"))
        if key in asked:
            raise invalid_parameter(f"Disk restore point '{key}' is named twice.", path)
        asked[key] = _checked_encryption(encryption, f"{path}.diskRestorePoint.encryption")
    return asked


def _source_disk(attributes: Document, path: str, known: dict[str, bool], *, os_disk: bool) -> str:
    target = f"{path}.diskRestorePoint.sourceDiskRestorePoint.id"
    text = attributes.get("sourceDiskRestorePoint", {}).get("id")
    if not text:
        raise invalid_parameter("Required parameter 'sourceDiskRestorePoint' is missing (null).", target)
    key = parse_reference(text, target, DISK_RESTORE_POINT).key
    if known.get(key) is not os_disk:
        kind = "OS" if os_disk else "data"
        raise invalid_parameter(f"'{text}' is no {kind} disk restore point of the source restore point.", target)
    return key


def _checked_encryption(encryption: Document, path: str) -> dict[str, Any]:
    kind = encryption.get("type")
    key_set = encryption.get("diskEncryptionSet", {}).get("id")
    if kind is None:
        raise invalid_parameter("Required parameter 'type' is missing (null).", f"{path}.type")
    if (kind == records.PLATFORM_KEY["type"]) == (key_set is not None):
        raise invalid_parameter(
            f"Encryption type '{kind}' {'does not take' if key_set else 'needs'} a disk encryption set.",
            f"{path}.diskEncryptionSet",
        )
    if key_set is None:
        return dict(encryption)
    parse_reference(key_set, f"{path}.diskEncryptionSet.id", DISK_ENCRYPTION_SET)
    return {"type": kind, "diskEncryptionSet": {"id": key_set}}


def _count(cloud: Cloud, scope: str, setting: str, now: float) -> None:
    """Count one more in *scope*, or refuse it for as long as the hour's number is used up."""
    allowed = cloud.settings.whole(setting)
    recent = cloud.store.since(scope, now - _HOUR_S)
    if allowed and len(recent) >= allowed:
        wait_s = max(math.ceil(recent[-allowed] + _HOUR_S - now), 1)
        raise too_many_requests("RestorePointOperation60Min", allowed, "PT1H", len(recent) + 1, wait_s)
    cloud.store.record(scope, now)


def fail_copies_of(cloud: Cloud, source: Row, now: float) -> None:
    """Let the copies of *source* fail whose data is still moving."""
    for row in cloud.store.made_from(source.key):
        if row.document["ready_at"] is None:
            continue
        disks = []
        for disk in row.document["disks"]:
            shown = views.disk_progress(row.document, disk, now, cloud.settings)
            moving = shown.state is replication.State.IN_PROGRESS
            disks.append({**disk, "ending": "fails", "at_percent": 0.0} if moving else disk)
        cloud.store.put(replace(row, document={**row.document, "disks": disks}))


def capture_machine(cloud: Cloud, call: Call, collection: Row, body: Document, request: str) -> Row:
    """Return the new restore point of a VM that *call* asks for, not yet stored.

    Raises:
        ArmError: A rule forbids it.
    """
    properties = body.get("properties", {})
    if properties.get("sourceRestorePoint") is not None:
        raise invalid_parameter(
            f"Restore point collection '{collection.document['name']}' has a virtual machine as its source; "
            "'sourceRestorePoint' needs one whose source is a restore point collection.",
            _SOURCE,
        )
    mode = properties.get("consistencyMode")
    if mode not in (None, "CrashConsistent"):
        raise invalid_parameter(
            f"Consistency mode '{mode}' is not accepted; only CrashConsistent is.", "properties.consistencyMode"
        )
    machine = cloud.store.get(collection.source, VIRTUAL_MACHINE)
    if machine is None:
        raise resource_not_found(SPELLINGS[VIRTUAL_MACHINE], collection.document["source_id"], call.target.group)
    _refuse_busy_machine(cloud, machine, call.now)
    excluded = _excluded(properties, machine)
    mode = mode or "ApplicationConsistent"
    _count(cloud, f"creates/{machine.key}/{mode}", "creates_per_hour", call.now)
    document = records.captured(
        call.target,
        machine,
        created_at=call.now,
        ready_at=call.now + cloud.settings.number("create_seconds"),
        mode=mode,
        excluded=excluded,
        request=request,
    )
    return records.restore_point(call.target, collection.location, document)


def _refuse_busy_machine(cloud: Cloud, machine: Row, now: float) -> None:
    points = [
        point
        for collection in cloud.store.made_from(machine.key)
        if collection.type == COLLECTION
        for point in cloud.store.children(collection.key)
    ]
    name = machine.document["name"]
    if len(points) >= _MAX_POINTS_OF_A_MACHINE:
        raise ArmError(
            409,
            "VMRestorePointClientError",
            f"VM '{name}' has reached the limit of {_MAX_POINTS_OF_A_MACHINE} restore points.",
        )
    if any(views.provisioning_state(point.document, now) == "Creating" for point in points):
        raise ArmError(
            409,
            "VMRestorePointClientError",
            f"Another restore point creation is in progress for VM '{name}'. Please try again later.",
        )


def _excluded(properties: Document, machine: Row) -> frozenset[str]:
    known = {str(disk["id"]).lower() for disk in machine.document["disks"]}
    excluded = set()
    for number, entry in enumerate(properties.get("excludeDisks", [])):
        target = f"properties.excludeDisks[{number}].id"
        key = parse_reference(entry.get("id", ""), target, DISK).key
        if key not in known:
            raise invalid_parameter(f"Disk '{entry['id']}' is not attached to the virtual machine.", target)
        excluded.add(key)
    return frozenset(excluded)
