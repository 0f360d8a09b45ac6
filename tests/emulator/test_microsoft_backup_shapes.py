"""Microsoft's own client reads every shape of the answers of a restore, and every end of its job: unpatched."""

from __future__ import annotations

import httpx
import pytest
from azure.mgmt.dataprotection import models

from azure_recovery.emulator.backup_oddities import NAMES
from tests.emulator.test_microsoft_backup_client import (
    DISK,
    HTTP,
    INSTANCE,
    VAULT,
    backup,
    compute,
    ended,
    newest,
    restore_of,
)

__all__ = ["backup", "compute"]

SHAPES = [
    *({"name": name} for name in NAMES),
    {"name": "status-path", "scope": "resource-group"},
    {"name": "job-id-form", "form": "arm-id"},
]


def put_fault(serving, **fault):
    httpx.post(f"{serving.url}/_emulator/faults", json=fault, trust_env=False).raise_for_status()


def restored(backup):
    """Validate and restore; return the job at its end."""
    request = restore_of(newest(backup))
    validated = models.ValidateRestoreRequestObject(restore_request_object=request)
    backup.backup_instances.begin_validate_for_restore(*INSTANCE, validated, **HTTP).result()
    started = backup.backup_instances.begin_trigger_restore(*INSTANCE, request, **HTTP).result()
    return ended(backup, started.job_id.rpartition("/")[2])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda fault: "-".join(fault.values()))
def test_an_answer_of_another_shape(serving, backup, shape):
    """From the vault's instance to the job's end."""
    put_fault(serving, **shape)

    assert "web-1-data-0" == backup.backup_instances.get(*INSTANCE, **HTTP).properties.friendly_name
    job = restored(backup).properties
    assert "Completed" == job.status
    assert DISK == job.extended_info.recovery_destination
    assert 1 == len(list(backup.jobs.list(*VAULT, **HTTP)))


@pytest.mark.parametrize(
    ("fault", "status"),
    [("job-fails", "Failed"), ("job-cancelled", "Cancelled"), ("job-warns", "CompletedWithWarnings")],
)
def test_a_job_that_ends_otherwise(serving, backup, fault, status):
    """With its errors or warnings, as the client models them."""
    put_fault(serving, name=fault)

    job = restored(backup).properties

    assert status == job.status
    said = [error.code for error in job.error_details or ()]
    said += [detail.warning.code for detail in job.extended_info.warning_details or ()]
    assert {"job-fails": ["UserErrorDiskRestoreFailed"], "job-warns": ["UserWarningDiskTagsNotRestored"]}.get(
        fault, []
    ) == said
