"""Long-running operations: started by one request, looked at through signed URLs.

An operation is a document with the moments at which it starts and ends; its status is computed when somebody looks.
The status body has no id, no percentage, and no endTime while running.

Source: recorded traffic; ARM's RPC, async-api-reference.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from azure_recovery.emulator import views
from azure_recovery.emulator.clock import timestamp
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import RESTORE_POINT
from azure_recovery.emulator.store import Document

RUNNING: Final = "InProgress"
PREEMPTED: Final = {
    "code": "OperationPreempted",
    "message": "Operation execution has been preempted by a more recent operation.",
}


def start(cloud: Cloud, call: Call, resource: str, location: str, ends_at: float, *, output: Any = None) -> str:
    """Write down a new operation and return its name.

    Args:
        cloud: Where.
        call: The request that started it.
        resource: Id of what it works on.
        location: Region in the status URL.
        ends_at: When it will have succeeded, in Azure's seconds since 1970.
        output: Result of an action, shown at its end.
    """
    name = str(uuid.uuid4())
    cloud.store.put_operation(
        name,
        {
            "operation": call.operation,
            "method": call.method,
            "resource": resource,
            "location": location,
            "api_version": call.api_version,
            "started_at": call.now,
            "ends_at": ends_at,
            "output": output,
            "error": None,
        },
    )
    return name


def fail(cloud: Cloud, name: str, at: float, error: Mapping[str, str], status: str = "Failed") -> None:
    """Let the operation *name* end at *at* with *error*, if it had not ended before."""
    document = cloud.store.operation(name)
    if document is not None and status_of(document, at) == RUNNING:
        cloud.store.put_operation(name, {**document, "ends_at": at, "error": dict(error), "error_status": status})


def status_of(document: Document, now: float) -> str:
    """Return InProgress, Succeeded, Failed or Canceled."""
    if document["ends_at"] is None or now < document["ends_at"]:
        return RUNNING
    return "Succeeded" if document["error"] is None else str(document["error_status"])


def headers(cloud: Cloud, call: Call, name: str) -> dict[str, str]:
    """Return the headers that tell a caller where to look for the operation *name*."""
    document = cloud.store.operation(name) or {}
    path = (
        f"/subscriptions/{call.target.subscription}/providers/Microsoft.Compute/locations/"
        f"{document['location']}/operations/{name}"
    )
    query = f"p={uuid.uuid5(uuid.NAMESPACE_URL, name)}&api-version={document['api_version']}"
    found = {
        "Azure-AsyncOperation": call.base_url + cloud.signer.sign(f"{path}?{query}", call.now),
        "Location": call.base_url + cloud.signer.sign(f"{path}?{query}&monitor=true", call.now),
        "azure-asyncnotification": "Enabled",
    }
    return {**found, **retry_after(cloud)}


def retry_after(cloud: Cloud) -> dict[str, str]:
    """Return the Retry-After of an operation that is under way."""
    seconds = cloud.settings.whole("retry_after_seconds")
    return {"Retry-After": str(seconds)} if seconds else {}


def _find(cloud: Cloud, call: Call) -> Document:
    document = cloud.store.operation(call.target.name.lower())
    if document is None:
        raise ArmError(404, "NotFound", f"The entity was not found: operation '{call.target.name}'.")
    return document


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer a look at `Azure-AsyncOperation`, or at `Location` if the URL says so."""
    document = _find(cloud, call)
    if call.query.get("monitor") == "true":
        return _result(cloud, call, document)
    status = status_of(document, call.now)
    body: dict[str, Any] = {"startTime": timestamp(document["started_at"])}
    if status == RUNNING:
        return Answer(200, {**body, "status": status, "name": call.target.name}, retry_after(cloud))
    body["endTime"] = timestamp(document["ends_at"])
    body["status"] = status
    if document["error"] is not None:
        body["error"] = document["error"]
    elif document["output"] is not None:
        body["properties"] = {"output": document["output"]}
    return Answer(200, {**body, "name": call.target.name})


def _result(cloud: Cloud, call: Call, document: Document) -> Answer:
    """Answer 202 while running, then what the request itself would have answered."""
    status = status_of(document, call.now)
    if status == RUNNING:
        location = call.base_url + cloud.signer.sign_again(call.path, call.query, call.now)
        return Answer(202, headers={"Location": location, **retry_after(cloud)})
    if document["error"] is not None:
        error = document["error"]
        raise ArmError(409, error["code"], error["message"])
    if document["output"] is not None:
        return Answer(200, document["output"])
    if document["method"] == "DELETE":
        return Answer(204)
    row = cloud.store.get(document["resource"].lower(), RESTORE_POINT)
    body = None if row is None else views.restore_point(row, call.now, cloud.settings, document["api_version"])
    return Answer(200, body if document["method"] == "PUT" else None)
