"""COMPONENTS sources to REGIONS regions, each copy a resource that blocks until it is done."""

import os

from plain_provider import PlainCopyProvider
from pulumi.dynamic import Resource

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"


class PlainCopy(Resource):
    """One copy."""


for n in range(int(os.environ["COMPONENTS"])):
    for region in os.environ["REGIONS"].split(","):
        compute = "providers/Microsoft.Compute/restorePointCollections"
        PlainCopy(
            PlainCopyProvider(),
            f"vm-{n:02}-{region}",
            {
                "source_collection": f"{SUBSCRIPTION}/resourceGroups/production/{compute}/vm-{n:02}-points",
                "collection": f"{SUBSCRIPTION}/resourceGroups/recovery-{region}/{compute}/plain-{n:02}",
                "region": region,
            },
        )
