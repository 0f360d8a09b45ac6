"""Copy restore points of a virtual machine to another region, and be done when every disk of them is usable there."""

import pulumi

from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

config = pulumi.Config()
source_collection_id = config.require("sourceCollectionId")

collection = RestorePointCollectionCopy(
    "copies",
    resource_group_name=config.require("targetResourceGroup"),
    location=config.require("targetLocation"),
    source_collection_id=source_collection_id,
)

copies: list[RestorePointCopy] = []
for restore_point in config.require_object("restorePoints"):
    copies.append(
        RestorePointCopy(
            restore_point,
            restore_point_collection_id=collection.arm_id,
            source_restore_point_id=f"{source_collection_id}/restorePoints/{restore_point}",
            # Azure copies the restore points of a collection in the order in which they were made.
            opts=pulumi.ResourceOptions(depends_on=copies[-1:]),
        )
    )

pulumi.export("restorePointIds", [copy.arm_id for copy in copies])
pulumi.export("usable", [copy.usable for copy in copies])
pulumi.export("rpoSeconds", [copy.rpo_seconds for copy in copies])
