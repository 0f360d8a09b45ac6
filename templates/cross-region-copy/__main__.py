"""Copy the restore points of a virtual machine to another region, and be done when they are usable there."""

import pulumi

from azure_recovery.components import CrossRegionCopy, Target

config = pulumi.Config()

machine = CrossRegionCopy(
    "machine",
    source_collection_id=config.require("sourceCollectionId"),
    targets=[
        Target(location=config.require("targetLocation"), resource_group_name=config.require("targetResourceGroup"))
    ],
    # Without this list all that the source has is copied, and a copy goes once its restore point is deleted there:
    # pulumi config set --path 'restorePoints[0]' NAME
    restore_points=config.get_object("restorePoints"),
    # A copy of a day or two is normal; a week says that something is wrong.
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="168h", update="168h")),
)

pulumi.export("collectionIds", machine.collection_ids)
pulumi.export("restorePointIds", machine.restore_point_ids)
