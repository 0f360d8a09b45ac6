"""Roll a virtual machine of System Center back to a checkpoint, once, and be done when its job has completed."""

import os

import pulumi

from azure_recovery.components import CheckpointRestore

config = pulumi.Config()

restore = CheckpointRestore(
    "web-1-rollback",
    # A rehearsal serves System Center on a port of its own, which no file can name.
    base_url=config.get("baseUrl") or os.environ.get("AZURE_RECOVERY_SPF_BASE_URL") or config.require("baseUrl"),
    api_root=config.get("apiRoot"),
    subscription_id=config.require("subscriptionId"),
    checkpoint_id=config.require("checkpointId"),
    # The machine is rolled back when this changes, and never otherwise.
    trigger=config.require("trigger"),
    # The way back, if the rollback was a mistake.
    safety_checkpoint=True,
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2h", update="2h")),
)

pulumi.export("vmId", restore.vm_id)
pulumi.export("jobId", restore.job_id)
pulumi.export("jobStatus", restore.job_status)
pulumi.export("requestedAt", restore.requested_at)
pulumi.export("endedAt", restore.ended_at)
pulumi.export("requestId", restore.request_id)
pulumi.export("safetyCheckpointId", restore.safety_checkpoint_id)
