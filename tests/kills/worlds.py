"""What there is before a program runs."""

from __future__ import annotations

from typing import Any

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"

COPIES: dict[str, Any] = {
    "subscription_id": SUBSCRIPTION,
    "resource_groups": [
        {"name": "production", "location": "westeurope"},
        {"name": "recovery", "location": "northeurope"},
    ],
    "virtual_machines": [
        {
            "name": "web-1",
            "resource_group": "production",
            "location": "westeurope",
            "disks": [
                {"name": "web-1-os", "replication_minutes": 4},
                {"name": "web-1-data", "lun": 0, "replication_minutes": 5},
            ],
        }
    ],
    "restore_point_collections": [
        {
            "name": "web-1-restore-points",
            "resource_group": "production",
            "location": "westeurope",
            "source": {"virtual_machine": "web-1"},
            "restore_points": [{"name": "daily-1", "age_hours": 48}, {"name": "daily-2", "age_hours": 24}],
        }
    ],
    # Long enough for two polls of each kind, with half a second to wait for a copy.
    "settings": {"copy_accept_seconds": 60, "delete_seconds": 30, "replication_refresh_seconds": 0},
}

RESTORES: dict[str, Any] = {
    "subscription_id": SUBSCRIPTION,
    "resource_groups": [{"name": name, "location": "westeurope"} for name in ("production", "drills", "snapshots")],
    "virtual_machines": [
        {
            "name": "web-1",
            "resource_group": "production",
            "location": "westeurope",
            "disks": [{"name": "web-1-os"}, {"name": "web-1-data", "lun": 0}],
        }
    ],
    "backup_vaults": [
        {
            "name": "vault",
            "resource_group": "production",
            "location": "westeurope",
            "backup_instances": [
                {
                    "name": "web-1-data",
                    "disk": "web-1-data",
                    "snapshot_resource_group": "snapshots",
                    "restore_minutes": 5,
                    "recovery_points": [
                        {"name": "a" * 32, "age_hours": 28},
                        {"name": "b" * 32, "age_hours": 4},
                    ],
                }
            ],
        }
    ],
    "role_assignments": [
        {"backup_vault": "vault", "role": "Disk Restore Operator", "resource_group": "drills"},
        {"backup_vault": "vault", "role": "Disk Snapshot Contributor", "resource_group": "snapshots"},
    ],
    # A restore shows 30 seconds late, as it does if nothing is said.
    "settings": {"delete_seconds": 30},
}

ROLLBACKS: dict[str, Any] = {
    "subscription_id": SUBSCRIPTION,
    "resource_groups": [{"name": "production", "location": "westeurope"}],
    "system_center": {
        "stamps": [
            {
                "id": "00000000-0000-0000-0000-000000000500",
                "virtual_machines": [
                    {
                        "name": "web-1",
                        "id": "00000000-0000-0000-0000-000000000501",
                        "restore_minutes": 3,
                        "checkpoints": [{"name": "before-patch", "id": "00000000-0000-0000-0000-000000000511"}],
                    }
                ],
            }
        ]
    },
}

WORLDS = {"rolled_back": ROLLBACKS, "waited_for": COPIES, "accepted": COPIES, "restored": RESTORES}
"""By the program that runs in them."""
