"""What a backup instance and its recovery points allow, rule by rule. Pure: no request, no row.

Source of the rules: support matrix of disk backup (same region as the snapshots, no original-location recovery, the
operational store alone); states of protection of api-version 2026-06-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from azure_recovery.dynamic_providers.disk_inputs import DISK_TYPE, INSTANCE, LOCATION, NAME
from azure_recovery.rest.arm.ids import ResourceId, id_key, normal_location, same_location
from azure_recovery.rest.dataprotection.models import BackupInstance, Datasource, RecoveryPoint
from azure_recovery.rest.errors import InvalidInputError

_GONE = frozenset({"softdeleting", "softdeleted"})
_PROTECTED = frozenset({"protectionconfigured", "updatingprotection"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot work: the input that it is told of, and why."""

    property: str
    reason: str


def unfit_instance(instance: BackupInstance, disk_id: ResourceId | None) -> Wrong | None:
    """Return why *instance* cannot be restored to *disk_id*, where that is known."""
    source = _datasource(instance)
    kind = source.datasource_type or source.resource_type
    if kind and kind.lower() != DISK_TYPE.lower():
        return Wrong(INSTANCE, f"backs up a {kind}; only disks, {DISK_TYPE}, can be restored here")
    if _state(instance).lower() in _GONE:
        return Wrong(INSTANCE, f"is {_state(instance)}: undelete the backup instance first")
    if disk_id is not None and source.resource_id and id_key(source.resource_id) == disk_id.key:
        return Wrong(
            NAME,
            f"is that of the disk that is backed up, {disk_id}: a disk cannot be restored to its original location; "
            "choose another name or resource group",
        )
    return None


def location_for(instance: BackupInstance, wanted: str | None) -> str:
    """Return the region that the disk is restored to: that of the snapshots, which is that of the disk backed up.

    Raises:
        InvalidInputError: Another one is wanted, or neither says which.
    """
    found = _datasource(instance).resource_location
    if not found and not wanted:
        raise InvalidInputError(
            property=LOCATION, reason="is required here: the backup instance does not tell where its snapshots are"
        )
    wrong = unfit_location(instance, wanted)
    if wrong:
        raise InvalidInputError(property=wrong.property, reason=wrong.reason)
    return normal_location(wanted or found or "")


def unfit_location(instance: BackupInstance, wanted: str | None) -> Wrong | None:
    """Return why a disk of *instance* cannot be restored to the region *wanted*, where one is given."""
    found = _datasource(instance).resource_location
    if not found or not wanted or same_location(found, wanted):
        return None
    return Wrong(
        LOCATION,
        f"is not the region of the snapshots, {normal_location(found)}, where the disk must be restored: leave it out, "
        "or copy restore points to have disks in another region",
    )


def unprotected(instance: BackupInstance) -> str:
    """Return that no newer recovery points are to be expected, and why, or ""."""
    state = _state(instance)
    if not state or state.lower() in _PROTECTED:
        return ""
    error = instance.properties.protection_error
    why = f" ({error.message})" if error is not None and error.message else ""
    return f"the backup instance is {state}{why}: newer recovery points may be missing"


def snapshot_group(instance: BackupInstance) -> str:
    """Return the ARM id of the group that holds the snapshots of *instance*, or "" where it does not tell."""
    policy = instance.properties.policy_info
    stores = policy.policy_parameters.data_stores if policy and policy.policy_parameters else ()
    return next((store.snapshot_group_id for store in stores if store.snapshot_group_id), "")


def too_old(point: RecoveryPoint, max_age_s: float | None, now: datetime) -> str:
    """Return that the data of *point* is older than is allowed, or ""."""
    old = data_too_old(point.properties.time, max_age_s, now)
    return f"{old}: take a backup first, or allow older data" if old else ""


def data_too_old(time: datetime | None, max_age_s: float | None, now: datetime) -> str:
    """Return that data of *time* is older than is allowed, or ""; data of an unknown time is not."""
    if max_age_s is None or time is None:
        return ""
    age = max((now - time).total_seconds(), 0.0)
    if age <= max_age_s:
        return ""
    return f"is {_span(max_age_s)}, while the data of {time:%Y-%m-%dT%H:%M:%SZ} is {_span(age)} old"


def _state(instance: BackupInstance) -> str:
    status = instance.properties.protection_status
    return instance.properties.current_protection_state or (status.status if status else None) or ""


def _datasource(instance: BackupInstance) -> Datasource:
    return instance.properties.datasource or Datasource()


def _span(seconds: float) -> str:
    """Return a length of time in words that are read at a glance: `1 day, 2:03:00`."""
    return str(timedelta(seconds=round(seconds)))
