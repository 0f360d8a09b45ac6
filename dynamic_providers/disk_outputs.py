"""What a program sees of a restore: the outputs of `DiskRestore`, from what its job says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure_recovery.rest.clock import iso
from azure_recovery.rest.dataprotection.jobs import JobOutcome, JobStatus


def job_outputs(status: JobStatus, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that *status* tells; what it leaves out stays as it was *before*."""
    point_time = iso(status.recovery_point_time) if status.recovery_point_time else before.get("recovery_point_time")
    started_at = iso(status.started_at) if status.started_at else before.get("started_at")
    ended_at = iso(status.ended_at) if status.ended_at else None
    steps = [{"name": step.name, "status": step.status, "progress": step.progress} for step in status.steps]
    outputs = {
        "recovery_point_id": point_id(status) or before.get("recovery_point_id"),
        "recovery_point_time": point_time,
        "job_id": status.job_id,
        "job_status": status.word,
        "started_at": started_at,
        "ended_at": ended_at,
        "duration_seconds": None if status.duration_s is None else round(status.duration_s),
        "data_age_seconds": _seconds_between(point_time, ended_at),
        "sub_tasks": [{name: value for name, value in step.items() if value or name == "name"} for step in steps],
        "warnings": list(status.warnings),
    }
    return {name: value for name, value in outputs.items() if value is not None}


def point_id(status: JobStatus) -> str:
    """Return the name of the recovery point that a job restores from, or ""."""
    return status.recovery_point_id.strip().rstrip("/").rpartition("/")[2]


def describe(status: JobStatus, now: datetime) -> str:
    """Return one line on a job: `restoring, job …: InProgress for 12 min, Trigger Restore Completed`."""
    lasted = f" for {(now - status.started_at).total_seconds() / 60:.0f} min" if status.started_at else ""
    steps = "".join(
        f", {step.name} {step.status}" + (f" {step.progress}" if step.progress else "")
        for step in status.steps
        if step.name
    )
    if status.outcome is JobOutcome.RUNNING:
        return f"restoring, job {status.job_id}: {status.word or 'no status yet'}{lasted}{steps}"
    return f"job {status.job_id}: {status.word}{steps}"


def _seconds_between(earlier: str | None, later: str | None) -> int | None:
    if not earlier or not later:
        return None
    return round((datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds())
