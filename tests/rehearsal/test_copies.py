from __future__ import annotations

from typing import Any

from azure_recovery.rehearsal.copies import copies

ID = "/subscriptions/s/resourceGroups/G/providers/Microsoft.Compute/restorePointCollections/c/restorePoints/Daily-1"


def resource(kind: str, name: str, id_: str, outputs: dict[str, Any]) -> dict[str, Any]:
    urn = f"urn:pulumi:rehearsal::p::component$pulumi-python:dynamic/azure_recovery:{kind}::{name}"
    return {"urn": urn, "custom": True, "id": id_, "outputs": outputs}


def accepted() -> dict[str, Any]:
    """A copy that was only to be accepted."""
    outputs = {
        "usable": False,
        "disks": [{"name": "os"}],
        "requested_at": "2026-01-02T00:00:00+00:00",
        "time_created": "2026-01-01T00:00:00+00:00",
    }
    return resource("RestorePointCopy", "daily-1", ID, outputs)


def gate(**usable: Any) -> dict[str, Any]:
    return resource("ReplicationGate", "web", "gate-1", {"usable": usable, "restore_point_ids": [ID]})


def test_a_copy_that_a_gate_waited_for() -> None:
    """It is usable since the gate saw it, and the age of its data is counted to then."""
    entry = {"usable_at": "2026-01-02T01:00:00+00:00", "disks": [{"name": "os"}, {"name": "data"}]}
    [copy] = copies({"resources": [accepted(), gate(**{ID.lower(): entry})]})

    assert copy.usable
    assert copy.line == "daily-1: usable, 1 h after it was asked for, data 1 d 1 h old by then; 2 disks: os, data"


def test_a_copy_that_the_gate_does_not_know_yet() -> None:
    """It is not told as usable."""
    [copy] = copies({"resources": [accepted(), gate()]})

    assert copy.line == "daily-1: not usable yet"


def test_what_another_resource_calls_usable() -> None:
    """Only a gate says so of a copy."""
    other = resource("Other", "x", "x", {"usable": {ID.lower(): {"usable_at": "2026-01-02T01:00:00+00:00"}}})

    assert [False] == [copy.usable for copy in copies({"resources": [accepted(), other]})]


def test_what_other_resources_call_usable_and_disks() -> None:
    """A component has no id, and disks may be texts: neither is a copy."""
    component = resource("Mine", "x", "", {"usable": True, "disks": [{"name": "os"}]})
    del component["id"]
    texts = resource("Theirs", "y", "y", {"usable": True, "disks": ["os"]})

    assert ["daily-1"] == [copy.name for copy in copies({"resources": [component, texts, accepted()]})]


def test_a_state_without_resources() -> None:
    """There is no copy in it."""
    assert copies({}) == []
