"""How far the data of a copied disk has come: a function of when it started, a curve, and the time.

The service refreshes what it shows every ten minutes, so a disk may jump from 0 to 100 and is seen as finished up to
ten minutes after it was. When a disk fails it says neither why nor how far it had come.

Source: copy documentation, limitations and "Get VM restore points copy or replication status".
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from azure_recovery.emulator.settings import Settings

_MINUTE_S: Final = 60.0
_DAY_S: Final = 86400.0
_ALL: Final = 100.0


class State(StrEnum):
    """Where a copied disk stands."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    TERMINATED = "Terminated"


@dataclass(frozen=True)
class Progress:
    """What the service shows of one disk.

    Attributes:
        percent: 0 to 100; None for a disk that failed.
        refreshed_at: When the service last looked, in Azure's seconds since 1970.
    """

    state: State
    percent: float | None
    refreshed_at: float


def derived_minutes(source_point_key: str, disk: str, region: str, settings: Settings) -> float:
    """Return how long a disk takes for which the world does not say: the same for the same copy, always."""
    low, high = settings.number("replication_minutes_min"), settings.number("replication_minutes_max")
    digest = hashlib.sha256(f"{source_point_key}|{disk}|{region}".lower().encode()).digest()
    return low + max(high - low, 0.0) * int.from_bytes(digest[:4]) / 0xFFFFFFFF


def progress(curve: dict[str, Any], started_at: float, now: float, settings: Settings) -> Progress:
    """Return what is shown at *now* of a disk whose data began to move at *started_at*.

    Args:
        curve: `minutes` (Azure's), `ending`, `at_percent` where the ending happens. An ending is `succeeds`, `fails`,
            `stalls`, `terminates` or `regresses`: falls back to half, then goes on to succeed.
        started_at: Seconds since 1970 on Azure's clock.
        now: The same.
        settings: For the refresh and the limit of two weeks.
    """
    refresh_s = settings.number("replication_refresh_seconds")
    elapsed = max(now - started_at, 0.0)
    limit = settings.number("replication_limit_days") * _DAY_S
    if refresh_s > 0:
        elapsed = math.floor(elapsed / refresh_s) * refresh_s
    refreshed_at = started_at + elapsed
    if elapsed >= limit and _course(curve, limit)[0] is State.IN_PROGRESS:
        return Progress(State.TERMINATED, None, refreshed_at)
    return Progress(*_course(curve, elapsed), refreshed_at)


def _course(curve: dict[str, Any], elapsed_s: float) -> tuple[State, float | None]:
    length_s = float(curve["minutes"]) * _MINUTE_S
    reached = _ALL * elapsed_s / length_s if length_s > 0 else _ALL
    at_percent = float(curve.get("at_percent", 50.0))
    ending = curve.get("ending", "succeeds")
    if ending == "fails" and reached >= at_percent:
        return State.FAILED, None
    if ending == "terminates" and reached >= at_percent:
        return State.TERMINATED, None
    if ending == "stalls":
        return State.IN_PROGRESS, min(reached, at_percent)
    if ending == "regresses" and reached >= at_percent:
        reached -= at_percent / 2.0
    return (State.SUCCEEDED, _ALL) if reached >= _ALL else (State.IN_PROGRESS, min(reached, 99.0))


def overall(shown: Iterable[Progress]) -> State:
    """Return the state of a copy: the worst of its disks, and Succeeded only if all have."""
    states = {entry.state for entry in shown}
    for state in (State.FAILED, State.TERMINATED, State.IN_PROGRESS):
        if state in states:
            return state
    return State.SUCCEEDED


def status(state: State, settings: Settings, at: str | None = None) -> dict[str, Any]:
    """Return an InstanceViewStatus. Without a message: the service gives no details even of a failure."""
    code, level, display = {
        State.SUCCEEDED: ("ReplicationState/succeeded", "Info", settings.text("display_succeeded")),
        State.IN_PROGRESS: (settings.text("code_in_progress"), "Info", "Replication in progress"),
        State.FAILED: (settings.text("code_failed"), "Error", "Replication failed"),
        State.TERMINATED: (settings.text("code_terminated"), "Error", "Replication canceled"),
    }[state]
    shown = {"code": code, "level": level, "displayStatus": display}
    return shown if at is None else {**shown, "time": at}
