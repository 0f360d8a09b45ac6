"""The restore point copies in a state, as a rehearsal tells of them.

They are read by the names of types and outputs, not through the library's own classes: a rehearsal runs any program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from azure_recovery.rehearsal.engine_protocol import resource_name, resource_type
from azure_recovery.rehearsal.report import Copy

_GATE = "ReplicationGate"
"""The last word of the type whose output `usable` maps the lower-case ARM id of a copy to `usable_at` and `disks`."""


def copies(deployment: Mapping[str, Any]) -> list[Copy]:
    """Return the restore point copies in a state, in its order: what tells `usable` and lists its disks is one.

    A copy that was only to be accepted is as usable as the gate that waits for it says.

    Args:
        deployment: A deployment in Pulumi's format.
    """
    resources = [(str(one["urn"]), one) for one in deployment.get("resources") or ()]
    waited_for = {
        str(arm_id).lower(): entry
        for urn, resource in resources
        if resource_type(urn) == _GATE
        for arm_id, entry in _entries(resource)
    }
    found = []
    for urn, resource in resources:
        outputs = resource.get("outputs") or {}
        disks = _disk_names(outputs)
        # A component or a resource of the program's own may call other things so.
        if "usable" not in outputs or "id" not in resource or disks is None:
            continue
        entry = waited_for.get(str(resource["id"]).lower()) if outputs["usable"] is not True else None
        usable_at = entry.get("usable_at") if entry else outputs.get("usable_at")
        found.append(
            Copy(
                name=resource_name(urn),
                arm_id=str(resource["id"]),
                usable=outputs["usable"] is True or entry is not None,
                usable_at=usable_at,
                requested_at=outputs.get("requested_at"),
                rpo_seconds=_age(outputs, usable_at) if entry else outputs.get("rpo_seconds"),
                disks=(_disk_names(entry) if entry else None) or disks,
            )
        )
    return found


def _disk_names(told: Mapping[str, Any]) -> list[str] | None:
    """Return the names of the disks that a copy or a gate's entry lists; None if it lists none as those do."""
    disks = told.get("disks")
    if not isinstance(disks, list) or not all(isinstance(disk, Mapping) for disk in disks):
        return None
    return [str(disk.get("name")) for disk in disks]


def _entries(gate: Mapping[str, Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    usable = (gate.get("outputs") or {}).get("usable")
    for arm_id, entry in usable.items() if isinstance(usable, Mapping) else ():
        if isinstance(entry, Mapping):
            yield arm_id, entry


def _age(outputs: Mapping[str, Any], usable_at: str | None) -> float | None:
    """Return how old the data was at the moment *usable_at*, in seconds."""
    created = outputs.get("time_created")
    if not created or not usable_at:
        return None
    return (datetime.fromisoformat(usable_at) - datetime.fromisoformat(created)).total_seconds()
