"""Every property that the documentation of disk restores prints, read by the models or sent by the requests.

`restore_page.json` has the page's bodies with values of ours, and its slips: `dataSourceInfo` in a request, a recovery
point beside the wrapped request, one r in `dataTransferedInBytes`, and a job that has another id than was asked for.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.dataprotection.job_models import BackupJob
from azure_recovery.rest.dataprotection.jobs import JobOutcome, job_status
from azure_recovery.rest.dataprotection.models import OperationStatus, RecoveryPoint
from azure_recovery.rest.dataprotection.requests import disk_restore_request, validation_request

PAGE = json.loads((Path(__file__).parents[1] / "data" / "dataprotection" / "restore_page.json").read_text())
TARGET = PAGE["restore"]["restoreTargetInfo"]["datasourceInfo"]
OURS = disk_restore_request(
    PAGE["restore"]["recoveryPointId"], ResourceId.parse(TARGET["resourceID"]), TARGET["resourceLocation"]
)
RESPONSES = {
    "recovery point": (RecoveryPoint, PAGE["recovery_points"]["value"][0]),
    "status of a validation": (OperationStatus, PAGE["validation_status"]),
    "status of a restore": (OperationStatus, PAGE["restore_status"]),
    "job": (BackupJob, PAGE["job"]),
}


def properties(value, path=""):
    """Yield path and value of each property that holds no others; `subTasks[0].taskId`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from properties(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from properties(inner, f"{path}[{number}]")
    else:
        yield path, value


def read(found, path):
    """Return what the model *found* holds under the wire names of *path*."""
    for part in path.replace("dataTransferedInBytes", "dataTransferredInBytes").split("."):
        name, _, index = part.partition("[")
        fields = {field.alias or own: own for own, field in type(found).model_fields.items()}
        found = getattr(found, fields[name])
        if index:
            found = found[int(index.rstrip("]"))]
    return found


def as_read(path, written):
    """Return what *written* means: times, the one duration, and lists that are not there."""
    if written is None:
        return () if path.endswith("errorDetails") else None
    if path.endswith("Time"):
        return datetime.fromisoformat(written)
    return timedelta(minutes=6, seconds=5, microseconds=740989) if path.endswith("duration") else written


@pytest.mark.parametrize(
    ("body", "path"), [(name, path) for name, (_, body) in RESPONSES.items() for path, _ in properties(body)]
)
def test_each_property_of_a_response(body, path):
    """It is read with its value."""
    model, written = RESPONSES[body]

    expected = as_read(path, dict(properties(written))[path])
    assert expected == read(model.model_validate(written), path)


def test_each_property_of_a_restore():
    """Ours is the page's, value for value."""
    assert PAGE["restore"] == OURS


def test_each_property_of_a_validation():
    """Ours has what the page's wraps, in the documented casing, and the recovery point inside."""
    page = {path.lower(): value for path, value in properties(PAGE["validate_restore"])}
    ours = {path.lower(): value for path, value in properties(validation_request(OURS))}

    assert {"objecttype", "recoverypointid"} == set(page) - set(ours)
    assert {"restorerequestobject.recoverypointid"} == set(ours) - set(page)
    same = set(page) & set(ours) - {"restorerequestobject.restoretargetinfo.objecttype"}
    assert {path: page[path] for path in same} == {path: ours[path] for path in same}


def test_the_job_of_the_page():
    """Completed, under the GUID that the restore named, although the page answers with another one."""
    asked = PAGE["restore_status"]["properties"]["jobId"]

    status = job_status(BackupJob.model_validate(PAGE["job"]), asked)

    assert JobOutcome.COMPLETED is status.outcome
    assert status.goes_to(TARGET["resourceID"])
    assert asked.rpartition("/")[2] == status.job_id != PAGE["job"]["name"]
