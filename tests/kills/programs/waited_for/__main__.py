"""A collection and two copies, each waited for by its own resource."""

import pulumi

from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

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
            opts=pulumi.ResourceOptions(depends_on=copies[-1:]),
        )
    )

pulumi.export("usable", [copy.usable for copy in copies])
