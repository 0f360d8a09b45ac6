"""Worlds for restores: a vault in westeurope that backs up two disks, and the groups to restore them to."""

from __future__ import annotations

from typing import Any

from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.dataprotection.requests import disk_restore_request
from tests.providers.worlds import SUBSCRIPTION

_GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
VAULT = f"{_GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault"
INSTANCE = f"{VAULT}/backupInstances/web-1-data"
DRILLS = f"{_GROUPS}/drills"
SNAPSHOTS = f"{_GROUPS}/snapshots"
DISKS = f"{DRILLS}/providers/Microsoft.Compute/disks"
DISK = f"{DISKS}/restored"
PROTECTED = f"{_GROUPS}/production/providers/Microsoft.Compute/disks/data"

RESTORE_OPERATOR = "b50d9833-a0cb-478e-945f-707fcc997c13"
SNAPSHOT_CONTRIBUTOR = "7efff54f-a5b4-42b5-a1c5-5411624893ce"

OLD, MIDDLE, NEWEST = (digit * 32 for digit in "abc")
AGES_H = {OLD: 52.0, MIDDLE: 28.0, NEWEST: 4.0}

RESTORE = {
    "backup_instance_id": INSTANCE,
    "target_resource_group_id": DRILLS,
    "disk_name": "restored",
    NAME_SEED: "p/s/drill",
    PROVIDER_KEY: "x",
}

POST = "POST BackupInstances.TriggerRestore"
VALIDATE = "POST BackupInstances.ValidateForRestore"
LIST_JOBS = "GET Jobs.List"
GET_JOB = "GET Jobs.Get"
GET_DISK = "GET Disks.Get"


def points(**changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Return three recovery points; `middle={"visible": False}` changes one."""
    named = {"old": OLD, "middle": MIDDLE, "newest": NEWEST}
    return [{"name": name, "age_hours": AGES_H[name], **changes.get(word, {})} for word, name in named.items()]


def vault_world(
    *,
    recovery_points: list[dict[str, Any]] | None = None,
    minutes: float = 10.0,
    instance: dict[str, Any] | None = None,
    vault: dict[str, Any] | None = None,
    roles: bool = True,
    instances: int = 1,
    disk: bool = False,
) -> dict[str, Any]:
    """Return a world.

    Args:
        recovery_points: Of the instance. minutes: How long a restore takes. instance: More about the instance.
        vault: More about the vault. roles: Whether its identity may restore.
        instances: Of the same vault, `web-1-data`, `web-1-data-2`, …
        disk: Whether somebody else has made the disk.
    """
    disks = [{"name": "os"}, *({"name": _disk(number), "lun": number} for number in range(instances))]
    backed_up = [
        {
            "name": f"web-1-{_disk(number)}",
            "disk": _disk(number),
            "snapshot_resource_group": "snapshots",
            "restore_minutes": minutes,
            "retention_days": 7,
            "backup_every_hours": 0,
            "recovery_points": points() if recovery_points is None else recovery_points,
            **(instance or {}),
        }
        for number in range(instances)
    ]
    granted = (("Disk Restore Operator", "drills"), ("Disk Snapshot Contributor", "snapshots"))
    names = ("production", "drills", "spare", "snapshots")
    return {
        "subscription_id": SUBSCRIPTION,
        "resource_groups": [{"name": name, "location": "westeurope"} for name in names],
        "virtual_machines": [
            {"name": "web-1", "resource_group": "production", "location": "westeurope", "disks": disks}
        ],
        "restore_point_collections": [],
        "disks": [{"name": "restored", "resource_group": "drills", "location": "westeurope"}] if disk else [],
        "backup_vaults": [
            {
                "name": "vault",
                "resource_group": "production",
                "location": "westeurope",
                "backup_instances": backed_up,
                **(vault or {}),
            }
        ],
        "role_assignments": [
            {"backup_vault": "vault", "role": role, "resource_group": group} for role, group in granted if roles
        ],
    }


def post_restore(azure: Any, point: str = NEWEST, disk: str = DISK) -> None:
    """Start a restore behind the provider's back, as a run does that is killed right after."""
    request = disk_restore_request(point, ResourceId.parse(disk), "westeurope")
    azure.send("POST", f"{INSTANCE}/restore", request)


def until_disk(azure: Any, state: str) -> None:
    """Let minutes pass until the disk of a restore shows and is in this state."""
    for _ in range(24 * 60):
        if azure.there(DISK) and azure.get(DISK)["properties"]["provisioningState"] == state:
            return
        azure.clock.advance(minutes=1)
    raise AssertionError(state)


def grant(azure: Any, target: str = DRILLS) -> None:
    """Give the vault's identity its rights; they spread for five minutes."""
    principal = azure.get(VAULT)["identity"]["principalId"]
    for number, (role, group) in enumerate(((RESTORE_OPERATOR, target), (SNAPSHOT_CONTRIBUTOR, SNAPSHOTS))):
        name = f"00000000-0000-0000-0000-00000000000{number}"
        definition = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        azure.send(
            "PUT",
            f"{group}/providers/Microsoft.Authorization/roleAssignments/{name}",
            {"properties": {"roleDefinitionId": definition, "principalId": principal}},
        )


def _disk(number: int) -> str:
    return f"data-{number + 1}" if number else "data"
