"""The machines that a program rolled back, and whether each was asked for once: nothing takes a rollback back.

As with copies, they are read by the names of types and outputs. How often a checkpoint was restored is counted by the
emulator, whatever the state says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from azure_recovery.rehearsal.checks import Finding
from azure_recovery.rehearsal.engine_protocol import resource_name, resource_type
from azure_recovery.rehearsal.report import Rollback
from azure_recovery.rehearsal.world import World

_RUN = "CheckpointRestoreRun"
"""The last word of the type of a resource that stands for one rollback."""

_CHECKPOINT = "vmm.vmcheckpoint"


def rollbacks(deployment: Mapping[str, Any]) -> list[Rollback]:
    """Return the rollbacks in a state, in its order.

    Args:
        deployment: A deployment in Pulumi's format.
    """
    runs = [
        (str(one["urn"]), one.get("outputs") or {})
        for one in deployment.get("resources") or ()
        if resource_type(str(one["urn"])) == _RUN
    ]
    return [
        Rollback(
            name=resource_name(urn),
            checkpoint_id=str(outputs.get("checkpoint_id", "")).lower(),
            job_status=outputs.get("job_status"),
            requested_at=outputs.get("requested_at"),
            ended_at=outputs.get("ended_at"),
        )
        for urn, outputs in runs
    ]


def not_once(before: World, after: World, known: Sequence[Rollback]) -> list[Finding]:
    """Demand that each checkpoint was restored as often as the state knows.

    Args:
        before: The world before the first phase.
        after: The world after `up`.
        known: The rollbacks in the state after `up`.
    """
    wanted = Counter(rollback.checkpoint_id for rollback in known)
    findings = []
    for path, resource in after.resources.items():
        if str(resource.get("type")).lower() != _CHECKPOINT:
            continue
        done = int(resource["restores"]) - int(before.resources.get(path, {}).get("restores", 0))
        asked = wanted[str(resource["properties"]["ID"]).lower()]
        if done != asked:
            what = (
                f"checkpoint {resource['properties']['ID']} was restored {done} times, and the state knows of {asked}"
            )
            findings.append(
                Finding("up", what, "find the second request, or the resource that says what did not happen")
            )
    return findings
