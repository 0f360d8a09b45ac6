"""Managed disks: those of the world's VMs, and those that restores make.

A disk that is being restored is Creating until its job ends, and gone again if the job fails. One that is attached
cannot be deleted.

Source: disks, api-version 2026-03-02; error codes of managed disks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import lists, operations, records
from azure_recovery.emulator.clock import iso
from azure_recovery.emulator.errors import not_allowed, resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import BACKUP_JOB, DISK, SPELLINGS, ArmId
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row
from azure_recovery.emulator.user_errors import user_error

_GIB: Final = 1 << 30


def restored(target: ArmId, instance: Row, job: Row, settings: Settings) -> Row:
    """Return the row of the disk that *job* makes.

    Args:
        target: Its id.
        instance: Of what it is a restore.
        job: Whose moments it follows.
        settings: For the moment at which it can be seen.
    """
    source = instance.document["source"]
    plan = job.document
    snapshot = f"{instance.document['snapshot_group_id']}/providers/Microsoft.Compute/snapshots/{plan['point']}"
    properties: Document = {
        "creationData": {
            "createOption": settings.text("restored_disk_create_option"),
            "sourceResourceId": snapshot,
            "sourceUniqueId": records.unique_id(snapshot.lower()),
        },
        "diskSizeGB": source["size_gib"],
        "diskSizeBytes": source["size_gib"] * _GIB,
        "timeCreated": iso(plan["started_at"]),
        "uniqueId": records.unique_id(target.key, plan["started_at"]),
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "diskState": "Unattached",
    }
    if source["os_type"]:
        properties["osType"] = source["os_type"]
    at_end = settings.text("restored_disk_appears") == "end"
    document: Document = {
        "id": str(target),
        "name": target.name,
        "location": source["location"],
        "job": job.key,
        "at_end": at_end,
        "deleting": None,
        "wire": {
            "id": str(target),
            "name": target.name,
            "type": SPELLINGS[DISK],
            "location": source["location"],
            "tags": {},
            "sku": {"name": source["sku"], "tier": source["sku"].partition("_")[0]},
            "properties": properties,
        },
    }
    return follow(Row.of(target, document, instance.location, source=job.key), job)


def follow(row: Row, job: Row) -> Row:
    """Return the disk of *job* as it stands after the job's moments have changed."""
    plan = job.document
    seen_at = plan["ends_at"] if row.document["at_end"] else plan["visible_at"]
    failed = plan["ending"] in {"Failed", "Cancelled"}
    return replace(
        row,
        document={**row.document, "visible_at": seen_at, "ready_at": plan["ends_at"]},
        gone_at=plan["ends_at"] if failed else None,
    )


def visible(row: Row, now: float) -> bool:
    """Tell whether a look at *now* finds the disk."""
    if "job" not in row.document:
        return True
    seen_at = row.document["visible_at"]
    return seen_at is not None and now >= seen_at


def _creating(row: Row, now: float) -> bool:
    return "job" in row.document and (row.document["ready_at"] is None or now < row.document["ready_at"])


def shown(row: Row, now: float) -> dict[str, Any]:
    """Return the body of a disk."""
    wire = row.document["wire"]
    state = "Creating" if _creating(row, now) else wire["properties"].get("provisioningState", "Succeeded")
    if row.document.get("deleting") is not None:
        state = "Deleting"
    return {**wire, "properties": {**wire["properties"], "provisioningState": state}}


def _find(cloud: Cloud, call: Call) -> Row | None:
    row = cloud.store.get(call.target.key, DISK)
    return row if row is not None and visible(row, call.now) else None


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one disk."""
    row = _find(cloud, call)
    if row is None:
        raise resource_not_found(SPELLINGS[DISK], call.target.name, call.target.group)
    return Answer(200, shown(row, call.now))


def list_in_group(cloud: Cloud, call: Call) -> Answer:
    """Answer the disks of a resource group."""

    def entry(row: Row) -> dict[str, Any] | None:
        return shown(row, call.now) if visible(row, call.now) else None

    return lists.page(cloud, call, DISK, call.target.group, entry)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Delete a disk, unless a VM has it attached."""
    row = _find(cloud, call)
    if row is None:
        return Answer(204)
    document = row.document
    if document.get("deleting") is not None:
        return Answer(202, headers=operations.headers(cloud, call, document["deleting"]))
    machine = document["wire"].get("managedBy")
    if machine:
        raise not_allowed(f"Disk {document['name']} is attached to VM {machine}.")
    if _creating(row, call.now):
        if cloud.settings.text("delete_disk_while_restoring") == "refused":
            raise not_allowed(
                f"Disk '{document['name']}' cannot be deleted while it is being created. Please try again later."
            )
        _fail_job(cloud, row)
    gone_at = call.now + cloud.settings.number("delete_seconds")
    operation = operations.start(cloud, call, document["id"], row.location, gone_at)
    cloud.store.put(replace(row, document={**document, "deleting": operation}, gone_at=gone_at))
    return Answer(202, headers=operations.headers(cloud, call, operation), started=operation)


def _fail_job(cloud: Cloud, disk: Row) -> None:
    """Let the job of a disk fail at its end, since its disk was deleted under it."""
    job = cloud.store.get(disk.document["job"], BACKUP_JOB)
    if job is not None:
        error = user_error(
            "UserErrorTargetDiskNotFound",
            f"Disk '{disk.document['name']}' was deleted while it was being restored.",
            "Retry the restore.",
        )
        cloud.store.put(replace(job, document={**job.document, "ending": "Failed", "error": error}))
