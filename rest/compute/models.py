"""The wire shapes of restore point collections, restore points and disk restore points.

Every property is optional, because every one may be absent or null in some answer: a copy that is being made has no
disk restore points, a recorded GET has no `type`. Words from Azure's lists stay text, since the lists grow.

What is left out stands in `LEFT_OUT`. What may hold secrets (`osProfile` with keys and custom data, `userData`,
`diagnosticsProfile`, disk encryption settings) is kept as it came, and is neither in `repr()` nor in `model_dump()`.

Source: azure-mgmt-compute 39.0.0, ComputeRP 2026-04-01 and DiskRP 2026-03-02; copy page.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from azure_recovery.rest.bodies import Items, Percent, Time, WireModel

LEFT_OUT = {
    "ManagedDiskParameters.securityProfile": "of confidential VMs, which the copy does not support",
    "ManagedDiskParameters.additionalDiskProperties": "documented as not captured for restore points",
    "SecurityProfile.encryptionIdentity": "says how the guest reads a key vault, nothing of the restore point",
    "SecurityProfile.proxyAgentSettings": "a setting of the guest agent, nothing of the restore point",
}
"""Definition and wire name → why no model has it."""


class Reference(WireModel):
    """Something named by its ARM id alone."""

    id: str | None = None


class SystemData(WireModel):
    """Who made and changed a resource, and when."""

    created_by: str | None = Field(None, alias="createdBy")
    created_by_type: str | None = Field(None, alias="createdByType")
    created_at: Time | None = Field(None, alias="createdAt")
    last_modified_by: str | None = Field(None, alias="lastModifiedBy")
    last_modified_by_type: str | None = Field(None, alias="lastModifiedByType")
    last_modified_at: Time | None = Field(None, alias="lastModifiedAt")


class Resource(WireModel):
    """What every ARM resource has."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    system_data: SystemData | None = Field(None, alias="systemData")


class RestorePointEncryption(WireModel):
    """How a disk restore point is encrypted, as asked for."""

    disk_encryption_set: Reference | None = Field(None, alias="diskEncryptionSet")
    type: str | None = None
    """`EncryptionAtRestWithPlatformKey`, `…WithCustomerKey` or `…WithPlatformAndCustomerKeys`."""


class DiskRestorePointAttributes(WireModel):
    """The disk restore point of one disk; absent while the restore point is Creating."""

    id: str | None = None
    encryption: RestorePointEncryption | None = None
    source_disk_restore_point: Reference | None = Field(None, alias="sourceDiskRestorePoint")


class ManagedDisk(WireModel):
    """The disk of the VM, as it was."""

    id: str | None = None
    storage_account_type: str | None = Field(None, alias="storageAccountType")
    disk_encryption_set: Reference | None = Field(None, alias="diskEncryptionSet")


class SourceDisk(WireModel):
    """What OS and data disks have in common."""

    name: str | None = None
    caching: str | None = None
    disk_size_gib: int | None = Field(None, alias="diskSizeGB")
    managed_disk: ManagedDisk | None = Field(None, alias="managedDisk")
    disk_restore_point: DiskRestorePointAttributes | None = Field(None, alias="diskRestorePoint")
    write_accelerator_enabled: bool | None = Field(None, alias="writeAcceleratorEnabled")


class SourceOsDisk(SourceDisk):
    """The OS disk."""

    os_type: str | None = Field(None, alias="osType")
    encryption_settings: dict[str, Any] | None = Field(None, alias="encryptionSettings", repr=False, exclude=True)


class SourceDataDisk(SourceDisk):
    """A data disk."""

    lun: int | None = None


class StorageProfile(WireModel):
    """Which disks the restore point holds."""

    os_disk: SourceOsDisk | None = Field(None, alias="osDisk")
    data_disks: Items[SourceDataDisk] = Field((), alias="dataDisks")
    disk_controller_type: str | None = Field(None, alias="diskControllerType")


class HardwareProfile(WireModel):
    """The VM's size."""

    vm_size: str | None = Field(None, alias="vmSize")
    processor_mode: str | None = Field(None, alias="processorMode")
    vm_size_properties: dict[str, Any] | None = Field(None, alias="vmSizeProperties")


class UefiSettings(WireModel):
    """Trusted launch."""

    secure_boot_enabled: bool | None = Field(None, alias="secureBootEnabled")
    v_tpm_enabled: bool | None = Field(None, alias="vTpmEnabled")


class SecurityProfile(WireModel):
    """The VM's security settings."""

    uefi_settings: UefiSettings | None = Field(None, alias="uefiSettings")
    encryption_at_host: bool | None = Field(None, alias="encryptionAtHost")
    security_type: str | None = Field(None, alias="securityType")


class SourceMetadata(WireModel):
    """The VM as it was when the source restore point was made."""

    hardware_profile: HardwareProfile | None = Field(None, alias="hardwareProfile")
    storage_profile: StorageProfile | None = Field(None, alias="storageProfile")
    license_type: str | None = Field(None, alias="licenseType")
    vm_id: str | None = Field(None, alias="vmId")
    security_profile: SecurityProfile | None = Field(None, alias="securityProfile")
    location: str | None = None
    hyper_v_generation: str | None = Field(None, alias="hyperVGeneration")
    os_profile: dict[str, Any] | None = Field(None, alias="osProfile", repr=False, exclude=True)
    user_data: str | None = Field(None, alias="userData", repr=False, exclude=True)
    diagnostics_profile: dict[str, Any] | None = Field(None, alias="diagnosticsProfile", repr=False, exclude=True)


class InstanceViewStatus(WireModel):
    """One status: `ReplicationState/succeeded`, `Info`, `Replication succeeded`."""

    code: str | None = None
    level: str | None = None
    display_status: str | None = Field(None, alias="displayStatus")
    message: str | None = None
    time: Time | None = None


class ReplicationStatus(WireModel):
    """How far the copy of one disk is."""

    status: InstanceViewStatus | None = None
    replication_percent: Percent = Field(None, alias="completionPercent")


class DiskRestorePointInstanceView(WireModel):
    """The state of one disk restore point."""

    id: str | None = None
    snapshot_access_state: str | None = Field(None, alias="snapshotAccessState")
    replication_status: ReplicationStatus | None = Field(None, alias="replicationStatus")


class InstanceView(WireModel):
    """What only `$expand=instanceView` brings."""

    disk_restore_points: Items[DiskRestorePointInstanceView] = Field((), alias="diskRestorePoints")
    statuses: Items[InstanceViewStatus] = ()
    """Of the whole restore point; entries for replication and for instant access side by side, in any order."""


class RestorePointProperties(WireModel):
    """`properties` of a restore point."""

    exclude_disks: Items[Reference] = Field((), alias="excludeDisks")
    source_metadata: SourceMetadata | None = Field(None, alias="sourceMetadata")
    provisioning_state: str | None = Field(None, alias="provisioningState")
    """`Succeeded` once the copying has *begun*; see `replication` for the end."""
    consistency_mode: str | None = Field(None, alias="consistencyMode")
    time_created: Time | None = Field(None, alias="timeCreated")
    """Of a copy: when its source was made."""
    source_restore_point: Reference | None = Field(None, alias="sourceRestorePoint")
    instance_view: InstanceView | None = Field(None, alias="instanceView")
    instant_access_duration_minutes: int | None = Field(None, alias="instantAccessDurationMinutes")


class RestorePoint(Resource):
    """A restore point of a VM, or the copy of one."""

    properties: RestorePointProperties


class CollectionSource(WireModel):
    """Where a collection takes its restore points from: a VM, or the collection that it copies."""

    id: str | None = None
    location: str | None = None


class CollectionProperties(WireModel):
    """`properties` of a collection."""

    source: CollectionSource | None = None
    provisioning_state: str | None = Field(None, alias="provisioningState")
    collection_guid: str | None = Field(None, alias="restorePointCollectionId")
    restore_points: tuple[RestorePoint, ...] | None = Field(None, alias="restorePoints")
    """Only with `$expand=restorePoints`: absent means not asked for, empty means that there are none."""
    instant_access: bool | None = Field(None, alias="instantAccess")


class RestorePointCollection(Resource):
    """A collection of restore points of one VM in one region."""

    location: str | None = None
    tags: dict[str, str] | None = None
    properties: CollectionProperties
