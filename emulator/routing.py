"""URLs to operations: a table, and ARM's own answers to what is not in it.

Type names, the provider's namespace and resource groups are case-insensitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azure_recovery.emulator import (
    backup_inventory,
    backup_jobs,
    backup_operations,
    inventory,
    managed_disks,
    operations,
    protection,
    recovery_points,
    restores,
    rights,
)
from azure_recovery.emulator import compute_collections as collections
from azure_recovery.emulator import compute_disks as disks
from azure_recovery.emulator import compute_points as points
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import ArmId
from azure_recovery.emulator.versions import (
    AUTHORIZATION,
    COMPUTE,
    DATA_PROTECTION,
    DISKS,
    RECOVERY_SERVICES,
    RESOURCES,
    SUBSCRIPTIONS,
)

Handler = Callable[[Cloud, Call], Answer]


@dataclass(frozen=True)
class Route:
    """One operation.

    Attributes:
        operation: Its name in the request log and for faults.
        pattern: What the path has to be.
        api_versions: Those that know it; empty for status URLs, which are signed with theirs.
        in_group: Whether the resource group has to exist.
    """

    operation: str
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    api_versions: tuple[str, ...]
    in_group: bool = True

    @property
    def signed(self) -> bool:
        """Whether the URL is one that this server signed."""
        return not self.api_versions


def _pattern(path: str) -> re.Pattern[str]:
    captured = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return re.compile("^" + captured.replace("*", "[^/]+") + "/?$", re.IGNORECASE)


_SUBSCRIPTION: Final = "/subscriptions/{subscription}"
_GROUP: Final = f"{_SUBSCRIPTION}/resourceGroups/{{group}}"
_COMPUTE: Final = "/providers/Microsoft.Compute"
_COLLECTIONS: Final = f"{_GROUP}{_COMPUTE}/restorePointCollections"
_COLLECTION: Final = f"{_COLLECTIONS}/*"
_POINT: Final = f"{_COLLECTION}/restorePoints/*"
_DISK: Final = f"{_POINT}/diskRestorePoints/*"
_MANAGED_DISKS: Final = f"{_GROUP}{_COMPUTE}/disks"
_DATA_PROTECTION: Final = "/providers/Microsoft.DataProtection"
_VAULT: Final = f"{_GROUP}{_DATA_PROTECTION}/backupVaults/*"
_INSTANCE: Final = f"{_VAULT}/backupInstances/*"
_LOCATION: Final = f"{_SUBSCRIPTION}{_DATA_PROTECTION}/locations/*"
_RECOVERY_SERVICES: Final = f"{_SUBSCRIPTION}/providers/Microsoft.RecoveryServices"
_ASSIGNMENTS: Final = f"{_GROUP}/providers/Microsoft.Authorization/roleAssignments"


def _route(operation: str, method: str, path: str, handler: Handler, api_versions: tuple[str, ...]) -> Route:
    return Route(operation, method, _pattern(path), handler, api_versions, in_group="{group}" in path)


ROUTES: Final = (
    _route("RestorePoints.Get", "GET", _POINT, points.get, COMPUTE),
    _route("Operations.Get", "GET", f"{_SUBSCRIPTION}{_COMPUTE}/locations/*/operations/*", operations.get, ()),
    _route("RestorePoints.CreateOrUpdate", "PUT", _POINT, points.create, COMPUTE),
    _route("RestorePoints.Delete", "DELETE", _POINT, points.delete, COMPUTE),
    _route("RestorePointCollections.Get", "GET", _COLLECTION, collections.get, COMPUTE),
    _route("RestorePointCollections.CreateOrUpdate", "PUT", _COLLECTION, collections.create_or_update, COMPUTE),
    _route("RestorePointCollections.Update", "PATCH", _COLLECTION, collections.update, COMPUTE),
    _route("RestorePointCollections.Delete", "DELETE", _COLLECTION, collections.delete, COMPUTE),
    _route("RestorePointCollections.List", "GET", _COLLECTIONS, collections.list_in_group, COMPUTE),
    _route(
        "RestorePointCollections.ListAll", "GET", f"{_SUBSCRIPTION}{_COMPUTE}/restorePointCollections",
        collections.list_in_subscription, COMPUTE,
    ),
    _route("DiskRestorePoints.Get", "GET", _DISK, disks.get, DISKS),
    _route("DiskRestorePoints.List", "GET", f"{_POINT}/diskRestorePoints", disks.list_in_restore_point, DISKS),
    _route("DiskRestorePoints.BeginGetAccess", "POST", f"{_DISK}/beginGetAccess", disks.begin_get_access, DISKS),
    _route("DiskRestorePoints.EndGetAccess", "POST", f"{_DISK}/endGetAccess", disks.end_get_access, DISKS),
    _route("VirtualMachines.Get", "GET", f"{_GROUP}{_COMPUTE}/virtualMachines/*", inventory.get_resource, COMPUTE),
    _route("Disks.Get", "GET", f"{_MANAGED_DISKS}/*", managed_disks.get, DISKS),
    _route("Disks.Delete", "DELETE", f"{_MANAGED_DISKS}/*", managed_disks.delete, DISKS),
    _route("Disks.ListByResourceGroup", "GET", _MANAGED_DISKS, managed_disks.list_in_group, DISKS),
    _route("BackupVaults.Get", "GET", _VAULT, backup_inventory.get_vault, DATA_PROTECTION),
    _route("BackupInstances.Get", "GET", _INSTANCE, backup_inventory.get_instance, DATA_PROTECTION),
    _route(
        "BackupInstances.List", "GET", f"{_VAULT}/backupInstances", backup_inventory.list_instances, DATA_PROTECTION
    ),
    _route(
        "RecoveryPoints.List", "GET", f"{_INSTANCE}/recoveryPoints", recovery_points.list_of_instance, DATA_PROTECTION
    ),
    _route("RecoveryPoints.Get", "GET", f"{_INSTANCE}/recoveryPoints/*", recovery_points.get, DATA_PROTECTION),
    _route(
        "BackupInstances.ValidateForRestore", "POST", f"{_INSTANCE}/validateRestore", restores.validate,
        DATA_PROTECTION,
    ),
    _route("BackupInstances.TriggerRestore", "POST", f"{_INSTANCE}/restore", restores.restore, DATA_PROTECTION),
    _route("Jobs.List", "GET", f"{_VAULT}/backupJobs", backup_jobs.list_of_vault, DATA_PROTECTION),
    _route("Jobs.Get", "GET", f"{_VAULT}/backupJobs/*", backup_jobs.get, DATA_PROTECTION),
    _route(
        "DppResourceGuardProxy.Get", "GET", f"{_VAULT}/backupResourceGuardProxies/*",
        backup_inventory.get_guard_proxy, DATA_PROTECTION,
    ),
    _route(
        "DppResourceGuardProxy.List", "GET", f"{_VAULT}/backupResourceGuardProxies",
        backup_inventory.list_guard_proxies, DATA_PROTECTION,
    ),
    _route("OperationStatus.Get", "GET", f"{_LOCATION}/operationStatus/*", backup_operations.get_status, ()),
    _route("OperationResult.Get", "GET", f"{_LOCATION}/operationResults/*", backup_operations.get_result, ()),
    _route(
        "OperationStatusBackupVaultContext.Get", "GET", f"{_VAULT}/operationStatus/*", backup_operations.get_status, ()
    ),
    _route(
        "OperationStatusResourceGroupContext.Get", "GET", f"{_GROUP}{_DATA_PROTECTION}/operationStatus/*",
        backup_operations.get_status, (),
    ),
    _route(
        "BackupInstances.GetBackupInstanceOperationResult", "GET", f"{_INSTANCE}/operationResults/*",
        backup_operations.get_result, (),
    ),
    _route(
        "BackupStatus.Get", "POST", f"{_RECOVERY_SERVICES}/locations/*/backupStatus", protection.get, RECOVERY_SERVICES
    ),
    _route("RoleAssignments.Create", "PUT", f"{_ASSIGNMENTS}/*", rights.create, AUTHORIZATION),
    _route("RoleAssignments.Get", "GET", f"{_ASSIGNMENTS}/*", rights.get, AUTHORIZATION),
    _route("RoleAssignments.Delete", "DELETE", f"{_ASSIGNMENTS}/*", rights.delete, AUTHORIZATION),
    _route("RoleAssignments.ListForResourceGroup", "GET", _ASSIGNMENTS, rights.list_in_group, AUTHORIZATION),
    _route("ResourceGroups.Get", "GET", _GROUP, inventory.get_group, RESOURCES),
    _route("ResourceGroups.CheckExistence", "HEAD", _GROUP, inventory.get_group, RESOURCES),
    _route(
        "Subscriptions.ListLocations", "GET", f"{_SUBSCRIPTION}/locations", inventory.list_locations, SUBSCRIPTIONS
    ),
    _route("Subscriptions.Get", "GET", _SUBSCRIPTION, inventory.get_subscription, SUBSCRIPTIONS),
)  # fmt: skip

DATA_PROTECTION_OPERATIONS: Final = frozenset(
    route.operation for route in ROUTES if _DATA_PROTECTION in route.pattern.pattern
)

_TYPED: Final = re.compile(
    r"^/subscriptions/(?P<subscription>[^/]+)(?:/resourceGroups/(?P<group>[^/]+))?"
    r"/providers/(?P<namespace>[^/]+)/(?P<rest>.+)$",
    re.IGNORECASE,
)


def find(method: str, path: str) -> Route:
    """Return the operation of a request.

    Raises:
        ArmError: There is no such operation.
    """
    other_methods = False
    for route in ROUTES:
        if route.pattern.match(path) is not None:
            if route.method == method:
                return route
            other_methods = True
    if other_methods:
        raise ArmError(405, "MethodNotAllowed", f"The requested resource does not support http method '{method}'.")
    typed = _TYPED.match(path)
    if typed is None:
        raise ArmError(404, "NotFound", f"No HTTP resource was found that matches the request URI '{path}'.")
    namespace = _NAMESPACES.get(typed["namespace"].lower())
    if namespace is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{typed['namespace']}' is invalid.")
    kinds = "/".join(typed["rest"].split("/")[::2])
    raise ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{kinds}' could not be found in the namespace '{namespace}'.",
    )


_NAMESPACES: Final = {
    name.lower(): name
    for name in (
        "Microsoft.Compute",
        "Microsoft.DataProtection",
        "Microsoft.RecoveryServices",
        "Microsoft.Authorization",
    )
}
_SPELLED: Final = {
    kind.lower(): kind
    for kind in (
        "restorePointCollections",
        "restorePoints",
        "diskRestorePoints",
        "virtualMachines",
        "disks",
        "operations",
        "backupVaults",
        "backupInstances",
        "recoveryPoints",
        "backupJobs",
        "backupResourceGuardProxies",
        "roleAssignments",
    )
}
_SCOPE: Final = re.compile("^/subscriptions/([^/]+)(?:/resourceGroups/([^/]+))?", re.IGNORECASE)
_PROVIDER: Final = re.compile("/providers/(?P<namespace>[^/]+)/(?P<rest>.+)$", re.IGNORECASE)


def _segments(path: str) -> tuple[str, list[str]]:
    """Return the provider's namespace and what follows it: types and names in turn."""
    found = _PROVIDER.search(path.rstrip("/"))
    return (found["namespace"], found["rest"].split("/")) if found else ("Microsoft.Compute", [])


def target(path: str) -> ArmId:
    """Return the resource that a path is about, its names as the caller spells them.

    For a list this is what the list is in; an action's own name is no part of it.
    """
    namespace, segments = _segments(path)
    names = tuple(segments[1::2])
    kinds = tuple(_SPELLED.get(kind.lower(), kind) for kind in segments[::2])[: len(names)]
    scope = _SCOPE.match(path)
    subscription, group = scope.groups(default="") if scope else ("", "")
    return ArmId(subscription, group, _NAMESPACES.get(namespace.lower(), namespace), kinds, names)


def check_api_version(route: Route, given: str | None, path: str) -> str:
    """Return the api-version of a request.

    Raises:
        ArmError: MissingApiVersionParameter, InvalidApiVersionParameter, or NoRegisteredProviderFound.
    """
    if not given:
        raise ArmError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if given in route.api_versions:
        return given
    known = ", ".join(reversed(route.api_versions))
    kinds = "/".join(_segments(path)[1][::2])
    if not kinds or not re.fullmatch(r"\d{4}-\d{2}-\d{2}(-preview)?", given):
        raise ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{given}' is invalid. The supported versions are '{known}'.",
        )
    raise ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for API version '{given}' for type '{kinds}'. The supported "
        f"api-versions are '{known}'.",
    )
