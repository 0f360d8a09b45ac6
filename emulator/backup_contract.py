"""Bodies of restores and role assignments against the documented contract.

Data Protection reads names of members and object types in any casing: its own pages write `dataSourceInfo` and
`restoreTargetInfo` where the contract has `datasourceInfo` and `RestoreTargetInfo`, and its command line sends
`resourceId` for `resourceID`.

Source: azure-mgmt-dataprotection 2.2.0 (2026-06-01); role assignments, api-version 2022-04-01.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from azure_recovery.emulator.contract import READ_ONLY, STRING, Member, Object

POINT_BASED: Final = "AzureBackupRecoveryPointBasedRestoreRequest"
NEW_DATASOURCE: Final = "RestoreTargetInfo"
_NEEDED: Final = Member("string", required=True)
_STRINGS: Final = Member("strings")


def _object(name: str, members: Mapping[str, Member]) -> Object:
    return Object(name, members, any_case=True)


_RESOURCE_PROPERTIES: Final = _object("BaseResourceProperties", {"objectType": STRING})
_DATASOURCE_MEMBERS: Final = {
    **dict.fromkeys(
        ("datasourceType", "objectType", "resourceLocation", "resourceName", "resourceType", "resourceUri"), STRING
    ),
    "resourceID": _NEEDED,
    "resourceProperties": Member(_RESOURCE_PROPERTIES),
}
_CREDENTIALS: Final = _object(
    "AuthCredentials",
    {
        "objectType": STRING,
        "secretStoreResource": Member(
            _object("SecretStoreResource", {"uri": STRING, "secretStoreType": STRING, "value": STRING})
        ),
    },
)
_TARGET_MEMBERS: Final = {
    "objectType": _NEEDED,
    "recoveryOption": Member("string", choices=("FailIfExists",), required=True),
    "restoreLocation": STRING,
}
_DATASOURCE_TARGET: Final = {
    **_TARGET_MEMBERS,
    "datasourceInfo": Member(_object("Datasource", _DATASOURCE_MEMBERS), required=True),
    "datasourceSetInfo": Member(_object("DatasourceSet", _DATASOURCE_MEMBERS)),
    "datasourceAuthCredentials": Member(_CREDENTIALS),
}
_TARGET: Final = Object(
    "RestoreTargetInfoBase",
    variants={
        NEW_DATASOURCE: _object(NEW_DATASOURCE, _DATASOURCE_TARGET),
        "ItemLevelRestoreTargetInfo": _object(
            "ItemLevelRestoreTargetInfo", {**_DATASOURCE_TARGET, "restoreCriteria": Member("any", required=True)}
        ),
        "RestoreFilesTargetInfo": _object(
            "RestoreFilesTargetInfo", {**_TARGET_MEMBERS, "targetDetails": Member("any", required=True)}
        ),
    },
)
_REQUEST_MEMBERS: Final = {
    "objectType": _NEEDED,
    "restoreTargetInfo": Member(_TARGET, required=True),
    "sourceDataStoreType": Member(
        "string", choices=("ArchiveStore", "SnapshotStore", "OperationalStore", "VaultStore"), required=True
    ),
    "sourceResourceId": STRING,
    "resourceGuardOperationRequests": _STRINGS,
    "identityDetails": Member(
        _object(
            "IdentityDetails", {"useSystemAssignedIdentity": Member("boolean"), "userAssignedIdentityArmUrl": STRING}
        )
    ),
}
_OF_A_POINT: Final = {**_REQUEST_MEMBERS, "recoveryPointId": _NEEDED}
RESTORE: Final = Object(
    "AzureBackupRestoreRequest",
    variants={
        POINT_BASED: _object(POINT_BASED, _OF_A_POINT),
        "AzureBackupRecoveryTimeBasedRestoreRequest": _object(
            "AzureBackupRecoveryTimeBasedRestoreRequest", {**_REQUEST_MEMBERS, "recoveryPointTime": _NEEDED}
        ),
        "AzureBackupRestoreWithRehydrationRequest": _object(
            "AzureBackupRestoreWithRehydrationRequest",
            {**_OF_A_POINT, "rehydrationPriority": _NEEDED, "rehydrationRetentionDuration": _NEEDED},
        ),
    },
)
"""The body of a restore, as it is."""

VALIDATE_RESTORE: Final = _object(
    # The command line sends the object type, although no version of the contract has it.
    "ValidateRestoreRequestObject",
    {"objectType": STRING, "restoreRequestObject": Member(RESTORE, required=True)},
)
"""The body of a validation: the restore's inside a member, and nothing beside it."""

ROLE_ASSIGNMENT: Final = Object(
    "RoleAssignmentCreateParameters",
    {
        **dict.fromkeys(("id", "name", "type"), READ_ONLY),
        "properties": Member(
            Object(
                "RoleAssignmentProperties",
                {
                    "roleDefinitionId": _NEEDED,
                    "principalId": _NEEDED,
                    "principalType": Member(
                        "string",
                        since="2020-10-01-preview",
                        choices=("User", "Group", "ServicePrincipal", "ForeignGroup", "Device"),
                    ),
                    **dict.fromkeys(
                        ("description", "condition", "conditionVersion", "delegatedManagedIdentityResourceId"), STRING
                    ),
                    **dict.fromkeys(("scope", "createdOn", "updatedOn", "createdBy", "updatedBy"), READ_ONLY),
                },
            ),
            required=True,
        ),
    },
)
