"""Validation and restore of a disk: two requests, two operations, one job.

A restore's operation ends within seconds, with a job or without. The job then makes the disk. A second restore to the
same disk is accepted like the first, and its job fails at its end.

Source: backupInstances/validateForRestore and triggerRestore, recorded traffic of 2023.
"""

from __future__ import annotations

import uuid

from azure_recovery.emulator import backup_contract, backup_jobs, backup_operations, managed_disks, recovery_points
from azure_recovery.emulator import restore_rules as rules
from azure_recovery.emulator.backup_inventory import find_instance, find_vault
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import DISK
from azure_recovery.emulator.store import Row


def validate(cloud: Cloud, call: Call) -> Answer:
    """Start a validation; what it finds is told by its operation."""
    vault, instance = find_vault(cloud, call.target.parent), find_instance(cloud, call.target)
    request = call.document(backup_contract.VALIDATE_RESTORE, cloud.settings)["restoreRequestObject"]
    wanted = rules.asked(request, vault.document, instance.document["source"]["id"])
    error = rules.obstacle(cloud, vault, instance, wanted, call.now) or rules.occupied(cloud.store, wanted, call.now)
    ends_at = call.now + cloud.settings.number("validate_seconds")
    name = backup_operations.start(cloud, call, vault.location, ends_at, error=error)
    return backup_operations.accepted(cloud, call, name, cloud.settings.whole("retry_after_seconds"))


def restore(cloud: Cloud, call: Call) -> Answer:
    """Start a restore: an operation, and unless something is in its way a job."""
    vault, instance = find_vault(cloud, call.target.parent), find_instance(cloud, call.target)
    request = call.document(backup_contract.RESTORE, cloud.settings)
    wanted = rules.asked(request, vault.document, instance.document["source"]["id"])
    rules.refuse_unguarded(vault.document, request, call, tenant=cloud.tenant_id)
    error = rules.obstacle(cloud, vault, instance, wanted, call.now)
    job_id = "" if error is not None else _begin(cloud, call, instance, wanted)
    ends_at = call.now + cloud.settings.number("restore_accept_seconds")
    name = backup_operations.start(cloud, call, vault.location, ends_at, error=error, job=job_id)
    return backup_operations.accepted(cloud, call, name, cloud.settings.whole("restore_retry_after_seconds"))


def _begin(cloud: Cloud, call: Call, instance: Row, wanted: rules.Wanted) -> str:
    point = recovery_points.named(instance, wanted.point, call.now, cloud.settings)
    assert point is not None
    target = call.target.parent.child("backupJobs", str(uuid.uuid4()))
    row = backup_jobs.job(target, instance, point, now=call.now, settings=cloud.settings, disk_id=str(wanted.disk))
    if cloud.store.get(wanted.disk.key, DISK) is not None:
        row.document.update(ending=backup_jobs.FAILED, error=rules.target_exists(wanted.disk))
    else:
        cloud.store.put(managed_disks.restored(wanted.disk, instance, row, cloud.settings))
    cloud.store.put(row)
    return str(target)
