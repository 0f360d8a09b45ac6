"""Virtual machines of Virtual Machine Manager, as far as a restore shows in them.

Which job was the last, which checkpoint the machine was rolled back to, and which job failed are computed from its jobs
and the clock.

Source: structs of public clients of SPF; no page describes these members.
"""

from __future__ import annotations

from typing import Any, Final

from azure_recovery.emulator import spf_jobs
from azure_recovery.emulator.exchange import Cloud
from azure_recovery.emulator.spf_entities import printed
from azure_recovery.emulator.store import Row

_WORKING: Final = {
    spf_jobs.RESTORE: ("RecoveringCheckpoint", "Recovering Checkpoint"),
    spf_jobs.CREATE: ("CreatingCheckpoint", "Creating Checkpoint"),
    spf_jobs.REMOVE: ("DeletingCheckpoint", "Deleting Checkpoint"),
}


def shown(cloud: Cloud, machine: Row, now: float) -> dict[str, Any]:
    """Return a VM as the service shows it, without metadata."""
    settings, document = cloud.settings, machine.document
    jobs = [job for job in spf_jobs.of_machine(cloud, machine) if spf_jobs.visible(job, now)]
    over = sorted((job for job in jobs if spf_jobs.ended(job, now)), key=lambda job: job.document["ends_at"])
    failed = [job for job in over if job.document["ending"] == spf_jobs.FAILED]
    status, words = _status(machine, spf_jobs.running(cloud, machine, now))
    body = {
        "CPUCount": document["cpu_count"],
        "Description": document["description"],
        "FailedJobID": failed[-1].document["id"] if failed else None,
        "ID": document["id"],
        "LastRestoredCheckpointID": last_restored(cloud, machine, now),
        "Memory": document["memory_mib"],
        "MostRecentTaskId": jobs[-1].document["id"] if jobs else document["most_recent_task_id"],
        "Name": document["name"],
        "OperatingSystem": document["operating_system"],
        "Status": status,
        settings.text("spf_status_string_member"): words,
        "VirtualMachineState": status,
        "AddedTime": printed(document["added_at"], settings),
        "ModifiedTime": printed(over[-1].document["ends_at"] if over else document["added_at"], settings),
        "StampId": document["stamp_id"],
    }
    if settings.text("spf_last_restored_checkpoint") == "hidden":
        del body["LastRestoredCheckpointID"]
    if settings.text("spf_most_recent_task") == "hidden":
        del body["MostRecentTaskId"]
    return body


def last_restored(cloud: Cloud, machine: Row, now: float) -> str | None:
    """Return the checkpoint that a VM was last rolled back to."""
    restores = [
        job
        for job in spf_jobs.of_machine(cloud, machine)
        if job.document["cmdlet"] == spf_jobs.RESTORE
        and spf_jobs.ended(job, now)
        and job.document["ending"] in spf_jobs.SUCCEEDED
    ]
    if not restores:
        known: str | None = machine.document["last_restored_checkpoint_id"]
        return known
    # Of two that ended at the same moment the later request counts.
    latest = max(reversed(restores), key=lambda job: float(job.document["ends_at"]))
    return str(latest.document["checkpoint"])


def _status(machine: Row, running: list[Row]) -> tuple[str, str]:
    if running:
        return _WORKING[running[-1].document["cmdlet"]]
    status = machine.document["status"]
    return status, status
