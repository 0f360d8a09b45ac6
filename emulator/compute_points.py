"""Restore points: made by one PUT, never changed, deleted by an operation.

What a PUT makes depends on the collection's source: a capture of a VM, or a copy from another region.

Source: restorePoints, api-version 2026-04-01; copy documentation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from azure_recovery.emulator import contract, copies, operations, records, views
from azure_recovery.emulator.errors import (
    ArmError,
    invalid_parameter,
    not_allowed,
    parent_not_found,
    resource_not_found,
)
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import COLLECTION, RESTORE_POINT, SPELLINGS, ArmId, check_name
from azure_recovery.emulator.store import Document, Row

_SHORTEST_INSTANT_ACCESS: Final = 60
_LONGEST_INSTANT_ACCESS: Final = 300


def find(cloud: Cloud, target: ArmId) -> Row:
    """Return the restore point in a URL.

    Raises:
        ArmError: 404, ParentResourceNotFound if even its collection is not there, else ResourceNotFound.
    """
    row = cloud.store.get(target.key, RESTORE_POINT)
    if row is not None:
        return row
    if cloud.store.get(target.parent.key, COLLECTION) is None:
        raise parent_not_found(target.parent.name)
    raise resource_not_found(SPELLINGS[RESTORE_POINT], "/".join(target.names), target.group)


def create(cloud: Cloud, call: Call) -> Answer:
    """Start a restore point: of the collection's VM, or as a copy from the collection's source."""
    collection = cloud.store.get(call.target.parent.key, COLLECTION)
    if collection is None:
        raise parent_not_found(call.target.parent.name)
    check_name(call.target.name, "restorePointName")
    body = call.document(contract.RESTORE_POINT, cloud.settings)
    request = records.fingerprint(body)
    existing = cloud.store.get(call.target.key, RESTORE_POINT)
    if existing is not None:
        return _again(cloud, call, existing, request)
    if collection.document["deleting"] is not None:
        raise not_allowed(f"Restore point collection '{collection.document['name']}' is being deleted.")
    begin = copies.copy_from_region if copies.is_target(collection) else copies.capture_machine
    instant_access_minutes = _instant_access_minutes(body)
    row = begin(cloud, call, collection, body, request)
    row.document["instant_access_minutes"] = instant_access_minutes
    operation = operations.start(cloud, call, row.document["id"], collection.location, row.document["ready_at"])
    row.document["create_operation"] = operation
    cloud.store.put(row)
    shown = views.restore_point(row, call.now, cloud.settings, call.api_version)
    return Answer(201, shown, operations.headers(cloud, call, operation), started=operation)


def _instant_access_minutes(body: Document) -> int | None:
    minutes = body.get("properties", {}).get("instantAccessDurationMinutes")
    if minutes is not None and not _SHORTEST_INSTANT_ACCESS <= minutes <= _LONGEST_INSTANT_ACCESS:
        raise invalid_parameter(
            f"The value {minutes} is not between {_SHORTEST_INSTANT_ACCESS} and {_LONGEST_INSTANT_ACCESS}.",
            "properties.instantAccessDurationMinutes",
        )
    return None if minutes is None else int(minutes)


def _again(cloud: Cloud, call: Call, row: Row, request: str) -> Answer:
    """Answer a PUT of a restore point that is there: no work is done twice, and nothing is changed."""
    if row.document["deleting"] is not None:
        raise not_allowed(f"Restore point '{row.document['name']}' is being deleted.")
    if row.document["request"] != request:
        raise not_allowed(
            f"Updating properties of an existing restore point is not allowed. Restore point: '{row.document['name']}'."
        )
    shown = views.restore_point(row, call.now, cloud.settings, call.api_version)
    operation = row.document["create_operation"]
    headers = (
        operations.headers(cloud, call, operation) if shown["properties"]["provisioningState"] == "Creating" else {}
    )
    return Answer(cloud.settings.whole("identical_put_status"), shown, headers)


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one restore point; `$expand=instanceView` shows the replication."""
    expand = call.query.get("$expand")
    if expand is not None and expand.lower() != "instanceview":
        raise invalid_parameter(f"The value '{expand}' of $expand is not supported; use instanceView.", "$expand")
    row = find(cloud, call.target)
    shown = views.restore_point(row, call.now, cloud.settings, call.api_version, instance_view=expand is not None)
    return Answer(200, shown)


def refuse_used_disks(row: Row, now: float) -> None:
    """Refuse to delete a restore point of which a disk is being read through a SAS.

    Raises:
        ArmError: 409 DiskRestorePointUsedByCustomer.
    """
    for disk in row.document["disks"]:
        if disk["sas_until"] is not None and now < disk["sas_until"]:
            raise ArmError(
                409,
                "DiskRestorePointUsedByCustomer",
                f"There is an active shared access signature outstanding for disk restore point '{disk['drp_name']}'. "
                "Call endGetAccess before deleting the restore point.",
            )


def mark_deleting(cloud: Cloud, row: Row, operation: str, gone_at: float, now: float) -> None:
    """Let a restore point go at *gone_at*; its own creation, if under way, ends preempted."""
    if row.document["create_operation"] is not None:
        operations.fail(cloud, row.document["create_operation"], now, operations.PREEMPTED, "Canceled")
    cloud.store.put(replace(row, document={**row.document, "deleting": operation}, gone_at=gone_at))
    if cloud.settings.text("source_deleted_in_flight") == "fails":
        copies.fail_copies_of(cloud, row, now)


def delete(cloud: Cloud, call: Call) -> Answer:
    """Delete a restore point; copies made of it stay."""
    row = cloud.store.get(call.target.key, RESTORE_POINT)
    if row is None:
        return Answer(204)
    if row.document["deleting"] is not None:
        return Answer(202, headers=operations.headers(cloud, call, row.document["deleting"]))
    refuse_used_disks(row, call.now)
    creating = views.provisioning_state(row.document, call.now) == "Creating"
    if creating and cloud.settings.text("delete_while_creating") == "refused":
        raise not_allowed(f"Restore point '{row.document['name']}' is being created. Try again later.")
    gone_at = call.now + cloud.settings.number("delete_seconds")
    operation = operations.start(cloud, call, row.document["id"], row.location, gone_at)
    mark_deleting(cloud, row, operation, gone_at, call.now)
    return Answer(202, headers=operations.headers(cloud, call, operation), started=operation)
