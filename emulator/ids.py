"""ARM ids as the service reads them: case-insensitive, casing kept, a missing leading slash forgiven."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from azure_recovery.emulator.errors import invalid_parameter

NAME_RULE: Final = r"^[^_\W][\w\-\.]{0,79}(?<![\-\.])$"
"""Compute's own rule for entity names; its message shows the pattern."""

_NAME: Final = re.compile(NAME_RULE, re.ASCII)
_ID: Final = re.compile(
    r"^/?subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/"
    r"(?P<namespace>[^/]+)/(?P<rest>[^/]+/[^/]+(?:/[^/]+/[^/]+)*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ArmId:
    """One resource id: `/subscriptions/{s}/resourceGroups/{g}/providers/{namespace}/{type}/{name}[/{type}/{name}…]`."""

    subscription: str
    group: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        pairs = "/".join(f"{kind}/{name}" for kind, name in zip(self.types, self.names, strict=True))
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{self.namespace}/{pairs}"

    @property
    def key(self) -> str:
        """The form in which two spellings of an id are equal."""
        return str(self).lower()

    @property
    def resource_type(self) -> str:
        """`Microsoft.Compute/restorePointCollections/restorePoints`, lower case."""
        return f"{self.namespace}/{'/'.join(self.types)}".lower()

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]

    @property
    def parent(self) -> ArmId:
        """The id without its last type and name."""
        return ArmId(self.subscription, self.group, self.namespace, self.types[:-1], self.names[:-1])

    def child(self, kind: str, name: str) -> ArmId:
        """Return the id of a nested resource."""
        return ArmId(self.subscription, self.group, self.namespace, (*self.types, kind), (*self.names, name))

    def with_upper_group(self) -> str:
        """Return the id as Compute writes the ids of disks: the resource group in upper case."""
        return str(ArmId(self.subscription, self.group.upper(), self.namespace, self.types, self.names))


VIRTUAL_MACHINE: Final = "microsoft.compute/virtualmachines"
DISK: Final = "microsoft.compute/disks"
DISK_ENCRYPTION_SET: Final = "microsoft.compute/diskencryptionsets"
COLLECTION: Final = "microsoft.compute/restorepointcollections"
RESTORE_POINT: Final = "microsoft.compute/restorepointcollections/restorepoints"
DISK_RESTORE_POINT: Final = "microsoft.compute/restorepointcollections/restorepoints/diskrestorepoints"
BACKUP_VAULT: Final = "microsoft.dataprotection/backupvaults"
BACKUP_INSTANCE: Final = "microsoft.dataprotection/backupvaults/backupinstances"
RECOVERY_POINT: Final = "microsoft.dataprotection/backupvaults/backupinstances/recoverypoints"
BACKUP_JOB: Final = "microsoft.dataprotection/backupvaults/backupjobs"
GUARD_PROXY: Final = "microsoft.dataprotection/backupvaults/backupresourceguardproxies"
PROTECTED_ITEM: Final = "microsoft.recoveryservices/vaults/protecteditems"
ROLE_ASSIGNMENT: Final = "microsoft.authorization/roleassignments"

SPELLINGS: Final = {
    VIRTUAL_MACHINE: "Microsoft.Compute/virtualMachines",
    DISK: "Microsoft.Compute/disks",
    COLLECTION: "Microsoft.Compute/restorePointCollections",
    RESTORE_POINT: "Microsoft.Compute/restorePointCollections/restorePoints",
    DISK_RESTORE_POINT: "Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints",
    BACKUP_VAULT: "Microsoft.DataProtection/backupVaults",
    BACKUP_INSTANCE: "Microsoft.DataProtection/backupVaults/backupInstances",
    RECOVERY_POINT: "Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints",
    BACKUP_JOB: "Microsoft.DataProtection/backupVaults/backupJobs",
    GUARD_PROXY: "Microsoft.DataProtection/backupVaults/backupResourceGuardProxies",
    PROTECTED_ITEM: "Microsoft.RecoveryServices/vaults/protectedItems",
    ROLE_ASSIGNMENT: "Microsoft.Authorization/roleAssignments",
}


def parse(text: str) -> ArmId | None:
    """Return the parts of an ARM id, or None if *text* has another shape."""
    match = _ID.match(text)
    if match is None:
        return None
    segments = match["rest"].split("/")
    return ArmId(match["subscription"], match["group"], match["namespace"], tuple(segments[::2]), tuple(segments[1::2]))


def parse_reference(text: str, target: str, *types: str) -> ArmId:
    """Return the id that a request body names.

    Args:
        text: What the body says.
        target: Where in the body, for the message.
        types: The resource types that make sense there, lower case.

    Raises:
        ArmError: InvalidParameter, if it is no ARM id or one of another type.
    """
    found = parse(text)
    if found is None:
        raise invalid_parameter(f"Resource id '{text}' is invalid.", target)
    if found.resource_type not in types:
        wanted = " or ".join(SPELLINGS.get(kind, kind) for kind in types)
        raise invalid_parameter(f"Id '{text}' is not the id of a resource of type {wanted}.", target)
    return found


def compute_id(subscription: str, group: str, *pairs: str) -> ArmId:
    """Return an id under Microsoft.Compute: `compute_id(s, g, "disks", "web-1-os")`."""
    return ArmId(subscription, group, "Microsoft.Compute", pairs[::2], pairs[1::2])


def vault_id(subscription: str, group: str, vault: str) -> ArmId:
    """Return the id of a backup vault."""
    return ArmId(subscription, group, "Microsoft.DataProtection", ("backupVaults",), (vault,))


def check_name(name: str, parameter: str) -> None:
    """Refuse a name that Compute does not accept for a new resource.

    Raises:
        ArmError: InvalidParameter.
    """
    if not _NAME.match(name):
        raise invalid_parameter(
            f"The entity name '{parameter}' is invalid according to its validation rule: {NAME_RULE}.", parameter
        )
