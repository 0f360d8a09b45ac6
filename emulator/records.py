"""The documents behind restore points: what is written down when one is made.

A document holds what was captured and the moments that matter. What a caller sees of it is written in `views`.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, Final

from azure_recovery.emulator import replication
from azure_recovery.emulator.ids import ArmId
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row

_NAMESPACE: Final = uuid.UUID("8f0b7c1e-5d0a-4c5e-9a53-2b1f6d3c7a10")
PLATFORM_KEY: Final = {"type": "EncryptionAtRestWithPlatformKey"}


def guid(*parts: object) -> str:
    """Return a GUID that is the same for the same parts, so that a world is the same on every start."""
    return str(uuid.uuid5(_NAMESPACE, "|".join(str(part) for part in parts)))


def unique_id(*parts: object) -> str:
    """Return the GUID-like id of something, in other words than `guid` of the same parts."""
    return guid("unique", *parts)


def collection(
    target: ArmId, location: str, source: ArmId, source_location: str, now: float, *, tags: dict[str, str] | None
) -> Row:
    """Return a new collection.

    Args:
        target: Its id.
        location: Its region, as given.
        source: The VM, or the collection in the source region.
        source_location: The region of that.
        now: Azure's seconds since 1970.
        tags: None if there are none.
    """
    document: Document = {
        "id": str(target),
        "name": target.name,
        "location": location,
        "tags": tags,
        "source_id": str(source),
        "source_location": source_location,
        "collection_id": guid(target.key, now),
        "instant_access": None,
        "created_at": now,
        "deleting": None,
    }
    return Row.of(target, document, location, source=source.key)


def restore_point(target: ArmId, location: str, document: Document, source: str = "") -> Row:
    """Return the row of a restore point; *source* is the key of what it was copied from."""
    return Row.of(target, document, location, parent=target.parent.key, source=source)


def captured(
    target: ArmId,
    machine: Row,
    *,
    created_at: float,
    ready_at: float,
    mode: str,
    excluded: frozenset[str] = frozenset(),
    request: Any = None,
) -> Document:
    """Return the document of a restore point of a VM.

    Args:
        target: Id of the restore point.
        machine: The VM.
        created_at: Moment of the capture.
        ready_at: When it is Succeeded.
        mode: Consistency mode.
        excluded: Keys of disks left out.
        request: What was asked, to recognise the same request again.
    """
    disks = []
    for disk in machine.document["disks"]:
        disk_id = str(disk["id"])
        if disk_id.lower() in excluded:
            continue
        disks.append(
            {
                "name": disk["name"],
                "lun": disk["lun"],
                "caching": disk["caching"],
                "size_gib": disk["size_gib"],
                "sku": disk["sku"],
                "disk_id": disk_id,
                "drp_name": f"{disk['name']}_{guid(target.key, disk_id, created_at)}",
                "source_drp_id": None,
                "encryption": disk["encryption"],
                "family_id": unique_id("family", disk_id.lower()),
                "unique_id": disk["unique_id"],
                "minutes": disk["replication_minutes"],
                "ending": disk["replication_ending"],
                "at_percent": disk["replication_at_percent"],
                "sas_until": None,
                "sas_count": 0,
            }
        )
    return {
        "id": str(target),
        "name": target.name,
        "request": request,
        "copy": False,
        "instant_access_minutes": None,
        "source_point_id": None,
        "source_location": machine.document["location"],
        "consistency_mode": mode,
        "excluded": sorted(excluded),
        "time_created": created_at,
        "created_at": created_at,
        "ready_at": ready_at,
        "create_error": None,
        "create_operation": None,
        "deleting": None,
        "machine": machine.document["metadata"],
        "machine_id": machine.document["id"],
        "os_type": machine.document["os_type"],
        "hyper_v_generation": machine.document["hyper_v_generation"],
        "disks": disks,
    }


def copied(
    target: ArmId,
    source: Row,
    *,
    location: str,
    created_at: float,
    ready_at: float,
    settings: Settings,
    encryption: dict[str, dict[str, Any]] | None = None,
    request: Any = None,
) -> Document:
    """Return the document of a copy: the source's, with disk restore points of its own.

    Args:
        target: Id of the copy.
        source: The restore point that is copied.
        location: Target region; decides how long the disks take where the world does not say.
        created_at: Moment of the request.
        ready_at: When the data begins to move.
        settings: For lengths and encryption.
        encryption: What was asked for, by the key of the source disk restore point.
        request: What was asked, to recognise the same request again.
    """
    asked = encryption or {}
    disks = []
    for disk in source.document["disks"]:
        source_drp = f"{source.document['id']}/diskRestorePoints/{disk['drp_name']}"
        minutes = disk["minutes"]
        if minutes is None:
            minutes = replication.derived_minutes(source.key, disk["name"], location, settings)
        disks.append(
            {
                **disk,
                "drp_name": f"{disk['name']}_{guid(target.key, source_drp.lower(), created_at)}",
                "source_drp_id": source_drp,
                "encryption": _encryption(disk, asked.get(source_drp.lower()), settings),
                "minutes": minutes,
                "sas_until": None,
                "sas_count": 0,
            }
        )
    return {
        **source.document,
        "id": str(target),
        "name": target.name,
        "request": request,
        "copy": True,
        "instant_access_minutes": None,
        "source_point_id": source.document["id"],
        "source_location": source.location,
        "created_at": created_at,
        "ready_at": ready_at,
        "create_error": None,
        "create_operation": None,
        "deleting": None,
        "disks": disks,
    }


def _encryption(disk: Document, asked: dict[str, Any] | None, settings: Settings) -> dict[str, Any]:
    policy = settings.text("encryption_of_copy")
    if policy == "always-platform":
        return PLATFORM_KEY
    if asked is not None:
        return asked
    return disk["encryption"] if policy == "source" else PLATFORM_KEY


def fingerprint(request: Any) -> str:
    """Return a short form in which equal requests are equal, whatever the casing of their ids."""
    return hashlib.sha256(repr(_canonical(request)).lower().encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((name, _canonical(entry)) for name, entry in value.items() if entry not in (None, {}, []))
    if isinstance(value, list):
        return [_canonical(entry) for entry in value]
    return value
