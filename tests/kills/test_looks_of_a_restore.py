"""What a restore of an hour asks for, by the emulator's own log."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path

from tests.kills.azure import SPEED, jobs
from tests.kills.restoring import JOB_GET, RESTORE_POST, STATUS_GET, VALIDATION_POST
from tests.kills.stacks import Stack
from tests.kills.worlds import RESTORES

HOUR_S = 3_600.0
MOST_LOOKS = 40
MACHINE_S = 0.1 * SPEED
"""A tenth of a real second, which a busy machine may take for the last look itself."""

LATENESS_S = max(0.1 * HOUR_S, 60.0) + MACHINE_S


def test_a_restore_of_an_hour_is_looked_at_forty_times_at_most(tmp_path: Path) -> None:
    """Its end is noticed within a tenth of its length; the looks at its two operations are not among the forty."""
    world = copy.deepcopy(RESTORES)
    world["backup_vaults"][0]["backup_instances"][0]["restore_minutes"] = 60
    with Stack(tmp_path / "stack", "restored", world=world).running() as stack:
        up = stack.run("up")

    assert up.outcome.ok, up.outcome.errors
    [job] = jobs(up.world)
    asked = [entry["operation"] for entry in up.log]
    looks = [_time(entry["at"]) for entry in up.log if entry["operation"] == JOB_GET]
    late_s = (looks[-1] - _time(job["properties"]["endTime"])).total_seconds()
    assert len(looks) <= MOST_LOOKS
    assert 0.0 <= late_s <= LATENESS_S
    validation, restore = asked.index(VALIDATION_POST), asked.index(RESTORE_POST)
    assert 1 <= asked[validation:restore].count(STATUS_GET) <= 4
    assert 1 <= asked[restore:].count(STATUS_GET) <= 2


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
