"""azure-native in a rehearsal: what is asked of the emulator, what is echoed, and the plugin that does both.

The real plugin speaks to Azure alone. In a rehearsal a small one stands in its place. The few types that the emulator
serves go there by HTTP, so that what depends on them sees them, such as the rights that a restore needs.
Every other resource is *echoed*: its inputs come back as its outputs, under an id that looks like ARM's, and nothing is
made anywhere. A report says which types those were.
"""

from __future__ import annotations

import re
import shlex
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PACKAGE: Final = "azure-native"
EXECUTABLE: Final = f"pulumi-resource-{PACKAGE}"

_API_VERSION_PART = re.compile(r"/v\d{8}\w*(?=:)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ENVELOPE: Final = frozenset(
    {"location", "tags", "identity", "sku", "zones", "kind", "plan", "managedBy", "extendedLocation"}
)
"""Inputs that stand beside `properties` in a body of ARM's; azure-native puts all on one level."""
_PLACES: Final = ("resourceGroupName", "subscriptionId", "scope")


@dataclass(frozen=True, slots=True)
class Served:
    """A type that the emulator serves.

    Attributes:
        path: Of the resource, made of its inputs.
        api_version: The one that azure-native asks with.
        name: The input that is made up where the program leaves it out: a GUID.
        forcing: Inputs besides those in the path that ARM does not let change.
    """

    path: str
    api_version: str
    name: str
    forcing: frozenset[str] = frozenset()

    @property
    def path_inputs(self) -> tuple[str, ...]:
        """The inputs that make the path."""
        return tuple(_PLACEHOLDER.findall(self.path))

    def id(self, inputs: Mapping[str, Any]) -> str:
        """Return the ARM id that *inputs* make."""
        made = _PLACEHOLDER.sub(lambda found: str(inputs[found[1]]).strip("/"), self.path)
        return f"/{made.lstrip('/')}"

    def body(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of a PUT."""
        given = {key: value for key, value in inputs.items() if key not in self.path_inputs and value is not None}
        properties = {key: value for key, value in given.items() if key not in _ENVELOPE}
        return {**{key: value for key, value in given.items() if key in _ENVELOPE}, "properties": properties}

    def outputs(self, inputs: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs that ARM's *answer* gives: its properties on one level with the rest."""
        flat = {key: value for key, value in answer.items() if key not in ("id", "properties")}
        flat |= answer.get("properties") or {}
        told = {key: value for key, value in flat.items() if value is not None}
        return {**inputs, **told, "azureApiVersion": self.api_version}


SERVED: Final[Mapping[str, Served]] = {
    "azure-native:authorization:RoleAssignment": Served(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        "2022-04-01",
        name="roleAssignmentName",
        # ARM answers RoleAssignmentUpdateNotPermitted to a change of these.
        forcing=frozenset({"principalId", "roleDefinitionId"}),
    ),
}
"""Type token to what is asked of the emulator; everything else is echoed."""


def served(type_: str) -> Served | None:
    """Return what the emulator serves of *type_*, in whichever API version; None if it is echoed."""
    return SERVED.get(_plain(type_))


def is_echoed(type_: str) -> bool:
    """Whether *type_* is one of azure-native's that exist nowhere in a rehearsal."""
    return type_.startswith(f"{PACKAGE}:") and served(type_) is None


@dataclass(frozen=True, slots=True)
class TypesSeen:
    """azure-native's types in states, each with the most resources of it that there were at a time."""

    echoed: Mapping[str, int] = field(default_factory=dict)
    served: Mapping[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there was one."""
        return bool(self.echoed or self.served)

    def joined(self, other: TypesSeen) -> TypesSeen:
        """Return what was seen here and there."""
        return TypesSeen(
            dict(sorted((Counter(self.echoed) | Counter(other.echoed)).items())),
            dict(sorted((Counter(self.served) | Counter(other.served)).items())),
        )

    def lines(self) -> Iterator[str]:
        """Yield a line for the echoed types, and one for the others."""
        if self.echoed:
            yield f"{PACKAGE}: echoed, and made nowhere: {_counted(self.echoed)}"
        if self.served:
            yield f"{PACKAGE}: served by the emulator: {_counted(self.served)}"


def types_seen(deployment: Mapping[str, Any]) -> TypesSeen:
    """Return azure-native's types in a state.

    Args:
        deployment: A deployment in Pulumi's format.
    """
    types = [str(resource.get("type")) for resource in deployment.get("resources") or ()]
    native = [type_ for type_ in types if type_.startswith(f"{PACKAGE}:")]
    return TypesSeen(
        Counter(_plain(type_) for type_ in native if is_echoed(type_)),
        Counter(_plain(type_) for type_ in native if not is_echoed(type_)),
    )


def _counted(types: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {type_.removeprefix(f'{PACKAGE}:')}" for type_, count in types.items())


def echoed_id(type_: str, name: str, inputs: Mapping[str, Any], subscription_id: str) -> str:
    """Return an id for an echoed resource, in ARM's shape.

    Its type is made from the token: `azure-native:network:VirtualNetwork` is `Microsoft.network/virtualNetworks`. ARM
    compares without case, and the real spelling is known to the real plugin alone.

    Args:
        type_: The token.
        name: The resource's name in the program, for one whose inputs do not name it.
        inputs: Its inputs.
        subscription_id: Of the emulator's world.
    """
    _, module, kind = _plain(type_).split(":")
    named = f"{kind[0].lower()}{kind[1:]}Name"
    others = [key for key in inputs if key.endswith("Name") and key not in (*_PLACES, named)]
    own = str(inputs.get(named) or (inputs[others[-1]] if len(others) == 1 else name))
    subscription = f"/subscriptions/{inputs.get('subscriptionId') or subscription_id}"
    if kind == "ResourceGroup":
        return f"{subscription}/resourceGroups/{inputs.get('resourceGroupName') or name}"
    group = inputs.get("resourceGroupName")
    scope = str(inputs.get("scope") or (f"{subscription}/resourceGroups/{group}" if group else subscription))
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else kind if kind.endswith("s") else f"{kind}s"
    return f"/{scope.strip('/')}/providers/Microsoft.{module}/{plural[0].lower()}{plural[1:]}/{own}"


def echoed_outputs(id_: str, inputs: Mapping[str, Any], tenant_id: str) -> dict[str, Any]:
    """Return the outputs of an echoed resource: its inputs, its name, and who its managed identity is."""
    outputs = {**inputs, "name": id_.rsplit("/", 1)[-1]}
    identity = inputs.get("identity")
    if isinstance(identity, Mapping) and "systemassigned" in str(identity.get("type")).replace(" ", "").lower():
        principal = str(uuid.uuid5(uuid.NAMESPACE_URL, id_.lower()))
        outputs["identity"] = {**identity, "principalId": principal, "tenantId": tenant_id}
    return outputs


def forcing(type_: str) -> frozenset[str] | None:
    """Return the inputs of a served type whose change makes a new resource; None for one that is echoed."""
    known = served(type_)
    return None if known is None else known.forcing | frozenset(known.path_inputs)


def names_another(key: str) -> bool:
    """Whether a change of the input *key* makes a new resource of an echoed type: by ARM's habit, names and places."""
    return key in (*_PLACES, "location") or key.endswith("Name")


def install_plugin(folder: Path) -> Path:
    """Write the plugin's executable into *folder* and return that: what `plugins.providers[].path` names.

    It runs with this Python, whichever one runs the program.
    """
    folder.mkdir(parents=True, exist_ok=True)
    executable = folder / EXECUTABLE
    command = shlex.join([sys.executable, "-P", "-m", "azure_recovery.rehearsal.echo_plugin"])
    executable.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    executable.chmod(0o755)
    return folder


def _plain(type_: str) -> str:
    """Return a token without the API version of a local SDK: `azure-native:authorization/v20220401:RoleAssignment`."""
    return _API_VERSION_PART.sub("", type_)
