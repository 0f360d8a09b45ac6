"""URLs of SPF's VMM service: service root, entity set, key.

`/{subscription}/services/systemcenter/vmm/VMCheckPoints(ID=guid'…',StampId=guid'…')` behind Windows Azure Pack, and
`/SC2012R2/VMM/{subscription}/Microsoft.Management.Odata.svc/…` at SPF itself. IIS reads the root in any casing, the
service its entity sets and properties in their own alone. The documentation writes `guid'…'` and `Guid'…'`.

Source: checkpoint page; OData 3.0, URL conventions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from azure_recovery.emulator import spf_errors

_GUID: Final = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ROOT: Final = re.compile(
    f"^/(?:(?P<tenant>{_GUID})/services/systemcenter/vmm|"
    f"SC2012(?:R2)?/VMM/(?P<direct>{_GUID})/Microsoft\\.Management\\.Odata\\.svc)(?=/|$)",
    re.IGNORECASE,
)
_SEGMENT: Final = re.compile(r"^/(?P<set>[A-Za-z_$][\w$]*)(?:\((?P<key>[^/]*)\))?/?$")
_LITERAL: Final = re.compile(f"^[gG]uid'(?P<guid>{_GUID})'$")
_KEY: Final = ("ID", "StampId")


@dataclass(frozen=True)
class Key:
    """What names an entity: two GUIDs, lower case."""

    id: str
    stamp_id: str

    def __str__(self) -> str:
        return f"ID=guid'{self.id}',StampId=guid'{self.stamp_id}'"


@dataclass(frozen=True)
class Address:
    """What a URL is about.

    Attributes:
        root: Path of the service as the caller wrote it.
        subscription: GUID, lower case.
        entity_set: `VMCheckPoints`, for one; empty for the service itself.
        key: Of one entity; None for the set.
    """

    root: str
    subscription: str
    entity_set: str
    key: Key | None


def parse(path: str) -> Address:
    """Return what a path is about.

    Raises:
        ArmError: There is no service, or the key is not one.
    """
    found = _ROOT.match(path)
    if found is None:
        raise spf_errors.refused(404, "NotFound", "The resource cannot be found.")
    rest = path[found.end() :]
    subscription = (found["tenant"] or found["direct"]).lower()
    if rest in ("", "/"):
        return Address(found[0], subscription, "", None)
    segment = _SEGMENT.match(rest)
    if segment is None:
        raise spf_errors.no_such_segment(rest.strip("/"))
    written = segment["key"]
    key = None if written is None else _key(written, segment["set"])
    return Address(found[0], subscription, segment["set"], key)


def _key(written: str, entity_set: str) -> Key:
    given: dict[str, str] = {}
    for part in written.split(","):
        name, equals, literal = part.strip().partition("=")
        value = guid(literal)
        if not equals or value is None or name in given:
            raise spf_errors.bad_request("Bad Request - Error in query syntax.")
        given[name] = value
    if set(given) != set(_KEY):
        raise spf_errors.bad_request(f"The key properties of '{entity_set}' are {', '.join(_KEY)}.")
    return Key(given["ID"], given["StampId"])


def guid(literal: str) -> str | None:
    """Return the GUID that a literal writes, lower case; None if it is none."""
    found = _LITERAL.match(literal.strip())
    return None if found is None else found["guid"].lower()
