"""What a restore of an hour asks for, by the emulator's own log."""

from __future__ import annotations

import copy
from datetime import datetime
from pathlib import Path

from tests.kills.azure import jobs
from tests.kills.restoring import JOB_GET, RESTORE_POST, STATUS_GET, VALIDATION_POST
from tests.kills.stacks import Stack
from tests.kills.worlds import RESTORES

MOST_LOOKS = 40


def test_a_restore_of_an_hour_is_looked_at_forty_times_at_most(tmp_path: Path) -> None:
    """The first look after its end notices it; the looks at its two operations are not among the forty."""
    world = copy.deepcopy(RESTORES)
    world["backup_vaults"][0]["backup_instances"][0]["restore_minutes"] = 60
    with Stack(tmp_path / "stack", "restored", world=world).running() as stack:
        up = stack.run("up")

    assert up.outcome.ok, up.outcome.errors
    [job] = jobs(up.world)
    asked = [entry["operation"] for entry in up.log]
    looks = [_time(entry["at"]) for entry in up.log if entry["operation"] == JOB_GET]
    assert len(looks) <= MOST_LOOKS
    assert looks[-2] < _time(job["properties"]["endTime"]) <= looks[-1]
    validation, restore = asked.index(VALIDATION_POST), asked.index(RESTORE_POST)
    assert 1 <= asked[validation:restore].count(STATUS_GET) <= 4
    assert 1 <= asked[restore:].count(STATUS_GET) <= 2


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
