"""Role assignments on resource groups, as far as restores ask for them.

An assignment counts only after it has spread, minutes after it was made; until then the service answers as if there
were none. What a restore needs are two roles of its own: Owner and Contributor do not serve.

Source: restore documentation of managed disks, permissions; built-in roles.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from azure_recovery.emulator import backup_contract, lists
from azure_recovery.emulator.clock import zulu
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import ROLE_ASSIGNMENT, SPELLINGS, ArmId
from azure_recovery.emulator.inventory import group_key
from azure_recovery.emulator.store import Document, Row, Store

RESTORE_OPERATOR: Final = "b50d9833-a0cb-478e-945f-707fcc997c13"
SNAPSHOT_CONTRIBUTOR: Final = "7efff54f-a5b4-42b5-a1c5-5411624893ce"
ROLES: Final = {
    "Disk Restore Operator": RESTORE_OPERATOR,
    "Disk Snapshot Contributor": SNAPSHOT_CONTRIBUTOR,
    "Disk Backup Reader": "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
}
"""Built-in roles by name."""

_DEFINITION: Final = re.compile(
    r"(?:^|/)providers/Microsoft\.Authorization/roleDefinitions/(?P<role>[0-9a-f-]{36})$", re.IGNORECASE
)
_FILTER: Final = re.compile(r"^\s*(?:principalId\s+eq\s+|assignedTo\()'(?P<principal>[^']+)'\)?\s*$", re.IGNORECASE)


def assignment(target: ArmId, properties: Document, role: str, *, created_at: float, effective_at: float) -> Row:
    """Return the row of an assignment on a resource group.

    Args:
        target: Its id.
        properties: As asked for.
        role: GUID of the role.
        created_at: Azure's seconds since 1970.
        effective_at: When it will have spread.
    """
    document = {
        "id": str(target),
        "name": target.name,
        "location": "",
        "properties": properties,
        "role": role.lower(),
        "principal": str(properties["principalId"]).lower(),
        "created_at": created_at,
        "effective_at": effective_at,
    }
    return Row.of(target, document, "", parent=group_key(target.subscription, target.group))


def shown(row: Row) -> dict[str, Any]:
    """Return the body of an assignment."""
    document = row.document
    made = zulu(document["created_at"])
    scope = str(document["id"]).split("/providers/", 1)[0]
    given = {"principalType": "ServicePrincipal", "condition": None, "conditionVersion": None}
    return {
        "properties": {
            **given,
            **document["properties"],
            "scope": scope,
            "createdOn": made,
            "updatedOn": made,
            "createdBy": None,
            "updatedBy": None,
            "delegatedManagedIdentityResourceId": None,
            "description": document["properties"].get("description"),
        },
        "id": document["id"],
        "type": SPELLINGS[ROLE_ASSIGNMENT],
        "name": document["name"],
    }


def _on_group(store: Store, key: str) -> Iterator[Row]:
    yield from (row for row in store.children(key) if row.type == ROLE_ASSIGNMENT)


def holds(store: Store, principal: str, role: str, group: str, now: float) -> bool:
    """Tell whether *principal* has *role* on the resource group of key *group*, and it has spread."""
    return any(
        row.document["principal"] == principal.lower()
        and row.document["role"] == role
        and now >= row.document["effective_at"]
        for row in _on_group(store, group)
    )


def create(cloud: Cloud, call: Call) -> Answer:
    """Make an assignment; it is there at once, and counts once it has spread."""
    try:
        uuid.UUID(call.target.name)
    except ValueError:
        raise ArmError(
            400,
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{call.target.name}' is not valid. The role assignment ID must be a GUID.",
        ) from None
    properties = call.document(backup_contract.ROLE_ASSIGNMENT, cloud.settings)["properties"]
    definition = _DEFINITION.search(properties["roleDefinitionId"])
    if definition is None or definition["role"].lower() not in ROLES.values():
        raise ArmError(
            400,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition '{properties['roleDefinitionId']}' does not exist.",
        )
    row = assignment(
        call.target,
        properties,
        definition["role"],
        created_at=call.now,
        effective_at=call.now + cloud.settings.number("role_spreading_seconds"),
    )
    for other in _on_group(cloud.store, row.parent):
        same = (other.document["principal"], other.document["role"]) == (
            row.document["principal"],
            row.document["role"],
        )
        if other.key == row.key and same:
            return Answer(200, shown(other))
        if other.key == row.key:
            raise ArmError(
                409,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
        if same:
            raise ArmError(
                409,
                "RoleAssignmentExists",
                f"The role assignment already exists. The ID of the existing role assignment is "
                f"{other.document['name'].replace('-', '')}.",
            )
    cloud.store.put(row)
    return Answer(201, shown(row))


def get(cloud: Cloud, call: Call) -> Answer:
    """Answer one assignment."""
    row = cloud.store.get(call.target.key, ROLE_ASSIGNMENT)
    if row is None:
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{call.target.name}' is not found.")
    return Answer(200, shown(row))


def delete(cloud: Cloud, call: Call) -> Answer:
    """Take an assignment away, at once."""
    row = cloud.store.get(call.target.key, ROLE_ASSIGNMENT)
    if row is None:
        return Answer(204)
    cloud.store.put(replace(row, gone_at=call.now))
    cloud.store.settle(call.now)
    return Answer(200, shown(row))


def list_in_group(cloud: Cloud, call: Call) -> Answer:
    """Answer the assignments on a resource group, of one principal if `$filter` names it."""
    text = call.query.get("$filter", "")
    wanted = _FILTER.match(text)
    if text.strip() not in {"", "atScope()"} and wanted is None:
        raise ArmError(
            400,
            "UnsupportedQuery",
            f"The filter '{text}' is not supported. Supported are principalId eq and atScope().",
        )
    principal = None if wanted is None else wanted["principal"].lower()

    def entry(row: Row) -> dict[str, Any] | None:
        return shown(row) if principal in {None, row.document["principal"]} else None

    return lists.page(cloud, call, ROLE_ASSIGNMENT, call.target.group, entry)
