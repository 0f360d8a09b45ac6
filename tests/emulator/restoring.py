"""Restores of disks as tests ask for them: worlds, requests, and where their ends are found."""

from __future__ import annotations

import json
from importlib import resources

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
VAULT = f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/recovery-vault"
INSTANCE = f"{VAULT}/backupInstances/web-1-data-0"
DISK = f"{GROUPS}/drills/providers/Microsoft.Compute/disks/web-1-drill"
PROTECTED = f"{GROUPS}/production/providers/Microsoft.Compute/disks/web-1-data-0"
NEWEST = "2026-06-01"


def default_world():
    return json.loads(resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text("utf-8"))


def instance_world(**changes):
    """Return the default world with another backup instance."""
    world = default_world()
    world["backup_vaults"][0]["backup_instances"][0].update(changes)
    return world


def vault_world(**changes):
    """Return the default world with another vault."""
    world = default_world()
    world["backup_vaults"][0].update(changes)
    return world


def points_of(azure, version=NEWEST):
    return azure.call("GET", f"{INSTANCE}/recoveryPoints", version=version).json()["value"]


def request(point, disk=DISK, location="westeurope", **more):
    return {
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "recoveryPointId": point,
        "sourceDataStoreType": "OperationalStore",
        "restoreTargetInfo": {
            "objectType": "RestoreTargetInfo",
            "recoveryOption": "FailIfExists",
            "restoreLocation": location,
            "datasourceInfo": {
                "objectType": "Datasource",
                "datasourceType": "Microsoft.Compute/disks",
                "resourceID": disk,
                "resourceName": disk.rsplit("/", 1)[-1],
            },
        },
        **more,
    }


def restore(azure, *, point=None, version=NEWEST, headers=None, **given):
    body = request(point or points_of(azure)[0]["name"], **given)
    return azure.call("POST", f"{INSTANCE}/restore", body, version=version, headers=headers)


def validate(azure, *, point=None, version=NEWEST, **given):
    body = {"restoreRequestObject": request(point or points_of(azure)[0]["name"], **given)}
    return azure.call("POST", f"{INSTANCE}/validateRestore", body, version=version)


def outcome(azure, accepted, seconds=60.0):
    """Return the status of an accepted operation after a while."""
    assert 202 == accepted.status_code, accepted.text
    azure.advance(seconds=seconds)
    return azure.follow(accepted.headers["azure-asyncoperation"]).json()


def job_of(azure, accepted):
    """Return the path of the job that a restore made."""
    status = outcome(azure, accepted, seconds=3.0)
    return status["properties"]["jobId"]


def job(azure, path, version=NEWEST):
    answer = azure.call("GET", path, version=version)
    assert 200 == answer.status_code, answer.text
    return answer.json()["properties"]


def disk_status(azure, disk=DISK):
    return azure.call("GET", disk, version=azure.disks).status_code


def put_fault(azure, name, **given):
    assert 201 == azure.raw("POST", "/_emulator/faults", json={"name": name, **given}).status_code
