"""What a program sees of a checkpoint restore, from what its job says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure_recovery.dynamic_providers.copy_outputs import iso
from azure_recovery.rest.spf.models import Job

RESTORED = "restored"
FAILED = "failed"
REFUSED = "refused"


def job_outputs(job: Job, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that *job* tells; what it leaves out stays as it was *before*."""
    requested_at = before.get("requested_at") or (iso(job.start_time) if job.start_time else None)
    outputs = {
        "job_id": job.id,
        "job_status": job.status,
        "requested_at": requested_at,
        "ended_at": iso(job.end_time) if job.end_time else None,
    }
    return {name: value for name, value in outputs.items() if value is not None}


def describe(job: Job, now: datetime, what: str) -> str:
    """Return one line on a job: `restoring, job …: Running 40 % for 2 min`."""
    lasted = f" for {max((now - job.start_time).total_seconds(), 0.0) / 60:.0f} min" if job.start_time else ""
    progress = "" if job.progress is None or not job.running else f" {job.progress:g} %"
    return f"{what}, job {job.id}: {job.status or 'no status yet'}{progress}{lasted if job.running else ''}"
