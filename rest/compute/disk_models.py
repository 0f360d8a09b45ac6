"""The wire shape of a disk restore point, which another train of API versions serves than the restore point.

Source: azure-mgmt-compute 39.0.0, DiskRP 2026-03-02.
"""

from __future__ import annotations

from pydantic import Field

from azure_recovery.rest.bodies import Percent, Time, WireModel
from azure_recovery.rest.compute.models import Resource


class DiskEncryptionState(WireModel):
    """How the data is encrypted, as it is."""

    disk_encryption_set_id: str | None = Field(None, alias="diskEncryptionSetId")
    type: str | None = None


class DiskPurchasePlan(WireModel):
    """The marketplace plan of the image that the OS disk was made from."""

    name: str | None = None
    publisher: str | None = None
    product: str | None = None
    promotion_code: str | None = Field(None, alias="promotionCode")


class SupportedCapabilities(WireModel):
    """What a VM on this disk may use."""

    disk_controller_types: str | None = Field(None, alias="diskControllerTypes")
    accelerated_network: bool | None = Field(None, alias="acceleratedNetwork")
    architecture: str | None = None
    supported_security_option: str | None = Field(None, alias="supportedSecurityOption")


class DiskSecurityProfile(WireModel):
    """The security type of an OS disk."""

    security_type: str | None = Field(None, alias="securityType")
    secure_vm_disk_encryption_set_id: str | None = Field(None, alias="secureVMDiskEncryptionSetId")
    confidential_vm_version: str | None = Field(None, alias="confidentialVMVersion")


class DiskRestorePointProperties(WireModel):
    """`properties` of a disk restore point."""

    time_created: Time | None = Field(None, alias="timeCreated")
    source_resource_id: str | None = Field(None, alias="sourceResourceId")
    """The disk, or of a copy the source disk restore point."""
    os_type: str | None = Field(None, alias="osType")
    hyper_v_generation: str | None = Field(None, alias="hyperVGeneration")
    purchase_plan: DiskPurchasePlan | None = Field(None, alias="purchasePlan")
    supported_capabilities: SupportedCapabilities | None = Field(None, alias="supportedCapabilities")
    family_id: str | None = Field(None, alias="familyId")
    source_unique_id: str | None = Field(None, alias="sourceUniqueId")
    encryption: DiskEncryptionState | None = None
    supports_hibernation: bool | None = Field(None, alias="supportsHibernation")
    network_access_policy: str | None = Field(None, alias="networkAccessPolicy")
    public_network_access: str | None = Field(None, alias="publicNetworkAccess")
    disk_access_id: str | None = Field(None, alias="diskAccessId")
    replication_percent: Percent = Field(None, alias="completionPercent")
    """Means something only where the source is in another region, like the two below."""
    replication_state: str | None = Field(None, alias="replicationState")
    source_location: str | None = Field(None, alias="sourceResourceLocation")
    security_profile: DiskSecurityProfile | None = Field(None, alias="securityProfile")
    logical_sector_size: int | None = Field(None, alias="logicalSectorSize")
    snapshot_access_state: str | None = Field(None, alias="snapshotAccessState")


class DiskRestorePoint(Resource):
    """One disk of a restore point; a disk is made from it by its id."""

    properties: DiskRestorePointProperties
