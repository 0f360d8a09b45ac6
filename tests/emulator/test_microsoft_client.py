"""Microsoft's own client against the emulator: unpatched, without a warning, every model filled.

It shares no line with this project. What it cannot read, Azure would not have sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ManagedIdentityCredential
from azure.mgmt.compute import ComputeManagementClient, models

from tests.waiting import wait_until

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
# The client refuses to send a token over http unless told so with each call; loopback has no TLS.
HTTP = {"enforce_https": False}


class StaticCredential:
    """A token that is always the same."""

    def get_token(self, *scopes: str, **kwargs: object) -> AccessToken:
        """Return the emulator's token, whatever the scope."""
        return AccessToken("emulator-token-not-a-secret", int(time.time()) + 3600)


@pytest.fixture
def compute(serving) -> Iterator[ComputeManagementClient]:
    """Microsoft's client of the default world."""
    with ComputeManagementClient(
        StaticCredential(), SUBSCRIPTION, base_url=serving.url, polling_interval=0.005, retry_total=0
    ) as client:
        yield client


def make_target(compute: ComputeManagementClient) -> models.RestorePointCollection:
    source = compute.restore_point_collections.get("production", "web-1-restore-points", **HTTP)
    return compute.restore_point_collections.create_or_update(
        "recovery",
        "web-1-copies",
        models.RestorePointCollection(
            location="northeurope",
            tags={"team": "dr"},
            properties=models.RestorePointCollectionProperties(
                source=models.RestorePointCollectionSourceProperties(id=source.id)
            ),
        ),
        **HTTP,
    )


def copy(compute: ComputeManagementClient, name: str) -> models.RestorePoint:
    source = compute.restore_points.get("production", "web-1-restore-points", name, **HTTP)
    return compute.restore_points.begin_create(
        "recovery",
        "web-1-copies",
        name,
        models.RestorePoint(
            properties=models.RestorePointProperties(source_restore_point=models.ApiEntityReference(id=source.id))
        ),
        **HTTP,
    ).result()


def replicated(compute: ComputeManagementClient, name: str) -> models.RestorePoint:
    def usable() -> models.RestorePoint | None:
        point = compute.restore_points.get("recovery", "web-1-copies", name, expand="instanceView", **HTTP)
        view = point.properties.instance_view
        return point if view is not None and view.statuses[0].code == "ReplicationState/succeeded" else None

    return wait_until(usable)


def test_collection_is_made_tagged_and_listed(compute):
    """Every property of the collection is filled."""
    made = make_target(compute)
    tagged = compute.restore_point_collections.update(
        "recovery", "web-1-copies", models.RestorePointCollectionUpdate(tags={"team": "other"}), **HTTP
    )

    assert ("web-1-copies", "Microsoft.Compute/restorePointCollections") == (made.name, made.type)
    assert "WestEurope" == made.properties.source.location
    assert made.properties.restore_point_collection_id
    assert ("Succeeded", {"team": "other"}) == (tagged.properties.provisioning_state, tagged.tags)
    assert ["web-1-copies"] == [entry.name for entry in compute.restore_point_collections.list("recovery", **HTTP)]
    assert {"web-1-copies", "web-1-restore-points"} == {
        entry.name for entry in compute.restore_point_collections.list_all(**HTTP)
    }


def test_copy_is_made_and_read_to_its_last_disk(compute):
    """From begin_create to the instance view with everything at 100."""
    make_target(compute)
    made = copy(compute, "daily-1")
    properties = replicated(compute, "daily-1").properties

    assert "Succeeded" == made.properties.provisioning_state
    source = compute.restore_points.get("production", "web-1-restore-points", "daily-1", **HTTP)
    assert source.properties.time_created == properties.time_created
    assert source.id == properties.source_restore_point.id
    assert "ApplicationConsistent" == properties.consistency_mode

    metadata = properties.source_metadata
    assert ("Standard_D2s_v5", "V2", "WestEurope") == (
        metadata.hardware_profile.vm_size,
        metadata.hyper_v_generation,
        metadata.location,
    )
    assert metadata.vm_id
    assert "web-1" == metadata.os_profile.computer_name
    assert metadata.diagnostics_profile.boot_diagnostics.enabled
    assert metadata.security_profile.uefi_settings.secure_boot_enabled

    disks = [metadata.storage_profile.os_disk, *metadata.storage_profile.data_disks]
    assert [("web-1-os", 64), ("web-1-data-0", 256), ("web-1-data-1", 512)] == [
        (disk.name, disk.disk_size_gb) for disk in disks
    ]
    assert ["Premium_LRS", "Premium_LRS", "StandardSSD_LRS"] == [
        disk.managed_disk.storage_account_type for disk in disks
    ]
    assert all(disk.caching and disk.disk_restore_point.source_disk_restore_point.id for disk in disks)
    assert all("EncryptionAtRestWithPlatformKey" == disk.disk_restore_point.encryption.type for disk in disks)

    view = properties.instance_view
    assert [("ReplicationState/succeeded", 100)] * 3 == [
        (disk.replication_status.status.code, disk.replication_status.completion_percent)
        for disk in view.disk_restore_points
    ]
    assert [disk.id for disk in view.disk_restore_points] == [disk.disk_restore_point.id for disk in disks]
    assert ("Info", "Replication succeeded") == (view.statuses[0].level, view.statuses[0].display_status)
    assert view.statuses[0].time is not None


def test_disk_restore_points_are_read_and_shared(compute):
    """List, get, a SAS and its end."""
    make_target(compute)
    copy(compute, "daily-1")
    replicated(compute, "daily-1")
    where = ("recovery", "web-1-copies", "daily-1")

    disks = list(compute.disk_restore_point.list_by_restore_point(*where, **HTTP))
    first = compute.disk_restore_point.get(*where, disks[0].name, **HTTP).properties
    access = compute.disk_restore_point.begin_grant_access(
        *where, disks[0].name, models.GrantAccessData(access="Read", duration_in_seconds=10**9), **HTTP
    ).result()
    with pytest.raises(HttpResponseError) as caught:
        compute.restore_points.begin_delete(*where, **HTTP)
    compute.disk_restore_point.begin_revoke_access(*where, disks[0].name, **HTTP).wait()
    compute.restore_points.begin_delete(*where, **HTTP).wait()

    assert 3 == len(disks)
    assert (100.0, "Succeeded", "westeurope", "Linux", "V2") == (
        first.completion_percent,
        first.replication_state,
        first.source_resource_location,
        first.os_type,
        first.hyper_v_generation,
    )
    assert first.time_created.tzinfo is not None
    assert all((first.source_resource_id, first.family_id, first.source_unique_id, first.encryption.type))
    assert "emulated-disk-sas" in access.access_sas
    assert "DiskRestorePointUsedByCustomer" == caught.value.error.code


def test_restore_point_of_a_machine_is_made_and_deleted(compute):
    """The source side, and what is gone is not found."""
    where = ("production", "web-1-restore-points", "fresh")

    made = compute.restore_points.begin_create(
        *where,
        models.RestorePoint(properties=models.RestorePointProperties(consistency_mode="CrashConsistent")),
        **HTTP,
    ).result()
    compute.restore_points.begin_delete(*where, **HTTP).result()

    assert ("Succeeded", "CrashConsistent") == (made.properties.provisioning_state, made.properties.consistency_mode)
    with pytest.raises(ResourceNotFoundError) as caught:
        compute.restore_points.get(*where, **HTTP)
    assert "ResourceNotFound" == caught.value.error.code


def test_collection_is_deleted_with_its_copies(compute):
    """begin_delete of the collection ends with nothing left."""
    make_target(compute)
    copy(compute, "daily-1")
    copy(compute, "daily-2")
    expanded = compute.restore_point_collections.get("recovery", "web-1-copies", expand="restorePoints", **HTTP)

    compute.restore_point_collections.begin_delete("recovery", "web-1-copies", **HTTP).result()

    assert ["daily-1", "daily-2"] == [point.name for point in expanded.properties.restore_points]
    assert [] == list(compute.restore_point_collections.list("recovery", **HTTP))


def test_world_is_read(compute):
    """The VM and its disks, as the client models them."""
    machine = compute.virtual_machines.get("production", "web-1", **HTTP)
    disk = compute.disks.get("production", "web-1-data-0", **HTTP)

    assert [0, 1] == [entry.lun for entry in machine.properties.storage_profile.data_disks]
    assert ("Premium_LRS", 256, machine.id) == (disk.sku.name, disk.properties.disk_size_gb, disk.managed_by)


def test_refusal_is_read_with_its_detail(compute):
    """The client finds code and message where it looks for them."""
    make_target(compute)
    copy(compute, "daily-2")

    with pytest.raises(HttpResponseError) as caught:
        copy(compute, "daily-1")

    assert (409, "OperationNotAllowed") == (caught.value.status_code, caught.value.error.code)
    assert "older than the latest" in caught.value.error.message


def test_token_comes_from_the_managed_identity_endpoint(serving, monkeypatch):
    """azure-identity speaks to the token endpoint as it does to App Service."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{serving.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "emulator")
    with (
        ManagedIdentityCredential() as credential,
        ComputeManagementClient(credential, SUBSCRIPTION, base_url=serving.url) as compute,
    ):
        found = compute.restore_points.get("production", "web-1-restore-points", "daily-3", **HTTP)

    assert "daily-3" == found.name
