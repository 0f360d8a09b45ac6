"""A disk restored from the newest recovery point of a backup vault."""

import pulumi

from azure_recovery.dynamic_providers import DiskRestore

GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
INSTANCE = f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault/backupInstances/web-1-data"

drill = DiskRestore("drill", backup_instance_id=INSTANCE, target_resource_group_id=f"{GROUPS}/drills")

pulumi.export("disk_id", drill.disk_id)
pulumi.export("job_id", drill.job_id)
pulumi.export("recovery_point_id", drill.recovery_point_id)
