"""A vault's jobs, as the recorded one with other values."""

import copy
import json
from pathlib import Path

from azure_recovery.rest.arm.ids import ResourceId

DATA = Path(__file__).parents[1] / "data" / "dataprotection"
JOB = json.loads((DATA / "wire" / "disk_restore_flow.json").read_text())["interactions"][-1]["response"]["body"]
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{}/providers"
VAULT = ResourceId.parse(GROUP.format("backup") + "/Microsoft.DataProtection/backupVaults/vault-1")
INSTANCE = VAULT.child("backupInstances", "web-1-data-0")
DISK = ResourceId.parse(GROUP.format("drill") + "/Microsoft.Compute/disks/web-1-data-0-restored")
OTHER_DISK = ResourceId.parse(GROUP.format("drill") + "/Microsoft.Compute/disks/other")
ID = "d5002098-c270-4599-8f84-e280304557cb"
V = "api-version=2026-06-01"
LOOK = f"GET {VAULT}/backupJobs/{ID}?{V}"
LIST = f"GET {VAULT}/backupJobs?{V}"
MINUTE, HOUR = 60.0, 3_600.0


def job(status="Completed", *, name=ID, disk=DISK, instance=INSTANCE, more=None, **properties):
    body = copy.deepcopy(JOB)
    body |= {"name": name, "id": str(VAULT.child("backupJobs", name))}
    body["properties"] |= {"status": status, "backupInstanceId": instance and str(instance), **properties}
    body["properties"]["extendedInfo"] |= {"recoveryDestination": disk and str(disk), **(more or {})}
    return body


def listed(*args, **options):
    """Return a job as a list may give it, without what is extended."""
    body = job(*args, **options)
    body["properties"]["extendedInfo"] = None
    return body


RUNNING = job("InProgress", startTime=None)
