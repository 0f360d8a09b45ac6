"""Two collections of a region and one copy, whose place, source and names the test chooses."""

import json
import os
from pathlib import Path

import pulumi

from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

wanted = json.loads(Path(os.environ["ARGUMENTS"]).read_text())
source = wanted["source_collection_id"]
collections = {
    name: RestorePointCollectionCopy(
        name,
        resource_group_name="recovery",
        location="northeurope",
        source_collection_id=source,
        restore_point_collection_name=f"{name}-copies",
        force_delete=wanted.get("force_delete"),
    )
    for name in ("here", "there")
}
copy = RestorePointCopy(
    wanted.get("called", "copy"),
    restore_point_collection_id=collections[wanted.get("place", "here")].arm_id,
    source_restore_point_id=f"{source}/restorePoints/{wanted.get('of', 'daily-1')}",
    restore_point_name=wanted.get("name"),
    disk_encryption=wanted.get("disk_encryption"),
    wait="accepted",
    opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name) for name in wanted.get("once", [])]),
)
pulumi.export("copy", copy.arm_id)
