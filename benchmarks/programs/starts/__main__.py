"""COMPONENTS collections with POINTS copies each, in one region."""

import os

import pulumi

from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

PRODUCTION = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"
REGION = os.environ["REGIONS"]

for n in range(int(os.environ["COMPONENTS"])):
    source = f"{PRODUCTION}/restorePointCollections/vm-{n:02}-points"
    collection = RestorePointCollectionCopy(
        f"vm-{n:02}",
        resource_group_name=f"recovery-{REGION}",
        location=REGION,
        source_collection_id=source,
    )
    earlier: list[pulumi.Resource] = []
    for point in range(int(os.environ["POINTS"])):
        earlier = [
            RestorePointCopy(
                f"vm-{n:02}-p{point:03}",
                restore_point_collection_id=collection.arm_id,
                source_restore_point_id=f"{source}/restorePoints/p{point:03}",
                wait=os.environ.get("WAIT", "accepted"),
                opts=pulumi.ResourceOptions(depends_on=earlier),
            )
        ]
