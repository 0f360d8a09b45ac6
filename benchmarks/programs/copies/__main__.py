"""COMPONENTS sources to REGIONS regions, with GATES gates: one shared, or one each."""

import contextlib
import os

from azure_recovery.components import CrossRegionCopy, SharedGate, Target

COMPONENTS, GATES = int(os.environ["COMPONENTS"]), os.environ["GATES"]
REGIONS = os.environ["REGIONS"].split(",")
POINTS = [f"p{n:03}" for n in range(int(os.environ.get("POINTS", "1")))]
PRODUCTION = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"

with SharedGate("all") if GATES == "shared" else contextlib.nullcontext() as gate:
    for n in range(COMPONENTS):
        CrossRegionCopy(
            f"vm-{n:02}",
            source_collection_id=f"{PRODUCTION}/restorePointCollections/vm-{n:02}-points",
            restore_points=POINTS,
            targets=[Target(location=region, resource_group_name=f"recovery-{region}") for region in REGIONS],
            wait="accepted" if GATES == "none" else "replicated",
            gate=gate,
        )
