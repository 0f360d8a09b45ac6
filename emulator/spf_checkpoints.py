"""Checkpoints of virtual machines: looked at, made, restored, and deleted.

A restore is an update that sets `VMCheckPointAction` to `Restore`. Every one rolls the machine back again, is answered
204 at once, and is done by a job that the answer does not name. Nothing in a checkpoint shows that it was restored.

Source: checkpoint page; VMCheckPoint in the reference of SPF's VMM service.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import spf_entities, spf_errors, spf_jobs
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.spf_address import Address, Key
from azure_recovery.emulator.spf_entities import CHECKPOINT, CHECKPOINT_PROPERTIES, MACHINE, VERBS, printed
from azure_recovery.emulator.store import Document, Row

_KEY: Final = ("ID", "StampId")
_WRITABLE: Final = ("Name", "Description")


def shown(checkpoint: Row) -> dict[str, Any]:
    """Return a checkpoint as the service shows it, without metadata."""
    document = checkpoint.document
    body = {name: document["properties"].get(name) for name in CHECKPOINT_PROPERTIES if name not in VERBS}
    return {**body, "ID": document["id"], "StampId": document["stamp_id"], "VMCheckPointAction": None}


def restores(cloud: Cloud, checkpoint: Row) -> int:
    """Return how many times a machine was told to go back to *checkpoint*."""
    return len([job for job in cloud.store.made_from(checkpoint.key) if job.document["cmdlet"] == spf_jobs.RESTORE])


def properties(key: Key, machine: str, now: float, settings: Settings, given: Document) -> Document:
    """Return the properties of a checkpoint that is new, or in the world from the start.

    Args:
        key: Its key.
        machine: GUID of its VM.
        now: When it was made.
        settings: For the zone of times.
        given: Those that win.
    """
    made = printed(now, settings)
    return {
        "Accessibility": "Public",
        "CheckpointID": key.id,
        "Description": "",
        "Enabled": True,
        "Name": None,
        "ParentCheckpointID": None,
        "VMId": machine,
        "AddedTime": made,
        "ModifiedTime": made,
        **{name: value for name, value in given.items() if value is not None},
    }


def merge(cloud: Cloud, call: Call, address: Address) -> Answer:
    """Change the properties that are given, and restore if that is one of them."""
    return _update(cloud, call, address, resets=())


def put(cloud: Cloud, call: Call, address: Address) -> Answer:
    """Set every property, those that are not given to their default, and restore if asked to."""
    every = cloud.settings.text("spf_put_resets") == "all"
    resets = [name for name in CHECKPOINT_PROPERTIES if name not in (*VERBS, *_KEY)] if every else _WRITABLE
    return _update(cloud, call, address, resets=tuple(resets))


def _update(cloud: Cloud, call: Call, address: Address, *, resets: tuple[str, ...]) -> Answer:
    given = spf_entities.read(call.body, call.headers.get("content-type", ""))
    checkpoint = _existing(cloud, address)
    key = spf_entities.key_of(checkpoint)
    for name, value in (("ID", key.id), ("StampId", key.stamp_id)):
        if given.get(name, value) not in (value, None):
            raise spf_errors.bad_request(f"The key property '{name}' of the entity is not that of the URL.")
    action = given.get("VMCheckPointAction")
    if action not in (None, "Restore"):
        raise spf_errors.bad_request(f"The value '{action}' of VMCheckPointAction is not supported; it is 'Restore'.")
    kept = {name: value for name, value in given.items() if name not in (*VERBS, *_KEY)}
    changed = {**checkpoint.document["properties"], **dict.fromkeys(resets), **kept}
    cloud.store.put(replace(checkpoint, document={**checkpoint.document, "properties": changed}))
    if action is None:
        return Answer(204)
    return Answer(
        204, started=spf_jobs.start(cloud, call, _machine(cloud, checkpoint), checkpoint, spf_jobs.RESTORE).key
    )


def delete(cloud: Cloud, call: Call, address: Address) -> Answer:
    """Delete a checkpoint; it is there until its job has ended, and what followed it then follows its parent."""
    checkpoint = _existing(cloud, address)
    machine = _machine(cloud, checkpoint)
    job = spf_jobs.start(cloud, call, machine, checkpoint, spf_jobs.REMOVE)
    if job.document["ending"] == spf_jobs.FAILED:
        return Answer(204, started=job.key)
    own, parent = checkpoint.document["id"], checkpoint.document["properties"]["ParentCheckpointID"]
    for row in cloud.store.children(machine.key):
        if row.type == CHECKPOINT and row.document["properties"]["ParentCheckpointID"] == own:
            changed = {**row.document["properties"], "ParentCheckpointID": parent}
            cloud.store.put(replace(row, document={**row.document, "properties": changed}))
    cloud.store.put(replace(checkpoint, gone_at=job.document["ends_at"]))
    return Answer(204, started=job.key)


def _existing(cloud: Cloud, address: Address) -> Row:
    assert address.key is not None
    checkpoint = cloud.store.get(spf_entities.row_key(address.subscription, CHECKPOINT, address.key), CHECKPOINT)
    if checkpoint is None:
        raise spf_errors.no_such_segment(address.entity_set)
    return checkpoint


def _machine(cloud: Cloud, checkpoint: Row) -> Row:
    machine = cloud.store.get(checkpoint.parent, MACHINE)
    assert machine is not None
    return machine


def create(cloud: Cloud, call: Call, address: Address) -> Answer:
    """Make a checkpoint of a VM as it is now; its job takes a while."""
    given = spf_entities.read(call.body, call.headers.get("content-type", ""))
    if cloud.settings.text("spf_confirm") == "required" and given.get("Confirm") is not True:
        raise spf_errors.bad_request("Confirm must be true to create a checkpoint.")
    if given.get("VMCheckPointAction") is not None:
        raise spf_errors.bad_request("VMCheckPointAction cannot be set on a new checkpoint.")
    missing = [name for name in ("VMId", "StampId") if not given.get(name)]
    if missing:
        raise spf_errors.bad_request(f"The property '{missing[0]}' is required.")
    owner = Key(given["VMId"], given["StampId"])
    machine = cloud.store.get(spf_entities.row_key(address.subscription, MACHINE, owner), MACHINE)
    if machine is None:
        raise spf_errors.bad_request(f"There is no virtual machine '{owner.id}' in stamp '{owner.stamp_id}'.")
    key = Key(str(uuid.uuid4()), owner.stamp_id)
    named = {
        "Name": given.get("Name") or f"{machine.document['name']} - ({printed(call.now, cloud.settings)})",
        "Description": given.get("Description"),
        "ParentCheckpointID": _latest(cloud, machine),
    }
    document = {"properties": properties(key, owner.id, call.now, cloud.settings, named)}
    checkpoint = spf_entities.row(machine.subscription, CHECKPOINT, key, document, machine=machine.key)
    cloud.store.put(checkpoint)
    job = spf_jobs.start(cloud, call, machine, checkpoint, spf_jobs.CREATE)
    location = f"{call.base_url}{address.root}/VMCheckPoints({key})"
    return Answer(201, shown(checkpoint), {"Location": location}, started=job.key)


def _latest(cloud: Cloud, machine: Row) -> str | None:
    made = [row for row in cloud.store.children(machine.key) if row.type == CHECKPOINT]
    return made[-1].document["id"] if made else None
