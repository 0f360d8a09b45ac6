"""Recovery points of a disk: those that the world names, and those that its schedule has made since.

They come and go with the clock: a point is a moment, what a policy keeps it for, and the index of the backup that made
it. Nothing is written down for it.

Source: recoveryPoints/list, documentation of 2021 and recorded traffic of 2023.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from azure_recovery.emulator import filters, lists, records
from azure_recovery.emulator.backup_inventory import find_instance
from azure_recovery.emulator.clock import zulu
from azure_recovery.emulator.errors import resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import RECOVERY_POINT, SPELLINGS
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row

_HOUR_S: Final = 3600.0
_DAY_S: Final = 86400.0
_SHOWN_S: Final = 1e-6
"""What a moment loses when it is written: a point is found by the time that it shows."""
_WITH_EXPIRY: Final = "2023-01-01"
_WITH_COMPLETION: Final = "2023-11-01"


def recovery_point(
    at: float,
    expires_at: float,
    *,
    name: str,
    kind: str = "Incremental",
    state: str = "COMMITTED",
    visible: bool = True,
    completion: str = "Completed",
) -> Document:
    """Return one recovery point.

    Args:
        at: Moment of the backup, in Azure's seconds since 1970.
        expires_at: The same.
        name: 32 hexadecimal digits.
        kind: `Incremental` or `Full`.
        state: `COMMITTED`, or what a point that cannot be restored says.
        visible: Whether its data store shows it.
        completion: `Completed` or `Partial`.
    """
    return {
        "name": name,
        "at": at,
        "expires_at": expires_at,
        "kind": kind,
        "state": state,
        "visible": visible,
        "completion": completion,
    }


def _scheduled(instance: Document, now: float, shown_s: float) -> Iterator[Document]:
    every_s = instance["backup_every_hours"] * _HOUR_S
    if not every_s or instance["protection_state"] != "ProtectionConfigured":
        return
    retention_s = instance["retention_days"] * _DAY_S
    last = math.floor((now - instance["schedule_from"]) / every_s)
    # What there is at the beginning, the world says; the schedule only adds to it.
    oldest = max(now - retention_s - shown_s, instance["began_at"])
    first = max(math.ceil((oldest - instance["schedule_from"]) / every_s), 1)
    for index in range(first, last + 1):
        at = instance["schedule_from"] + index * every_s
        name = records.guid(instance["id"].lower(), "recovery point", index).replace("-", "")
        yield recovery_point(at, at + retention_s, name=name)


def existing(instance: Row, now: float, settings: Settings) -> list[Document]:
    """Return the recovery points of *instance* that the service shows at *now*, expired ones for a while longer."""
    shown_s = settings.number("expired_recovery_point_hours") * _HOUR_S
    every = [*instance.document["recovery_points"], *_scheduled(instance.document, now, shown_s)]
    return [point for point in every if point["at"] <= now < point["expires_at"] + shown_s]


def named(instance: Row, name: str, now: float, settings: Settings) -> Document | None:
    """Return the recovery point of that name, or None."""
    return next((point for point in existing(instance, now, settings) if point["name"] == name.lower()), None)


def shown(instance: Row, point: Document, api_version: str) -> dict[str, Any]:
    """Return the body of a recovery point."""
    document = instance.document
    expiry = zulu(point["expires_at"])
    properties: dict[str, Any] = {
        "objectType": "AzureBackupDiscreteRecoveryPoint",
        "recoveryPointId": point["name"],
        "recoveryPointTime": zulu(point["at"]),
        "recoveryPointType": point["kind"],
        "friendlyName": records.guid("friendly", point["name"]),
        "recoveryPointDataStoresDetails": [
            {
                "id": records.guid("store", document["id"].lower()),
                "type": "OperationalStore",
                "creationTime": zulu(point["at"]),
                "expiryTime": expiry,
                "metaData": None,
                "visible": point["visible"],
                "state": point["state"],
                "rehydrationExpiryTime": None,
                "rehydrationStatus": None,
            }
        ],
        "retentionTagName": "Default",
        "retentionTagVersion": "637607428336647408",
        "policyName": document["policy"],
        "policyVersion": None,
    }
    if api_version >= _WITH_EXPIRY:
        properties["expiryTime"] = expiry
    if api_version >= _WITH_COMPLETION:
        properties["recoveryPointState"] = point["completion"]
    return {
        "properties": properties,
        "id": f"{document['id']}/recoveryPoints/{point['name']}",
        "name": point["name"],
        "type": SPELLINGS[RECOVERY_POINT],
    }


def list_of_instance(cloud: Cloud, call: Call) -> Answer:
    """Answer the recovery points of a backup instance, newest first; `$filter` names the days between which."""
    instance = find_instance(cloud, call.target)
    points = existing(instance, call.now, cloud.settings)
    for comparison in filters.read(call, ("startdate", "eq"), ("enddate", "eq")):
        bound = comparison.moment()
        if comparison.name == "startdate":
            points = [point for point in points if point["at"] >= bound - _SHOWN_S]
        else:
            points = [point for point in points if point["at"] <= bound + _SHOWN_S]
    return lists.newest_first(
        cloud, call, ((point["at"], shown(instance, point, call.api_version)) for point in points)
    )


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one recovery point."""
    instance = find_instance(cloud, call.target.parent)
    point = named(instance, call.target.name, call.now, cloud.settings)
    if point is None:
        raise resource_not_found(SPELLINGS[RECOVERY_POINT], "/".join(call.target.names), call.target.group)
    return Answer(200, shown(instance, point, call.api_version))
