"""Copy all restore points of a virtual machine to several regions, and be done when they are usable there."""

import pulumi

from azure_recovery.components import CrossRegionCopy, Target

config = pulumi.Config()

machine = CrossRegionCopy(
    "web-1",
    source_collection_id=config.require("sourceCollectionId"),
    targets=[
        Target(location=location, resource_group_name=config.require("targetResourceGroup"))
        for location in config.require_object("targetLocations")
    ],
    # A copy of a day or two is normal; a week says that something is wrong.
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="168h", update="168h")),
)

pulumi.export("collectionIds", machine.collection_ids)
pulumi.export("restorePointIds", machine.restore_point_ids)

# What a restored virtual machine is built from, by region; unknown in a preview until the newest copy is usable.
pulumi.export(
    "newestDisks", {region: machine.disks(region, list(copies)[-1]) for region, copies in machine.copies.items()}
)
