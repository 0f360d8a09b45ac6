"""The part of the world file that is about System Center: stamps, their virtual machines, and checkpoints of those."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from azure_recovery.emulator import spf_checkpoints, spf_entities
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.spf_address import Key
from azure_recovery.emulator.spf_entities import CHECKPOINT, MACHINE
from azure_recovery.emulator.store import Document, Row
from azure_recovery.emulator.world_parts import Parts, WorldError

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_AGE_OF_A_MACHINE_S: Final = 30 * 24 * _HOUR_S
_SPACE: Final = uuid.UUID("6f1cf41c-8f3a-5a3e-9c59-0d2f1c1c0a01")


def build(parts: Parts, section: Mapping[str, Any], settings: Settings, where: str) -> None:
    """Write what System Center has.

    Raises:
        WorldError: An id is used twice, or a checkpoint is named that the machine does not have.
    """
    builder = _Builder(parts, section.get("subscription_id", parts.subscription).lower(), settings)
    for number, stamp in enumerate(section["stamps"]):
        for index, machine in enumerate(stamp.get("virtual_machines", [])):
            builder.machine(machine, stamp["id"].lower(), f"{where}.stamps[{number}].virtual_machines[{index}]")


def subscriptions(world: Mapping[str, Any]) -> frozenset[str]:
    """Return the subscription through which System Center is reached, lower case; none if there is no System Center."""
    if "system_center" not in world:
        return frozenset()
    return frozenset({world["system_center"].get("subscription_id", world["subscription_id"]).lower()})


class _Builder:
    def __init__(self, parts: Parts, subscription: str, settings: Settings) -> None:
        self._parts = parts
        self._subscription = subscription
        self._settings = settings

    def machine(self, entry: Mapping[str, Any], stamp: str, where: str) -> None:
        key = Key(_guid(entry, f"{stamp}/{entry['name']}"), stamp)
        checkpoints = entry.get("checkpoints", [])
        ids = {one["name"]: _guid(one, f"{stamp}/{entry['name']}/{one['name']}") for one in checkpoints}
        if len(ids) < len(checkpoints):
            raise WorldError(f"{where}.checkpoints: a name is used twice")
        restored = entry.get("last_restored_checkpoint")
        if restored is not None and restored not in ids:
            raise WorldError(f"{where}.last_restored_checkpoint: the machine has no checkpoint '{restored}'")
        own = spf_entities.row_key(self._subscription, MACHINE, key)
        document: Document = {
            "name": entry["name"],
            "description": entry.get("description", ""),
            "status": entry.get("status", "Running"),
            "operating_system": entry.get("operating_system", "64-bit edition of Windows Server 2012 R2 Datacenter"),
            "cpu_count": entry.get("cpu_count", 2),
            "memory_mib": entry.get("memory_mib", 4096),
            "restore_s": entry.get("restore_minutes", 3.0) * _MINUTE_S,
            "checkpoint_s": entry.get("checkpoint_minutes", 1.0) * _MINUTE_S,
            "most_recent_task_id": str(uuid.uuid5(_SPACE, f"{own}/task")),
            "last_restored_checkpoint_id": None if restored is None else ids[restored],
            "added_at": self._parts.now - _AGE_OF_A_MACHINE_S,
        }
        self._put(spf_entities.row(self._subscription, MACHINE, key, document), where)
        parent = None
        for number, checkpoint in enumerate(checkpoints):
            own_key = Key(ids[checkpoint["name"]], stamp)
            self._checkpoint(checkpoint, own_key, key, parent, f"{where}.checkpoints[{number}]")
            parent = own_key.id

    def _checkpoint(self, entry: Mapping[str, Any], key: Key, machine: Key, parent: str | None, where: str) -> None:
        known = {
            "Name": entry["name"],
            "Description": entry.get("description"),
            "Enabled": entry.get("enabled"),
            "ParentCheckpointID": parent,
        }
        made = self._parts.now - entry.get("age_hours", 24.0) * _HOUR_S
        document = {"properties": spf_checkpoints.properties(key, machine.id, made, self._settings, known)}
        owner = spf_entities.row_key(self._subscription, MACHINE, machine)
        self._put(spf_entities.row(self._subscription, CHECKPOINT, key, document, machine=owner), where)

    def _put(self, row: Row, where: str) -> None:
        if self._parts.store.get(row.key) is not None:
            raise WorldError(f"{where}.id: '{row.document['id']}' is used twice in its stamp")
        self._parts.store.put(row)


def _guid(entry: Mapping[str, Any], path: str) -> str:
    """Return the id of an entry: its own, or always the same for the same names."""
    return str(entry.get("id") or uuid.uuid5(_SPACE, path.lower())).lower()
