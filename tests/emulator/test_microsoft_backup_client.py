"""Microsoft's own clients restore a disk from a backup vault: unpatched, without a warning, to the end of the job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.dataprotection import DataProtectionMgmtClient, models

from tests.waiting import wait_until

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
HTTP = {"enforce_https": False}
VAULT = ("production", "recovery-vault")
INSTANCE = (*VAULT, "web-1-data-0")
DISK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/drills/providers/Microsoft.Compute/disks/web-1-drill"


class StaticCredential:
    """A token that is always the same."""

    def get_token(self, *scopes: str, **kwargs: object) -> AccessToken:
        """Return the emulator's token, whatever the scope."""
        return AccessToken("emulator-token-not-a-secret", int(time.time()) + 3600)


@pytest.fixture
def backup(serving) -> Iterator[DataProtectionMgmtClient]:
    """Microsoft's client of the default world's vault."""
    with DataProtectionMgmtClient(
        StaticCredential(), SUBSCRIPTION, base_url=serving.url, polling_interval=0.005, retry_total=0
    ) as client:
        yield client


@pytest.fixture
def compute(serving) -> Iterator[ComputeManagementClient]:
    """Microsoft's client of the default world's disks."""
    with ComputeManagementClient(
        StaticCredential(), SUBSCRIPTION, base_url=serving.url, polling_interval=0.005, retry_total=0
    ) as client:
        yield client


def restore_of(point: models.AzureBackupRecoveryPointResource, disk_id: str = DISK, location: str = "westeurope"):
    return models.AzureBackupRecoveryPointBasedRestoreRequest(
        recovery_point_id=point.name,
        source_data_store_type="OperationalStore",
        restore_target_info=models.RestoreTargetInfo(
            recovery_option="FailIfExists",
            restore_location=location,
            datasource_info=models.Datasource(
                object_type="Datasource",
                datasource_type="Microsoft.Compute/disks",
                resource_id=disk_id,
                resource_name=disk_id.rsplit("/", 1)[-1],
                resource_type="Microsoft.Compute/disks",
                resource_uri=disk_id,
                resource_location=location,
            ),
        ),
    )


def newest(backup: DataProtectionMgmtClient) -> models.AzureBackupRecoveryPointResource:
    return next(iter(backup.recovery_points.list(*INSTANCE, **HTTP)))


def ended(backup: DataProtectionMgmtClient, job: str) -> models.AzureBackupJobResource:
    def over() -> models.AzureBackupJobResource | None:
        with suppress(ResourceNotFoundError):  # it does not show yet
            found = backup.jobs.get(*VAULT, job, **HTTP)
            return found if found.properties.end_time is not None else None
        return None

    return wait_until(over)


def test_vault_and_instance_are_read(backup):
    """The identity that needs rights, the disk that is protected, where its snapshots are."""
    vault = backup.backup_vaults.get(*VAULT, **HTTP)
    instances = list(backup.backup_instances.list(*VAULT, **HTTP))
    instance = backup.backup_instances.get(*INSTANCE, **HTTP).properties

    assert ("westeurope", "SystemAssigned", "Succeeded") == (
        vault.location,
        vault.identity.type,
        vault.properties.provisioning_state,
    )
    assert vault.identity.principal_id
    assert ["web-1-data-0"] == [entry.name for entry in instances]
    assert "ProtectionConfigured" == instance.current_protection_state
    assert instance.data_source_info.resource_id.endswith("/disks/web-1-data-0")
    store = instance.policy_info.policy_parameters.data_store_parameters_list[0]
    assert store.resource_group_id.endswith("/snapshots")


def test_recovery_points_are_listed_newest_first_and_read(backup):
    """Ages and expiry of the world, as the client models them."""
    points = list(backup.recovery_points.list(*INSTANCE, **HTTP))
    first = backup.recovery_points.get(*INSTANCE, points[0].name, **HTTP).properties
    moments = [point.properties.recovery_point_time for point in points]
    bounds = f"startDate eq '{moments[2].isoformat()}' and endDate eq '{moments[1].isoformat()}'"

    assert 3 == len(points)
    assert sorted(moments, reverse=True) == moments
    assert ("Incremental", "Completed", "daily-disks") == (
        first.recovery_point_type,
        first.recovery_point_state,
        first.policy_name,
    )
    assert timedelta(days=7) == first.expiry_time - first.recovery_point_time
    store = first.recovery_point_data_stores_details[0]
    assert ("OperationalStore", "COMMITTED", True) == (store.type, store.state, store.visible)
    assert {point.name for point in points[1:]} >= {
        point.name for point in backup.recovery_points.list(*INSTANCE, filter=bounds, **HTTP)
    }


def test_disk_is_validated_restored_followed_and_deleted(backup, compute):
    """Both operations, the job to its end, the disk that it made, and its deletion."""
    point = newest(backup)
    request = restore_of(point)

    validated = backup.backup_instances.begin_validate_for_restore(
        *INSTANCE, models.ValidateRestoreRequestObject(restore_request_object=request), **HTTP
    ).result()
    started = backup.backup_instances.begin_trigger_restore(*INSTANCE, request, **HTTP).result()
    job = ended(backup, started.job_id)
    disk = compute.disks.get("drills", "web-1-drill", **HTTP)
    listed = [entry.name for entry in compute.disks.list_by_resource_group("drills", **HTTP)]
    jobs = [entry.name for entry in backup.jobs.list(*VAULT, **HTTP)]
    compute.disks.begin_delete("drills", "web-1-drill", **HTTP).result()

    assert validated.job_id is None
    assert "Completed" == job.properties.status
    assert [started.job_id] == jobs
    assert [(1, "Trigger Restore", "Completed"), (2, "Restore Disk", "Completed")] == [
        (task.task_id, task.task_name, task.task_status) for task in job.properties.extended_info.sub_tasks
    ]
    assert DISK == job.properties.extended_info.recovery_destination
    assert point.name == job.properties.extended_info.source_recover_point.recovery_point_id
    assert timedelta(minutes=12) == job.properties.end_time - job.properties.start_time
    assert "PT12M0.0000000S" == job.properties.duration
    assert ("Succeeded", "Unattached", 256, "Copy") == (
        disk.properties.provisioning_state,
        disk.properties.disk_state,
        disk.properties.disk_size_gb,
        disk.properties.creation_data.create_option,
    )
    assert ["web-1-drill"] == listed
    assert [] == list(compute.disks.list_by_resource_group("drills", **HTTP))


def test_validation_that_fails_is_read(backup):
    """The poller raises with the service's code, although every answer was 200."""
    request = restore_of(newest(backup), DISK.replace("/drills/", "/production/"))

    with pytest.raises(HttpResponseError) as caught:
        backup.backup_instances.begin_validate_for_restore(
            *INSTANCE, models.ValidateRestoreRequestObject(restore_request_object=request), **HTTP
        ).result()

    assert "UserErrorMSIMissingPermissions" in str(caught.value)


def test_attached_disk_is_not_deleted(compute):
    """The refusal names the VM."""
    with pytest.raises(HttpResponseError) as caught:
        compute.disks.begin_delete("production", "web-1-data-0", **HTTP)

    assert (409, "OperationNotAllowed") == (caught.value.status_code, caught.value.error.code)
    assert "/virtualMachines/web-1" in caught.value.error.message
