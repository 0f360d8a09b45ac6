"""A component as the test wants it, and something built from each copy that the test names."""

import json
import os
from pathlib import Path

import pulumi
from built import Built

from azure_recovery.components import CrossRegionCopy, Target

wanted = json.loads(Path(os.environ["ARGUMENTS"]).read_text())
built = wanted.pop("built", {})
within = wanted.pop("within", None)
if wanted.pop("unknown_source", False):
    wanted["source_collection_id"] = Built("source", wanted["source_collection_id"]).made_of
targets = [Target(location=region, resource_group_name="recovery") for region in wanted.pop("regions")]
timeouts = pulumi.CustomTimeouts(create=within, update=within) if within else None

web = CrossRegionCopy("web", targets=targets, opts=pulumi.ResourceOptions(custom_timeouts=timeouts), **wanted)
for name, (region, restore_point) in built.items():
    Built(name, web.disks(region, restore_point))
