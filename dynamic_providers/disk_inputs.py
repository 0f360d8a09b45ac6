"""The inputs of a restored disk: from which recovery point, to where, and how old its data may be."""

from __future__ import annotations

import math
import re
from typing import Any

from azure_recovery.dynamic_providers import inputs
from azure_recovery.dynamic_providers.inputs import Input
from azure_recovery.rest.arm.ids import ResourceGroupId, ResourceId, check_subscription_id, normal_location
from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.redaction import quoted

INSTANCE_TYPE = "Microsoft.DataProtection/backupVaults/backupInstances"
DISK_TYPE = "Microsoft.Compute/disks"
IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"

INSTANCE = "backup_instance_id"
GROUP = "target_resource_group_id"
NAME = "disk_name"
POINT = "recovery_point"
LOCATION = "location"

_DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_SECONDS_OF = {"weeks": 604_800.0, "days": 86_400.0, "hours": 3_600.0, "minutes": 60.0, "seconds": 1.0}


class _Location(Input):
    """A region that follows from the backup instance where it is left out: leaving it out is no change."""

    def same(self, old: Any, new: Any) -> bool:
        """Return whether two stored values mean the same."""
        return old is None or new is None or Input.same(self, old, new)


class _Duration(Input):
    """A length of time, which may be written as text or as a number."""

    def same(self, old: Any, new: Any) -> bool:
        """Return whether two stored values mean the same."""
        known = duration_s(old) is not None and duration_s(new) is not None
        return duration_s(old) == duration_s(new) if known else Input.same(self, old, new)


def group_id(name: str, value: Any) -> str:
    """Parse the ARM id of a resource group."""
    return str(ResourceGroupId.parse(inputs.plain_text(name, value), property=name))


def recovery_point(name: str, value: Any) -> str:
    """Parse `latest`, a time, or the id or name of a recovery point; it is kept as it is written."""
    written = inputs.plain_text(name, value)
    if written.lower() != "latest":
        from azure_recovery.rest.dataprotection.recovery_points import wanted_point

        wanted_point(written, property=name)
    return written


def duration(name: str, value: Any) -> str | float:
    """Parse a duration: `P1D`, `PT12H`, or seconds. It is kept as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = inputs.plain_text(name, value)
    if duration_s(value) is None:
        shown = quoted(value) if isinstance(value, str) else str(value)
        raise InvalidInputError(
            property=name,
            reason=f"{shown} is no duration: write ISO 8601 without years and months, such as 'P1D' or 'PT12H', or "
            "seconds",
        )
    return value if isinstance(value, str) else float(value)


def duration_s(value: Any) -> float | None:
    """Return a duration in seconds, or None for what is none."""
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        if found:
            seconds = sum(float(part) * _SECONDS_OF[unit] for unit, part in found.groupdict().items() if part)
            return seconds if math.isfinite(seconds) else None
        value = float(value) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def guard_requests(name: str, value: Any) -> list[str]:
    """Parse the ids of resource guard requests: ARM ids of whatever type the guard's proxy answers."""
    return [str(ResourceId.parse(inputs.plain_text(name, one), property=name)) for one in _listed(name, value)]


def tenant_ids(name: str, value: Any) -> list[str]:
    """Parse GUIDs of tenants; the same twice is kept once."""
    found: dict[str, str] = {}
    for one in _listed(name, value):
        text = inputs.plain_text(name, one)
        try:
            found.setdefault(text.lower(), check_subscription_id(text, property=name))
        except InvalidInputError:
            raise InvalidInputError(
                property=name, reason=f"{quoted(text)} is no tenant id: it must be a GUID"
            ) from None
    return list(found.values())


def _listed(name: str, value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInputError(property=name, reason=f"must be a list, not {inputs.kind_of(value)}")
    return value


FIELDS = (
    Input(INSTANCE, inputs.arm_id(INSTANCE_TYPE), required=True, forcing=True, normal=inputs.normal_id),
    Input(GROUP, group_id, required=True, forcing=True, normal=inputs.normal_id),
    Input(NAME, inputs.new_name("disks"), forcing=True, normal=inputs.normal_name),
    Input(POINT, recovery_point, forcing=True, default="latest"),
    _Location(
        LOCATION,
        inputs.location,
        forcing=True,
        normal=lambda value: normal_location(value) if isinstance(value, str) else value,
    ),
    _Duration("max_age", duration),
    Input("identity_id", inputs.arm_id(IDENTITY_TYPE), normal=inputs.normal_id),
    Input("resource_guard_operation_requests", guard_requests),
    Input("auxiliary_tenant_ids", tenant_ids),
    Input("preflight", inputs.one_of("on", "off", "validate"), default="on"),
    _Duration("permission_wait", duration, default="PT15M"),
)
"""Inputs of `DiskRestore`."""
