"""A chain of three; each is built from the one before."""

import os

import pulumi
from recorder import Recorded

stage = os.environ["STAGE"]
first = Recorded("first", value={"changed": "two"}.get(stage, "one"), shrug=True if stage == "shrug" else None)
if stage != "shorter":
    second = Recorded("second", value=first.computed, at=first.address)
    third = Recorded("third", value="fixed", opts=pulumi.ResourceOptions(depends_on=[second]))
    pulumi.export("last", second.computed)
pulumi.export("first", first.id)
pulumi.export("shape", {"list": [1, 2.5, True, None], "stage": "any"})
