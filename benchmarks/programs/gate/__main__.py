"""A gate over SOURCES times POINTS copies."""

import os

from azure_recovery.dynamic_providers import ReplicationGate

GROUP = f"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/recovery-{os.environ['REGION']}"
COPIES = f"{GROUP}/providers/Microsoft.Compute/restorePointCollections"

ReplicationGate(
    "all",
    restore_point_ids=[
        f"{COPIES}/vm-{n:02}-copies/restorePoints/p{point:03}"
        for n in range(int(os.environ["SOURCES"]))
        for point in range(int(os.environ["POINTS"]))
    ],
)
