"""A base that can be replaced in both orders, and what depends on it."""

import os

import pulumi
from recorder import Recorded

stage = os.environ["STAGE"]
forcing = "old" if stage.startswith("start") else "new"
base = Recorded(
    "base",
    forcing=forcing,
    delete_first=stage == "provider-says-delete-first",
    fail=["delete"] if stage in ("start-stubborn", "stubborn") else None,
    opts=pulumi.ResourceOptions(
        delete_before_replace=True if stage == "program-says-delete-first" else None,
        protect=stage in ("protected", "start-protected") or None,
    ),
)
Recorded("moved", forcing=base.id)
Recorded("changed", value=base.id)
Recorded("unmoved", opts=pulumi.ResourceOptions(depends_on=[base]))
