"""Hold a virtual machine to being backed up, and show how; fail as soon as it is not any more."""

import pulumi

from azure_recovery.components import ProtectedResource, ProtectedResources
from azure_recovery.dynamic_providers import BackupStatus, get_backup_status

config = pulumi.Config()
machine_id = config.require("machineId")
location = config.require("location")

status = BackupStatus("web-1", resource_id=machine_id, location=location, require="Protected")

everything = ProtectedResources("everything", resources=[ProtectedResource(resource_id=machine_id, location=location)])

pulumi.export("now", get_backup_status(machine_id, location).protection_status)
pulumi.export("status", status.protection_status)
pulumi.export("policy", status.policy_name)
pulumi.export("vaultId", status.vault_id)
pulumi.export("table", everything.table)
