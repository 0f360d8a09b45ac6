"""Data Protection's own operations: 202 without a body, and a status under one of three paths.

The status says `Inprogress`, has an endTime in the year 1 while running, and stays 200 when the operation failed. A
restore's operation ends as soon as its job exists; the work is the job's.

Source: recorded traffic of 2023 and 2025; documentation of 2021.
"""

from __future__ import annotations

import base64
import uuid
from typing import Any, Final

from azure_recovery.emulator.clock import zulu
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.store import Document
from azure_recovery.emulator.user_errors import UserError, of_operation

_YEAR_ONE: Final = "0001-01-01T00:00:00Z"
_BY_VAULT_SINCE: Final = "2022-11-01"
_KIND: Final = "OperationJobExtendedInfo"


def start(
    cloud: Cloud, call: Call, location: str, ends_at: float, *, error: UserError | None = None, job: str = ""
) -> str:
    """Write down a new operation and return its name.

    Args:
        cloud: Where.
        call: The request that started it, about a backup instance.
        location: Region of the vault.
        ends_at: Azure's seconds since 1970.
        error: Why it will have failed; None if it succeeds.
        job: ARM id of the job that it made, if any.
    """
    name = base64.b64encode(f"{uuid.uuid4()};{uuid.uuid4()}".encode()).decode()
    document = {
        "operation": call.operation,
        "location": location,
        "api_version": call.api_version,
        "started_at": call.now,
        "ends_at": ends_at,
        "error": error,
        "job": job,
    }
    cloud.store.put_operation(name, document)
    return name


def accepted(cloud: Cloud, call: Call, name: str, retry_after_s: int) -> Answer:
    """Return the 202: no body, and where to look."""
    document = cloud.store.operation(name) or {}
    status, result = _scopes(cloud, call, document)
    query = f"api-version={document['api_version']}"
    headers = {
        "Azure-AsyncOperation": call.base_url + cloud.signer.sign(f"{status}/operationStatus/{name}?{query}", call.now),
        "Location": call.base_url + cloud.signer.sign(f"{result}/operationResults/{name}?{query}", call.now),
    }
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    return Answer(202, headers=headers, started=name)


def _scopes(cloud: Cloud, call: Call, document: Document) -> tuple[str, str]:
    """Return what the paths of status and result begin with."""
    style = cloud.settings.text("backup_status_scope")
    if style == "by-version":
        style = "vault" if document["api_version"] >= _BY_VAULT_SINCE else "location"
    instance = call.target
    provider = "/providers/Microsoft.DataProtection"
    location = f"/subscriptions/{instance.subscription}{provider}/locations/{document['location']}"
    if style == "location":
        return location, location
    if style == "vault":
        return str(instance.parent), location
    return f"/subscriptions/{instance.subscription}/resourceGroups/{instance.group}{provider}", str(instance)


def _find(cloud: Cloud, call: Call) -> tuple[str, Document]:
    name = call.path.rstrip("/").rsplit("/", 1)[-1]
    document = cloud.store.operation(name)
    if document is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{name}' was not found.")
    return name, document


def _running(document: Document, now: float) -> bool:
    return document["ends_at"] is None or now < document["ends_at"]


def get_status(cloud: Cloud, call: Call) -> Answer:
    """Answer a look at `Azure-AsyncOperation`."""
    name, document = _find(cloud, call)
    body: dict[str, Any] = {"id": call.path, "name": name, "status": cloud.settings.text("backup_running_status")}
    body["startTime"] = zulu(document["started_at"])
    if _running(document, call.now):
        if cloud.settings.flag("year_one_end_time"):
            body["endTime"] = _YEAR_ONE
        return Answer(200, body)
    body["endTime"] = zulu(document["ends_at"])
    if document["error"] is not None:
        return Answer(200, {**body, "status": "Failed", "error": of_operation(document["error"])})
    body["status"] = "Succeeded"
    if document["job"]:
        bare = cloud.settings.text("job_id_form") == "bare"
        body["properties"] = {"jobId": _named(document, bare=bare), "objectType": _KIND}
    return Answer(200, body)


def get_result(cloud: Cloud, call: Call) -> Answer:
    """Answer a look at `Location`: 202 while running, then the result."""
    _, document = _find(cloud, call)
    if _running(document, call.now):
        location = call.base_url + cloud.signer.sign_again(call.path, call.query, call.now)
        return Answer(202, headers={"Location": location})
    if document["error"] is not None:
        return Answer(400, {"error": of_operation(document["error"])})
    body = {"objectType": _KIND}
    if document["job"]:
        bare = cloud.settings.text("job_id_form") != "arm-id"
        body["jobId"] = _named(document, bare=bare)
    return Answer(200, body)


def _named(document: Document, *, bare: bool) -> str:
    job = str(document["job"])
    return job.rsplit("/", 1)[-1] if bare else job
