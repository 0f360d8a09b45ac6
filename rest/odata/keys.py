"""Guids, entity keys and filters in URLs.

An entity with a key of several parts is addressed as `VMCheckPoints(ID=guid'…',StampId=guid'…')`: the parts by name, in
the order of the entity's definition. The header `DataServiceUrlConventions: KeyAsSegment`, which .NET clients send,
allows `Set/key` beside it, but only for a key of one part.

Source: OData 3.0, URL conventions; checkpoint page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.guids import PATTERN
from azure_recovery.rest.redaction import quoted

_LITERAL = re.compile(r"(?i:guid)'(?P<value>[^']*)'")
_GUID = re.compile(rf"\{{?(?P<value>{PATTERN})\}}?")


def read_guid(text: str, name: str = "") -> str:
    """Return a GUID in lower case, with hyphens and nothing else.

    Args:
        text: Any way to write one: in capitals, in braces, as the literal `guid'…'`.
        name: The input that it came from, for the error.

    Raises:
        InvalidInputError: It is none.
    """
    plain = text.strip()
    if found := _LITERAL.fullmatch(plain):
        plain = found["value"].strip()
    found = _GUID.fullmatch(plain)
    if found is None:
        raise InvalidInputError(
            property=name, reason=f"{quoted(text)} is no GUID such as a11cc636-5521-4f88-92b2-cad392911fe0"
        )
    return found["value"].lower()


def guid_literal(guid: str) -> str:
    """Return a GUID as a URL has it, `guid'…'`. Raises InvalidInputError if it is none."""
    return f"guid'{read_guid(guid)}'"


def entity(collection: str, key: Mapping[str, str]) -> str:
    """Return the path of an entity below the service root, `Jobs(ID=guid'…',StampId=guid'…')`.

    Args:
        collection: The entity set.
        key: Property → GUID, in the order of the definition.

    Raises:
        InvalidInputError: A part of the key is no GUID.
    """
    return f"{collection}({','.join(f'{name}={guid_literal(guid)}' for name, guid in key.items())})"


def equals(name: str, guid: str) -> str:
    """Return the filter for entities whose property *name* is *guid*, `ID eq guid'…'`."""
    return f"{name} eq {guid_literal(guid)}"
