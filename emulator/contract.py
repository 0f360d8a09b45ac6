"""Request bodies against the documented contract, member by member.

The provider reads bodies strictly: a member that the api-version does not know is refused, with the words of the JSON
reader that it is built on. Read-only members are left out of what the rules see.

Source: azure-mgmt-compute 39.0.0 (Compute 2026-04-01, Disks 2026-03-02).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from azure_recovery.emulator.errors import ArmError


@dataclass(frozen=True)
class Member:
    """One member of an object.

    Attributes:
        kind: `string`, `strings`, `boolean`, `integer`, `map` (of strings), `any`, or an object; a list of objects if
            `many`.
        since: First api-version that knows it.
        read_only: The service writes it, and does not read it.
        choices: The values there are; empty if any is one.
        required: Whether the object makes no sense without it.
    """

    kind: str | Object
    many: bool = False
    since: str = ""
    read_only: bool = False
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Object:
    """An object of the contract, by the name that error messages give it.

    Attributes:
        any_case: Whether names of members are read in any casing; what is read has the contract's.
        variants: What it may be more precisely, by the `objectType` that says so; then it has no members itself.
    """

    name: str
    members: Mapping[str, Member] = field(default_factory=dict)
    any_case: bool = False
    variants: Mapping[str, Object] = field(default_factory=dict)


STRING: Final = Member("string")
READ_ONLY: Final = Member("any", read_only=True)
_ENVELOPE: Final = dict.fromkeys(("id", "name", "type", "systemData"), READ_ONLY)

_REFERENCE: Final = Member(Object("ApiEntityReference", {"id": STRING}))
_COLLECTION_PROPERTIES: Final = Object(
    "RestorePointCollectionProperties",
    {
        "source": Member(Object("RestorePointCollectionSourceProperties", {"id": STRING, "location": READ_ONLY})),
        "provisioningState": READ_ONLY,
        "restorePointCollectionId": READ_ONLY,
        "restorePoints": READ_ONLY,
        "instantAccess": Member("boolean", since="2025-04-01"),
    },
)
COLLECTION: Final = Object(
    "RestorePointCollection",
    {**_ENVELOPE, "location": STRING, "tags": Member("map"), "properties": Member(_COLLECTION_PROPERTIES)},
)
COLLECTION_UPDATE: Final = Object(
    "RestorePointCollectionUpdate", {"tags": Member("map"), "properties": Member(_COLLECTION_PROPERTIES)}
)

ENCRYPTION_TYPES: Final = (
    "EncryptionAtRestWithPlatformKey",
    "EncryptionAtRestWithCustomerKey",
    "EncryptionAtRestWithPlatformAndCustomerKeys",
)
_ENCRYPTION: Final = Object(
    "RestorePointEncryption",
    {
        "diskEncryptionSet": Member(Object("DiskEncryptionSetParameters", {"id": STRING})),
        "type": Member("string", choices=ENCRYPTION_TYPES),
    },
)
_DISK_RESTORE_POINT: Final = Object(
    "DiskRestorePointAttributes",
    {"id": READ_ONLY, "encryption": Member(_ENCRYPTION), "sourceDiskRestorePoint": _REFERENCE},
)
_DISK_MEMBERS: Final = {
    **dict.fromkeys(("name", "caching", "diskSizeGB", "writeAcceleratorEnabled"), READ_ONLY),
    "managedDisk": READ_ONLY,
    "diskRestorePoint": Member(_DISK_RESTORE_POINT),
}
_STORAGE_PROFILE: Final = Object(
    "RestorePointSourceVMStorageProfile",
    {
        "osDisk": Member(
            Object(
                "RestorePointSourceVMOSDisk", {**_DISK_MEMBERS, "osType": READ_ONLY, "encryptionSettings": READ_ONLY}
            )
        ),
        "dataDisks": Member(Object("RestorePointSourceVMDataDisk", {**_DISK_MEMBERS, "lun": READ_ONLY}), many=True),
        "diskControllerType": READ_ONLY,
    },
)
_SOURCE_METADATA: Final = Object(
    "RestorePointSourceMetadata",
    {
        **dict.fromkeys(
            (
                "hardwareProfile", "osProfile", "diagnosticsProfile", "licenseType", "vmId", "securityProfile",
                "location", "userData", "hyperVGeneration",
            ),
            READ_ONLY,
        ),
        "storageProfile": Member(_STORAGE_PROFILE),
    },
)  # fmt: skip
RESTORE_POINT: Final = Object(
    "RestorePoint",
    {
        **_ENVELOPE,
        "properties": Member(
            Object(
                "RestorePointProperties",
                {
                    "excludeDisks": Member(Object("ApiEntityReference", {"id": STRING}), many=True),
                    "sourceMetadata": Member(_SOURCE_METADATA),
                    "provisioningState": READ_ONLY,
                    "consistencyMode": Member(
                        "string",
                        since="2021-07-01",
                        choices=("CrashConsistent", "FileSystemConsistent", "ApplicationConsistent"),
                    ),
                    # Declared writable, described as what the service says.
                    "timeCreated": READ_ONLY,
                    "sourceRestorePoint": _REFERENCE,
                    "instanceView": READ_ONLY,
                    "instantAccessDurationMinutes": Member("integer", since="2025-04-01"),
                },
            )
        ),
    },
)
GRANT_ACCESS: Final = Object(
    "GrantAccessData",
    {
        "access": Member("string", choices=("None", "Read", "Write")),
        "durationInSeconds": Member("integer"),
        "getSecureVMGuestStateSAS": Member("boolean"),
        "fileFormat": Member("string", choices=("VHD", "VHDX")),
    },
)


def read(raw: bytes, contract: Object, api_version: str, *, refuse_read_only: bool = False) -> dict[str, Any]:
    """Return the body with the members that may be written.

    Args:
        raw: The body as it came.
        contract: What it has to be.
        api_version: Decides which members there are.
        refuse_read_only: Refuse read-only members rather than ignore them.

    Raises:
        ArmError: InvalidRequestContent, with the member's path, line and position.
    """
    if not raw.strip():
        raise _invalid("The request content was invalid: a body is required.")
    try:
        text = raw.decode()
        body = json.loads(text)
    except UnicodeDecodeError:
        raise _invalid("The request content is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _invalid(
            f"The request content was invalid and could not be deserialized: '{error.msg}. "
            f"Path '', line {error.lineno}, position {error.colno}.'."
        ) from None
    return _Reader(text, api_version, refuse_read_only=refuse_read_only).object(body, contract, "")


def _invalid(message: str, target: str | None = None) -> ArmError:
    return ArmError(400, "InvalidRequestContent", message, target=target)


class _Reader:
    def __init__(self, text: str, api_version: str, *, refuse_read_only: bool) -> None:
        self._text = text
        self._api_version = api_version
        self._refuse_read_only = refuse_read_only

    def object(self, value: Any, contract: Object, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._mismatch(value, contract.name, path)
        if contract.variants:
            return self.object(value, self._variant(value, contract, path), path)
        found: dict[str, Any] = {}
        spelled: dict[str, str] = {member.lower(): member for member in contract.members} if contract.any_case else {}
        for written, given in value.items():
            member_path = f"{path}.{written}" if path else written
            name = spelled.get(str(written).lower(), str(written))
            member = contract.members.get(name)
            if member is None or self._api_version < member.since:
                raise self._error(f"Could not find member '{written}' on object of type '{contract.name}'", member_path)
            if member.read_only:
                if self._refuse_read_only:
                    raise self._error(f"Member '{name}' of '{contract.name}' is read-only", member_path)
            elif given is not None:
                found[name] = self._member(given, member, member_path)
        for name, member in contract.members.items():
            if member.required and found.get(name) in (None, ""):
                raise self._error(f"Required property '{name}' not found in JSON", f"{path}.{name}".lstrip("."))
        return found

    def _variant(self, value: dict[str, Any], contract: Object, path: str) -> Object:
        named = next((given for name, given in value.items() if name.lower() == "objecttype"), None)
        variants = {name.lower(): variant for name, variant in contract.variants.items()}
        found = variants.get(str(named).lower())
        if found is None:
            known = ", ".join(contract.variants)
            raise self._error(
                f"Could not create an instance of type '{contract.name}' with objectType {json.dumps(named)}; known "
                f"are {known}",
                f"{path}.objectType".lstrip("."),
            )
        return found

    def _member(self, given: Any, member: Member, path: str) -> Any:
        if not member.many:
            return self._value(given, member, path)
        if not isinstance(given, list):
            raise self._mismatch(given, "List", path)
        return [self._value(entry, member, f"{path}[{number}]") for number, entry in enumerate(given)]

    def _value(self, given: Any, member: Member, path: str) -> Any:
        if isinstance(member.kind, Object):
            return self.object(given, member.kind, path)
        if member.kind == "map":
            if not isinstance(given, dict):
                raise self._mismatch(given, "Dictionary", path)
            return {key: self._value(entry, STRING, f"{path}.{key}") for key, entry in given.items()}
        if member.kind == "strings":
            if not isinstance(given, list):
                raise self._mismatch(given, "List", path)
            return [self._value(entry, STRING, f"{path}[{number}]") for number, entry in enumerate(given)]
        if not _FITS[member.kind](given):
            raise self._mismatch(given, _SYSTEM_TYPES[member.kind], path)
        if member.choices:
            spelled = {choice.lower(): choice for choice in member.choices}.get(given.lower())
            if spelled is None:
                raise self._mismatch(given, path.rsplit(".", 1)[-1], path)
            return spelled
        return given

    def _mismatch(self, given: Any, wanted: str, path: str) -> ArmError:
        return self._error(f"Error converting value {json.dumps(given)} to type '{wanted}'", path)

    def _error(self, what: str, path: str) -> ArmError:
        name = path.rsplit(".", 1)[-1].split("[", 1)[0]
        offset = max(self._text.find(f'"{name}"'), 0)
        line = self._text.count("\n", 0, offset) + 1
        position = offset - (self._text.rfind("\n", 0, offset) + 1) + len(name) + 3
        message = f"{what}. Path '{path}', line {line}, position {position}."
        return _invalid(f"The request content was invalid and could not be deserialized: '{message}'.", path)


_SYSTEM_TYPES: Final = {
    "string": "System.String",
    "boolean": "System.Boolean",
    "integer": "System.Int32",
    "any": "System.Object",
}
_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda given: isinstance(given, str),
    "boolean": lambda given: isinstance(given, bool),
    "integer": lambda given: isinstance(given, int) and not isinstance(given, bool),
    "any": lambda _given: True,
}
