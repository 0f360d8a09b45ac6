"""What is asked about a backup, what was answered, and whether that is what a program requires. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlencode

from pulumi.output import contains_unknowns

from azure_recovery.dynamic_providers.inputs import kind_of, normal_name, plain_text
from azure_recovery.rest.arm.ids import ResourceId, id_key, normal_location
from azure_recovery.rest.errors import InvalidInputError

if TYPE_CHECKING:
    from azure_recovery.rest.recoveryservices.models import BackupStatus

STATUS_FIELDS = (
    "protection_status",
    "vault_id",
    "fabric_name",
    "container_name",
    "protected_item_name",
    "error_code",
    "error_message",
    "policy_name",
    "registration_status",
    "protected_items_count",
    "acquire_storage_account_lock",
)
"""The answer, member by member. Source: BackupStatusResponse, api-version 2026-10-01."""

STATUSES = ("Invalid", "NotProtected", "Protecting", "Protected", "ProtectionFailed")
"""Source: ProtectionStatus, api-version 2026-10-01."""

NOTHING_TOLD = {"protection_status": ""}
"""What is recorded of an answer that tells nothing, so that it differs from no answer and shows as a change."""

_SUBJECT = ("resource_id", "location", "resource_type", "po_logical_name")
_REQUIRED = ("status", "vault_id", "policy_name")
_SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about.

    Attributes:
        resource_id: Of what is backed up. location: Its region, as ARM names it.
        resource_type: Kind of workload, or None. po_logical_name: Of the item in it, or None.
    """

    resource_id: ResourceId
    location: str
    resource_type: str | None = None
    po_logical_name: str | None = None

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Self | None:
        """Return what checked *inputs* ask about, or None while any of it is unknown."""
        asked: dict[str, Any] = {name: inputs.get(name) for name in _SUBJECT}
        if contains_unknowns(asked):
            return None
        return cls(
            ResourceId.parse(asked["resource_id"], property="resource_id"),
            normal_location(asked["location"]),
            asked["resource_type"],
            asked["po_logical_name"],
        )

    @classmethod
    def of_id(cls, id_: str) -> Self:
        """Read the id of a status, as `str` of `id` wrote it.

        Raises:
            InvalidInputError: It is none.
        """
        path, _, query = id_.partition("?")
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        segments = path.split("/")
        if len(segments) < 2 or "resourceId" not in asked:  # noqa: PLR2004 - the region is the last but one
            shape = "/subscriptions/{guid}/providers/Microsoft.RecoveryServices/locations/{region}/backupStatus"
            raise InvalidInputError(property="id", reason=f"is no id of a backup status: {shape}?resourceId={{ARM id}}")
        return cls(
            ResourceId.parse(asked["resourceId"], property="id"),
            normal_location(segments[-2]),
            asked.get("resourceType"),
            asked.get("poLogicalName"),
        )

    @property
    def key(self) -> str:
        """What two spellings of the same thing have in common: the id in lower case, and the item's name behind `#`."""
        return self.resource_id.key + (f"#{self.po_logical_name.lower()}" if self.po_logical_name else "")

    @property
    def id(self) -> str:
        """The question as a URL, by which the state knows it."""
        asked = {
            "resourceId": str(self.resource_id),
            "resourceType": self.resource_type,
            "poLogicalName": self.po_logical_name,
        }
        query = urlencode({name: value for name, value in asked.items() if value}, safe="/")
        place = f"/subscriptions/{self.resource_id.subscription_id}/providers/Microsoft.RecoveryServices"
        return f"{place}/locations/{self.location}/backupStatus?{query}"

    @property
    def inputs(self) -> dict[str, str]:
        """The inputs that ask this."""
        asked = (str(self.resource_id), self.location, self.resource_type, self.po_logical_name)
        return {name: value for name, value in zip(_SUBJECT, asked, strict=True) if value is not None}

    def __str__(self) -> str:
        return f"{self.po_logical_name} of {self.resource_id}" if self.po_logical_name else str(self.resource_id)


def complete_type(inputs: dict[str, Any]) -> None:
    """Spell the type of workload as Azure does, or take it from the id where that tells."""
    from azure_recovery.rest.recoveryservices.calls import type_of
    from azure_recovery.rest.recoveryservices.models import DataSourceType

    given = inputs.get("resource_type")
    if given is None:
        found = type_of(ResourceId.parse(inputs["resource_id"]))
        if found is not None:
            inputs["resource_type"] = found.value
    elif isinstance(given, str):
        inputs["resource_type"] = {word.lower(): word.value for word in DataSourceType}.get(given.lower(), given)


def observed(status: BackupStatus | None) -> dict[str, Any]:
    """Return what an answer tells; empty text tells as little as null. None is a resource that Azure does not know."""
    if status is None:
        return {}
    told = {name: getattr(status, name) for name in STATUS_FIELDS}
    return {name: value for name, value in told.items() if value is not None and value != ""}


def same_status(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Return whether two answers say the same; empty text tells as little as absence.

    Args:
        olds: What was recorded before.
        news: What was told now. Without any field of an answer nobody asked, and nothing has changed.
    """
    if not any(name in news for name in STATUS_FIELDS):
        return True
    return all(_normal(name, olds.get(name)) == _normal(name, news.get(name)) for name in STATUS_FIELDS)


def _normal(name: str, value: Any) -> Any:
    if value == "":
        return None
    return id_key(value) if name == "vault_id" and isinstance(value, str) else value


def requirement(name: str, value: Any) -> dict[str, str]:
    """Parse what a program requires: a status, or a map of `status`, `vault_id` and `policy_name`.

    Raises:
        InvalidInputError: It is neither, or a status is misspelled. One that nobody knows yet is taken.
    """
    given = {"status": value} if isinstance(value, str) else value
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            property=name, reason=f"must be a status such as 'Protected', or a map, not {kind_of(value)}"
        )
    unknown = sorted(given.keys() - set(_REQUIRED))
    if unknown:
        raise InvalidInputError(property=name, reason=f"has {unknown[0]!r}; it may have {', '.join(_REQUIRED)}")
    found = {key: plain_text(f"{name}.{key}", text) for key, text in given.items() if text is not None}
    found["status"] = _status(name, found.get("status", "Protected"))
    if "vault_id" in found:
        found["vault_id"] = str(
            ResourceId.parse(found["vault_id"], property=name, expect="Microsoft.RecoveryServices/vaults")
        )
    return found


def _status(name: str, text: str) -> str:
    spelled = {status.lower(): status for status in STATUSES}
    if text.lower() in spelled:
        return spelled[text.lower()]
    near = difflib.get_close_matches(text.lower(), spelled, n=1)
    if near:
        raise InvalidInputError(property=name, reason=f"{text!r} is no status; did you mean {spelled[near[0]]!r}?")
    return text


def normal_requirement(value: Any) -> Any:
    """Return what is required as it is compared: ids and names without regard to case."""
    return {key: normal_name(text) for key, text in value.items()} if isinstance(value, Mapping) else value


def unmet(require: Mapping[str, Any] | None, told: Mapping[str, Any]) -> str:
    """Return why what was *told* is not what is required, or "" if it is.

    Args:
        require: As `requirement` returns it; None requires nothing.
        told: As `observed` returns it.
    """
    if require is None:
        return ""
    wrong = []
    for key, name, what in (
        ("status", "protection_status", "status"),
        ("vault_id", "vault_id", "vault"),
        ("policy_name", "policy_name", "policy"),
    ):
        wanted, found = require.get(key), told.get(name)
        if wanted is not None and (found is None or id_key(str(found)) != id_key(str(wanted))):
            wrong.append(f"its {what} is {found or 'not told'} instead of {wanted}")
    return " and ".join(wrong) + trouble(told) if wrong else ""


def trouble(told: Mapping[str, Any]) -> str:
    """Return the service's error with what introduces it, or "": `Success` is none, whatever stands beside it."""
    code = told.get("error_code")
    if not isinstance(code, str) or code.lower() == _SUCCESS:
        return ""
    return f"; Azure says {': '.join(str(part) for part in (code, told.get('error_message')) if part)}"
