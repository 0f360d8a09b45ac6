"""The wire shape of a job of a backup vault: what becomes of a restore after its operation has succeeded.

A job is answered with nulls for half of its properties, with properties that no documentation lists (`UNDECLARED`), and
on one page with another id than the one that was asked for.

Source: azure-mgmt-dataprotection 2.2.0, api-version 2026-06-01; recorded restore of a disk, 2023-01-01; restore page.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from azure_recovery.rest.bodies import Items, LenientModel
from azure_recovery.rest.dataprotection.lenient import Duration, Moment, Number, Texts
from azure_recovery.rest.dataprotection.models import Resource, UserFacingError

UNDECLARED = {
    "AzureBackupJob.sourceDataStoreType": "recorded restore of a disk, 2023-01-01",
    "AzureBackupJob.isCrossRegionRestore": "recorded restore of a disk, 2023-01-01",
}
"""Definition and wire name → where a property was seen that the definition does not have."""


class JobRecoveryPoint(LenientModel):
    """The recovery point that a job restores from, or makes."""

    id: str | None = Field(None, alias="recoveryPointID")
    time: Moment = Field(None, alias="recoveryPointTime")


class SubTask(LenientModel):
    """A step of a job: `Trigger Restore`, `Completed`."""

    task_id: int | str | None = Field(None, alias="taskId")
    name: str | None = Field(None, alias="taskName")
    status: str | None = Field(None, alias="taskStatus")
    progress: str | int | float | None = Field(None, alias="taskProgress")
    additional_details: dict[str, Any] | None = Field(None, alias="additionalDetails")


class JobWarning(LenientModel):
    """What did not go well in a job that has completed."""

    resource_name: str | None = Field(None, alias="resourceName")
    warning: UserFacingError | None = None


class JobExtendedInfo(LenientModel):
    """What a list of jobs may leave out."""

    misspelled: ClassVar[dict[str, str]] = {"datatransferedinbytes": "dataTransferredInBytes"}  # restore page

    additional_details: dict[str, Any] | None = Field(None, alias="additionalDetails")
    backup_instance_state: str | None = Field(None, alias="backupInstanceState")
    transferred_bytes: Number = Field(None, alias="dataTransferredInBytes")
    recovery_destination: str | None = Field(None, alias="recoveryDestination")
    """ARM id of the disk that a restore makes."""
    source_recovery_point: JobRecoveryPoint | None = Field(None, alias="sourceRecoverPoint")
    target_recovery_point: JobRecoveryPoint | None = Field(None, alias="targetRecoverPoint")
    sub_tasks: Items[SubTask] = Field((), alias="subTasks")
    warnings: Items[JobWarning] = Field((), alias="warningDetails")


class BackupJobProperties(LenientModel):
    """`properties` of a job."""

    activity_id: str | None = Field(None, alias="activityID")
    subscription_id: str | None = Field(None, alias="subscriptionId")
    vault_name: str | None = Field(None, alias="vaultName")
    backup_instance_id: str | None = Field(None, alias="backupInstanceId")
    backup_instance_friendly_name: str | None = Field(None, alias="backupInstanceFriendlyName")
    policy_id: str | None = Field(None, alias="policyId")
    policy_name: str | None = Field(None, alias="policyName")
    datasource_id: str | None = Field(None, alias="dataSourceId")
    datasource_location: str | None = Field(None, alias="dataSourceLocation")
    datasource_name: str | None = Field(None, alias="dataSourceName")
    datasource_set_name: str | None = Field(None, alias="dataSourceSetName")
    datasource_type: str | None = Field(None, alias="dataSourceType")
    source_resource_group: str | None = Field(None, alias="sourceResourceGroup")
    source_subscription_id: str | None = Field(None, alias="sourceSubscriptionID")
    source_data_store_name: str | None = Field(None, alias="sourceDataStoreName")
    source_data_store_type: str | None = Field(None, alias="sourceDataStoreType")
    destination_data_store_name: str | None = Field(None, alias="destinationDataStoreName")
    operation_category: str | None = Field(None, alias="operationCategory")
    """`Backup`, `Restore`, `Tiering` or `Management`."""
    operation: str | None = None
    status: str | None = None
    """See `jobs.JOB_WORDS`."""
    restore_type: str | None = Field(None, alias="restoreType")
    is_user_triggered: bool | None = Field(None, alias="isUserTriggered")
    is_cross_region_restore: bool | None = Field(None, alias="isCrossRegionRestore")
    rehydration_priority: str | None = Field(None, alias="rehydrationPriority")
    started_at: Moment = Field(None, alias="startTime")
    ended_at: Moment = Field(None, alias="endTime")
    duration: Duration = None
    progress_enabled: bool | None = Field(None, alias="progressEnabled")
    progress_url: str | None = Field(None, alias="progressUrl", repr=False, exclude=True)
    supported_actions: Texts = Field((), alias="supportedActions")
    errors: Items[UserFacingError] = Field((), alias="errorDetails")
    extended_info: JobExtendedInfo | None = Field(None, alias="extendedInfo")
    etag: str | None = None


class BackupJob(Resource):
    """A job of a vault."""

    properties: BackupJobProperties
