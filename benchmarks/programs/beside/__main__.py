"""COMPONENTS copies, each with a gate of its own; then, while the gates wait, a resource of another provider."""

import asyncio
import os

import pulumi
from other import OtherProvider
from pulumi.dynamic import Resource

from azure_recovery.components import CrossRegionCopy, Target

PRODUCTION = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"
REGION = os.environ["REGIONS"]


class Unrelated(Resource):
    """A resource of a provider instance with a process of its own."""


async def once_the_gates_wait(_ids: object) -> str:
    """Give the gates, which the same ids set off, a moment to begin."""
    await asyncio.sleep(0.5)
    return "later"


copies = [
    CrossRegionCopy(
        f"vm-{n:02}",
        source_collection_id=f"{PRODUCTION}/restorePointCollections/vm-{n:02}-points",
        restore_points=["p000"],
        targets=[Target(location=REGION, resource_group_name=f"recovery-{REGION}")],
    )
    for n in range(int(os.environ["COMPONENTS"]))
]
started = pulumi.Output.all(*(copy.copies[REGION]["p000"].provisioning_state for copy in copies))
Unrelated(
    OtherProvider(),
    "unrelated",
    {"value": started.apply(once_the_gates_wait)},
    pulumi.ResourceOptions(provider=pulumi.ProviderResource("pulumi-python", "elsewhere", {})),
)
