"""Faults of what a request started: operations that fail or never end, disks that do not arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Final

from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.ids import COLLECTION, RESTORE_POINT
from azure_recovery.emulator.store import Row

_ENDINGS: Final = {
    "disk-fails": "fails",
    "disk-stalls": "stalls",
    "disk-regresses": "regresses",
    "copy-terminated": "terminates",
}
NAMES: Final = (*_ENDINGS, "operation-fails", "operation-hangs")


def apply(fault: Fault, call: Call, cloud: Cloud, answer: Answer) -> None:
    """Let *fault* strike what *call* has just started; nothing, if it started nothing."""
    row = cloud.store.get(call.target.key) if answer.started else None
    if row is None:
        return
    with cloud.store.transaction():
        if fault.kind.name in _ENDINGS:
            if row.type == RESTORE_POINT and row.document["copy"]:
                _end_disks(cloud, row, fault)
        elif call.method == "PUT" and row.type == RESTORE_POINT:
            _spoil_creation(cloud, row, answer.started, fault)
        elif call.method == "DELETE":
            _spoil_deletion(cloud, row, answer.started, fault)


def _end_disks(cloud: Cloud, row: Row, fault: Fault) -> None:
    changed = {"ending": _ENDINGS[fault.kind.name], "at_percent": float(fault.parameters["percent"])}
    pattern = str(fault.parameters["disk"]).lower()
    disks = [
        {**disk, **changed} if fnmatchcase(disk["name"].lower(), pattern) else disk for disk in row.document["disks"]
    ]
    cloud.store.put(replace(row, document={**row.document, "disks": disks}))


def _spoil_creation(cloud: Cloud, row: Row, operation: str, fault: Fault) -> None:
    if fault.kind.name == "operation-hangs":
        _change_operation(cloud, operation, {"ends_at": None})
        cloud.store.put(replace(row, document={**row.document, "ready_at": None}))
        return
    error = {"code": fault.parameters["code"], "message": fault.parameters["message"]}
    _change_operation(cloud, operation, {"error": error, "error_status": "Failed"})
    cloud.store.put(replace(row, document={**row.document, "create_error": error}))


def _spoil_deletion(cloud: Cloud, row: Row, operation: str, fault: Fault) -> None:
    taken_along = [row, *(cloud.store.children(row.key) if row.type == COLLECTION else [])]
    if fault.kind.name == "operation-hangs":
        _change_operation(cloud, operation, {"ends_at": None})
        for one in taken_along:
            cloud.store.put(replace(one, gone_at=None))
        return
    error = {"code": fault.parameters["code"], "message": fault.parameters["message"]}
    _change_operation(cloud, operation, {"error": error, "error_status": "Failed"})
    for one in taken_along:
        cloud.store.put(replace(one, document={**one.document, "deleting": None}, gone_at=None))


def _change_operation(cloud: Cloud, name: str, changes: Mapping[str, Any]) -> None:
    document = cloud.store.operation(name)
    if document is not None:
        cloud.store.put_operation(name, {**document, **changes})
