"""URNs: `urn:pulumi:STACK::PROJECT::PARENT_TYPE$TYPE::NAME`."""

from __future__ import annotations

from azure_recovery.engine.errors import EngineError

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE_PREFIX = "pulumi:providers:"
_PARTS = 4


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return the URN of a resource; *parent* is a URN, empty for a resource without one."""
    parent_type = qualified_type(parent) if parent else ""
    chain = f"{parent_type}${type_}" if parent_type and parent_type != STACK_TYPE else type_
    return f"urn:pulumi:{stack}::{project}::{chain}::{name}"


def _split(urn: str) -> list[str]:
    parts = urn.split("::", _PARTS - 1)
    if len(parts) != _PARTS or not parts[0].startswith("urn:pulumi:"):
        raise EngineError(f"{urn!r} is not a URN; expected urn:pulumi:STACK::PROJECT::TYPE::NAME")
    return parts


def is_valid(urn: str) -> bool:
    """Tell whether *urn* has the shape of a URN."""
    return urn.startswith("urn:pulumi:") and urn.count("::") >= _PARTS - 1


def qualified_type(urn: str) -> str:
    """Return the type with those of its parents, such as `my:index:Copy$pulumi-python:dynamic/x:Y`."""
    return _split(urn)[2]


def type_of(urn: str) -> str:
    """Return the resource's own type."""
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """Return the resource's name."""
    return _split(urn)[3]


def is_provider(type_: str) -> bool:
    """Tell whether *type_* is that of a provider resource."""
    return type_.startswith(PROVIDER_TYPE_PREFIX)


def package_of(type_: str) -> str:
    """Return the package that serves *type_*: `pulumi-python` for `pulumi-python:dynamic/x:Y`."""
    return type_.removeprefix(PROVIDER_TYPE_PREFIX) if is_provider(type_) else type_.split(":", 1)[0]


def provider_of(reference: str) -> tuple[str, str]:
    """Split a provider reference, `URN::ID`, into URN and id."""
    urn, _, id_ = reference.rpartition("::")
    if not is_valid(urn):
        raise EngineError(f"{reference!r} is not a provider reference; expected URN::ID")
    return urn, id_
