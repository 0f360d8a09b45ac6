from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from azure_recovery.rehearsal.azure_native import TypesSeen
from azure_recovery.rehearsal.checks import Finding
from azure_recovery.rehearsal.report import Copy, Phase, Report, count_requests, duration
from azure_recovery.rehearsal.world import Request

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def request(minute: float, method: str = "GET", operation: str = "RestorePoints.Get", status: int = 200) -> Request:
    at = NOON + timedelta(minutes=minute)
    return Request(number=0, at=at, method=method, operation=operation, path="/", status=status)


def report(**fields: object) -> Report:
    phase = Phase(name="up", ok=True, changes={"create": 3}, azure_s=3900, wall_s=6.5, requests=4)
    copy = Copy(
        name="daily-1",
        arm_id="/subscriptions/s",
        usable=True,
        usable_at="2026-01-01T12:52:00+00:00",
        requested_at="2026-01-01T12:00:00+00:00",
        rpo_seconds=97200.0,
        disks=["os", "data"],
    )
    values = {"program": "p", "engine": "embedded engine 1", "speed": 600.0, "phases": [phase], "copies": [copy]}
    return Report(**{**values, **fields})  # type: ignore[arg-type]


def test_requests_by_ten_minutes() -> None:
    """Requests are counted for each ten minutes of Azure's clock, those that write apart."""
    counted = count_requests([request(0, "PUT"), request(9.9), request(10), request(31)], NOON)

    assert counted.timeline == [
        {"from_minute": 0, "requests": 2, "writes": 1},
        {"from_minute": 10, "requests": 1, "writes": 0},
        {"from_minute": 30, "requests": 1, "writes": 0},
    ]


def test_requests_by_operation_and_status() -> None:
    """The most frequent operation comes first; refusals are told."""
    requests = [request(0, operation="Token"), request(1), request(2, status=429)]
    counted = count_requests(requests, NOON)

    assert counted.total == 3
    assert list(counted.by_operation.items()) == [("RestorePoints.Get", 2), ("Token", 1)]
    assert "  answered 429: 1" in report(requests=counted).lines()


def test_a_quiet_time_between_requests() -> None:
    """Ten minutes without a request are a row of the timeline, too, once there was one."""
    lines = report(requests=count_requests([request(31), request(55)], NOON)).lines()
    start = next(index for index, line in enumerate(lines) if "from minute" in line)

    assert [line.split()[:3] for line in lines[start + 1 : start + 4]] == [
        ["30", "1", "0"],
        ["40", "0", "0"],
        ["50", "1", "0"],
    ]


def test_a_rehearsal_of_days() -> None:
    """A timeline that would be long has wider rows."""
    lines = report(requests=count_requests([request(0), request(60 * 24)], NOON)).lines()

    assert any("(360 minutes of Azure's clock a row)" in line for line in lines)


def test_what_became_usable() -> None:
    """A copy is told with its waiting time, the age of its data and its disks."""
    line = "  daily-1: usable, 52 min after it was asked for, data 1 d 3 h old by then; 2 disks: os, data"

    assert line in report().lines()


def test_what_was_echoed() -> None:
    """The types of azure-native that prove nothing are named, apart from those that the emulator serves."""
    seen = TypesSeen({"azure-native:network:Subnet": 2, "azure-native:storage:Blob": 1}, {"azure-native:a:B": 1})

    assert [line for line in report(native=seen).lines() if line.startswith("azure-native")] == [
        "azure-native: echoed, and made nowhere: 2 network:Subnet, 1 storage:Blob",
        "azure-native: served by the emulator: 1 a:B",
    ]
    assert not any("azure-native" in line for line in report().lines())


def test_a_copy_that_is_not_usable() -> None:
    """A copy that still replicates is not told as usable."""
    copy = Copy(name="a", arm_id="", usable=False, usable_at=None, requested_at=None, rpo_seconds=None, disks=["os"])

    assert "  a: not usable yet" in report(copies=[copy]).lines()


def test_both_clocks() -> None:
    """A phase tells what it takes on Azure's clock and on the wall."""
    assert (
        "  up               ok      3 create; 1 h 5 min on Azure's clock, 6.5 s on the wall; 4 requests"
        in report().lines()
    )


def test_a_finding_fails_the_rehearsal() -> None:
    """A rehearsal whose phases are well but whose world is not has failed, with one line for it."""
    failed = report(findings=[Finding("destroy", "a copy is left", "look at\nits delete")])

    assert not failed.ok
    assert failed.lines()[-2:] == ["Did not hold:", "  destroy: a copy is left; look at its delete"]


def test_a_failed_phase() -> None:
    """An error of the engine is one line after the phase's name."""
    phase = Phase(name="up", ok=False, changes={}, azure_s=0, wall_s=0, requests=0, errors=["daily-1: no\n such copy"])

    assert report(phases=[phase]).failures() == ["up: daily-1: no such copy"]


def test_no_phase_at_all() -> None:
    """A rehearsal that ran nothing has not held."""
    assert not report(phases=[]).ok


def test_the_same_as_json() -> None:
    """The JSON tells what the lines tell."""
    told = json.loads(json.dumps(report(requests=count_requests([request(0)], NOON)).as_json()))

    assert (told["ok"], told["engine"], told["azure_seconds"]) == (True, "embedded engine 1", 3900)
    assert told["copies"][0]["disks"] == ["os", "data"]
    assert told["requests"]["timeline"] == [{"from_minute": 0, "requests": 1, "writes": 0}]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min 59 s"), (5400, "1 h 30 min"), (183600, "2 d 3 h")],
)
def test_durations(seconds: float, said: str) -> None:
    """A span is told in its two greatest units."""
    assert said == duration(seconds)
