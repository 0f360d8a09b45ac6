"""Worlds for the providers: one VM with two disks in westeurope, and what its restore points were copied to."""

from __future__ import annotations

from typing import Any

from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY

SPEED = 3600.0
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
_GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
COMPUTE = f"{_GROUPS}/production/providers/Microsoft.Compute"
RECOVERY = f"{_GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections"
SOURCE = f"{COMPUTE}/restorePointCollections/web-1-restore-points"
OTHER_SOURCE = f"{COMPUTE}/restorePointCollections/web-1-weekly"
TARGET = f"{RECOVERY}/web-1-copies"
DAILY = f"{SOURCE}/restorePoints/daily-"
COPY_ID = f"{TARGET}/restorePoints/copy"

COLLECTION = {
    "resource_group_name": "recovery",
    "location": "northeurope",
    "source_collection_id": SOURCE,
    "restore_point_collection_name": "web-1-copies",
    NAME_SEED: "p/s/web",
    PROVIDER_KEY: "x",
}
COPY = {
    "restore_point_collection_id": TARGET,
    "source_restore_point_id": f"{DAILY}1",
    "restore_point_name": "copy",
    NAME_SEED: "p/s/copy",
    PROVIDER_KEY: "x",
}

POINTS = [
    {"name": "daily-1", "age_hours": 72},
    {"name": "daily-2", "age_hours": 48},
    {"name": "daily-3", "age_hours": 24},
]


def world(
    *,
    points: list[dict[str, Any]] | None = None,
    copies: list[dict[str, Any]] | None = None,
    target: bool = True,
    minutes: float = 2.0,
    disk: dict[str, Any] | None = None,
    more: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return a world.

    Args:
        points: Restore points of the VM. copies: Those in the target collection. target: Whether there is one.
        minutes: How long a disk replicates. disk: More about the data disk. more: More collections.
    """
    collections: list[dict[str, Any]] = [
        {
            "name": "web-1-restore-points",
            "resource_group": "production",
            "location": "westeurope",
            "source": {"virtual_machine": "web-1"},
            "restore_points": POINTS if points is None else points,
        },
        {
            "name": "web-1-weekly",
            "resource_group": "production",
            "location": "westeurope",
            "source": {"virtual_machine": "web-1"},
            "restore_points": [{"name": "weekly-1", "age_hours": 200}],
        },
    ]
    if target:
        collections.append(collection("web-1-copies", copies or []))
    return {
        "subscription_id": SUBSCRIPTION,
        "resource_groups": [
            {"name": "production", "location": "westeurope"},
            {"name": "recovery", "location": "northeurope"},
            {"name": "spare", "location": "northeurope"},
        ],
        "virtual_machines": [
            {
                "name": "web-1",
                "resource_group": "production",
                "location": "westeurope",
                "disks": [
                    {"name": "os", "replication_minutes": minutes},
                    {"name": "data", "lun": 0, "replication_minutes": minutes, **(disk or {})},
                ],
            }
        ],
        "restore_point_collections": [*collections, *(more or [])],
    }


def collection(
    name: str, copies: list[dict[str, Any]], *, location: str = "northeurope", source: str = "web-1-restore-points"
) -> dict[str, Any]:
    """Return a collection for copies in the group `recovery`."""
    return {
        "name": name,
        "resource_group": "recovery",
        "location": location,
        "source": {"resource_group": "production", "restore_point_collection": source},
        "restore_points": copies,
    }


def copied(name: str = "copy", source: str = "daily-1", **more: Any) -> dict[str, Any]:
    """Return a restore point that was copied a week ago, unless *more* says otherwise."""
    return {"name": name, "source_restore_point": source, **more}
