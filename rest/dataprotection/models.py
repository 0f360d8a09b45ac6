"""The wire shapes of backup vaults, backup instances, recovery points and operations.

Every property is optional, because explicit nulls come for all of them. Words from Azure's lists stay text, since the
lists grow. What is left out stands in `LEFT_OUT`; jobs have a module of their own.

Source: azure-mgmt-dataprotection 2.2.0, api-version 2026-06-01; recorded restore of a disk, 2023-01-01; restore page.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from azure_recovery.rest.bodies import Items, LenientModel
from azure_recovery.rest.dataprotection.lenient import Moment, Number, Texts

LEFT_OUT = {
    "BackupVault.monitoringSettings": "who is alerted, nothing of a restore",
    "BackupVault.costManagementSettings": "how the bill is split, nothing of a restore",
    "BackupVault.resourceMoveDetails": "paths of a move of the vault; `resourceMoveState` says whether there is one",
    "SecuritySettings.encryptionSettings": "the vault's own key; a disk's snapshots are not stored in the vault",
    "BackupInstance.datasourceAuthCredentials": "of databases; a disk is read by the vault's identity",
    "PolicyParameters.backupDatasourceParametersList": "of blobs and Kubernetes",
    "AzureBackupRecoveryPointBasedRestoreRequest.sourceResourceId": "the instance in the path says what is recovered",
    "RestoreTargetInfo.datasourceSetInfo": "a disk belongs to no set",
    "RestoreTargetInfo.datasourceAuthCredentials": "of databases; a disk is written by the vault's identity",
    "Datasource.resourceProperties": "an empty object for every kind but Kubernetes",
    "DatasourceSet.resourceProperties": "an empty object for every kind but Kubernetes",
    "AzureBackupRecoveryTimeBasedRestoreRequest.recoveryPointTime": "of continuous backups; a disk has points",
    "AzureBackupRestoreWithRehydrationRequest.rehydrationPriority": "of the archive tier",
    "AzureBackupRestoreWithRehydrationRequest.rehydrationRetentionDuration": "of the archive tier",
    "ItemLevelRestoreTargetInfo.restoreCriteria": "a part of what is backed up; a disk is restored whole",
    "ItemLevelRestoreTargetInfo.datasourceInfo": "a part of what is backed up; a disk is restored whole",
    "ItemLevelRestoreTargetInfo.datasourceSetInfo": "a part of what is backed up; a disk is restored whole",
    "ItemLevelRestoreTargetInfo.datasourceAuthCredentials": "a part of what is backed up; a disk is restored whole",
    "RestoreFilesTargetInfo.targetDetails": "files in a storage account, of databases",
    "TargetDetails.filePrefix": "files in a storage account, of databases",
    "TargetDetails.restoreTargetLocationType": "files in a storage account, of databases",
    "TargetDetails.url": "files in a storage account, of databases",
    "TargetDetails.targetResourceArmId": "files in a storage account, of databases",
    "SecretStoreBasedAuthCredentials.secretStoreResource": "of databases; a disk is written by the vault's identity",
    "SecretStoreResource.uri": "of databases; a disk is written by the vault's identity",
    "SecretStoreResource.secretStoreType": "of databases; a disk is written by the vault's identity",
    "SecretStoreResource.value": "of databases; a disk is written by the vault's identity",
}
"""Definition and wire name → why no model and no request has it."""


class SystemData(LenientModel):
    """Who made and changed a resource, and when."""

    created_by: str | None = Field(None, alias="createdBy")
    created_by_type: str | None = Field(None, alias="createdByType")
    created_at: Moment = Field(None, alias="createdAt")
    last_modified_by: str | None = Field(None, alias="lastModifiedBy")
    last_modified_by_type: str | None = Field(None, alias="lastModifiedByType")
    last_modified_at: Moment = Field(None, alias="lastModifiedAt")


class Resource(LenientModel):
    """What every ARM resource has."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    system_data: SystemData | None = Field(None, alias="systemData")


class InnerError(LenientModel):
    """What another service said; `additionalInfo.DetailedNonLocalisedMessage` is the sentence."""

    code: str | None = None
    additional_info: dict[str, Any] | None = Field(None, alias="additionalInfo")
    embedded_inner_error: InnerError | None = Field(None, alias="embeddedInnerError")


class UserFacingError(LenientModel):
    """An error in words for people, with what they should do.

    `isRetryable` is false for a right that is only still spreading, so nothing is decided by it.
    """

    code: str | None = None
    message: str | None = None
    target: str | None = None
    recommended_actions: Texts = Field((), alias="recommendedAction")
    details: Items[UserFacingError] = ()
    inner_error: InnerError | None = Field(None, alias="innerError")
    is_retryable: bool | None = Field(None, alias="isRetryable")
    is_user_error: bool | None = Field(None, alias="isUserError")
    properties: dict[str, Any] | None = None


class IdentityDetails(LenientModel):
    """Which identity of the vault reads and writes; null means the one that the system assigned."""

    use_system_assigned_identity: bool | None = Field(None, alias="useSystemAssignedIdentity")
    user_assigned_identity_id: str | None = Field(None, alias="userAssignedIdentityArmUrl")


class Datasource(LenientModel):
    """What is backed up, or where a restore goes."""

    object_type: str | None = Field(None, alias="objectType")
    datasource_type: str | None = Field(None, alias="datasourceType")
    """`Microsoft.Compute/disks`."""
    resource_id: str | None = Field(None, alias="resourceID")
    resource_location: str | None = Field(None, alias="resourceLocation")
    resource_name: str | None = Field(None, alias="resourceName")
    resource_type: str | None = Field(None, alias="resourceType")
    resource_uri: str | None = Field(None, alias="resourceUri")


class DatasourceSet(Datasource):
    """What a data source is a part of; a disk is a part of nothing."""


class OperationalStoreParameters(LenientModel):
    """Where the snapshots are kept."""

    object_type: str | None = Field(None, alias="objectType")
    data_store_type: str | None = Field(None, alias="dataStoreType")
    snapshot_group_id: str | None = Field(None, alias="resourceGroupId")
    """ARM id of the resource group that holds the snapshots."""


class PolicyParameters(LenientModel):
    """What an instance adds to its policy."""

    data_stores: Items[OperationalStoreParameters] = Field((), alias="dataStoreParametersList")


class PolicyInfo(LenientModel):
    """The policy by which an instance is backed up."""

    policy_id: str | None = Field(None, alias="policyId")
    policy_version: str | None = Field(None, alias="policyVersion")
    policy_parameters: PolicyParameters | None = Field(None, alias="policyParameters")


class ProtectionStatus(LenientModel):
    """How well an instance is protected, in the older of two forms."""

    status: str | None = None
    error_details: UserFacingError | None = Field(None, alias="errorDetails")


class BackupInstanceProperties(LenientModel):
    """`properties` of a backup instance."""

    object_type: str | None = Field(None, alias="objectType")
    friendly_name: str | None = Field(None, alias="friendlyName")
    datasource: Datasource | None = Field(None, alias="dataSourceInfo")
    datasource_set: DatasourceSet | None = Field(None, alias="dataSourceSetInfo")
    policy_info: PolicyInfo | None = Field(None, alias="policyInfo")
    resource_guard_operation_requests: Texts = Field((), alias="resourceGuardOperationRequests")
    protection_status: ProtectionStatus | None = Field(None, alias="protectionStatus")
    current_protection_state: str | None = Field(None, alias="currentProtectionState")
    """`ProtectionConfigured`, `ProtectionStopped`, `SoftDeleted`, …"""
    protection_error: UserFacingError | None = Field(None, alias="protectionErrorDetails")
    provisioning_state: str | None = Field(None, alias="provisioningState")
    validation_type: str | None = Field(None, alias="validationType")
    identity_details: IdentityDetails | None = Field(None, alias="identityDetails")


class BackupInstance(Resource):
    """Something that a vault backs up."""

    tags: dict[str, str | None] | None = None
    properties: BackupInstanceProperties


class StoreDetails(LenientModel):
    """A recovery point in one of the stores that hold it."""

    id: str | None = None
    type: str | None = None
    """`OperationalStore`, the only one of a disk; `VaultStore`, `ArchiveStore`."""
    state: str | None = None
    """`COMMITTED` once it can be restored from."""
    visible: bool | None = None
    metadata: str | None = Field(None, alias="metaData")
    created_at: Moment = Field(None, alias="creationTime")
    expires_at: Moment = Field(None, alias="expiryTime")
    rehydration_expires_at: Moment = Field(None, alias="rehydrationExpiryTime")
    rehydration_status: str | None = Field(None, alias="rehydrationStatus")


class RecoveryPointProperties(LenientModel):
    """`properties` of a recovery point."""

    object_type: str | None = Field(None, alias="objectType")
    recovery_point_id: str | None = Field(None, alias="recoveryPointId")
    time: Moment = Field(None, alias="recoveryPointTime")
    """The moment whose data it holds."""
    type: str | None = Field(None, alias="recoveryPointType")
    """`Incremental` or `Full`."""
    state: str | None = Field(None, alias="recoveryPointState")
    """`Completed` or `Partial`; absent in older answers."""
    friendly_name: str | None = Field(None, alias="friendlyName")
    stores: Items[StoreDetails] = Field((), alias="recoveryPointDataStoresDetails")
    expires_at: Moment = Field(None, alias="expiryTime")
    retention_tag_name: str | None = Field(None, alias="retentionTagName")
    retention_tag_version: str | None = Field(None, alias="retentionTagVersion")
    policy_name: str | None = Field(None, alias="policyName")
    policy_version: str | None = Field(None, alias="policyVersion")


class RecoveryPoint(Resource):
    """A moment to which an instance can be restored; its name is 32 hexadecimal digits."""

    properties: RecoveryPointProperties


class OperationJob(LenientModel):
    """What an operation made: for a restore the job, for a validation nothing."""

    object_type: str | None = Field(None, alias="objectType")
    job_id: str | None = Field(None, alias="jobId")
    """Name or ARM id of the job: both are documented, both come."""


class OperationStatus(LenientModel):
    """The status of an operation; its words for a failure are read by `error_body`."""

    id: str | None = None
    name: str | None = None
    status: str | None = None
    start_time: Moment = Field(None, alias="startTime")
    end_time: Moment = Field(None, alias="endTime")
    error: dict[str, Any] | None = None
    properties: OperationJob | None = None


class SoftDeleteSettings(LenientModel):
    """How long deleted backups stay."""

    state: str | None = None
    retention_days: Number = Field(None, alias="retentionDurationInDays")


class Setting(LenientModel):
    """A feature that is `Enabled`, `Disabled`, `PermanentlyDisabled`, `Unlocked` or `Locked`."""

    state: str | None = None


class SecuritySettings(LenientModel):
    """What protects the vault's backups from deletion."""

    soft_delete: SoftDeleteSettings | None = Field(None, alias="softDeleteSettings")
    immutability: Setting | None = Field(None, alias="immutabilitySettings")


class FeatureSettings(LenientModel):
    """Where the vault may restore to."""

    cross_subscription_restore: Setting | None = Field(None, alias="crossSubscriptionRestoreSettings")
    cross_region_restore: Setting | None = Field(None, alias="crossRegionRestoreSettings")


class StorageSetting(LenientModel):
    """How one kind of store is kept: `VaultStore`, `GeoRedundant`."""

    datastore_type: str | None = Field(None, alias="datastoreType")
    type: str | None = None


class UserAssignedIdentity(LenientModel):
    """An identity that somebody gave to the vault."""

    principal_id: str | None = Field(None, alias="principalId")
    client_id: str | None = Field(None, alias="clientId")


class VaultIdentity(LenientModel):
    """The identities by which the vault reads snapshots and writes disks."""

    type: str | None = None
    """`SystemAssigned`, `UserAssigned`, `SystemAssigned,UserAssigned` or `None`."""
    principal_id: str | None = Field(None, alias="principalId")
    """Object id of the one that the system assigned: whom to grant rights."""
    tenant_id: str | None = Field(None, alias="tenantId")
    user_assigned: dict[str, UserAssignedIdentity | None] | None = Field(None, alias="userAssignedIdentities")


class BackupVaultProperties(LenientModel):
    """`properties` of a vault."""

    provisioning_state: str | None = Field(None, alias="provisioningState")
    resource_move_state: str | None = Field(None, alias="resourceMoveState")
    security_settings: SecuritySettings | None = Field(None, alias="securitySettings")
    storage_settings: Items[StorageSetting] = Field((), alias="storageSettings")
    feature_settings: FeatureSettings | None = Field(None, alias="featureSettings")
    is_protected_by_resource_guard: bool | None = Field(None, alias="isVaultProtectedByResourceGuard")
    secure_score: str | None = Field(None, alias="secureScore")
    bcdr_security_level: str | None = Field(None, alias="bcdrSecurityLevel")
    resource_guard_operation_requests: Texts = Field((), alias="resourceGuardOperationRequests")
    replicated_regions: Texts = Field((), alias="replicatedRegions")


class BackupVault(Resource):
    """A vault that backs up disks, blobs, databases and clusters."""

    location: str | None = None
    tags: dict[str, str | None] | None = None
    etag: str | None = Field(None, alias="eTag")
    identity: VaultIdentity | None = None
    properties: BackupVaultProperties
