"""Which key encrypts each disk of a copy, as the PUT of the copy says it.

A disk is named in the request by its *source disk restore point*, and by its place: the OS disk under `osDisk`, the
others under `dataDisks`. A user names it by its disk name, so the source restore point has to be read first.

Whether Azure keeps to it is documented in two ways (customer keys stay customer keys; copies become platform-managed):
look at the encryption that is returned.

Source: `RestorePointSourceMetadata`, the writable part, ComputeRP 2026-04-01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.errors import InvalidInputError

CUSTOMER_KEY = "EncryptionAtRestWithCustomerKey"


@dataclass(frozen=True)
class DiskEncryption:
    """The key of one disk of a copy.

    Attributes:
        source_disk_restore_point_id: `/subscriptions/…/restorePoints/{p}/diskRestorePoints/{d}` of the source.
        is_os_disk: Whether it is the OS disk.
        disk_encryption_set_id: ARM id of a disk encryption set in the target region.
        type: `EncryptionAtRestWithCustomerKey` or `EncryptionAtRestWithPlatformAndCustomerKeys`.
    """

    source_disk_restore_point_id: str
    is_os_disk: bool
    disk_encryption_set_id: str
    type: str = CUSTOMER_KEY

    def as_wire(self) -> dict[str, Any]:
        """Return the disk as it stands in `storageProfile`."""
        return {
            "diskRestorePoint": {
                "encryption": {"type": self.type, "diskEncryptionSet": {"id": self.disk_encryption_set_id}},
                "sourceDiskRestorePoint": {"id": self.source_disk_restore_point_id},
            }
        }


def disk_encryption(
    source: RestorePoint,
    disk_encryption_set_ids: Mapping[str, str],
    *,
    type_: str = CUSTOMER_KEY,
    property: str = "disk_encryption",  # noqa: A002 - the name Pulumi uses for it
) -> tuple[DiskEncryption, ...]:
    """Return what the PUT of a copy of *source* says about its disks.

    *disk_encryption_set_ids* maps disk names, compared without case, to ARM ids of disk encryption sets.

    Raises:
        InvalidInputError: *source* has no such disk, or does not name that disk's restore point.
    """
    metadata = source.properties.source_metadata
    profile = metadata.storage_profile if metadata else None
    disks = [(profile.os_disk, True)] if profile and profile.os_disk else []
    found = {
        (disk.name or "").lower(): (disk.disk_restore_point, is_os)
        for disk, is_os in [*disks, *((disk, False) for disk in (profile.data_disks if profile else ()))]
    }
    chosen = []
    for name, set_id in disk_encryption_set_ids.items():
        attributes, is_os = found.get(name.lower(), (None, False))
        if attributes is None or not attributes.id:
            held = ", ".join(sorted(found)) or "none"
            raise InvalidInputError(
                property=property, reason=f"the source restore point holds no disk {name!r}; it holds {held}"
            )
        chosen.append(DiskEncryption(attributes.id, is_os, set_id, type_))
    return tuple(chosen)


def storage_profile(disks: Sequence[DiskEncryption]) -> dict[str, Any]:
    """Return `sourceMetadata.storageProfile` of a copy's PUT."""
    profile: dict[str, Any] = {}
    for disk in disks:
        if disk.is_os_disk:
            profile["osDisk"] = disk.as_wire()
        else:
            profile.setdefault("dataDisks", []).append(disk.as_wire())
    return profile
