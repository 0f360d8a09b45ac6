"""What a program sees of a checkpoint restore, from what its job says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, TRIGGER
from azure_recovery.rest.clock import iso
from azure_recovery.rest.errors import NotFoundError
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.models import Job


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


async def look_at_run(
    service: CheckpointService, call: bridge.Call, props: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return outputs of an unfinished restore that are new, and why it is not done. Only an `up` finishes it.

    Args:
        service: The calls. call: The engine's call, for its row. props: Outputs of the state.
    """
    if props.get("failure"):
        return {}, str(props["failure"])
    if not props.get("job_id"):
        return {}, f"trigger {props[TRIGGER]!r}: no job of the restore was seen: run up, which looks again"
    try:
        job = await service.get_job(props["job_id"], props[BASELINE]["stamp_id"], on_wait=call.tell)
    except NotFoundError as error:
        return {}, f"job {props['job_id']} does not show: {error}"
    return job_outputs(job, props), describe(job, service.service_now(), "restoring")
