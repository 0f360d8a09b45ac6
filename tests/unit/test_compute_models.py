"""The wire shapes of Microsoft.Compute: every documented property, and what real answers do to them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from azure_recovery.rest.bodies import fitted
from azure_recovery.rest.compute import disk_models, models
from azure_recovery.rest.errors import UnexpectedAnswerError
from azure_recovery.rest.transport import Answer

DATA = Path(__file__).parents[1] / "data" / "compute"

MODELS = {
    "RestorePointCollection": models.RestorePointCollection,
    "RestorePointCollectionProperties": models.CollectionProperties,
    "RestorePointCollectionSourceProperties": models.CollectionSource,
    "RestorePoint": models.RestorePoint,
    "RestorePointProperties": models.RestorePointProperties,
    "RestorePointInstanceView": models.InstanceView,
    "DiskRestorePointInstanceView": models.DiskRestorePointInstanceView,
    "DiskRestorePointReplicationStatus": models.ReplicationStatus,
    "InstanceViewStatus": models.InstanceViewStatus,
    "RestorePointSourceMetadata": models.SourceMetadata,
    "RestorePointSourceVMStorageProfile": models.StorageProfile,
    "RestorePointSourceVMOSDisk": models.SourceOsDisk,
    "RestorePointSourceVMDataDisk": models.SourceDataDisk,
    "DiskRestorePointAttributes": models.DiskRestorePointAttributes,
    "RestorePointEncryption": models.RestorePointEncryption,
    "ApiEntityReference": models.Reference,
    "SecurityProfile": models.SecurityProfile,
    "UefiSettings": models.UefiSettings,
    "ManagedDiskParameters": models.ManagedDisk,
    "HardwareProfile": models.HardwareProfile,
    "SystemData": models.SystemData,
    "DiskRestorePoint": disk_models.DiskRestorePoint,
    "DiskRestorePointProperties": disk_models.DiskRestorePointProperties,
    "DiskSecurityProfile": disk_models.DiskSecurityProfile,
    "SupportedCapabilities": disk_models.SupportedCapabilities,
    "DiskPurchasePlan": disk_models.DiskPurchasePlan,
    "Encryption": disk_models.DiskEncryptionState,
}
CONTRACT = json.loads((DATA / "properties.json").read_text())
"""Definition → wire names of its properties, from the SDK that the models are written from."""


def body(name):
    return json.loads((DATA / f"{name}.json").read_text())


def answer(value):
    url = "https://arm.example/subscriptions/s?api-version=2026-04-01&s=planted-signature"
    return Answer("GET", url, 200, httpx.Headers(), value, "request-1", None)


def wire_names(model):
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("definition", sorted(CONTRACT))
def test_every_documented_property(definition):
    """It is in the model, or in the list of what is left out and why; and nothing else is in the model."""
    left_out = {name.partition(".")[2] for name in models.LEFT_OUT if name.startswith(f"{definition}.")}

    assert set(CONTRACT[definition]) == wire_names(MODELS[definition]) | left_out
    assert not left_out & wire_names(MODELS[definition])


@pytest.mark.parametrize("definition", sorted(CONTRACT))
def test_explicit_nulls_everywhere(definition):
    """A null is as good as an absent property, but for `properties` themselves."""
    nulls = {name: None for name in CONTRACT[definition] if name != "properties"}
    if "properties" in CONTRACT[definition]:
        nulls["properties"] = {}

    absent = {name: value for name, value in nulls.items() if value is not None}
    assert MODELS[definition].model_validate(absent) == MODELS[definition].model_validate(nulls)


def test_a_recorded_restore_point():
    """All of it is read, seven digits of a second included."""
    point = fitted(models.RestorePoint, answer(body("restore_point_with_instance_view")))

    properties = point.properties
    profile = properties.source_metadata.storage_profile
    assert datetime(2021, 1, 27, 20, 35, 5, 840151, tzinfo=UTC) == properties.time_created
    assert "NVMe" == profile.disk_controller_type
    assert (1, "None", "Standard_LRS") == (
        profile.data_disks[0].lun,
        profile.data_disks[0].caching,
        profile.data_disks[0].managed_disk.storage_account_type,
    )
    assert 120 == properties.instant_access_duration_minutes
    assert [100.0, 100.0] == [
        disk.replication_status.replication_percent for disk in properties.instance_view.disk_restore_points
    ]
    assert "AvailableWithInstantAccess" == properties.instance_view.disk_restore_points[1].snapshot_access_state
    assert properties.exclude_disks[0].id.endswith("bcd89f")


def test_a_recorded_collection_and_disk_restore_point():
    """The other two kinds of answers."""
    collection = fitted(models.RestorePointCollection, answer(body("collection")))
    disk = fitted(disk_models.DiskRestorePoint, answer(body("disk_restore_point")))

    assert ("norwayeast", "eastus") == (collection.location, collection.properties.source.location)
    assert {"myTag1": "tagValue1"} == collection.tags
    assert collection.properties.restore_points is None
    assert ("Succeeded", 100.0, "eastus2") == (
        disk.properties.replication_state,
        disk.properties.replication_percent,
        disk.properties.source_location,
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [("40", 40.0), (40, 40.0), (40.0, 40.0), ("12.5 %", 12.5), (None, None), ("", None), ("n/a", None), ([], None)],
)
def test_percentages_as_they_come(sent, read):
    """One that cannot be read is none, because nothing is decided by it."""
    assert read == models.ReplicationStatus.model_validate({"completionPercent": sent}).replication_percent


def test_numbers_and_booleans_as_text():
    """The copy page prints them so."""
    disk = models.SourceDataDisk.model_validate({"lun": "0", "diskSizeGB": "10", "writeAcceleratorEnabled": "true"})

    assert (0, 10, True) == (disk.lun, disk.disk_size_gib, disk.write_accelerator_enabled)


def test_a_time_without_zone():
    """It is UTC."""
    moment = models.InstanceViewStatus.model_validate({"time": "2026-01-02T03:04:05.1234567"}).time

    assert datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC) == moment


def test_what_may_hold_secrets_is_not_shown():
    """It is there for who asks for it by name, and in no representation and no dump."""
    secret = "planted-secret"
    metadata = models.SourceMetadata.model_validate(
        {
            "osProfile": {"customData": secret},
            "userData": secret,
            "diagnosticsProfile": {"bootDiagnostics": {"storageUri": secret}},
            "storageProfile": {"osDisk": {"encryptionSettings": {"diskEncryptionKey": {"secretUrl": secret}}}},
        }
    )

    assert secret == metadata.user_data == metadata.os_profile["customData"]
    assert secret not in repr(metadata)
    assert secret not in metadata.model_dump_json()


def test_a_body_that_does_not_fit():
    """One line names the field, never the value and never the query."""
    wrong = body("restore_point_with_instance_view")
    wrong["properties"]["instanceView"]["diskRestorePoints"] = "planted-value"

    with pytest.raises(UnexpectedAnswerError) as caught:
        fitted(models.RestorePoint, answer(wrong))

    said = str(caught.value)
    assert "its body does not fit at properties.instanceView.diskRestorePoints: " in said
    assert "\n" not in said
    assert "planted" not in said
    assert "[request id request-1]" in said


def test_a_body_without_properties():
    """A restore point without them is no restore point."""
    with pytest.raises(UnexpectedAnswerError, match="does not fit at properties: Field required"):
        fitted(models.RestorePoint, answer({"id": "x"}))


def test_unknown_properties():
    """Azure adds properties at will."""
    assert "x" == models.Resource.model_validate({"id": "x", "added": {"next": "year"}}).id
