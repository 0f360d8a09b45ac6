"""What a program sees of a copy."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from azure_recovery.dynamic_providers.copy_outputs import copy_outputs
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.compute.replication import copy_status

POINT = json.loads(
    (Path(__file__).parents[1] / "data" / "compute" / "restore_point_with_instance_view.json").read_text()
)
MADE = datetime(2026, 11, 20, 8, tzinfo=UTC)
SEEN = MADE + timedelta(hours=3)
SECRET = "planted-secret"


@pytest.fixture
def body() -> Any:
    """A usable copy of a machine that was captured at `MADE`."""
    found = copy.deepcopy(POINT)
    found["properties"]["timeCreated"] = MADE.isoformat()
    return found


def outputs(body: Any, before: dict[str, Any], now: datetime, *, expose: bool = False) -> dict[str, Any]:
    """Return the outputs after an answer."""
    return copy_outputs(copy_status(RestorePoint.model_validate(body)), before, now, expose=expose)


def test_a_copy_that_was_usable_before(body):
    """When it was first seen so, and how old its data was then, does not move with each look."""
    first = outputs(body, {"requested_at": MADE.isoformat()}, SEEN)
    later = outputs(body, first, SEEN + timedelta(days=2))

    assert (SEEN.isoformat(), 3 * 3600, True) == (first["usable_at"], first["rpo_seconds"], first["usable"])
    assert first == later


def test_a_copy_that_is_not_usable_any_more(body):
    """It is not called usable since then."""
    before = outputs(body, {}, SEEN)
    for disk in body["properties"]["instanceView"]["diskRestorePoints"]:
        disk["replicationStatus"] = {"status": {"code": "ReplicationState/inProgress"}, "completionPercent": 20}

    found = outputs(body, before, SEEN)

    assert not found["usable"]
    assert found.keys() & {"usable_at", "rpo_seconds"} == set()


def test_what_may_hold_secrets_of_the_machine(body):
    """It is in one output, and only where that is asked for."""
    body["properties"]["sourceMetadata"] |= {
        "osProfile": {"computerName": "web-1", "customData": SECRET},
        "userData": SECRET,
        "diagnosticsProfile": {"bootDiagnostics": {"storageUri": f"https://storage/?sig={SECRET}"}},
    }

    exposed = outputs(body, {}, SEEN, expose=True)

    assert SECRET not in json.dumps(outputs(body, {}, SEEN))
    assert {"osProfile", "userData", "diagnosticsProfile"} == set(exposed.pop("source_metadata"))
    assert SECRET not in json.dumps(exposed)
