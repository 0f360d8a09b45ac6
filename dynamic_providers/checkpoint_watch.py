"""A restore that the state holds as not done, as a refresh sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_outputs import describe, job_outputs
from azure_recovery.rest.errors import NotFoundError
from azure_recovery.rest.spf.calls import CheckpointService


async def look_at_run(
    service: CheckpointService, call: bridge.Call, props: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return outputs that are new, and why the restore is not done. Only an `up` finishes it.

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
