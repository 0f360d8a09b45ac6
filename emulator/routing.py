"""URLs to operations: a table, and ARM's own answers to what is not in it.

Type names, the provider's namespace and resource groups are case-insensitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azure_recovery.emulator import compute_collections as collections
from azure_recovery.emulator import compute_disks as disks
from azure_recovery.emulator import compute_points as points
from azure_recovery.emulator import inventory, operations
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import ArmId
from azure_recovery.emulator.versions import COMPUTE, DISKS, RESOURCES, SUBSCRIPTIONS

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
    _route("Disks.Get", "GET", f"{_GROUP}{_COMPUTE}/disks/*", inventory.get_resource, DISKS),
    _route("ResourceGroups.Get", "GET", _GROUP, inventory.get_group, RESOURCES),
    _route("ResourceGroups.CheckExistence", "HEAD", _GROUP, inventory.get_group, RESOURCES),
    _route("Subscriptions.Get", "GET", _SUBSCRIPTION, inventory.get_subscription, SUBSCRIPTIONS),
)  # fmt: skip

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
    if typed["namespace"].lower() != "microsoft.compute":
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{typed['namespace']}' is invalid.")
    kinds = "/".join(typed["rest"].split("/")[::2])
    raise ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{kinds}' could not be found in the namespace 'Microsoft.Compute'.",
    )


_SPELLED: Final = {
    kind.lower(): kind
    for kind in (
        "restorePointCollections",
        "restorePoints",
        "diskRestorePoints",
        "virtualMachines",
        "disks",
        "operations",
    )
}
_SCOPE: Final = re.compile("^/subscriptions/([^/]+)(?:/resourceGroups/([^/]+))?", re.IGNORECASE)
_PROVIDER: Final = re.compile("/providers/microsoft.compute/", re.IGNORECASE)


def _segments(path: str) -> list[str]:
    """Return what follows the provider's namespace: types and names in turn."""
    parts = _PROVIDER.split(path.rstrip("/"), maxsplit=1)
    return parts[1].split("/") if len(parts) > 1 else []


def target(path: str) -> ArmId:
    """Return the resource that a path is about, its names as the caller spells them.

    For a list this is what the list is in; an action's own name is no part of it.
    """
    segments = _segments(path)
    names = tuple(segments[1::2])
    kinds = tuple(_SPELLED.get(kind.lower(), kind) for kind in segments[::2])[: len(names)]
    scope = _SCOPE.match(path)
    subscription, group = scope.groups(default="") if scope else ("", "")
    return ArmId(subscription, group, "Microsoft.Compute", kinds, names)


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
    kinds = "/".join(_segments(path)[::2])
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
