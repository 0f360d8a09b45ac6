"""Every field of Microsoft's models of a copy is filled by the emulator, but for those that are named here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.mgmt.compute import ComputeManagementClient, models

from tests.emulator.test_microsoft_client import HTTP, compute, copy, make_target, replicated

__all__ = ["compute"]

NEW = "is of an API version or a preview that no recording has"
OTHER_KEY = "is for keys of one's own, and the world's disks have the platform's"
SECRET = "may hold secrets of the machine"
NOT_THERE = "is of machines that the world has not: Windows, confidential, licensed, from a plan"
NO_FIELD = "is in no recorded answer"

GUEST = "properties.source_metadata.os_profile"
DISKS = "properties.source_metadata.storage_profile"

OF_A_COPY = {
    "type": "is in no answer about a restore point (D23)",
    "system_data": NO_FIELD,
    "properties.exclude_disks": "is empty, where all disks are copied",
    "properties.instant_access_duration_minutes": NEW,
    "properties.source_metadata.hardware_profile.vm_size_properties": NOT_THERE,
    "properties.source_metadata.hardware_profile.processor_mode": NEW,
    "properties.source_metadata.license_type": NOT_THERE,
    "properties.source_metadata.user_data": SECRET,
    "properties.source_metadata.diagnostics_profile.boot_diagnostics.storage_uri": SECRET,
    "properties.source_metadata.security_profile.encryption_identity": OTHER_KEY,
    "properties.source_metadata.security_profile.proxy_agent_settings": NEW,
    f"{GUEST}.admin_password": SECRET,
    f"{GUEST}.custom_data": SECRET,
    f"{GUEST}.secrets": SECRET,
    f"{GUEST}.windows_configuration": NOT_THERE,
    f"{GUEST}.linux_configuration.ssh": SECRET,
    f"{GUEST}.linux_configuration.patch_settings": NO_FIELD,
    f"{GUEST}.linux_configuration.enable_vm_agent_platform_updates": NO_FIELD,
    f"{DISKS}.os_disk.encryption_settings": OTHER_KEY,
    **{
        f"{DISKS}.{disk}.{name}": why
        for disk in ("os_disk", "data_disks[]")
        for name, why in {
            "managed_disk.disk_encryption_set": OTHER_KEY,
            "managed_disk.security_profile": NOT_THERE,
            "managed_disk.additional_disk_properties": NEW,
            "disk_restore_point.encryption.disk_encryption_set": OTHER_KEY,
        }.items()
    },
    "properties.instance_view.statuses[].message": "is told of what fails, and nothing did",
    "properties.instance_view.disk_restore_points[].replication_status.status.message": "is the same of a disk",
    "properties.instance_view.disk_restore_points[].replication_status.status.time": NO_FIELD,
}

OF_A_COLLECTION = {"system_data": NO_FIELD, "properties.instant_access": NEW}

OF_ANY_DISK = {
    "type": "is in no answer about a disk restore point, as in none about a restore point",
    "system_data": NO_FIELD,
    "properties.purchase_plan": NOT_THERE,
    "properties.encryption.disk_encryption_set_id": OTHER_KEY,
    "properties.disk_access_id": "is of disks that a private endpoint alone reaches",
    "properties.logical_sector_size": "is of Ultra and Premium v2 disks",
}
OF_THE_OS_DISK = OF_ANY_DISK | {
    "properties.supported_capabilities.supported_security_option": NOT_THERE,
    "properties.security_profile.secure_vm_disk_encryption_set_id": NOT_THERE,
    "properties.security_profile.confidential_vm_version": NOT_THERE,
}
OF_A_DATA_DISK = OF_ANY_DISK | dict.fromkeys(
    (f"properties.{name}" for name in ("os_type", "hyper_v_generation", "supported_capabilities", "security_profile")),
    "is of disks that machines boot from",
)
"""Path of a field that is not filled → why."""


def unfilled(found: object, path: str = "") -> Iterator[str]:
    """Yield the path of each field below *found* that is None, or a list of nothing."""
    if isinstance(found, list) and found:
        for one in found:
            yield from unfilled(one, f"{path}[]")
    elif found is None or found == []:
        yield path
    elif hasattr(found, "_attr_to_rest_field"):
        for name in found._attr_to_rest_field:
            yield from unfilled(getattr(found, name), f"{path}.{name}".lstrip("."))


def test_every_field_of_a_copy_and_its_disks(compute: ComputeManagementClient) -> None:
    """A field that is filled nowhere would be one that no test could miss; each has its reason."""
    collection = make_target(compute)
    copy(compute, "daily-1")
    point = replicated(compute, "daily-1")
    where = ("recovery", "web-1-copies", "daily-1")
    listed = compute.disk_restore_point.list_by_restore_point(*where, **HTTP)
    os_disk, *data_disks = (compute.disk_restore_point.get(*where, disk.name, **HTTP) for disk in listed)

    assert OF_A_COLLECTION.keys() == set(unfilled(collection)) - {"properties.restore_points"}
    assert OF_A_COPY.keys() == set(unfilled(point))
    assert OF_THE_OS_DISK.keys() == set(unfilled(os_disk))
    assert [OF_A_DATA_DISK.keys()] * 2 == [set(unfilled(disk)) for disk in data_disks]


@pytest.mark.parametrize("empty", [None, []])
def test_what_is_not_filled_is_found(empty: list[str] | None) -> None:
    """However deep it is."""
    model = models.RestorePoint(properties=models.RestorePointProperties(exclude_disks=empty))

    assert "properties.exclude_disks" in set(unfilled(model))
