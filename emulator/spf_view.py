"""System Center as the control API shows it: every entity, jobs that cannot be seen yet, and who restored how often."""

from __future__ import annotations

from typing import Any, Final

from azure_recovery.emulator import spf_checkpoints, spf_entities, spf_jobs, spf_machines
from azure_recovery.emulator.exchange import Cloud
from azure_recovery.emulator.spf_entities import CHECKPOINT, JOB, TYPES
from azure_recovery.emulator.store import Row

KINDS: Final = tuple(TYPES)


def shown(cloud: Cloud, row: Row, now: float) -> dict[str, Any]:
    """Return an entity under the path by which Windows Azure Pack has it.

    A checkpoint has `restores`, how many times a machine was told to go back to it; a job has `visible`.
    """
    name = row.document["properties"]["Name"] if row.type == CHECKPOINT else row.document["name"]
    envelope = {
        "name": name,
        "id": spf_entities.path(row.subscription, row.type, spf_entities.key_of(row)),
        "type": TYPES[row.type],
        "location": "",
    }
    if row.type == CHECKPOINT:
        return {**envelope, "restores": spf_checkpoints.restores(cloud, row), "properties": spf_checkpoints.shown(row)}
    if row.type == JOB:
        properties = spf_jobs.shown(row, now, cloud.settings)
        return {**envelope, "visible": spf_jobs.visible(row, now), "properties": properties}
    return {**envelope, "properties": spf_machines.shown(cloud, row, now)}
