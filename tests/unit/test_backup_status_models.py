"""Backup status as values: every word of every enumeration, and words that are none yet."""

import json
from itertools import chain
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.recoveryservices.calls import type_of
from azure_recovery.rest.recoveryservices.models import (
    SINCE,
    AcquireStorageAccountLock,
    BackupStatus,
    DataSourceType,
    FabricName,
    ProtectionStatus,
)
from azure_recovery.rest.settings import AzureSettings

PAGE = json.loads((Path(__file__).parents[1] / "data" / "recoveryservices" / "enumerations.json").read_text())
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers"
ENVIRONMENT = {"ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001"}


@pytest.mark.parametrize(
    "enumeration", [DataSourceType, ProtectionStatus, FabricName, AcquireStorageAccountLock], ids=lambda e: e.__name__
)
def test_the_words_of_the_page(enumeration):
    """All of them in its order, and behind them what a later api-version added."""
    later = [word.value for word in enumeration if word in SINCE]

    assert PAGE[enumeration.__name__] + later == [word.value for word in enumeration]


@pytest.mark.parametrize("status", [*ProtectionStatus, "Paused"])
def test_protection(status):
    """One word says that a resource is protected; one that is not known yet is kept, and does not."""
    found = BackupStatus.model_validate({"protectionStatus": str(status)})

    assert str(status) == found.protection_status
    assert (status == "Protected") == found.is_protected


@pytest.mark.parametrize("word", [*chain(FabricName, AcquireStorageAccountLock), "AD", "SomethingNew"])
def test_other_words(word):
    """Fabric and lock take known and unknown words."""
    found = BackupStatus.model_validate({"fabricName": str(word), "acquireStorageAccountLock": str(word)})

    assert (str(word), str(word)) == (found.fabric_name, found.acquire_storage_account_lock)


@pytest.mark.parametrize(("sent", "expected"), [(3, 3), (3.0, 3), ("3", 3), (None, None), ("many", None), (True, None)])
def test_the_number_of_items(sent, expected):
    """A number in any spelling; anything else is not told, and no error."""
    assert expected == BackupStatus.model_validate({"protectedItemsCount": sent}).protected_items_count


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("Microsoft.Compute/virtualMachines/web-1", DataSourceType.VM),
        ("microsoft.compute/VirtualMachines/web-1", DataSourceType.VM),
        ("Microsoft.Storage/storageAccounts/files", DataSourceType.AZURE_FILE_SHARE),
        ("Microsoft.Compute/disks/web-1-os", None),
    ],
)
def test_what_an_id_says(type_, expected):
    """VMs and storage accounts are known by their ids."""
    assert expected == type_of(ResourceId.parse(f"{GROUP}/{type_}"))


def test_the_api_version():
    """The later one, unless configuration, or else the environment, says otherwise."""
    key, variable = "azure-recovery:backupStatusApiVersion", "AZURE_RECOVERY_BACKUP_STATUS_API_VERSION"

    def version(config, env):
        return AzureSettings.load(config, ENVIRONMENT | env).backup_status_api_version

    assert "2026-10-01" == version({}, {})
    assert "2025-08-01" == version({}, {variable: "2025-08-01"})
    assert "2025-08-01" == version({key: "2025-08-01"}, {variable: "2026-10-01"})
    with pytest.raises(ConfigurationError, match=key):
        version({key: "latest"}, {})
