"""Let a backup vault restore into a resource group, then restore a managed disk there."""

import pulumi

from azure_recovery.components import VaultDiskRestore

config = pulumi.Config()

restored = VaultDiskRestore(
    "web-1-data-0-drill",
    backup_instance_id=config.require("backupInstanceId"),
    target_resource_group_id=config.require("targetResourceGroupId"),
    vault_principal_id=config.require("vaultPrincipalId"),
    # Azure takes minutes until a fresh assignment counts.
    permission_wait="PT30M",
)

pulumi.export("diskId", restored.disk_id)
pulumi.export("recoveryPointTime", restored.recovery_point_time)
pulumi.export("roleAssignmentIds", restored.rights.role_assignment_ids)
