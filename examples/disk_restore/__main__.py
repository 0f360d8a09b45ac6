"""Restore a managed disk from a backup vault, and be done when the backup job has completed and the disk exists."""

import pulumi

from azure_recovery.dynamic_providers import DiskRestore

config = pulumi.Config()

restore = DiskRestore(
    "web-1-data-0-drill",
    backup_instance_id=config.require("backupInstanceId"),
    target_resource_group_id=config.require("targetResourceGroupId"),
    recovery_point=config.get("recoveryPoint") or "latest",
    # A drill with data of last week would prove little.
    max_age="P2D",
    # Minutes are normal; a restore that is still running after hours is a finding of the drill.
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="6h", update="6h")),
)

pulumi.export("diskId", restore.disk_id)
pulumi.export("recoveryPointTime", restore.recovery_point_time)
pulumi.export("durationSeconds", restore.duration_seconds)
pulumi.export("dataAgeSeconds", restore.data_age_seconds)
pulumi.export("jobId", restore.job_id)
pulumi.export("warnings", restore.warnings)
