"""The wire shape of a managed disk, which the API versions of disk restore points serve too.

What is left out stands in `LEFT_OUT`. What may hold a signed URL or names the keys of an encrypted disk is kept as it
came, and is neither in `repr()` nor in `model_dump()`.

Source: azure-mgmt-compute 39.0.0, DiskRP 2026-03-02.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from azure_recovery.rest.bodies import Items, Percent, Time, WireModel
from azure_recovery.rest.compute.disk_models import (
    DiskEncryptionState,
    DiskPurchasePlan,
    DiskSecurityProfile,
    SupportedCapabilities,
)
from azure_recovery.rest.compute.models import Resource

LEFT_OUT = {
    "Disk.extendedLocation": "of edge zones, to which nothing is restored",
    "CreationData.imageReference": "of disks made from an image",
    "CreationData.galleryImageReference": "of disks made from an image",
    "CreationData.elasticSanResourceId": "of disks made from an elastic SAN",
    "DiskProperties.propertyUpdatesInProgress": "a tier that is being changed, by somebody else",
}
"""Definition and wire name → why no model has it."""


class DiskSku(WireModel):
    """`Premium_LRS` and its tier, `Premium`."""

    name: str | None = None
    tier: str | None = None


class CreationData(WireModel):
    """What a disk was made from; the only trace of it that a disk keeps."""

    create_option: str | None = Field(None, alias="createOption")
    """`Copy` or `Restore` of a restored disk; `Empty`, `FromImage`, …"""
    source_resource_id: str | None = Field(None, alias="sourceResourceId")
    """ARM id of the snapshot or disk restore point."""
    source_unique_id: str | None = Field(None, alias="sourceUniqueId")
    source_uri: str | None = Field(None, alias="sourceUri", repr=False, exclude=True)
    storage_account_id: str | None = Field(None, alias="storageAccountId")
    upload_size_bytes: int | None = Field(None, alias="uploadSizeBytes")
    logical_sector_size: int | None = Field(None, alias="logicalSectorSize")
    performance_plus: bool | None = Field(None, alias="performancePlus")
    security_data_uri: str | None = Field(None, alias="securityDataUri", repr=False, exclude=True)
    security_metadata_uri: str | None = Field(None, alias="securityMetadataUri", repr=False, exclude=True)
    provisioned_bandwidth_copy_speed: str | None = Field(None, alias="provisionedBandwidthCopySpeed")
    instant_access_duration_minutes: int | None = Field(None, alias="instantAccessDurationMinutes")


class ShareInfo(WireModel):
    """One of the VMs that a shared disk is attached to."""

    vm_id: str | None = Field(None, alias="vmUri")


class AvailabilityPolicy(WireModel):
    """What the platform does when the disk is slow to answer."""

    action_on_disk_delay: str | None = Field(None, alias="actionOnDiskDelay")


class DiskProperties(WireModel):
    """`properties` of a managed disk."""

    provisioning_state: str | None = Field(None, alias="provisioningState")
    disk_state: str | None = Field(None, alias="diskState")
    """`Unattached`, `Attached`, `Reserved`, `ActiveSAS`, …: all but the first stand in the way of a deletion."""
    time_created: Time | None = Field(None, alias="timeCreated")
    unique_id: str | None = Field(None, alias="uniqueId")
    """GUID of this very disk: another one after it was deleted and made anew."""
    creation_data: CreationData | None = Field(None, alias="creationData")
    disk_size_gib: int | None = Field(None, alias="diskSizeGB")
    disk_size_bytes: int | None = Field(None, alias="diskSizeBytes")
    os_type: str | None = Field(None, alias="osType")
    hyper_v_generation: str | None = Field(None, alias="hyperVGeneration")
    purchase_plan: DiskPurchasePlan | None = Field(None, alias="purchasePlan")
    supported_capabilities: SupportedCapabilities | None = Field(None, alias="supportedCapabilities")
    encryption_settings: dict[str, Any] | None = Field(
        None, alias="encryptionSettingsCollection", repr=False, exclude=True
    )
    encryption: DiskEncryptionState | None = None
    security_profile: DiskSecurityProfile | None = Field(None, alias="securityProfile")
    iops_read_write: int | None = Field(None, alias="diskIOPSReadWrite")
    mbps_read_write: int | None = Field(None, alias="diskMBpsReadWrite")
    iops_read_only: int | None = Field(None, alias="diskIOPSReadOnly")
    mbps_read_only: int | None = Field(None, alias="diskMBpsReadOnly")
    tier: str | None = None
    bursting_enabled: bool | None = Field(None, alias="burstingEnabled")
    bursting_enabled_time: Time | None = Field(None, alias="burstingEnabledTime")
    max_shares: int | None = Field(None, alias="maxShares")
    share_info: Items[ShareInfo] = Field((), alias="shareInfo")
    network_access_policy: str | None = Field(None, alias="networkAccessPolicy")
    public_network_access: str | None = Field(None, alias="publicNetworkAccess")
    data_access_auth_mode: str | None = Field(None, alias="dataAccessAuthMode")
    disk_access_id: str | None = Field(None, alias="diskAccessId")
    supports_hibernation: bool | None = Field(None, alias="supportsHibernation")
    copy_percent: Percent = Field(None, alias="completionPercent")
    """How far the background copy is of a disk made by `CopyStart`."""
    optimized_for_frequent_attach: bool | None = Field(None, alias="optimizedForFrequentAttach")
    last_ownership_update_time: Time | None = Field(None, alias="LastOwnershipUpdateTime")
    availability_policy: AvailabilityPolicy | None = Field(None, alias="availabilityPolicy")


class ManagedDisk(Resource):
    """A managed disk."""

    location: str | None = None
    tags: dict[str, str] | None = None
    zones: Items[str] = ()
    sku: DiskSku | None = None
    managed_by: str | None = Field(None, alias="managedBy")
    """ARM id of the VM that it is attached to."""
    managed_by_extended: Items[str] = Field((), alias="managedByExtended")
    """Of a shared disk, all of them."""
    properties: DiskProperties

    @property
    def attached_to(self) -> tuple[str, ...]:
        """ARM ids of the VMs that it is attached to."""
        shared = (share.vm_id for share in self.properties.share_info)
        return tuple(dict.fromkeys(vm for vm in (self.managed_by, *self.managed_by_extended, *shared) if vm))
