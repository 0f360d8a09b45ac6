"""Entities of SPF's VMM service: how they are kept, what they look like, how a body is read.

Answers have minimal metadata: `odata.metadata`, and no types. Times are printed with the offset of the server's zone,
although their type, Edm.DateTime, knows none.

Source: VMCheckPoint and Job in the reference of SPF's VMM service; OData 3.0, JSON format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from azure_recovery.emulator import spf_errors
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.spf_address import Key
from azure_recovery.emulator.store import Document, Row

CHECKPOINT: Final = "vmm.vmcheckpoint"
MACHINE: Final = "vmm.virtualmachine"
JOB: Final = "vmm.job"
SETS: Final = {"VMCheckPoints": CHECKPOINT, "VirtualMachines": MACHINE, "Jobs": JOB}
TYPES: Final = {CHECKPOINT: "VMM.VMCheckPoint", MACHINE: "VMM.VirtualMachine", JOB: "VMM.Job"}
_SET_OF: Final = {kind: name for name, kind in SETS.items()}

CHECKPOINT_PROPERTIES: Final[Mapping[str, str]] = {
    "Accessibility": "string",
    "CheckpointID": "guid",
    "Confirm": "boolean",
    "Description": "string",
    "Enabled": "boolean",
    "ID": "guid",
    "Name": "string",
    "ParentCheckpointID": "guid",
    "RunAsynchronously": "boolean",
    "VMId": "guid",
    "AddedTime": "time",
    "ModifiedTime": "time",
    "StampId": "guid",
    "VMCheckPointAction": "string",
}
"""Every property of a VMCheckPoint, and what kind of value it has."""

VERBS: Final = ("Confirm", "RunAsynchronously", "VMCheckPointAction")
"""Properties that ask for something and are never kept."""

_GUID: Final = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


def row_key(subscription: str, kind: str, key: Key) -> str:
    """Return the key of an entity in the store: its path behind Windows Azure Pack, lower case."""
    return path(subscription, kind, key).lower()


def path(subscription: str, kind: str, key: Key) -> str:
    """Return the path of an entity behind Windows Azure Pack."""
    return f"/{subscription}/services/systemcenter/vmm/{_SET_OF[kind]}({key})"


def row(subscription: str, kind: str, key: Key, document: Document, *, machine: str = "", source: str = "") -> Row:
    """Return the row of an entity.

    Args:
        subscription: GUID.
        kind: `CHECKPOINT`, `MACHINE` or `JOB`.
        key: Its key.
        document: What is kept of it.
        machine: Key of the row of the VM that it belongs to.
        source: Key of the row of the checkpoint that it is about.
    """
    kept = {"id": key.id, "stamp_id": key.stamp_id, **document}
    written = row_key(subscription, kind, key)
    return Row(written, kind, subscription.lower(), "", kept, parent=machine, source=source)


def key_of(entity: Row) -> Key:
    """Return the key of a kept entity."""
    return Key(entity.document["id"], entity.document["stamp_id"])


def printed(seconds: float | None, settings: Settings) -> str | None:
    """Write a moment as the service does: `2014-09-03T14:45:26.463-07:00`."""
    if seconds is None:
        return None
    offset = settings.text("spf_utc_offset")
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    shift = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(shift))
    return moment.isoformat(timespec="milliseconds")


def read(raw: bytes, content_type: str) -> Document:
    """Return the properties of a VMCheckPoint in a body, GUIDs in lower case.

    Raises:
        ArmError: It is of another type, no JSON, or has a property that there is not or a value that does not fit.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise spf_errors.refused(415, "UnsupportedMediaType", "Unsupported media type requested.")
    try:
        body = json.loads(raw)
    except ValueError:
        raise spf_errors.bad_request("An error occurred while processing this request.") from None
    if not isinstance(body, dict):
        raise spf_errors.bad_request("An error occurred while processing this request.")
    found: Document = {}
    for name, value in body.items():
        if name == "odata.type":
            if value != TYPES[CHECKPOINT]:
                raise spf_errors.bad_request(f"A type named '{value}' could not be resolved by the model.")
        elif "@odata." in name:
            _known(name.partition("@")[0])
        elif not name.startswith("odata."):
            found[name] = _fitted(name, value)
    return found


def _known(name: str) -> str:
    kind = CHECKPOINT_PROPERTIES.get(name)
    if kind is None:
        raise spf_errors.bad_request(
            f"The property '{name}' does not exist on type '{TYPES[CHECKPOINT]}'. Make sure to only use property names "
            "that are defined by the type."
        )
    return kind


def _fitted(name: str, value: Any) -> Any:
    kind = _known(name)
    if value is None:
        return None
    if not _FITS[kind](value):
        raise spf_errors.bad_request(f"Error processing request stream. The value of '{name}' does not fit its type.")
    return value.lower() if kind == "guid" else value


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


_FITS: Final = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "guid": lambda value: isinstance(value, str) and _GUID.match(value) is not None,
    "time": _is_time,
}
