"""Backup vaults, what they protect, and what guards them. They are only read.

Source: backupVaults, backupInstances, backupResourceGuardProxies, api-version 2026-06-01.
"""

from __future__ import annotations

from typing import Any, Final

from azure_recovery.emulator import lists, records
from azure_recovery.emulator.clock import zulu
from azure_recovery.emulator.errors import resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import BACKUP_INSTANCE, BACKUP_VAULT, GUARD_PROXY, SPELLINGS, ArmId
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.store import Document, Row
from azure_recovery.emulator.user_errors import facing, user_error

_PROXY: Final = "DppResourceGuardProxy"
_FAILED_STATES: Final = ("ProtectionError", "ConfiguringProtectionFailed")


def find_vault(cloud: Cloud, target: ArmId) -> Row:
    """Return the vault in a URL.

    Raises:
        ArmError: 404 ResourceNotFound.
    """
    row = cloud.store.get(target.key, BACKUP_VAULT)
    if row is None:
        raise resource_not_found(SPELLINGS[BACKUP_VAULT], target.name, target.group)
    return row


def find_instance(cloud: Cloud, target: ArmId) -> Row:
    """Return the backup instance in a URL.

    Raises:
        ArmError: 404 ResourceNotFound, about the vault if even that is not there.
    """
    find_vault(cloud, target.parent)
    row = cloud.store.get(target.key, BACKUP_INSTANCE)
    if row is None:
        raise resource_not_found(SPELLINGS[BACKUP_INSTANCE], "/".join(target.names), target.group)
    return row


def guard_request(vault: Document) -> str:
    """Return the id that a guarded restore has to name; which operation covers restores is not published."""
    return f"{vault['guard_id']}/dppRestoreRequests/default"


def vault_shown(row: Row) -> dict[str, Any]:
    """Return the body of a vault."""
    vault = row.document
    return {
        "id": vault["id"],
        "name": vault["name"],
        "type": SPELLINGS[BACKUP_VAULT],
        "location": vault["location"],
        "tags": vault["tags"],
        "eTag": None,
        "identity": _identity(vault),
        "properties": {
            "monitoringSettings": {"azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"}},
            "provisioningState": "Succeeded",
            "resourceMoveState": "Unknown",
            "resourceMoveDetails": None,
            "securitySettings": {
                "softDeleteSettings": {"state": "On", "retentionDurationInDays": 14.0},
                "immutabilitySettings": {"state": "Disabled"},
            },
            "storageSettings": [{"datastoreType": "VaultStore", "type": "LocallyRedundant"}],
            "isVaultProtectedByResourceGuard": vault["guard_id"] is not None,
            "featureSettings": {"crossSubscriptionRestoreSettings": {"state": vault["cross_subscription"]}},
            "secureScore": "Adequate",
            "bcdrSecurityLevel": "Fair",
        },
    }


def _identity(vault: Document) -> dict[str, Any]:
    own = {"type": "SystemAssigned", "principalId": vault["principal_id"], "tenantId": vault["tenant_id"]}
    if not vault["identities"]:
        return own
    assigned = {
        name: {"principalId": principal, "clientId": records.guid("client", principal)}
        for name, principal in vault["identities"].items()
    }
    return {**own, "type": "SystemAssigned,UserAssigned", "userAssignedIdentities": assigned}


def instance_shown(row: Row, settings: Settings) -> dict[str, Any]:
    """Return the body of a backup instance."""
    instance = row.document
    source = instance["source"]
    state = instance["protection_state"]
    error = None
    if state in _FAILED_STATES:
        error = facing(
            user_error("UserErrorProtectionFailed", f"Protection of '{source['name']}' has failed.", "Retry later.")
        )
    datasource = {
        "objectType": "Datasource",
        "datasourceType": "Microsoft.Compute/disks",
        "resourceID": source["id"],
        "resourceName": source["name"],
        "resourceType": "Microsoft.Compute/disks",
        "resourceUri": source["id"],
        "resourceLocation": source["location"],
        "resourceProperties": None,
    }
    return {
        "id": instance["id"],
        "name": instance["name"],
        "type": SPELLINGS[BACKUP_INSTANCE],
        "properties": {
            "objectType": "BackupInstance",
            "friendlyName": source["name"],
            settings.text("data_source_member"): datasource,
            "dataSourceSetInfo": None,
            "datasourceAuthCredentials": None,
            "policyInfo": {
                "policyId": policy_id(row),
                "policyVersion": None,
                "policyParameters": {
                    "dataStoreParametersList": [
                        {
                            "objectType": "AzureOperationalStoreParameters",
                            "dataStoreType": "OperationalStore",
                            "resourceGroupId": instance["snapshot_group_id"],
                        }
                    ],
                    "backupDatasourceParametersList": None,
                },
            },
            "protectionStatus": {"status": state, "errorDetails": error},
            "currentProtectionState": state,
            "protectionErrorDetails": error,
            "provisioningState": "Succeeded",
        },
    }


def policy_id(instance: Row) -> str:
    """Return the id of the policy that made the recovery points of *instance*."""
    vault = str(instance.document["id"]).rsplit("/backupInstances/", 1)[0]
    return f"{vault}/backupPolicies/{instance.document['policy']}"


def _proxy_shown(vault: Document) -> dict[str, Any]:
    return {
        "id": f"{vault['id']}/backupResourceGuardProxies/{_PROXY}",
        "name": _PROXY,
        "type": SPELLINGS[GUARD_PROXY],
        "properties": {
            "resourceGuardResourceId": vault["guard_id"],
            "resourceGuardOperationDetails": [
                {
                    "vaultCriticalOperation": f"{SPELLINGS[BACKUP_INSTANCE]}/restore/action",
                    "defaultResourceRequest": guard_request(vault),
                }
            ],
            "lastUpdatedTime": zulu(vault["created_at"]),
            "description": None,
        },
    }


def get_vault(cloud: Cloud, call: Call) -> Answer:
    """Answer one vault."""
    return Answer(200, vault_shown(find_vault(cloud, call.target)))


def get_instance(cloud: Cloud, call: Call) -> Answer:
    """Answer one backup instance."""
    return Answer(200, instance_shown(find_instance(cloud, call.target), cloud.settings))


def list_instances(cloud: Cloud, call: Call) -> Answer:
    """Answer the backup instances of a vault."""
    vault = find_vault(cloud, call.target)

    def entry(row: Row) -> dict[str, Any] | None:
        return instance_shown(row, cloud.settings) if row.parent == vault.key else None

    return lists.page(cloud, call, BACKUP_INSTANCE, call.target.group, entry)


def get_guard_proxy(cloud: Cloud, call: Call) -> Answer:
    """Answer the vault's link to its resource guard, which says what a guarded request has to name."""
    vault = find_vault(cloud, call.target.parent).document
    if vault["guard_id"] is None or call.target.name.lower() != _PROXY.lower():
        raise resource_not_found(SPELLINGS[GUARD_PROXY], "/".join(call.target.names), call.target.group)
    return Answer(200, _proxy_shown(vault))


def list_guard_proxies(cloud: Cloud, call: Call) -> Answer:
    """Answer the links of a vault to resource guards: one, or none."""
    vault = find_vault(cloud, call.target).document
    return Answer(200, {"value": [] if vault["guard_id"] is None else [_proxy_shown(vault)]})
