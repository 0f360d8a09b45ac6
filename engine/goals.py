"""What a program asks for: the monitor's requests, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.proto import alias_pb2, resource_pb2

from azure_recovery.engine.errors import EngineError, UnsupportedError
from azure_recovery.engine.properties import Properties, from_wire

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
_HOOKS = ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete", "on_error")


@dataclass(frozen=True, slots=True)
class Alias:
    """An earlier identity: a whole URN, or what differs from the present one."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(slots=True)
class Goal:
    """A resource as the program wants it; None means "not said", so that a parent may decide."""

    type: str
    name: str
    custom: bool
    inputs: Properties
    parent: str = ""
    provider: str = ""
    version: str = ""
    plugin_download_url: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    hide_diff: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class ReadGoal:
    """A resource that exists already and is only looked at (`.get()`)."""

    type: str
    name: str
    id: str
    inputs: Properties
    parent: str
    provider: str
    version: str
    plugin_download_url: str
    dependencies: list[str]
    additional_secret_outputs: list[str]


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
    for hook in _HOOKS:
        if getattr(request.hooks, hook):
            raise UnsupportedError(f"the resource hook {hook!r}", where)
    inputs = from_wire(request.object)
    dependencies = sorted(request.dependencies)
    declared = {key: sorted(value.urns) for key, value in request.propertyDependencies.items()}
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=request.provider,
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
        dependencies=dependencies,
        # A program that does not say which property depends on what makes each depend on all.
        property_dependencies=declared or dict.fromkeys(inputs, dependencies),
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=list(request.ignoreChanges),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=_aliases(request.aliases, request.aliasURNs),
        custom_timeouts=_timeouts(request.customTimeouts, where),
        hide_diff=[[path] for path in request.hideDiffs],
    )


def read_goal(request: resource_pb2.ReadResourceRequest) -> ReadGoal:
    """Read a `ReadResource` request.

    Raises:
        UnsupportedError: It carries an option that this engine does not know.
    """
    where = f"resource {request.name!r} of type {request.type}"
    if request.packageRef:
        raise UnsupportedError("a parameterized package", where)
    if request.type == "pulumi:pulumi:StackReference":
        raise UnsupportedError("a stack reference", where)
    return ReadGoal(
        type=request.type,
        name=request.name,
        id=request.id,
        inputs=from_wire(request.properties),
        parent=request.parent,
        provider=request.provider,
        version=request.version,
        plugin_download_url=request.pluginDownloadURL,
        dependencies=sorted(request.dependencies),
        additional_secret_outputs=list(request.additionalSecretOutputs),
    )


def _aliases(specs: Iterable[alias_pb2.Alias], plain: Iterable[str]) -> list[Alias]:
    aliases = []
    for item in specs:
        if item.WhichOneof("alias") == "urn":
            aliases.append(Alias(urn=item.urn))
            continue
        spec = item.spec
        aliases.append(
            Alias("", spec.name, spec.type, spec.stack, spec.project, spec.parentUrn, no_parent=spec.noParent)
        )
    return aliases + [Alias(urn=urn) for urn in plain]


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
