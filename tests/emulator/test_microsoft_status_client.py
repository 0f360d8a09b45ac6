"""Microsoft's own client asks for backup status: unpatched, without a warning."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicesbackup.models import BackupStatusRequest

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
HTTP = {"enforce_https": False}
MACHINE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/production/providers/Microsoft.Compute/virtualMachines/web-1"


class StaticCredential:
    """A token that is always the same."""

    def get_token(self, *scopes: str, **kwargs: object) -> AccessToken:
        """Return the emulator's token, whatever the scope."""
        return AccessToken("emulator-token-not-a-secret", int(time.time()) + 3600)


@pytest.fixture(params=["2025-08-01", "2026-10-01"])
def client(serving, request) -> Iterator[RecoveryServicesBackupClient]:
    """Microsoft's client of the default world, at either api-version."""
    with RecoveryServicesBackupClient(
        StaticCredential(), SUBSCRIPTION, base_url=serving.url, api_version=request.param, retry_total=0
    ) as client:
        yield client


def test_a_machine_that_is_protected(client):
    """Vault, policy and item, in the client's own model."""
    status = client.backup_status.get(
        "westeurope", BackupStatusRequest(resource_type="VM", resource_id=MACHINE), **HTTP
    )

    assert ("Protected", "daily-machines", "Success") == (
        status.protection_status,
        status.policy_name,
        status.error_code,
    )
    assert status.vault_id.endswith("/Vaults/machines-vault")
    assert "vm;iaasvmcontainerv2;production;web-1" == status.protected_item_name


def test_a_disk_that_is_not(client):
    """Disks of backup vaults are not what this service protects."""
    disk = MACHINE.replace("virtualMachines/web-1", "disks/web-1-data-0")

    status = client.backup_status.get("westeurope", BackupStatusRequest(resource_id=disk), **HTTP)

    assert "NotProtected" == status.protection_status


def test_a_refusal(client):
    """The client reads code and message of either shape."""
    with pytest.raises(HttpResponseError) as caught:
        client.backup_status.get("westeurope", BackupStatusRequest(resource_id="web-1"), **HTTP)

    assert 400 == caught.value.status_code
    assert "UserErrorInvalidResourceId" == caught.value.error.code
