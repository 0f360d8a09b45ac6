"""Whether a copy is usable: what the answer about a restore point says of each of its disks. Pure.

`provisioningState: Succeeded` says that copying has *begun*. A copy is usable once every disk of its storage profile
reports `ReplicationState/succeeded`, and nobody says so in one place: names and source disks are in
`sourceMetadata.storageProfile`, the state is in `instanceView.diskRestorePoints`, joined by id.

Only the word `succeeded` is documented. A word that begins with `fail` or `cancel`, or the level `Error`, is read as
failed, and everything else as running: so an unknown word costs time, never a copy. Percentages decide nothing; they
are refreshed every ten minutes, jump from 0 to 100, and a disk may show 100 before it is done.

Source: copy page; azure-mgmt-compute 39.0.0 for the statuses of several kinds in one list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from azure_recovery.rest.arm.ids import id_key
from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.compute.models import (
    DiskRestorePointAttributes,
    DiskRestorePointInstanceView,
    InstanceViewStatus,
    RestorePoint,
    SourceDataDisk,
    SourceDisk,
    SourceOsDisk,
)

_PREFIX = "replicationstate/"
_FAILED_PREFIXES = ("fail", "cancel")


@dataclass(frozen=True)
class DiskCopy:
    """One disk of a copy.

    Attributes:
        name: The disk's name in the VM. lun: Of a data disk, else None. os_type: Of the OS disk, else None.
        source_disk_id: ARM id of the disk in the source region, or "".
        source_disk_restore_point_id: ARM id of what is copied, or "".
        disk_restore_point_id: ARM id to make a disk from, or "" as long as Azure gives none.
        encryption_type: As returned, or "". disk_encryption_set_id: As returned, or "".
        percent: Last reported, or None.
        replicated: Whether all its data is there. failed: Whether it will never be.
        words: Azure's words for its state: `Replication succeeded`.
    """

    name: str
    lun: int | None = None
    os_type: str | None = None
    source_disk_id: str = ""
    source_disk_restore_point_id: str = ""
    disk_restore_point_id: str = ""
    encryption_type: str = ""
    disk_encryption_set_id: str = ""
    percent: float | None = None
    replicated: bool = False
    failed: bool = False
    words: str = ""


@dataclass(frozen=True)
class CopyStatus:
    """What is known of a copy.

    Attributes:
        provisioning_state: As returned, or "". disks: OS disk first, then by LUN as Azure lists them.
        failure: Azure's words where the replication of the whole copy failed and no disk says so, else "".
        point: The answer that this was read from.
    """

    provisioning_state: str
    disks: tuple[DiskCopy, ...] = ()
    failure: str = ""
    point: RestorePoint | None = field(default=None, repr=False, compare=False)

    @property
    def state(self) -> OperationState:
        """What the provisioning state means; it says nothing about the data."""
        return state_of(self.provisioning_state)

    @property
    def accepted(self) -> bool:
        """Whether it is provisioned: Azure has begun to copy, and needs nobody to wait for it."""
        return self.state is OperationState.SUCCEEDED

    @property
    def usable(self) -> bool:
        """Whether a VM can be restored from it: provisioned, and each of at least one disk replicated."""
        return (
            self.state is OperationState.SUCCEEDED
            and not self.failure
            and bool(self.disks)
            and all(disk.replicated and not disk.failed for disk in self.disks)
        )

    @property
    def failed_disks(self) -> tuple[DiskCopy, ...]:
        """The disks that will never be replicated."""
        return tuple(disk for disk in self.disks if disk.failed)

    @property
    def deleting(self) -> bool:
        """Whether somebody is deleting it."""
        return self.provisioning_state.lower() == "deleting"

    @property
    def terminated(self) -> bool:
        """Whether it will never become usable by itself: Failed, Canceled, or a replication that failed.

        Azure ends a copy after two weeks; how that shows is not documented, so every kind of failure counts.
        """
        return self.state in {OperationState.FAILED, OperationState.CANCELED} or bool(self.failed_disks or self.failure)

    @property
    def percents(self) -> dict[str, float | None]:
        """Disk name → last percentage, or None where none was reported."""
        return {disk.name: disk.percent for disk in self.disks}


def copy_status(point: RestorePoint) -> CopyStatus:
    """Return what *point*, read with its instance view, says about the copying of its data.

    Without an instance view nothing is known to be replicated, and the copy is not usable.
    """
    properties = point.properties
    view = properties.instance_view
    reported: dict[str, DiskRestorePointInstanceView] = {}
    for view_of_disk in view.disk_restore_points if view else ():
        key = id_key(view_of_disk.id or "")
        # Of two reports on one disk the one counts that leaves more to wait for.
        if key not in reported or _says_replicated(reported[key]):
            reported[key] = view_of_disk
    disks = tuple(_disk_copies(point, reported))
    disks += tuple(_unlisted(reported, {id_key(disk.disk_restore_point_id) for disk in disks}))
    failure = ""
    if not any(disk.failed for disk in disks):
        failure = next((_words(s) for s in _replication_statuses(view.statuses if view else ()) if _has_failed(s)), "")
    return CopyStatus(properties.provisioning_state or "", disks, failure, point)


def _disk_copies(point: RestorePoint, reported: dict[str, DiskRestorePointInstanceView]) -> Iterator[DiskCopy]:
    metadata = point.properties.source_metadata
    profile = metadata.storage_profile if metadata else None
    if profile is None:
        return
    disks: list[SourceDisk] = [profile.os_disk] if profile.os_disk else []
    for number, disk in enumerate([*disks, *profile.data_disks]):
        yield _disk_copy(disk, number, reported)


def _disk_copy(disk: SourceDisk, number: int, reported: dict[str, DiskRestorePointInstanceView]) -> DiskCopy:
    attributes = disk.disk_restore_point
    disk_restore_point_id = (attributes.id if attributes else None) or ""
    encryption = attributes.encryption if attributes else None
    view = reported.get(id_key(disk_restore_point_id)) if disk_restore_point_id else None
    replication = view.replication_status if view else None
    status = replication.status if replication else None
    known = next(_replication_statuses((status,) if status else ()), None)
    failed = status is not None and _has_failed(status)
    source = attributes.source_disk_restore_point if attributes else None
    encryption_set = encryption.disk_encryption_set if encryption else None
    return DiskCopy(
        name=disk.name or f"disk {number}",
        lun=disk.lun if isinstance(disk, SourceDataDisk) else None,
        os_type=disk.os_type if isinstance(disk, SourceOsDisk) else None,
        source_disk_id=(disk.managed_disk.id if disk.managed_disk else None) or "",
        source_disk_restore_point_id=(source.id if source else None) or "",
        disk_restore_point_id=disk_restore_point_id,
        encryption_type=(encryption.type if encryption else None) or "",
        disk_encryption_set_id=(encryption_set.id if encryption_set else None) or "",
        percent=replication.replication_percent if replication else None,
        replicated=not failed and known is not None and _suffix(known) == "succeeded",
        failed=failed,
        words=_words(status) if status else "",
    )


def _unlisted(reported: dict[str, DiskRestorePointInstanceView], listed: set[str]) -> Iterator[DiskCopy]:
    """Yield the disks that are reported as still replicating, or failed, and that the storage profile lacks."""
    for key, view in reported.items():
        status = view.replication_status.status if view.replication_status else None
        speaks = any(_replication_statuses((status,) if status else ()))
        if key not in listed and speaks and not _says_replicated(view):
            attributes = DiskRestorePointAttributes(id=view.id)
            name = key.rpartition("/")[2] or "without id"
            yield _disk_copy(SourceDisk(name=name, disk_restore_point=attributes), 0, reported)


def _says_replicated(view: DiskRestorePointInstanceView) -> bool:
    status = view.replication_status.status if view.replication_status else None
    known = next(_replication_statuses((status,) if status else ()), None)
    return known is not None and not _has_failed(known) and _suffix(known) == "succeeded"


def _replication_statuses(statuses: tuple[InstanceViewStatus, ...]) -> Iterator[InstanceViewStatus]:
    """Yield those that speak of replication; others, such as of instant access, stand in the same list."""
    return (status for status in statuses if (status.code or "").strip().lower().startswith(_PREFIX))


def _suffix(status: InstanceViewStatus) -> str:
    return (status.code or "").strip().lower().removeprefix(_PREFIX)


def _has_failed(status: InstanceViewStatus) -> bool:
    if not (status.code or "").strip().lower().startswith(_PREFIX):
        return False
    return _suffix(status).startswith(_FAILED_PREFIXES) or (status.level or "").lower() == "error"


def _words(status: InstanceViewStatus) -> str:
    said = [text for text in (status.display_status or status.code, status.message) if text]
    return ": ".join(dict.fromkeys(said))
