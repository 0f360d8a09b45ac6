"""One collection and one copy of the restore point that the test names."""

import json
import os
from pathlib import Path

import pulumi

from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

wanted = json.loads(Path(os.environ["ARGUMENTS"]).read_text())
source = wanted["source_collection_id"]
collection = RestorePointCollectionCopy(
    "collection",
    resource_group_name="recovery",
    location="northeurope",
    source_collection_id=source,
    restore_point_collection_name="somebodys",
)
copy = RestorePointCopy(
    "copy",
    restore_point_collection_id=collection.arm_id,
    source_restore_point_id=f"{source}/restorePoints/{wanted['of']}",
    restore_point_name=wanted.get("name"),
    wait="accepted",
    expose_source_metadata=wanted.get("exposed"),
)
pulumi.export("copy", copy.arm_id)
pulumi.export("metadata", copy.source_metadata)
