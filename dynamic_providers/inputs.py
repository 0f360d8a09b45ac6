"""Inputs at the door: every bad value named on its property, unknown ones let through.

An input arrives as the engine sends it: numbers as floats, values that a preview cannot know as `Unknown`, properties
that the program left out not at all. `checked` turns it into what the rest of the provider works with, or into one
line for each thing that is wrong.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.dynamic import CheckFailure
from pulumi.output import contains_unknowns

from azure_recovery.rest.arm.ids import (
    ResourceId,
    check_group_name,
    check_name,
    check_subscription_id,
    id_key,
    normal_location,
)
from azure_recovery.rest.errors import InvalidInputError

PROVIDER_KEY = "__provider"
NAME_SEED = "name_seed"
ARM_ID = "arm_id"

GATE_ID = "gate_id"
USABLE = "usable"

EXPOSE = "expose_source_metadata"
SOURCE_METADATA = "source_metadata"

_COMPUTED = frozenset({PROVIDER_KEY, NAME_SEED, ARM_ID, GATE_ID, USABLE})
"""Properties that the resource's class and `check` add to what the user wrote."""

_LONGEST_TAG_NAME, _LONGEST_TAG_VALUE, _MOST_TAGS = 512, 256, 50
"""Source: ARM's tag limits; storage accounts have smaller ones, Compute has not."""

_NOT_IN_TAG_NAMES = set("<>%&\\?/")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a resource.

    Attributes:
        name: As users write it.
        parse: Turns a known value into the stored one, or raises `InvalidInputError`.
        required: Whether leaving it out is an error.
        forcing: Whether a change makes a new object.
        default: Stored when it is left out; None stores nothing.
        normal: What the stored value is compared and hashed by.
    """

    name: str
    parse: Callable[[str, Any], Any]
    required: bool = False
    forcing: bool = False
    default: Any = None
    normal: Callable[[Any], Any] = lambda value: value

    def same(self, old: Any, new: Any) -> bool:
        """Return whether two stored values mean the same; an unknown one never does."""
        if contains_unknowns(new) or contains_unknowns(old):
            return False
        if old is None or new is None or type(old) is not type(new):
            return old is new
        return bool(self.normal(old) == self.normal(new))


def checked(fields: tuple[Input, ...], news: Mapping[str, Any]) -> tuple[dict[str, Any], list[CheckFailure]]:
    """Return the inputs to store, and what is wrong with the ones the user wrote.

    Unknown values are returned as they are. Inputs that `check` computes itself are left out.
    """
    inputs: dict[str, Any] = {}
    failures: list[CheckFailure] = []
    known = {field.name for field in fields}
    for name in news.keys() - known - _COMPUTED:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(sorted(known))}"
        failures.append(CheckFailure(name, f"is no input of this resource{hint}"))
    for field in fields:
        value = news.get(field.name)
        if value is None:
            if field.required:
                failures.append(CheckFailure(field.name, "is required"))
            elif field.default is not None:
                inputs[field.name] = field.default
        elif contains_unknowns(value):
            inputs[field.name] = value
        else:
            try:
                inputs[field.name] = field.parse(field.name, value)
            except InvalidInputError as error:
                failures.append(CheckFailure(field.name, error.reason))
    return inputs, sorted(failures, key=lambda failure: failure.property)


def all_known(inputs: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    """Return whether each of *names* is there and known in *inputs*."""
    return all(inputs.get(name) is not None and not contains_unknowns(inputs[name]) for name in names)


def plain_text(name: str, value: Any) -> str:
    """Return *value*, which must be text that is not empty, without blanks around it."""
    if not isinstance(value, str):
        raise InvalidInputError(property=name, reason=f"must be text, not {kind_of(value)}")
    if not value.strip():
        raise InvalidInputError(property=name, reason="is empty")
    return value.strip()


def kind_of(value: Any) -> str:
    """Return what *value* is, in the words of messages."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "text"),
        ((list, tuple), "a list"),
        (Mapping, "a map"),
    )
    return next((word for kind, word in kinds if isinstance(value, kind)), type(value).__name__)


def arm_id(expect: str) -> Callable[[str, Any], str]:
    """Return a parser of ARM ids of the type *expect*, such as `Microsoft.Compute/restorePointCollections`."""

    def parse(name: str, value: Any) -> str:
        return str(ResourceId.parse(plain_text(name, value), property=name, expect=expect))

    return parse


def arm_ids(expect: str) -> Callable[[str, Any], list[str]]:
    """Return a parser of lists of ARM ids of the type *expect*; the same id twice is kept once."""
    parse_one = arm_id(expect)

    def parse(name: str, value: Any) -> list[str]:
        if not isinstance(value, list | tuple):
            raise InvalidInputError(property=name, reason=f"must be a list of ARM ids, not {kind_of(value)}")
        return list({id_key(one): one for one in (parse_one(name, each) for each in value)}.values())

    return parse


def normal_id_set(value: Any) -> Any:
    """Return a list of ARM ids as a set, as Azure compares them."""
    return (
        {normal_id(one) if isinstance(one, str) else repr(one) for one in value} if isinstance(value, list) else value
    )


def normal_id(value: Any) -> Any:
    """Return an ARM id as Azure compares it: without regard to case, with one leading slash."""
    return id_key(value) if isinstance(value, str) else value


def normal_name(value: Any) -> Any:
    """Return a name as Azure compares it: without regard to case."""
    return value.lower() if isinstance(value, str) else value


def resource_group_name(name: str, value: Any) -> str:
    """Parse the name of a resource group."""
    return check_group_name(plain_text(name, value), property=name)


def subscription_id(name: str, value: Any) -> str:
    """Parse the GUID of a subscription."""
    return check_subscription_id(plain_text(name, value), property=name)


def new_name(type_: str) -> Callable[[str, Any], str]:
    """Return a parser of names that a new resource of the last type segment *type_* may have."""

    def parse(name: str, value: Any) -> str:
        return check_name(type_, plain_text(name, value), property=name)

    return parse


def location(name: str, value: Any) -> str:
    """Parse a region: `westeurope`, or `West Europe` as the portal shows it."""
    text = plain_text(name, value)
    if not normal_location(text).isalnum():
        raise InvalidInputError(property=name, reason="is no region; write it as `az account list-locations` does")
    return text


def disk_encryption(name: str, value: Any) -> dict[str, str]:
    """Parse a map from disk name to the ARM id of a disk encryption set."""
    if not isinstance(value, Mapping):
        raise InvalidInputError(
            property=name, reason=f"must map disk names to ids of disk encryption sets, not {kind_of(value)}"
        )
    parse = arm_id("Microsoft.Compute/diskEncryptionSets")
    return {disk: parse(name, id_) for disk, id_ in value.items()}


def normal_encryption(value: Any) -> Any:
    """Return a map from disk name to disk encryption set as Azure compares it."""
    if not isinstance(value, Mapping):
        return value
    return {normal_name(disk): normal_id(id_) for disk, id_ in value.items()}


def one_of(*words: str) -> Callable[[str, Any], str]:
    """Return a parser of one of *words*."""

    def parse(name: str, value: Any) -> str:
        text = plain_text(name, value)
        if text not in words:
            near = difflib.get_close_matches(text.lower(), words, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise InvalidInputError(property=name, reason=f"must be one of {', '.join(map(repr, words))}{hint}")
        return text

    return parse


def switch(name: str, value: Any) -> bool:
    """Parse true or false; a stack's configuration gives them as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise InvalidInputError(property=name, reason=f"must be true or false, not {kind_of(value)}")


def tags(name: str, value: Any) -> dict[str, str]:
    """Parse ARM tags: at most 50, names up to 512 characters that may stand in a URL, values up to 256."""
    if not isinstance(value, Mapping):
        raise InvalidInputError(property=name, reason=f"must be a map of text to text, not {kind_of(value)}")
    if len(value) > _MOST_TAGS:
        raise InvalidInputError(property=name, reason=f"has {len(value)} tags; Azure allows {_MOST_TAGS}")
    folded: set[str] = set()
    for tag, text in value.items():
        if not isinstance(text, str):
            raise InvalidInputError(property=name, reason=f"tag {tag!r} must be text, not {kind_of(text)}")
        if not tag or len(tag) > _LONGEST_TAG_NAME or _NOT_IN_TAG_NAMES & set(tag):
            raise InvalidInputError(
                property=name,
                reason=f"tag name {tag[:40]!r} must have 1 to {_LONGEST_TAG_NAME} characters, none of <>%&\\?/",
            )
        if len(text) > _LONGEST_TAG_VALUE:
            raise InvalidInputError(
                property=name, reason=f"the value of tag {tag!r} has over {_LONGEST_TAG_VALUE} characters"
            )
        if tag.lower() in folded:
            raise InvalidInputError(
                property=name, reason=f"tag {tag!r} is there twice; Azure ignores the case of tag names"
            )
        folded.add(tag.lower())
    return dict(value)
