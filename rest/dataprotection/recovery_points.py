"""Which recovery point to restore from. Pure.

The list holds everything: points that are still being written, hidden or expired ones, and of other kinds of data those
in other stores. A point can be restored from when it is complete and lies, committed and visible, in the operational
store until some time to come. What an answer leaves out is not held against it: `validateRestore` has the last word.

Source: examples and recording of RecoveryPoints_List; what `COMMITTED`, `visible` and `Partial` mean for a restore is
concluded from their names, no documentation says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from azure_recovery.rest.arm.ids import ResourceId, id_key
from azure_recovery.rest.dataprotection.calls import RECOVERY_POINT
from azure_recovery.rest.dataprotection.models import RecoveryPoint
from azure_recovery.rest.dataprotection.requests import OPERATIONAL_STORE
from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.redaction import quoted

LATEST = "latest"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NAME = re.compile(r"[0-9A-Za-z][-0-9A-Za-z]{0,127}")


def wanted_point(text: str, *, property: str = "recovery_point") -> str | datetime:  # noqa: A002 - Pulumi's word
    """Return what a user wants: `"latest"`, the time as aware datetime, or the id as written.

    Args:
        text: `latest`; a time such as `2026-11-22T10:00:00Z`, in UTC where it has no zone; the name of a recovery
            point, 32 hexadecimal digits; or its ARM id.
        property: The input that the error is told of.

    Raises:
        InvalidInputError: It is none of these.
    """
    written = text.strip()
    if written.lower() == LATEST:
        return LATEST
    if _DATE.match(written):
        return _time(written, property=property)
    if "/" in written:
        return str(ResourceId.parse(written, property=property, expect=RECOVERY_POINT))
    if _NAME.fullmatch(written):
        return written
    raise InvalidInputError(
        property=property,
        reason=f"{quoted(text)} is no recovery point: write 'latest', a time such as 2026-11-22T10:00:00Z, or an id",
    )


def choose_recovery_point(
    points: Iterable[RecoveryPoint],
    wanted: str | datetime,
    now: datetime,
    *,
    property: str = "recovery_point",  # noqa: A002
) -> RecoveryPoint:
    """Return the recovery point to restore from.

    Args:
        points: All of an instance, in any order.
        wanted: What `wanted_point` returns, or takes. A time means the newest point at or before it.
        now: The service's time, by which points expire.
        property: The input that the error is told of.

    Raises:
        InvalidInputError: There is none, or the one that is wanted cannot be restored from; the text says why, how many
            there are, and which are the newest and the oldest.
    """
    listed = list(points)
    usable = sorted((p for p in listed if not why_unusable(p, now)), key=_when)
    sought = wanted_point(wanted, property=property) if isinstance(wanted, str) else _aware(wanted)
    if isinstance(sought, datetime):
        before = [point for point in usable if _when(point) <= sought]
        if before:
            return before[-1]
        reason = f"no recovery point at or before {_shown(sought)} can be restored from"
    elif sought == LATEST:
        if usable:
            return usable[-1]
        reason = "there is no recovery point to restore from"
    else:
        named = [point for point in listed if _is_named(point, sought)]
        wrong = why_unusable(named[0], now) if named else ""
        if named and not wrong:
            return named[0]
        shown = quoted(sought.rpartition("/")[2])
        reason = f"recovery point {shown} cannot be restored from: it {wrong}"
        if not named:
            reason = f"there is no recovery point {shown} to restore from"
    raise InvalidInputError(property=property, reason=f"{reason}; {_what_there_is(listed, usable, now)}")


def why_unusable(point: RecoveryPoint, now: datetime) -> str:
    """Return why a disk cannot be restored from *point* at *now*, such as `expired at …`; "" if it can."""
    properties = point.properties
    if not point_name(point):
        return "has no name"
    if properties.time is None:
        return "has no time"
    if (properties.state or "").lower() == "partial":
        return "is Partial: not everything was backed up"
    store = next((s for s in properties.stores if (s.type or "").lower() == OPERATIONAL_STORE.lower()), None)
    if store is None:
        where = ", ".join(s.type for s in properties.stores if s.type)
        return f"is not in the {OPERATIONAL_STORE}" + (f" but in {where}" if where else "")
    if store.state is not None and store.state.lower() != "committed":
        return f"is not committed but {store.state}"
    if store.visible is False:
        return "is not visible any more"
    expires_at = store.expires_at or properties.expires_at
    if expires_at is not None and expires_at <= now:
        return f"expired at {_shown(expires_at)}"
    return ""


def point_name(point: RecoveryPoint) -> str:
    """Return the name by which a restore asks for *point*."""
    return point.properties.recovery_point_id or point.name or (point.id or "").rpartition("/")[2]


def _when(point: RecoveryPoint) -> datetime:
    return point.properties.time or datetime.min.replace(tzinfo=UTC)


def _is_named(point: RecoveryPoint, sought: str) -> bool:
    if "/" in sought:
        return point.id is not None and id_key(point.id) == id_key(sought)
    names = (point.name, point.properties.recovery_point_id)
    return sought.lower() in {name.lower() for name in names if name}


def _what_there_is(listed: list[RecoveryPoint], usable: list[RecoveryPoint], now: datetime) -> str:
    if not listed:
        return "the backup instance has no recovery points yet"
    if usable:
        return f"{len(usable)} of {len(listed)} can be used: {_ends(usable)}"
    newest = max(listed, key=_when)
    return f"none of {len(listed)} can be used: {_ends(listed)}; the newest {why_unusable(newest, now)}"


def _ends(points: list[RecoveryPoint]) -> str:
    newest, oldest = max(points, key=_when), min(points, key=_when)
    said = f"the newest {point_name(newest)} of {_shown(_when(newest))}"
    return said if newest is oldest else f"{said}, the oldest {point_name(oldest)} of {_shown(_when(oldest))}"


def _time(written: str, *, property: str) -> datetime:  # noqa: A002
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or _DATE.fullmatch(written):
        raise InvalidInputError(
            property=property, reason=f"{quoted(written)} is no time: write date and time, such as 2026-11-22T10:00:00Z"
        )
    return _aware(found)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
