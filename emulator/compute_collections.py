"""Restore point collections: the folder that restore points of one VM, or copies from one collection, live in.

A collection is made and changed within one request; only its deletion takes time, and takes its restore points along.

Source: restorePointCollections, api-version 2026-04-01; copy documentation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import contract, lists, operations, records, regions, views
from azure_recovery.emulator.compute_points import mark_deleting, refuse_used_disks
from azure_recovery.emulator.errors import ArmError, invalid_parameter, not_allowed, resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import (
    COLLECTION,
    RESTORE_POINT,
    SPELLINGS,
    VIRTUAL_MACHINE,
    ArmId,
    check_name,
    parse_reference,
)
from azure_recovery.emulator.store import Document, Row

_SOURCE: Final = "properties.source.id"
_MAX_TAGS: Final = 50


def shown(
    cloud: Cloud, row: Row, *, created: bool = False, restore_points: list[dict[str, Any]] | None = None
) -> Document:
    """Return the body of a collection.

    Args:
        cloud: For the settings.
        row: The collection.
        created: Whether it answers the request that made it.
        restore_points: Bodies of its restore points, if they were asked for.
    """
    document, settings = row.document, cloud.settings
    source_id = str(document["source_id"])
    if created and settings.flag("slashless_source_id"):
        source_id = source_id.removeprefix("/")
    properties: dict[str, Any] = {
        "source": {
            "id": source_id,
            "location": regions.written(document["source_location"], settings.text("location_style")),
        },
        "provisioningState": "Succeeded" if document["deleting"] is None else "Deleting",
        "restorePointCollectionId": document["collection_id"],
    }
    if document["instant_access"] is not None:
        properties["instantAccess"] = document["instant_access"]
    if restore_points is not None:
        properties["restorePoints"] = restore_points
    body: Document = {
        "name": document["name"],
        "id": document["id"],
        "type": SPELLINGS[COLLECTION],
        "location": document["location"],
        "properties": properties,
    }
    if document["tags"] is not None:
        body["tags"] = document["tags"]
    return body


def find(cloud: Cloud, target: ArmId) -> Row:
    """Return the collection in a URL.

    Raises:
        ArmError: 404 ResourceNotFound.
    """
    row = cloud.store.get(target.key, COLLECTION)
    if row is None:
        raise resource_not_found(SPELLINGS[COLLECTION], target.name, target.group)
    return row


def create_or_update(cloud: Cloud, call: Call) -> Answer:
    """Make a collection, or replace the tags of the one that is there."""
    check_name(call.target.name, "restorePointCollectionName")
    body = call.document(contract.COLLECTION, cloud.settings)
    location = _location(body, call.target)
    existing = cloud.store.get(call.target.key, COLLECTION)
    if existing is not None:
        if regions.normalised(location) != existing.location:
            raise ArmError(
                409,
                "InvalidResourceLocation",
                f"The resource '{call.target.name}' already exists in location '{existing.document['location']}' in "
                f"resource group '{call.target.group}'. A resource with the same name cannot be created in location "
                f"'{location}'. Please select a new resource name.",
            )
        return _changed(cloud, existing, body, tags=body.get("tags"))
    source = _source(cloud, body, location)
    row = records.collection(
        call.target, location, source[0], source[1], call.now, tags=_checked_tags(body.get("tags"))
    )
    row.document["instant_access"] = body.get("properties", {}).get("instantAccess")
    cloud.store.put(row)
    return Answer(201, shown(cloud, row, created=True))


def update(cloud: Cloud, call: Call) -> Answer:
    """Change the tags of a collection."""
    body = call.document(contract.COLLECTION_UPDATE, cloud.settings)
    row = find(cloud, call.target)
    return _changed(cloud, row, body, tags=body["tags"] if "tags" in body else row.document["tags"])


def _changed(cloud: Cloud, row: Row, body: Document, tags: dict[str, str] | None) -> Answer:
    if row.document["deleting"] is not None:
        raise not_allowed(f"Restore point collection '{row.document['name']}' is being deleted.")
    properties = body.get("properties", {})
    source = properties.get("source", {}).get("id")
    if source is not None:
        given = parse_reference(source, _SOURCE, VIRTUAL_MACHINE, COLLECTION)
        if given.key != row.source:
            raise ArmError(
                409, "PropertyChangeNotAllowed", "Changing property 'source.id' is not allowed.", target="source.id"
            )
    instant_access = properties.get("instantAccess", row.document["instant_access"])
    if instant_access != row.document["instant_access"] and cloud.settings.text("instant_access_update") == "refused":
        raise ArmError(
            409, "PropertyChangeNotAllowed", "Changing property 'instantAccess' is not allowed.", target="instantAccess"
        )
    document = {**row.document, "tags": _checked_tags(tags), "instant_access": instant_access}
    changed = replace(row, document=document)
    cloud.store.put(changed)
    return Answer(200, shown(cloud, changed))


def _location(body: Document, target: ArmId) -> str:
    location = body.get("location")
    if not location:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if regions.normalised(location) not in regions.DISPLAY_NAMES:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type "
            f"'{SPELLINGS[target.resource_type]}'. List of available regions for the resource type is "
            f"'{','.join(sorted(regions.DISPLAY_NAMES))}'.",
        )
    return str(location)


def _checked_tags(tags: dict[str, str] | None) -> dict[str, str] | None:
    if tags is not None and len(tags) > _MAX_TAGS:
        raise ArmError(
            400, "InvalidTags", f"The number of tags {len(tags)} exceeds the allowed maximum of {_MAX_TAGS}."
        )
    return tags


def _source(cloud: Cloud, body: Document, location: str) -> tuple[ArmId, str]:
    text = body.get("properties", {}).get("source", {}).get("id")
    if not text:
        raise invalid_parameter("Required parameter 'source' is missing (null).", "source")
    source = parse_reference(text, _SOURCE, VIRTUAL_MACHINE, COLLECTION)
    row = cloud.store.get(source.key, source.resource_type)
    if row is None:
        raise resource_not_found(
            SPELLINGS[source.resource_type], source.name, source.group, cloud.settings.whole("missing_source_status")
        )
    same_region = row.location == regions.normalised(location)
    if row.type == VIRTUAL_MACHINE and not same_region:
        raise invalid_parameter(
            f"Restore point collection location '{location}' must be the location of its virtual machine, "
            f"'{row.document['location']}'. To copy restore points to another region, name a restore point collection "
            "as the source.",
            "location",
        )
    if row.type == COLLECTION and same_region:
        raise invalid_parameter(
            f"Restore points can only be copied to another region; '{source}' is in '{location}', too.", "location"
        )
    if row.type == COLLECTION and "/virtualmachines/" not in row.source and _refused_at_collection(cloud):
        raise not_allowed(f"Copying restore points of '{source}' is not allowed because they are copies.", _SOURCE)
    return source, str(row.document["location"])


def _refused_at_collection(cloud: Cloud) -> bool:
    return cloud.settings.text("copy_of_copy") == "collection"


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one collection; `$expand=restorePoints` shows what it holds."""
    expand = call.query.get("$expand")
    if expand is not None and expand.lower() != "restorepoints":
        raise invalid_parameter(f"The value '{expand}' of $expand is not supported; use restorePoints.", "$expand")
    row = find(cloud, call.target)
    points = None
    if expand is not None:
        points = [
            views.restore_point(point, call.now, cloud.settings, call.api_version)
            for point in cloud.store.children(row.key)
        ]
    return Answer(200, shown(cloud, row, restore_points=points))


def list_in_group(cloud: Cloud, call: Call) -> Answer:
    """Answer the collections of a resource group."""
    return lists.page(cloud, call, COLLECTION, call.target.group, lambda row: shown(cloud, row))


def list_in_subscription(cloud: Cloud, call: Call) -> Answer:
    """Answer the collections of the subscription."""
    return lists.page(cloud, call, COLLECTION, None, lambda row: shown(cloud, row))


def delete(cloud: Cloud, call: Call) -> Answer:
    """Delete a collection and all that it holds."""
    row = cloud.store.get(call.target.key, COLLECTION)
    if row is None:
        return Answer(204)
    if row.document["deleting"] is not None:
        return Answer(202, headers=operations.headers(cloud, call, row.document["deleting"]))
    points = [point for point in cloud.store.children(row.key) if point.type == RESTORE_POINT]
    for point in points:
        refuse_used_disks(point, call.now)
    gone_at = call.now + cloud.settings.number("delete_seconds")
    operation = operations.start(cloud, call, row.document["id"], row.location, gone_at)
    for point in points:
        mark_deleting(cloud, point, operation, gone_at, call.now)
    cloud.store.put(replace(row, document={**row.document, "deleting": operation}, gone_at=gone_at))
    return Answer(202, headers=operations.headers(cloud, call, operation), started=operation)
