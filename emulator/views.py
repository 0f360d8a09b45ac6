"""What a caller sees of a restore point at a moment.

A restore point has no `type`; its disk restore points are not shown while it is Creating; ids inside it come back in
another casing than they were given in. The service's two providers write times, states and percentages differently.
"""

from __future__ import annotations

import math
from typing import Any, Final

from azure_recovery.emulator import regions, replication
from azure_recovery.emulator.clock import iso, timestamp
from azure_recovery.emulator.ids import parse
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row

_WITH_SNAPSHOT_ACCESS: Final = "2025-04-01"


def provisioning_state(point: Document, now: float) -> str:
    """Return Creating, Succeeded, Failed or Deleting."""
    if point["deleting"] is not None:
        return "Deleting"
    if point["ready_at"] is None or now < point["ready_at"]:
        return "Creating"
    return "Succeeded" if point["create_error"] is None else "Failed"


def disk_progress(point: Document, disk: Document, now: float, settings: Settings) -> replication.Progress:
    """Return how far one disk of a copy has come."""
    return replication.progress(disk, point["ready_at"], now, settings)


def replication_state(point: Document, now: float, settings: Settings) -> replication.State | None:
    """Return the state of a copy's data; None for what is no copy or has not begun."""
    if not point["copy"] or point["ready_at"] is None or now < point["ready_at"] or point["create_error"] is not None:
        return None
    return replication.overall(disk_progress(point, disk, now, settings) for disk in point["disks"])


def recased(text: str, settings: Settings) -> str:
    """Return an id in the casing that Compute gives ids inside of answers."""
    parsed = parse(text) if settings.flag("upper_case_groups") else None
    return text if parsed is None else parsed.with_upper_group()


def drp_id(point: Document, disk: Document) -> str:
    """Return the id of a disk restore point."""
    return f"{point['id']}/diskRestorePoints/{disk['drp_name']}"


def restore_point(
    row: Row, now: float, settings: Settings, api_version: str, *, instance_view: bool = False
) -> dict[str, Any]:
    """Return the body of a restore point.

    Args:
        row: The restore point.
        now: Azure's seconds since 1970.
        settings: For casing and for what is unknown.
        api_version: Decides about `snapshotAccessState`.
        instance_view: Whether `$expand=instanceView` was asked for.
    """
    point = row.document
    state = provisioning_state(point, now)
    properties: dict[str, Any] = {}
    if point["instant_access_minutes"] is not None:
        properties["instantAccessDurationMinutes"] = point["instant_access_minutes"]
    if point["excluded"]:
        properties["excludeDisks"] = [{"id": disk} for disk in point["excluded"]]
    if point["source_point_id"] is not None:
        properties["sourceRestorePoint"] = {"id": point["source_point_id"]}
    properties["sourceMetadata"] = _source_metadata(point, settings, with_disks=state != "Creating")
    properties["provisioningState"] = state
    properties["consistencyMode"] = point["consistency_mode"]
    properties["timeCreated"] = timestamp(point["time_created"])
    if instance_view:
        view = _instance_view(point, state, now, settings, api_version)
        if view is not None:
            properties["instanceView"] = view
    return {"name": point["name"], "id": point["id"], "properties": properties}


def _source_metadata(point: Document, settings: Settings, *, with_disks: bool) -> dict[str, Any]:
    metadata = dict(point["machine"])
    metadata["location"] = regions.written(metadata["location"], settings.text("location_style"))
    profile: dict[str, Any] = {}
    data_disks = []
    for disk in point["disks"]:
        shown = _disk(point, disk, settings, with_restore_point=with_disks)
        if disk["lun"] is None:
            profile["osDisk"] = {"osType": point["os_type"], **shown}
        else:
            data_disks.append({"lun": disk["lun"], **shown})
    metadata["storageProfile"] = {**profile, "dataDisks": data_disks, "diskControllerType": "SCSI"}
    return metadata


def _disk(point: Document, disk: Document, settings: Settings, *, with_restore_point: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": disk["name"],
        "caching": disk["caching"],
        "diskSizeGB": disk["size_gib"],
        "managedDisk": {"storageAccountType": disk["sku"], "id": recased(disk["disk_id"], settings)},
        "writeAcceleratorEnabled": False,
    }
    if with_restore_point:
        attributes: dict[str, Any] = {"id": recased(drp_id(point, disk), settings), "encryption": disk["encryption"]}
        if disk["source_drp_id"] is not None:
            attributes["sourceDiskRestorePoint"] = {"id": disk["source_drp_id"]}
        shown["diskRestorePoint"] = attributes
    return shown


def _instance_view(
    point: Document, state: str, now: float, settings: Settings, api_version: str
) -> dict[str, Any] | None:
    if point["ready_at"] is None or now < point["ready_at"] or state == "Failed":
        empty = settings.text("instance_view_while_creating") == "empty"
        return {"diskRestorePoints": [], "statuses": []} if empty else None
    if not point["copy"] and settings.text("instance_view_in_source_region") == "bare":
        disks = [_disk_view(point, disk, None, settings, api_version) for disk in point["disks"]]
        return {"diskRestorePoints": disks, "statuses": []}
    shown = [
        disk_progress(point, disk, now, settings)
        if point["copy"]
        else replication.Progress(replication.State.SUCCEEDED, 100.0, point["ready_at"])
        for disk in point["disks"]
    ]
    disks = [
        _disk_view(point, disk, progress, settings, api_version)
        for disk, progress in zip(point["disks"], shown, strict=True)
    ]
    refreshed_at = max((progress.refreshed_at for progress in shown), default=now)
    return {
        "diskRestorePoints": disks,
        "statuses": [replication.status(replication.overall(shown), settings, timestamp(refreshed_at))],
    }


def _disk_view(
    point: Document, disk: Document, progress: replication.Progress | None, settings: Settings, api_version: str
) -> dict[str, Any]:
    view: dict[str, Any] = {"id": recased(drp_id(point, disk), settings)}
    if api_version >= _WITH_SNAPSHOT_ACCESS:
        done = progress is None or progress.state is replication.State.SUCCEEDED
        view["snapshotAccessState"] = "Available" if done else "Pending"
    if progress is not None:
        view["replicationStatus"] = {"status": replication.status(progress.state, settings)}
        if progress.percent is not None:
            view["replicationStatus"]["completionPercent"] = math.floor(progress.percent)
    return view


def disk_restore_point(row: Row, disk: Document, now: float, settings: Settings) -> dict[str, Any]:
    """Return the body of a disk restore point, as the Disk provider writes it."""
    point = row.document
    encryption = {"type": disk["encryption"]["type"]}
    if "diskEncryptionSet" in disk["encryption"]:
        encryption["diskEncryptionSetId"] = disk["encryption"]["diskEncryptionSet"]["id"]
    properties: dict[str, Any] = {
        "timeCreated": iso(point["time_created"]),
        "sourceResourceId": disk["source_drp_id"] or disk["disk_id"],
        "familyId": disk["family_id"],
        "sourceUniqueId": disk["unique_id"],
        "encryption": encryption,
        "supportsHibernation": False,
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "snapshotAccessState": "Available",
    }
    if disk["lun"] is None:
        properties["osType"] = point["os_type"]
        properties["hyperVGeneration"] = point["hyper_v_generation"]
        properties["supportedCapabilities"] = {
            "diskControllerTypes": "SCSI, NVMe",
            "acceleratedNetwork": True,
            "architecture": "x64",
        }
        properties["securityProfile"] = {"securityType": "TrustedLaunch"}
    if point["copy"]:
        progress = disk_progress(point, disk, now, settings)
        terminated = progress.state is replication.State.TERMINATED
        properties["replicationState"] = "Failed" if terminated else str(progress.state)
        properties["sourceResourceLocation"] = point["source_location"]
        if progress.percent is not None:
            properties["completionPercent"] = round(progress.percent, 2)
        if progress.state is not replication.State.SUCCEEDED:
            properties["snapshotAccessState"] = "Pending"
    return {"id": drp_id(point, disk), "name": disk["drp_name"], "properties": properties}
