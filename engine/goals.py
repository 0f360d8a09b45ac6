"""What a program asks for: the monitor's requests, read and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf import struct_pb2
from pulumi.runtime.proto import alias_pb2, resource_pb2

from azure_recovery.engine.errors import EngineError, UnsupportedError
from azure_recovery.engine.properties import from_wire
from azure_recovery.engine.state import Resource

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_UNSUPPORTED = {
    "importId": "the option 'import_'",
    "remote": "a remote component",
    "replaceOnChanges": "the option 'replace_on_changes'",
    "deletedWith": "the option 'deleted_with'",
    "replace_with": "the option 'replace_with'",
    "replacement_trigger": "the option 'replacement_trigger'",
    "transforms": "the option 'transforms'",
    "state_migrations": "the option 'state_migrations'",
    "envVarMappings": "the option 'env_var_mappings'",
    "packageRef": "a parameterized package",
    "snippetId": "a snippet",
    "pluginChecksums": "a plugin checksum",
}


@dataclass(slots=True)
class Goal:
    """A resource as the program wants it; None means "not said", so that a parent or the provider may decide.

    Attributes:
        name: The resource's name.
        resource: What the program says of it, still without a URN; with an id if it is only looked at (`.get()`).
        version: The provider's version that the program asks for.
        plugin_download_url: Where it says the provider comes from.
        aliases: Earlier identities: a whole URN, or what differs from the present one.
    """

    name: str
    resource: Resource
    version: str = ""
    plugin_download_url: str = ""
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    aliases: Sequence[alias_pb2.Alias] = ()


def register_goal(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """Read a `RegisterResource` request.

    Raises:
        UnsupportedError: It carries an option that this engine does not know.
        EngineError: An option's value is malformed.
    """
    where = f"resource {request.name!r} of type {request.type}"
    present = {descriptor.name for descriptor, _ in request.ListFields()}
    for name, feature in _UNSUPPORTED.items():
        if name in present:
            raise UnsupportedError(feature, where)
    for hook, _ in request.hooks.ListFields():
        raise UnsupportedError(f"the resource hook {hook.name!r}", where)
    goal = _goal(request, request.object)
    declared = {key: sorted(value.urns) for key, value in request.propertyDependencies.items()}
    resource = goal.resource
    # A program that does not say which property depends on what makes each depend on all.
    resource.property_dependencies = declared or dict.fromkeys(resource.inputs, resource.dependencies)
    resource.custom = request.custom
    resource.ignore_changes = list(request.ignoreChanges)
    resource.custom_timeouts = _timeouts(request.customTimeouts, where)
    resource.hide_diff = [[path] for path in request.hideDiffs]
    goal.protect = request.protect if request.HasField("protect") else None
    goal.retain_on_delete = request.retainOnDelete if request.HasField("retainOnDelete") else None
    goal.delete_before_replace = request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None
    goal.aliases = [*request.aliases, *(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs)]
    return goal


def read_goal(request: resource_pb2.ReadResourceRequest) -> Goal:
    """Read a `ReadResource` request.

    Raises:
        UnsupportedError: It carries an option that this engine does not know.
        EngineError: There is nothing to look for.
    """
    where = f"resource {request.name!r} of type {request.type}"
    if request.packageRef:
        raise UnsupportedError("a parameterized package", where)
    if request.type == "pulumi:pulumi:StackReference":
        raise UnsupportedError("a stack reference", where)
    if not request.id:
        raise EngineError(f"{where}: an empty id cannot be read; give the resource's id")
    goal = _goal(request, request.properties)
    goal.resource.custom = goal.resource.external = True
    goal.resource.id = request.id
    return goal


def _goal(
    request: resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest, inputs: struct_pb2.Struct
) -> Goal:
    resource = Resource(
        urn="",
        type=request.type,
        inputs=from_wire(inputs),
        parent=request.parent,
        provider=request.provider,
        dependencies=sorted(request.dependencies),
        additional_secret_outputs=list(request.additionalSecretOutputs),
    )
    return Goal(request.name, resource, request.version, request.pluginDownloadURL)


def _timeouts(message: resource_pb2.RegisterResourceRequest.CustomTimeouts, where: str) -> dict[str, float]:
    seconds = {}
    for descriptor, text in message.ListFields():
        parts = _DURATION.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise EngineError(
                f"{where}: custom timeout {descriptor.name}={text!r} is not a duration; write 45m or 1h30m"
            )
        seconds[descriptor.name] = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return seconds
