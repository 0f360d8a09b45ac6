"""What a program sees of a copy: the outputs of `RestorePointCopy`, from one answer of Azure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure_recovery.dynamic_providers.inputs import SOURCE_METADATA
from azure_recovery.rest.clock import iso
from azure_recovery.rest.compute.models import RestorePointProperties, SourceMetadata
from azure_recovery.rest.compute.replication import CopyStatus


def copy_outputs(status: CopyStatus, before: Mapping[str, Any], now: datetime, *, expose: bool) -> dict[str, Any]:
    """Return the outputs that *status* tells.

    Args:
        status: What Azure says of the copy. before: Outputs so far; times once seen stay.
        now: The service's time.
        expose: Whether `source_metadata`, which may hold secrets, is among them.
    """
    properties = status.point.properties if status.point else RestorePointProperties()
    metadata = properties.source_metadata
    usable_at = (before.get("usable_at") or iso(now)) if status.usable else None
    outputs = {
        "provisioning_state": properties.provisioning_state,
        "consistency_mode": properties.consistency_mode,
        "time_created": iso(properties.time_created) if properties.time_created else None,
        "source_vm_id": metadata.vm_id if metadata else None,
        "source_location": metadata.location if metadata else None,
        "hyper_v_generation": metadata.hyper_v_generation if metadata else None,
        "usable_at": usable_at,
        "requested_at": before.get("requested_at"),
        "rpo_seconds": None,
    }
    if usable_at and properties.time_created:
        age = datetime.fromisoformat(usable_at) - properties.time_created
        outputs["rpo_seconds"] = round(age.total_seconds())
    if expose and metadata:
        outputs[SOURCE_METADATA] = _guest(metadata)
    return {name: value for name, value in outputs.items() if value is not None} | disk_outputs(status)


def _guest(metadata: SourceMetadata) -> dict[str, Any]:
    """Return what may hold secrets of the machine, under Azure's own names."""
    told = {
        "osProfile": metadata.os_profile,
        "userData": metadata.user_data,
        "diagnosticsProfile": metadata.diagnostics_profile,
    }
    return {name: value for name, value in told.items() if value is not None}


def disk_outputs(status: CopyStatus) -> dict[str, Any]:
    """Return `usable` and `disks`, which move while a copy is waited for."""
    shown = [
        {
            "name": disk.name,
            "lun": disk.lun,
            "os_type": disk.os_type,
            "source_disk_id": disk.source_disk_id,
            "disk_restore_point_id": disk.disk_restore_point_id,
            "encryption_type": disk.encryption_type,
            "disk_encryption_set_id": disk.disk_encryption_set_id,
            "percent": disk.percent,
            "replicated": disk.replicated,
        }
        for disk in status.disks
    ]
    present = [{name: value for name, value in disk.items() if value not in (None, "")} for disk in shown]
    return {"usable": status.usable, "disks": present}
