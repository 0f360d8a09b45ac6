"""Jobs of Virtual Machine Manager: what a request started, of which its answer says nothing.

A job begins with the request, shows a little later, and is NotStarted, Running and then ended by the clock.

`ErrorInfo` is an object that a job has when it succeeded, too: then `IsSuccess` says so, and `ErrorType` is `Error` all
the same. `AdditionalMessages` is a list of such objects.

Source: Job and ErrorInfo in the reference of SPF's VMM service (dn818633, dn785077); states as VMM's scripts know them;
how members without a value are written, and codes as text, as in a job that the tests of a public client of SPF hold.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from azure_recovery.emulator import spf_entities
from azure_recovery.emulator.exchange import Call, Cloud
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.spf_address import Key
from azure_recovery.emulator.spf_entities import JOB, printed
from azure_recovery.emulator.store import Document, Row

RESTORE: Final = "Restore-SCVMCheckpoint"
CREATE: Final = "New-SCVMCheckpoint"
REMOVE: Final = "Remove-SCVMCheckpoint"
NAMES: Final = {
    RESTORE: "Restore virtual machine checkpoint",
    CREATE: "Create virtual machine checkpoint",
    REMOVE: "Remove virtual machine checkpoint",
}
COMPLETED: Final = "Completed"
INFORMED: Final = "SucceedWithInfo"
FAILED: Final = "Failed"
CANCELED: Final = "Canceled"
TARGET_MEMBERS: Final = ("TargetObjectId", "TargetObjectID")
SUCCEEDED: Final = (COMPLETED, INFORMED)
_BUSY: Final = {
    "code": 2606,
    "problem": "Unable to perform the job because one or more of the selected objects are locked by another job.",
    "action": "Wait for the other job to complete, and then try the operation again.",
}
_SUCCESS: Final = {"code": 0, "problem": "", "action": ""}


def start(cloud: Cloud, call: Call, machine: Row, checkpoint: Row, cmdlet: str) -> Row:
    """Write down the job of a request, and return it.

    Args:
        cloud: What there is.
        call: The request.
        machine: The VM that it is about.
        checkpoint: What is restored or made.
        cmdlet: What VMM runs.
    """
    now = call.now
    settings = cloud.settings
    key = Key(str(uuid.uuid4()), machine.document["stamp_id"])
    seconds = machine.document["restore_s" if cmdlet == RESTORE else "checkpoint_s"]
    document: Document = {
        "cmdlet": cmdlet,
        "name": NAMES[cmdlet],
        "target": machine.document["id"],
        "checkpoint": checkpoint.document["id"],
        "owner": call.headers.get("x-ms-principal-id", ""),
        "started_at": now,
        "visible_at": now + settings.number("spf_job_visible_seconds"),
        "runs_at": now + settings.number("spf_job_queued_seconds"),
        "planned_s": seconds,
        "ends_at": now + settings.number("spf_job_queued_seconds") + seconds,
        "ending": COMPLETED,
        "error": None,
        "warning": None,
    }
    if settings.text("spf_restore_while_busy") == "fails" and running(cloud, machine, now):
        document.update(ending=FAILED, error=_BUSY, ends_at=document["runs_at"])
    job = spf_entities.row(machine.subscription, JOB, key, document, machine=machine.key, source=checkpoint.key)
    cloud.store.put(job)
    return job


def of_machine(cloud: Cloud, machine: Row) -> list[Row]:
    """Return the jobs of a VM in the order in which they were started."""
    return [row for row in cloud.store.children(machine.key) if row.type == JOB]


def running(cloud: Cloud, machine: Row, now: float) -> list[Row]:
    """Return the jobs of a VM that have not ended, whether they show or not."""
    return [job for job in of_machine(cloud, machine) if not ended(job, now)]


def ended(job: Row, now: float) -> bool:
    """Tell whether a job is over."""
    ends_at = job.document["ends_at"]
    return ends_at is not None and now >= ends_at


def visible(job: Row, now: float) -> bool:
    """Tell whether a job can be seen."""
    visible_at = job.document["visible_at"]
    return visible_at is not None and now >= visible_at


def status(job: Row, now: float) -> str:
    """Return NotStarted, Running, or how it ended."""
    if ended(job, now):
        return str(job.document["ending"])
    return "Running" if now >= job.document["runs_at"] else "NotStarted"


def shown(job: Row, now: float, settings: Settings) -> dict[str, Any]:
    """Return a job as the service shows it, without metadata."""
    document, over = job.document, ended(job, now)
    warning = document["warning"] if over else None
    return {
        "AdditionalMessages": [] if warning is None else [_error_info(warning, "Warning")],
        "AreAuditRecordsAvailable": False,
        "CmdletName": document["cmdlet"],
        "CurrentStepId": None,
        "Description": document["name"],
        "EndTime": printed(document["ends_at"], settings) if over else None,
        "ErrorInfo": _outcome(document, over=over),
        "ID": document["id"],
        "IsCompleted": over,
        "IsRestartable": over and document["ending"] == FAILED,
        "IsStoppable": not over,
        "IsVisible": True,
        "Name": document["name"],
        "Owner": document["owner"],
        "ProgressValue": _progress(document, now, over=over),
        "StampId": document["stamp_id"],
        "StartTime": printed(document["started_at"], settings),
        "Status": status(job, now),
        settings.text("spf_target_member"): document["target"],
    }


def _progress(document: Document, now: float, *, over: bool) -> int:
    if over and document["ending"] in SUCCEEDED:
        return 100
    until = min(now, document["ends_at"] or now)
    share = (until - document["runs_at"]) / document["planned_s"] if document["planned_s"] else 0.0
    return max(0, min(99, int(share * 100)))


def _outcome(document: Document, *, over: bool) -> dict[str, Any] | None:
    if over and document["error"] is not None:
        return _error_info(document["error"], "Error")
    return _error_info(_SUCCESS, "Error") if not over or document["ending"] != CANCELED else None


def _error_info(words: Document, kind: str) -> dict[str, Any]:
    code = int(words["code"])
    return {
        "CloudProblem": "",
        "Code": str(code) if code else "Success",
        "DetailedCode": 0,
        "DetailedErrorCode": "",
        "DetailedSource": "None",
        "DisplayableErrorCode": str(code),
        "ErrorCodeString": str(code),
        "ErrorType": kind,
        "ExceptionDetails": "",
        "IsConditionallyTerminating": False,
        "IsDeploymentBlocker": False,
        "IsMomAlert": False,
        "IsSuccess": code == 0,
        "IsTerminating": kind == "Error" and code != 0,
        "MomAlertSeverity": "Error",
        "Problem": words["problem"],
        "RecommendedAction": words["action"],
        "RecommendedActionCLI": words["action"],
        "ShowDetailedError": False,
    }
