"""Backup status: what Recovery Services vaults protect, as one POST tells it.

The service answers for its own region alone: what is in another one is not protected, as far as it knows. The answer to
a resource that nothing protects is a 200 as well. Ids come back with `Vaults` in upper case.

Source: backupStatus, api-versions 2025-08-01 and 2026-10-01; status page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from azure_recovery.emulator import regions
from azure_recovery.emulator.contract import STRING, Member, Object
from azure_recovery.emulator.errors import ArmError, resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import PROTECTED_ITEM, ArmId, parse
from azure_recovery.emulator.store import Row

DATA_SOURCE_TYPES: Final = (
    "Invalid", "VM", "FileFolder", "AzureSqlDb", "SQLDB", "Exchange", "Sharepoint", "VMwareVM", "SystemState", "Client",
    "GenericDataSource", "SQLDataBase", "AzureFileShare", "SAPHanaDatabase", "SAPAseDatabase", "SAPHanaDBInstance",
)  # fmt: skip
_LATER: Final = "2026-10-01"
_ALL: Final = 1_000_000


def _request(types: tuple[str, ...]) -> Object:
    return Object(
        "BackupStatusRequest",
        {"resourceType": Member("string", choices=types), "resourceId": STRING, "poLogicalName": STRING},
    )


_EARLIER_REQUEST: Final = _request(DATA_SOURCE_TYPES)
_LATER_REQUEST: Final = _request((*DATA_SOURCE_TYPES, "SQLInstance"))


class _RecommendingError(ArmError):
    """A refusal in the shape that the provider had before 2026-10-01: code, message and recommendations."""

    def body(self) -> dict[str, Any]:
        """Return the JSON body; target and details are not told."""
        recommendations = [] if self.target is None else [f"Correct '{self.target}' and try again."]
        return {"error": {"code": self.code, "message": self.message, "recommendations": recommendations}}


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer how a resource is backed up.

    Raises:
        ArmError: The request makes no sense, or there is no such resource; its shape is that of the api-version.
    """
    try:
        return Answer(200, _status(cloud, call))
    except ArmError as error:
        if call.api_version >= _LATER:
            raise
        raise _RecommendingError(error.status, error.code, error.message, target=error.target) from None


def _status(cloud: Cloud, call: Call) -> dict[str, Any]:
    asked = call.document(_LATER_REQUEST if call.api_version >= _LATER else _EARLIER_REQUEST, cloud.settings)
    region = call.target.name
    if regions.normalised(region) not in regions.DISPLAY_NAMES:
        raise ArmError(400, "InvalidLocation", f"The region '{region}' is not an Azure region.", target="azureRegion")
    resource = parse(asked.get("resourceId", ""))
    if resource is None:
        raise ArmError(
            400, "UserErrorInvalidResourceId", "The resource id is missing or is no ARM id.", target="resourceId"
        )
    if resource.subscription.lower() != call.target.subscription.lower():
        raise ArmError(
            400,
            "UserErrorInvalidSubscription",
            f"The resource is not in subscription '{call.target.subscription}'.",
            target="resourceId",
        )
    item = next(_items(cloud, resource, regions.normalised(region), asked), None)
    if item is None:
        if cloud.settings.text("backup_status_of_unknown") == "refused" and cloud.store.get(resource.key) is None:
            kinds = "/".join((resource.namespace, *resource.types))
            raise resource_not_found(kinds, "/".join(resource.names), resource.group)
        return _unprotected(cloud.settings.text("backup_status_empty_members"))
    return shown(item, call.now)


def _items(cloud: Cloud, resource: ArmId, region: str, asked: dict[str, Any]) -> Iterator[Row]:
    rows, _ = cloud.store.page(PROTECTED_ITEM, cloud.subscription_id.lower(), None, 0, _ALL)
    for row in rows:
        item = row.document
        asked_name, name = asked.get("poLogicalName", "").lower(), item["po_logical_name"].lower()
        same_type = asked.get("resourceType", item["resource_type"]) == item["resource_type"]
        # Without a name it is asked about the container: any item in it will do.
        if (item["resource"], row.location) == (resource.key, region) and same_type and asked_name in ("", name):
            yield row


def protection(row: Row, now: float) -> str:
    """Return the protection status of an item: Protecting, then what the world says, then NotProtected."""
    item = row.document
    if item["until"] is not None and now >= item["until"]:
        return "NotProtected"
    return "Protecting" if now < item["since"] else str(item["status"])


def shown(row: Row, now: float) -> dict[str, Any]:
    """Return the answer about a protected item; a member without a value is absent, as on the page."""
    item = row.document
    status = protection(row, now)
    if status == "NotProtected":
        return _unprotected("absent")
    members = {
        "protectionStatus": status,
        "vaultId": item["vault"],
        "fabricName": "Azure",
        "containerName": item["container"],
        "protectedItemName": item["protected_item"],
        "errorCode": item["error_code"],
        "errorMessage": item["error_message"],
        "policyName": item["policy"],
        "registrationStatus": item["registration_status"],
        "protectedItemsCount": item["items_count"],
        "acquireStorageAccountLock": item["lock"],
    }
    return {name: value for name, value in members.items() if value is not None}


def _unprotected(empty: str) -> dict[str, Any]:
    told = {"protectionStatus": "NotProtected", "fabricName": "Azure", "errorCode": "Success"}
    others = ("vaultId", "containerName", "protectedItemName", "errorMessage", "policyName", "registrationStatus")
    if empty == "absent":
        return told
    return {**told, **dict.fromkeys(others, None if empty == "null" else "")}
