"""Copies and collections of the test's own choice, none of which waits for another."""

import json
import os
from pathlib import Path

import pulumi

from azure_recovery.dynamic_providers import RestorePointCollectionCopy, RestorePointCopy

wanted = json.loads(Path(os.environ["ARGUMENTS"]).read_text())


def options(name):
    """Return how long is waited: a day, or for what never ends an hour."""
    patience = "1h" if name in wanted["never_end"] else "24h"
    return pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=patience, update=patience, delete="24h"))


for name, inputs in wanted["copies"].items():
    RestorePointCopy(name, restore_point_name="copy", opts=options(name), **inputs)
for name, inputs in wanted["collections"].items():
    RestorePointCollectionCopy(
        name, resource_group_name="recovery", restore_point_collection_name=name, opts=options(name), **inputs
    )
