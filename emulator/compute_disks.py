"""Disk restore points: one for each disk of a restore point, on the Disk provider's own api-version.

They exist once their restore point is Succeeded, whether or not the data has arrived. Reading one out takes a SAS, and
while that is good the restore point cannot be deleted.

Source: diskRestorePoints, api-version 2026-03-02.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from azure_recovery.emulator import compute_points, contract, operations, views
from azure_recovery.emulator.clock import iso
from azure_recovery.emulator.errors import invalid_parameter, resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import DISK_RESTORE_POINT, SPELLINGS
from azure_recovery.emulator.store import Document, Row

_ACTION_S: Final = 5.0
_LONGEST_SAS_S: Final = 4_294_967_295


def _visible(row: Row, now: float) -> list[Document]:
    ready = row.document["ready_at"] is not None and now >= row.document["ready_at"]
    return list(row.document["disks"]) if ready and row.document["create_error"] is None else []


def list_in_restore_point(cloud: Cloud, call: Call) -> Answer:
    """Answer all disk restore points of a restore point; they fit on one page."""
    row = compute_points.find(cloud, call.target)
    shown = [views.disk_restore_point(row, disk, call.now, cloud.settings) for disk in _visible(row, call.now)]
    return Answer(200, {"value": shown})


def _find(cloud: Cloud, call: Call) -> tuple[Row, int]:
    row = compute_points.find(cloud, call.target.parent)
    for position, disk in enumerate(_visible(row, call.now)):
        if disk["drp_name"].lower() == call.target.name.lower():
            return row, position
    raise resource_not_found(SPELLINGS[DISK_RESTORE_POINT], "/".join(call.target.names), call.target.group)


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one disk restore point."""
    row, position = _find(cloud, call)
    return Answer(200, views.disk_restore_point(row, row.document["disks"][position], call.now, cloud.settings))


def begin_get_access(cloud: Cloud, call: Call) -> Answer:
    """Hand out a SAS with which a disk restore point could be read."""
    row, position = _find(cloud, call)
    body = call.document(contract.GRANT_ACCESS, cloud.settings)
    if body.get("access") != "Read":
        raise invalid_parameter("Required parameter 'access' must be Read.", "access")
    duration_s = body.get("durationInSeconds")
    if duration_s is None or not 0 < duration_s <= _LONGEST_SAS_S:
        raise invalid_parameter("Required parameter 'durationInSeconds' must be positive.", "durationInSeconds")
    disk = row.document["disks"][position]
    until = call.now + duration_s
    output = {"accessSAS": _sas(cloud, call, disk, until)}
    _changed(cloud, row, position, {**disk, "sas_until": until, "sas_count": disk["sas_count"] + 1})
    operation = operations.start(cloud, call, row.document["id"], row.location, call.now + _ACTION_S, output=output)
    return Answer(202, headers=operations.headers(cloud, call, operation))


def _sas(cloud: Cloud, call: Call, disk: Document, until: float) -> str:
    # The word is in the URL, so that whoever finds it in a log or a state knows what leaked.
    path = f"/_emulator/sas/{quote(disk['drp_name'])}/abcd"
    query = f"sv=2018-03-28&sr=b&si=emulated-disk-sas-{disk['sas_count'] + 1}&se={quote(iso(until))}&sp=r"
    return call.base_url + cloud.signer.sign(f"{path}?{query}", call.now)


def end_get_access(cloud: Cloud, call: Call) -> Answer:
    """Take back the SAS."""
    row, position = _find(cloud, call)
    _changed(cloud, row, position, {**row.document["disks"][position], "sas_until": None})
    operation = operations.start(cloud, call, row.document["id"], row.location, call.now + _ACTION_S)
    return Answer(202, headers=operations.headers(cloud, call, operation))


def _changed(cloud: Cloud, row: Row, position: int, disk: dict[str, Any]) -> None:
    disks = list(row.document["disks"])
    disks[position] = disk
    cloud.store.put(replace(row, document={**row.document, "disks": disks}))
