"""Property values: Python values with secrets and unknowns, to and from Pulumi's wire format.

Values are None, bool, int, float, str, list and dict. A dict may be a tagged value: an asset, an archive or a resource
reference keep their wire form (`SIGNATURE_KEY` says which). Secrets and unknowns have their own types, so that they
are never taken for data.

Source of the signatures: `sdk/proto` and `pulumi.runtime.rpc` of the SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # names a wire type, opens nothing
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Properties = dict[str, Any]


class Secret:
    """A value that is encrypted in the state and never shown."""

    __slots__ = ("ciphertext", "value")

    def __init__(self, value: Any, ciphertext: str | None = None) -> None:
        self.value = value
        self.ciphertext = ciphertext
        """What it was encrypted to, so that an unchanged secret is not encrypted anew at each write."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and same(self.value, other.value)

    def __hash__(self) -> int:
        return hash(Secret)

    def __repr__(self) -> str:
        return "[secret]"


class Unknown:
    """A value that only the real operation will know; `UNKNOWN` is the only one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN: Final = Unknown()


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal as Pulumi sees it: true is not 1, 1 is 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def walk(value: Any) -> Iterator[Any]:
    """Yield *value* and everything in it, also what is secret."""
    yield value
    if isinstance(value, Secret):
        yield from walk(value.value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def has_unknowns(value: Any) -> bool:
    """Tell whether *value* is or holds an unknown."""
    return any(item is UNKNOWN for item in walk(value))


def has_secrets(value: Any) -> bool:
    """Tell whether *value* is or holds a secret."""
    return any(isinstance(item, Secret) for item in walk(value))


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return *value*, with *change* made to each item if it is a dict or a list."""
    if isinstance(value, Mapping):
        return {key: change(item) for key, item in value.items()}
    return [change(item) for item in value] if isinstance(value, list) else value


def reveal(value: Any) -> Any:
    """Return *value* with every secret replaced by what it hides."""
    return reveal(value.value) if isinstance(value, Secret) else each(value, reveal)


def mark_secrets(outputs: Properties, inputs: Mapping[str, Any]) -> Properties:
    """Return *outputs* with each property secret whose namesake in *inputs* is or holds a secret.

    Objects are compared property by property, lists as a whole: what the engine does for a provider that does not
    understand secrets.
    """
    marked = dict(outputs)
    for key, value in inputs.items():
        if key not in marked:
            continue
        out = marked[key]
        if _is_object(out) and _is_object(value):
            marked[key] = mark_secrets(out, value)
        elif not isinstance(out, Secret) and has_secrets(value):
            marked[key] = Secret(reveal(out))
    return marked


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and SIGNATURE_KEY not in value


def to_wire(
    properties: Mapping[str, Any], *, keep_unknowns: bool = True, keep_secrets: bool = True, keep_resources: bool = True
) -> struct_pb2.Struct:
    """Return *properties* as the protocol carries them.

    Args:
        properties: What to send.
        keep_unknowns: Otherwise a property that is unknown is left out.
        keep_secrets: Otherwise secrets go in clear, for a peer that does not understand them.
        keep_resources: Otherwise a resource reference becomes its id, or its URN if it is a component.
    """
    dropped: Final = object()

    def convert(value: Any) -> Any:
        if value is UNKNOWN:
            return UNKNOWN_TEXT if keep_unknowns else dropped
        if isinstance(value, Secret):
            inner = convert(value.value)
            if not keep_secrets or inner is dropped:
                return inner
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": inner}
        if isinstance(value, Mapping):
            if not keep_resources and value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
                return convert(value["id"] if "id" in value else value["urn"])
            return {key: item for key, raw in value.items() if (item := convert(raw)) is not dropped}
        if isinstance(value, list):
            return [item for raw in value if (item := convert(raw)) is not dropped]
        return value

    struct = struct_pb2.Struct()
    struct.update(convert(properties))
    return struct


def from_wire(struct: struct_pb2.Struct) -> Properties:
    """Return what *struct* carries, with `Secret` and `UNKNOWN` in place of their wire forms."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _untag({key: _from_value(item) for key, item in value.struct_value.fields.items()})
    return None


def _untag(fields: Properties) -> Any:
    signature = fields.get(SIGNATURE_KEY)
    if signature == SECRET_SIGNATURE:
        return Secret(reveal(fields.get("value")))
    if signature == RESOURCE_SIGNATURE:
        return {"packageVersion": "", **fields}
    if signature == OUTPUT_SIGNATURE:
        value = fields.get("value", UNKNOWN)
        return Secret(reveal(value)) if fields.get("secret") else value
    return fields
