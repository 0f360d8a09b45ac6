"""The backup status of one machine, and a gate for it."""

import json
import os
from pathlib import Path

import pulumi

from azure_recovery.components import ProtectedResource, ProtectedResources
from azure_recovery.dynamic_providers import BackupStatus, get_backup_status_output

wanted = json.loads(Path(os.environ["ARGUMENTS"]).read_text())
machine, require = wanted["machine"], wanted.get("require")
status = BackupStatus("status", resource_id=machine, location="westeurope", require=require)
if wanted.get("gate"):
    gate = ProtectedResources("gate", resources=[ProtectedResource(resource_id=machine, location="westeurope")])
    if wanted.get("after"):
        opts = pulumi.InvokeOutputOptions(depends_on=[gate, status])
        pulumi.export("after", get_backup_status_output(machine, "westeurope", opts=opts).protection_status)
        pulumi.export("table", gate.table)
pulumi.export("status", status.protection_status)
pulumi.export("policy", status.policy_name)
