"""A collection and two copies that are started, and one gate that waits for both."""

import pulumi

from azure_recovery.dynamic_providers import ReplicationGate, RestorePointCollectionCopy, RestorePointCopy

GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
SOURCE = f"{GROUPS}/production/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"

collection = RestorePointCollectionCopy(
    "copies", resource_group_name="recovery", location="northeurope", source_collection_id=SOURCE
)
copies: list[RestorePointCopy] = []
for name in ("daily-1", "daily-2"):
    copies.append(
        RestorePointCopy(
            name,
            restore_point_collection_id=collection.arm_id,
            source_restore_point_id=f"{SOURCE}/restorePoints/{name}",
            wait="accepted",
            opts=pulumi.ResourceOptions(depends_on=copies[-1:]),
        )
    )
gate = ReplicationGate("gate", restore_point_ids=[copy.arm_id for copy in copies])

pulumi.export("usable", gate.usable.apply(lambda usable: [bool(entry["disks"]) for entry in usable.values()]))
