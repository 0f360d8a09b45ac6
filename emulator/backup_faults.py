"""Faults of what a request to the backup service started: jobs, operations, and rights that spread late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import backup_jobs, managed_disks
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.fault_kinds import Parameter
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.ids import BACKUP_JOB, DISK, ROLE_ASSIGNMENT
from azure_recovery.emulator.store import Row
from azure_recovery.emulator.user_errors import UserError, user_error

_CREATED: Final = 201
_JOBS: Final = ("job-fails", "job-cancelled", "job-warns", "job-hangs")
_OPERATIONS: Final = ("validate-fails", "operation-fails", "operation-hangs")
NAMES: Final = (*_JOBS, "validate-fails", "rights-spread")
OPERATIONS: Final = ("BackupInstances.ValidateForRestore", "BackupInstances.TriggerRestore")


def apply(fault: Fault, call: Call, cloud: Cloud, answer: Answer) -> None:
    """Let *fault* strike what *call* has just started; nothing, if it started nothing."""
    name = fault.kind.name
    with cloud.store.transaction():
        if name == "rights-spread":
            row = cloud.store.get(call.target.key, ROLE_ASSIGNMENT)
            if row is not None and answer.status == _CREATED:
                late = row.document["created_at"] + float(fault.parameters["seconds"])
                cloud.store.put(replace(row, document={**row.document, "effective_at": late}))
            return
        operation = cloud.store.operation(answer.started) if answer.started else None
        if operation is None:
            return
        job = cloud.store.get(str(operation["job"]).lower(), BACKUP_JOB)
        if name in _OPERATIONS:
            _spoil_operation(cloud, answer.started, operation, fault, job)
        elif job is not None:
            _spoil_job(cloud, job, fault)


def _error(parameters: Mapping[str, Parameter]) -> UserError:
    advice = str(parameters.get("recommendation", "Retry the operation."))
    return user_error(str(parameters["code"]), str(parameters["message"]), advice)


def _spoil_operation(cloud: Cloud, name: str, operation: dict[str, Any], fault: Fault, job: Row | None) -> None:
    if fault.kind.name == "operation-hangs":
        cloud.store.put_operation(name, {**operation, "ends_at": None})
        return
    cloud.store.put_operation(name, {**operation, "error": _error(fault.parameters), "job": ""})
    if job is not None:
        for row in (job, *_disks(cloud, job)):
            cloud.store.put(replace(row, gone_at=job.document["started_at"]))


def _disks(cloud: Cloud, job: Row) -> list[Row]:
    return [row for row in cloud.store.made_from(job.key) if row.type == DISK]


def _spoil_job(cloud: Cloud, job: Row, fault: Fault) -> None:
    document = dict(job.document)
    if fault.kind.name == "job-hangs":
        document["ends_at"] = None
    elif fault.kind.name == "job-warns":
        document.update(ending=backup_jobs.WITH_WARNINGS, warning=_error(fault.parameters))
    else:
        share = min(float(fault.parameters["percent"]), 100.0) / 100.0
        document["ends_at"] = document["started_at"] + share * document["planned_s"]
        if fault.kind.name == "job-fails":
            document.update(ending=backup_jobs.FAILED, error=_error(fault.parameters))
        else:
            document.update(ending=backup_jobs.CANCELLED)
    changed = replace(job, document=document)
    cloud.store.put(changed)
    for row in _disks(cloud, job):
        cloud.store.put(managed_disks.follow(row, changed))
