"""A virtual machine of System Center rolled back to a checkpoint."""

import os

import pulumi

from azure_recovery.components import CheckpointRestore

drill = CheckpointRestore(
    "drill",
    base_url=os.environ["AZURE_RECOVERY_SPF_BASE_URL"],
    subscription_id="00000000-0000-0000-0000-000000000001",
    checkpoint_id="00000000-0000-0000-0000-000000000511",
    trigger="first",
)

pulumi.export("job_id", drill.job_id)
pulumi.export("job_status", drill.job_status)
