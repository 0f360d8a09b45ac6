"""The wire shape of a managed disk: every documented property, and what may not be shown."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from azure_recovery.rest.compute import disk_models
from azure_recovery.rest.compute import managed_disk_models as models

CONTRACT = json.loads((Path(__file__).parents[1] / "data" / "compute" / "disk_properties.json").read_text())
"""Definition → wire names of its properties, from the SDK that the models are written from."""

MODELS = {
    "Disk": models.ManagedDisk,
    "DiskProperties": models.DiskProperties,
    "CreationData": models.CreationData,
    "DiskSku": models.DiskSku,
    "ShareInfoElement": models.ShareInfo,
    "AvailabilityPolicy": models.AvailabilityPolicy,
    "Encryption": disk_models.DiskEncryptionState,
    "DiskPurchasePlan": disk_models.DiskPurchasePlan,
    "DiskSecurityProfile": disk_models.DiskSecurityProfile,
    "SupportedCapabilities": disk_models.SupportedCapabilities,
}
VM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-{}"


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
    nulls = dict.fromkeys(CONTRACT[definition]) | ({"properties": {}} if definition == "Disk" else {})

    absent = {name: value for name, value in nulls.items() if value is not None}
    assert MODELS[definition].model_validate(absent) == MODELS[definition].model_validate(nulls)


def test_a_disk_in_use():
    """Every VM that it is attached to is told once, wherever it stands."""
    disk = models.ManagedDisk.model_validate(
        {
            "location": "westeurope",
            "managedBy": VM.format(1),
            "managedByExtended": [VM.format(1), VM.format(2)],
            "properties": {
                "shareInfo": [{"vmUri": VM.format(2)}, {"vmUri": VM.format(3)}],
                "diskState": "Attached",
                "timeCreated": "2026-11-22T10:00:00.1234567+00:00",
                "diskSizeGB": 128,
                "creationData": {"createOption": "Copy", "sourceResourceId": "/snapshot"},
            },
        }
    )

    assert (VM.format(1), VM.format(2), VM.format(3)) == disk.attached_to
    assert datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC) == disk.properties.time_created
    assert (128, "Copy", "/snapshot") == (
        disk.properties.disk_size_gib,
        disk.properties.creation_data.create_option,
        disk.properties.creation_data.source_resource_id,
    )


def test_a_disk_that_nobody_uses():
    """Nothing is attached."""
    assert () == models.ManagedDisk.model_validate({"properties": {"diskState": "Unattached"}}).attached_to


def test_what_may_be_signed_is_not_shown():
    """It is there for who asks for it by name, and in no representation and no dump."""
    secret = "https://a.example/vhd?sig=planted-secret"
    properties = models.DiskProperties.model_validate(
        {
            "creationData": {"sourceUri": secret, "securityDataUri": secret, "securityMetadataUri": secret},
            "encryptionSettingsCollection": {"encryptionSettings": [{"diskEncryptionKey": {"secretUrl": secret}}]},
        }
    )

    assert secret == properties.creation_data.source_uri
    assert "planted" not in repr(properties) + properties.model_dump_json()
