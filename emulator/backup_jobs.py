"""Backup jobs: what a restore really takes, long after its operation has succeeded.

A job holds the moments at which it begins, can be seen, and ends, and how; what is shown is computed from them. It
appears a while after the request that made it, so that a caller who lost the answer cannot look for it at once.

Source: backupJobs/get, recorded traffic of 2023 and documentation of 2021.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure_recovery.emulator import filters, lists, records
from azure_recovery.emulator.backup_inventory import find_vault, policy_id
from azure_recovery.emulator.clock import zulu
from azure_recovery.emulator.errors import resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import BACKUP_JOB, SPELLINGS, ArmId, parse
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row
from azure_recovery.emulator.user_errors import facing

COMPLETED: Final = "Completed"
FAILED: Final = "Failed"
CANCELLED: Final = "Cancelled"
WITH_WARNINGS: Final = "CompletedWithWarnings"
SUCCESSES: Final = (COMPLETED, WITH_WARNINGS)
_ONE_R_BEFORE: Final = "2022-01-01"


@dataclass(frozen=True)
class SubTask:
    """One step of a job: its name, and the share of the job's length after which it is done."""

    name: str
    until: float


SUB_TASKS: Final = (SubTask("Trigger Restore", 0.1), SubTask("Restore Disk", 1.0))


def job(target: ArmId, instance: Row, point: Document, *, now: float, settings: Settings, disk_id: str) -> Row:
    """Return the row of a new restore job that completes in the instance's time.

    Args:
        target: Its id.
        instance: What is restored.
        point: From which recovery point.
        now: Azure's seconds since 1970.
        settings: For the moment at which it can be seen.
        disk_id: ARM id of the disk that it is to make.
    """
    document = {
        "id": str(target),
        "name": target.name,
        "location": instance.document["location"],
        "started_at": now,
        "visible_at": now + settings.number("job_visible_seconds"),
        "planned_s": instance.document["restore_minutes"] * 60.0,
        "ends_at": now + instance.document["restore_minutes"] * 60.0,
        "ending": COMPLETED,
        "error": None,
        "warning": None,
        "disk_id": disk_id,
        "point": point["name"],
        "point_at": point["at"],
        "policy_id": policy_id(instance),
        "policy": instance.document["policy"],
        "source": instance.document["source"],
        "instance_id": instance.document["id"],
    }
    return Row.of(target, document, instance.location, parent=target.parent.key, source=instance.key)


def status_of(document: Document, now: float, settings: Settings) -> str:
    """Return what the job says of itself at *now*."""
    if document["ends_at"] is None or now < document["ends_at"]:
        return settings.text("job_running_status")
    return str(document["ending"])


def shown(row: Row, now: float, settings: Settings, api_version: str) -> dict[str, Any]:
    """Return the body of a job."""
    document, source = row.document, row.document["source"]
    over = document["ends_at"] is not None and now >= document["ends_at"]
    elapsed_s = document["ends_at"] - document["started_at"] if over else 0.0
    error = facing(document["error"]) if over and document["error"] is not None else None
    disk, named = parse(source["id"]), parse(document["id"])
    assert disk is not None
    assert named is not None
    properties: dict[str, Any] = {
        "activityID": records.guid("activity", document["name"]),
        "subscriptionId": row.subscription,
        "backupInstanceId": document["instance_id"],
        "policyId": document["policy_id"],
        "dataSourceId": source["id"],
        "vaultName": named.names[0],
        "backupInstanceFriendlyName": source["name"],
        "policyName": document["policy"],
        "sourceResourceGroup": disk.group,
        "dataSourceSetName": None,
        "dataSourceName": source["name"],
        "sourceDataStoreName": None,
        "sourceDataStoreType": "OperationalStore",
        "destinationDataStoreName": None,
        "progressEnabled": False,
        "etag": f"W/\"datetime'{zulu(document['ends_at'] if over else document['started_at']).replace(':', '%3A')}'\"",
        "sourceSubscriptionID": disk.subscription,
        "dataSourceLocation": source["location"],
        "startTime": zulu(document["started_at"]),
        "endTime": zulu(document["ends_at"]) if over else None,
        "dataSourceType": "Microsoft.Compute/disks",
        "operationCategory": "Restore",
        "operation": "Restore",
        "status": status_of(document, now, settings),
        "restoreType": None,
        "isUserTriggered": True,
        "rehydrationPriority": None,
        "supportedActions": [""],
        "duration": _iso_duration(elapsed_s) if over else "00:00:00",
        "progressUrl": None,
        "isCrossRegionRestore": None,
        "errorDetails": None if error is None else [error],
        "extendedInfo": _extended(document, now, settings, api_version),
    }
    if not settings.flag("explicit_nulls"):
        properties = _without_nulls(properties)
    return {
        "properties": properties,
        "id": document["id"],
        "name": document["name"],
        "type": SPELLINGS[BACKUP_JOB],
    }


def _extended(document: Document, now: float, settings: Settings, api_version: str) -> dict[str, Any]:
    member = settings.text("data_transferred_member")
    if member == "by-version":
        member = "dataTransferedInBytes" if api_version < _ONE_R_BEFORE else "dataTransferredInBytes"
    extended: dict[str, Any] = {
        "backupInstanceState": None,
        member: None,
        "targetRecoverPoint": None,
        "sourceRecoverPoint": {
            "recoveryPointID": document["point"],
            "recoveryPointTime": zulu(document["point_at"]),
        },
        "recoveryDestination": document["disk_id"],
        "subTasks": _sub_tasks(document, now, settings),
        "additionalDetails": None,
    }
    over = document["ends_at"] is not None and now >= document["ends_at"]
    if over and document["warning"] is not None:
        name = document["disk_id"].rsplit("/", 1)[-1]
        extended["warningDetails"] = [{"resourceName": name, "warning": facing(document["warning"])}]
    return extended


def _sub_tasks(document: Document, now: float, settings: Settings) -> list[dict[str, Any]]:
    until = now if document["ends_at"] is None else min(now, document["ends_at"])
    planned_s = document["planned_s"]
    share = min((until - document["started_at"]) / planned_s, 1.0) if planned_s > 0 else 1.0
    status = status_of(document, now, settings)
    over = document["ends_at"] is not None and now >= document["ends_at"]
    shown_tasks: list[dict[str, Any]] = []
    began = 0.0
    for number, task in enumerate(SUB_TASKS, 1):
        done = share >= task.until and (task.until < 1.0 or (over and document["ending"] in SUCCESSES))
        if share >= began:
            percent = 100.0 * min(max((share - began) / (task.until - began), 0.0), 1.0)
            shown_tasks.append(
                {
                    "taskId": number,
                    "taskName": task.name,
                    "taskStatus": "Completed" if done else status,
                    "taskProgress": f"{percent:.0f}%",
                    "additionalDetails": {
                        "DataTransferredInBytes": "0",
                        "TaskId": records.guid("task", document["name"], number),
                        "DatasourceType": "Microsoft.Compute/disks",
                    },
                }
            )
        began = task.until
    return shown_tasks


def _iso_duration(seconds: float) -> str:
    hours, rest = divmod(seconds, 3600.0)
    minutes, rest = divmod(rest, 60.0)
    return "PT" + (f"{hours:.0f}H" if hours else "") + (f"{minutes:.0f}M" if minutes else "") + f"{rest:.7f}S"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_nulls(entry) for name, entry in value.items() if entry is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list) else value


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one job."""
    find_vault(cloud, call.target.parent)
    row = cloud.store.get(call.target.key, BACKUP_JOB)
    if row is None or call.now < row.document["visible_at"]:
        raise resource_not_found(SPELLINGS[BACKUP_JOB], "/".join(call.target.names), call.target.group)
    body = shown(row, call.now, cloud.settings, call.api_version)
    if cloud.settings.flag("job_answers_other_id"):
        name = records.guid("other", row.document["name"])
        body = {**body, "name": name, "id": str(call.target.parent.child("backupJobs", name))}
    return Answer(200, body)


def list_of_vault(cloud: Cloud, call: Call) -> Answer:
    """Answer the jobs of a vault, newest first."""
    vault = find_vault(cloud, call.target)
    jobs = [
        row
        for row in cloud.store.children(vault.key)
        if row.type == BACKUP_JOB and call.now >= row.document["visible_at"]
    ]
    known = (("operation", "eq"), ("status", "eq"), ("datasourceid", "eq"), ("backupinstanceid", "eq"),
             ("starttime", "ge"), ("starttime", "le"))  # fmt: skip
    for comparison in filters.read(call, *known):
        jobs = [row for row in jobs if _fits(row, comparison, call.now, cloud.settings)]
    return lists.newest_first(cloud, call, ((row.document["started_at"], _listed(cloud, call, row)) for row in jobs))


def _listed(cloud: Cloud, call: Call, row: Row) -> dict[str, Any]:
    body = shown(row, call.now, cloud.settings, call.api_version)
    if not cloud.settings.flag("jobs_listed_with_details"):
        body["properties"]["extendedInfo"] = None
    return body


def _fits(row: Row, comparison: filters.Comparison, now: float, settings: Settings) -> bool:
    document = row.document
    if comparison.name == "starttime":
        bound = comparison.moment()
        return bool(document["started_at"] >= bound if comparison.verb == "ge" else document["started_at"] <= bound)
    value = {
        "operation": "Restore",
        "status": status_of(document, now, settings),
        "datasourceid": document["source"]["id"],
        "backupinstanceid": document["instance_id"],
    }[comparison.name]
    return bool(value.lower() == comparison.value.lower())
