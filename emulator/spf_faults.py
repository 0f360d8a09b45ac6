"""Faults of what a request to System Center started: its job."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import spf_jobs
from azure_recovery.emulator.exchange import Answer, Cloud
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.spf_entities import CHECKPOINT, JOB

NAMES: Final = (
    "checkpoint-job-fails",
    "checkpoint-job-canceled",
    "checkpoint-job-informs",
    "checkpoint-job-hangs",
    "checkpoint-job-late",
    "checkpoint-job-missing",
)


def apply(fault: Fault, cloud: Cloud, answer: Answer) -> None:
    """Let *fault* strike the job that a request has just started; nothing, if it started none."""
    job = cloud.store.get(answer.started, JOB) if answer.started else None
    if job is None:
        return
    with cloud.store.transaction():
        document = {**job.document, **_changes(fault, job.document)}
        cloud.store.put(replace(job, document=document))
        checkpoint = cloud.store.get(job.source, CHECKPOINT)
        unmade = document["cmdlet"] == spf_jobs.CREATE and document["ending"] not in spf_jobs.SUCCEEDED
        if unmade and checkpoint is not None and cloud.settings.text("spf_failed_checkpoint") == "goes":
            cloud.store.put(replace(checkpoint, gone_at=document["ends_at"]))


def _changes(fault: Fault, document: dict[str, Any]) -> dict[str, Any]:
    name, parameters = fault.kind.name, fault.parameters
    words = {key: parameters[key] for key in ("code", "problem", "action") if key in parameters}
    if name == "checkpoint-job-hangs":
        return {"ends_at": None}
    if name == "checkpoint-job-missing":
        return {"visible_at": None}
    if name == "checkpoint-job-late":
        return {"visible_at": document["started_at"] + float(parameters["seconds"])}
    if name == "checkpoint-job-informs":
        return {"ending": spf_jobs.INFORMED, "warning": words}
    share = min(float(parameters["percent"]), 100.0) / 100.0
    ends_at = document["runs_at"] + share * document["planned_s"]
    if name == "checkpoint-job-canceled":
        return {"ending": spf_jobs.CANCELED, "ends_at": ends_at}
    return {"ending": spf_jobs.FAILED, "error": words, "ends_at": ends_at}
