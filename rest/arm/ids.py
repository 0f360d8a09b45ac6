"""ARM ids: read from what a user or a service wrote, written in one way, compared without case.

ARM keeps the casing of names and ignores it: an answer may spell `resourcegroups`, upper-case a group, or leave out the
leading slash. So ids are never compared as text; `key` is the form to compare and to index by.

Shape: `/subscriptions/{guid}/resourceGroups/{group}/providers/{namespace}/{type}/{name}[/{type}/{name}]…`

Sources: ARM common API details (ids are case-insensitive and preserve case); the compute examples of
`RestorePointCollections_CreateOrUpdate` (a `source.id` without leading slash); naming rules for Azure resources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.guids import is_guid
from azure_recovery.rest.redaction import quoted

_GROUP_NAME = re.compile(r"[-\w.()]{1,90}")
_FORBIDDEN = re.compile(r"[<>%&\\?/#\x00-\x1f\x7f]")
"""What no resource name holds: ARM refuses it, or the URL would mean something else."""

_GROUP_SHAPE = "/subscriptions/{subscription id}/resourceGroups/{resource group}"
_LONGEST_NAME = 260


@dataclass(frozen=True)
class NameRule:
    """What a name may be where we are the ones who choose it.

    Attributes:
        pattern: The whole name must match it. says: The rule in words, for the message.
    """

    pattern: re.Pattern[str]
    says: str


_COMPUTE_RULE = NameRule(
    re.compile(r"[A-Za-z0-9]([-\w.]{0,78}[A-Za-z0-9_])?", re.ASCII),
    "1 to 80 letters, digits, '_', '.' and '-', starting with a letter or digit and ending with a letter, digit or '_'",
)

NAME_RULES: dict[str, NameRule] = {
    "restorepointcollections": _COMPUTE_RULE,
    "restorepoints": _COMPUTE_RULE,
    "disks": _COMPUTE_RULE,
}
"""Lower-case resource type → rule for new names.

Azure publishes no rule for the first two types. The one taken is that of disks and snapshots in the same provider
("Naming rules and restrictions for Azure resources"), which a portal and every client accept. Names that exist already
may be wider (Azure Backup makes longer ones), so reading an id does not apply it.
"""


def check_name(type_name: str, name: str, *, property: str) -> str:  # noqa: A002 - the name Pulumi uses for it
    """Return *name* if a new resource of the last type segment *type_name* may have it.

    Raises:
        InvalidInputError: It may not; the text says the rule.
    """
    rule = NAME_RULES.get(type_name.lower())
    wrong = _wrong_with_name(name)
    if rule is None and not wrong:
        return name
    if rule is not None and rule.pattern.fullmatch(name):
        return name
    says = rule.says if rule else f"1 to {_LONGEST_NAME} characters without < > % & \\ ? / #"
    raise InvalidInputError(property=property, reason=f"{quoted(name)} is no name for {type_name}: use {says}")


def check_group_name(name: str, *, property: str) -> str:  # noqa: A002
    """Return *name* if a resource group may have it.

    Raises:
        InvalidInputError: It may not.
    """
    wrong = _wrong_with_group(name)
    if wrong:
        raise InvalidInputError(property=property, reason=wrong)
    return name


def check_subscription_id(text: str, *, property: str) -> str:  # noqa: A002
    """Return *text* if it is a subscription id, a GUID.

    Raises:
        InvalidInputError: It is not.
    """
    if not is_guid(text):
        raise InvalidInputError(property=property, reason=f"{quoted(text)} is no subscription id: it must be a GUID")
    return text


def id_key(text: str) -> str:
    """Return the form in which two spellings of the same id are equal: lower case, one leading slash.

    Works for ids that `ResourceId` cannot read, such as those of other scopes.
    """
    return "/" + text.strip().strip("/").lower()


def normal_location(text: str) -> str:
    """Return a region as ARM names it in URLs: `West Europe`, `WestEurope` → `westeurope`.

    Source: recorded answers hold `EastUS2EUAP` where the input was `eastus2euap`.
    """
    return "".join(text.split()).lower()


def same_location(one: str | None, other: str | None) -> bool:
    """Say whether two spellings mean the same region; an absent one is never the same."""
    return bool(one) and bool(other) and normal_location(one or "") == normal_location(other or "")


@dataclass(frozen=True)
class ResourceGroupId:
    """`/subscriptions/{guid}/resourceGroups/{name}`."""

    subscription_id: str
    name: str

    @classmethod
    def parse(cls, text: str, *, property: str = "id") -> Self:  # noqa: A002
        """Read an id; the leading slash may be missing.

        Raises:
            InvalidInputError: *text* is no id of a resource group; *property* is the input it is told of.
        """
        segments = _segments(text, property=property, shape=_GROUP_SHAPE)
        subscription_id, name = _scope(segments, property=property, shape=_GROUP_SHAPE)
        if len(segments) > 4:  # noqa: PLR2004 - the two pairs of the shape above
            raise _no_id(property, text, "goes on after the resource group", _GROUP_SHAPE)
        return cls(subscription_id, name)

    def resource(self, type_: str, *names: str) -> ResourceId:
        """Return the id of a resource in this group.

        Args:
            type_: Namespace and types, `Microsoft.Compute/restorePointCollections/restorePoints`.
            names: One for each type.
        """
        namespace, *types = type_.split("/")
        return ResourceId(self.subscription_id, self.name, namespace, tuple(types), names)

    @property
    def key(self) -> str:
        """The id in lower case, to compare and to index by."""
        return str(self).lower()

    def __str__(self) -> str:
        return f"/subscriptions/{self.subscription_id}/resourceGroups/{self.name}"


@dataclass(frozen=True)
class ResourceId:
    """A resource in a resource group.

    Attributes:
        subscription_id: GUID as written. resource_group: Name as written.
        namespace: `Microsoft.Compute`. types: `("restorePointCollections", "restorePoints")`.
        names: One for each type, as written.
    """

    subscription_id: str
    resource_group: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.types or len(self.types) != len(self.names):
            raise ValueError(f"{len(self.types)} types and {len(self.names)} names make no resource id")

    @classmethod
    def parse(cls, text: str, *, property: str = "id", expect: str | None = None) -> Self:  # noqa: A002
        """Read an id as a user or a service wrote it; the leading slash may be missing.

        Args:
            text: The id.
            property: The input that the error is told of.
            expect: Namespace and types it must have, `Microsoft.Compute/restorePointCollections`. Compared without
                case; its casing is taken over, so that `str()` of the result is canonical.

        Raises:
            InvalidInputError: It is no such id; the text says what is wrong and shows the expected shape.
        """
        shape = _shape(expect)
        segments = _segments(text, property=property, shape=shape)
        subscription_id, group = _scope(segments, property=property, shape=shape)
        rest = segments[4:]
        if not rest or rest[0].lower() != "providers":
            found = f"has {quoted(rest[0])} where 'providers' belongs" if rest else "ends after the resource group"
            raise _no_id(property, text, found, shape)
        if len(rest) < 4 or len(rest) % 2:  # noqa: PLR2004 - 'providers', namespace, then pairs of type and name
            raise _no_id(property, text, "lacks a type or a name at its end", shape)
        namespace, types, names = rest[1], tuple(rest[2::2]), tuple(rest[3::2])
        for name in names:
            wrong = _wrong_with_name(name)
            if wrong:
                raise _no_id(property, text, wrong, shape)
        if expect is not None:
            found_type = "/".join((namespace, *types))
            if found_type.lower() != expect.lower():
                raise _no_id(property, text, f"names a {found_type} where a {expect} belongs", shape)
            namespace, *canonical = expect.split("/")
            types = tuple(canonical)
        return cls(subscription_id, group, namespace, types, names)

    @property
    def name(self) -> str:
        """The last name."""
        return self.names[-1]

    @property
    def type(self) -> str:
        """Namespace and types: `Microsoft.Compute/restorePointCollections/restorePoints`."""
        return "/".join((self.namespace, *self.types))

    @property
    def group(self) -> ResourceGroupId:
        """The resource group it is in."""
        return ResourceGroupId(self.subscription_id, self.resource_group)

    @property
    def parent(self) -> ResourceId:
        """The resource it is a part of.

        Raises:
            ValueError: It stands directly in its group.
        """
        if len(self.types) == 1:
            raise ValueError(f"{self} has no parent but its resource group")
        return ResourceId(self.subscription_id, self.resource_group, self.namespace, self.types[:-1], self.names[:-1])

    def child(self, type_: str, name: str) -> ResourceId:
        """Return the id of a part of it, such as `collection.child("restorePoints", "daily-1")`."""
        return ResourceId(
            self.subscription_id, self.resource_group, self.namespace, (*self.types, type_), (*self.names, name)
        )

    @property
    def key(self) -> str:
        """The id in lower case, to compare and to index by."""
        return str(self).lower()

    def same_as(self, other: ResourceId | str | None) -> bool:
        """Say whether *other* names the same resource, however it is spelled."""
        return other is not None and self.key == id_key(str(other))

    def __str__(self) -> str:
        path = "/".join(_joined(self.types, self.names))
        return f"{self.group}/providers/{self.namespace}/{path}"


def _joined(types: tuple[str, ...], names: tuple[str, ...]) -> Iterator[str]:
    for type_, name in zip(types, names, strict=True):
        yield type_
        yield name


def _shape(expect: str | None) -> str:
    if expect is None:
        return f"{_GROUP_SHAPE}/providers/{{namespace}}/{{type}}/{{name}}"
    namespace, *types = expect.split("/")
    return f"{_GROUP_SHAPE}/providers/{namespace}/" + "/".join(f"{type_}/{{name}}" for type_ in types)


def _no_id(property_: str, text: str, wrong: str, shape: str) -> InvalidInputError:
    return InvalidInputError(property=property_, reason=f"{quoted(text)} {wrong}; expected {shape}")


def _segments(text: object, *, property: str, shape: str) -> list[str]:  # noqa: A002
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError(property=property, reason=f"an ARM id is missing here; expected {shape}")
    if text != text.strip():
        raise _no_id(property, text, "begins or ends with a blank", shape)
    # What follows is shown in a message, and the query of a URL may be a signature.
    path = re.split(r"[?#]", text, maxsplit=1)[0]
    if "://" in text:
        raise _no_id(property, path, "is a URL: leave out the host", shape)
    if path != text:
        raise _no_id(property, path, "is followed by a query: leave out everything from '?' or '#'", shape)
    segments = text.removeprefix("/").split("/")
    if "" in segments:
        raise _no_id(property, text, "ends with '/'" if text.endswith("/") else "has an empty segment ('//')", shape)
    return segments


def _scope(segments: list[str], *, property: str, shape: str) -> tuple[str, str]:  # noqa: A002
    text = "/" + "/".join(segments)
    if segments[0].lower() != "subscriptions":
        raise _no_id(property, text, f"begins with {quoted(segments[0])} instead of 'subscriptions'", shape)
    subscription_id = segments[1] if len(segments) > 1 else ""
    if not is_guid(subscription_id):
        raise _no_id(property, text, f"has {quoted(subscription_id)} where the subscription's GUID belongs", shape)
    if len(segments) < 3:  # noqa: PLR2004 - after 'subscriptions' and the GUID
        raise _no_id(property, text, "ends after the subscription", shape)
    if segments[2].lower() != "resourcegroups":
        raise _no_id(property, text, f"has {quoted(segments[2])} where 'resourceGroups' belongs", shape)
    if len(segments) == 3:  # noqa: PLR2004
        raise _no_id(property, text, "lacks the name of its resource group", shape)
    wrong = _wrong_with_group(segments[3])
    if wrong:
        raise _no_id(property, text, f"is wrong in its resource group: {wrong}", shape)
    return subscription_id, segments[3]


def _wrong_with_group(name: str) -> str:
    if _GROUP_NAME.fullmatch(name) and not name.endswith("."):
        return ""
    return (
        f"{quoted(name)} is no name of a resource group: use 1 to 90 letters, digits, '_', '-', '.', '(' and ')', "
        "not ending with '.'"
    )


def _wrong_with_name(name: str) -> str:
    if not name or len(name) > _LONGEST_NAME:
        return f"has a name of {len(name)} characters (1 to {_LONGEST_NAME} are allowed)"
    found = _FORBIDDEN.search(name)
    if found:
        return f"has {found.group()!r} in the name {quoted(name)}"
    if name.endswith((".", " ")) or name.startswith(" "):
        return f"has the name {quoted(name)}, which begins or ends with a blank or ends with '.'"
    return ""
