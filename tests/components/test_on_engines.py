"""Whole deployments of a CrossRegionCopy on loopback: the real SDK, real gRPC, real HTTP, an hour in a second."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
BOTH = ["northeurope", "swedencentral"]


@ENGINES
def test_one_copy_more_changes_nothing_that_was_built_from_the_others(deploy, engine):
    """A preview of an update of the gate shows the entries that it had, and the new one as unknown."""
    two = {"restore_points": ["daily-1", "daily-2"]}
    built = {"disk-1": ["northeurope", "daily-1"], "disk-2": ["northeurope", "daily-2"]}
    stack = deploy(engine)

    first = stack.run("preview", **two, built=built)
    stack.run("up", **two, built=built)
    second = stack.run("up", **two, built=built)
    third = stack.run("up", **two, built=built)
    three = {"restore_points": ["daily-1", "daily-2", "daily-3"]}
    more = {**built, "disk-3": ["northeurope", "daily-3"]}
    preview = stack.run("preview", **three, built=more)
    done = stack.run("up", **three, built=more)

    assert {"create"} == set(first.changed.values())
    assert {} == second.changed == third.changed
    assert 2 == second.looks, "one for each copy: the inputs of the first up are from before anything was usable"
    assert 0 == third.looks
    expected = {"web-northeurope-daily-3": "create", "disk-3": "create", "web": "update"}
    assert expected == preview.changed == done.changed


@ENGINES
def test_the_oldest_dropped_and_a_newest_added(deploy, engine):
    """One creation and one deletion in each region; the gate lists others, and nothing else happens."""
    stack = deploy(engine)
    stack.run("up", regions=BOTH, restore_points=["daily-1", "daily-2"])

    wanted = {"regions": BOTH, "restore_points": ["daily-2", "daily-3"]}
    preview = stack.run("preview", **wanted)
    done = stack.run("up", **wanted)

    expected = {
        "web-northeurope-daily-1": "delete",
        "web-northeurope-daily-3": "create",
        "web-swedencentral-daily-1": "delete",
        "web-swedencentral-daily-3": "create",
        "web": "update",
    }
    assert expected == preview.changed == done.changed
    assert ["DELETE", "DELETE", "PUT", "PUT"] == sorted(request.method for request in done.writes)


def test_copies_start_in_the_order_of_the_source(deploy):
    """Whatever the order in which the caller names them, Azure refuses none."""
    done = deploy("embedded").run("up", restore_points=["daily-3", "daily-1", "daily-2"])

    puts = [request.path for request in done.writes if request.operation == "RestorePoints.CreateOrUpdate"]
    assert ["daily-1", "daily-2", "daily-3"] == [path.rsplit("/", 1)[1][len("web-northeurope-") :][:7] for path in puts]
    assert {201, 202} >= {request.status for request in done.writes}


def test_a_source_that_is_not_known_before_the_deployment(deploy):
    """Its copies are in the preview by the names that were given, and are made in their order."""
    stack = deploy("embedded")
    wanted = {"unknown_source": True, "restore_points": ["daily-1", "daily-2"]}

    preview = stack.run("preview", **wanted)
    done = stack.run("up", **wanted)
    unnamed = stack.run("preview", ok=False, unknown_source=True)

    copies = {"web-northeurope-daily-1": "create", "web-northeurope-daily-2": "create"}
    assert (
        {"source": "create", "web-northeurope": "create", "web": "create", **copies} == preview.changed == done.changed
    )
    assert any("restore_points: must be given, oldest first" in error for error in unnamed.errors)


@pytest.fixture
def world(request) -> dict[str, Any] | None:
    """The default world, or one whose source has a fourth restore point."""
    if "four" not in request.node.name:
        return None
    text = resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text(encoding="utf-8")
    changed = json.loads(text)
    changed["restore_point_collections"][0]["restore_points"].append({"name": "daily-4", "age_hours": 2})
    for disk in changed["virtual_machines"][0]["disks"]:
        disk["replication_minutes"] = 5
    return changed


def test_four_copies_into_one_region_wait_out_the_hour(deploy):
    """Azure accepts three an hour; the fourth is refused once, waits as long as Azure says, and tells until when."""
    # Ten minutes of Azure in a second: however busy the machine is, all four are asked for within the hour.
    done = deploy("embedded", speed=600.0).run("up", built={"disk-4": ["northeurope", "daily-4"]})

    puts = [request for request in done.requests if request.operation == "RestorePoints.CreateOrUpdate"]
    refused = [request for request in puts if request.status == 429]
    assert 1 == len(refused)
    assert 5 == len(puts)
    assert (puts[-1].at - refused[0].at).total_seconds() > 1_000
    assert "web-northeurope-daily-4" in refused[0].path
    assert any("throttled until" in row for row in done.rows["web-northeurope-daily-4"]), done.rows
    assert "create" == done.ops["disk-4"]


def test_a_copy_that_never_arrives_is_named_and_left_behind(deploy):
    """The gate's error says how, and the next `up` ends without touching the copy."""
    stack = deploy("embedded")
    stack.fault(name="disk-stalls", path="*/restorePoints/*daily-2*", method="PUT")
    wanted = {"restore_points": ["daily-1", "daily-2"], "built": {"disk-1": ["northeurope", "daily-1"]}}

    failed = stack.run("up", ok=False, within="3h", **wanted)
    done = stack.run("up", within="3h", not_waited_for=["daily-2"], **wanted)
    again = stack.run("up", within="3h", not_waited_for=["daily-2"], **wanted)

    [error] = [line for line in failed.errors if "still replicating" in line]
    assert "daily-2" in error
    assert "name it in not_waited_for" in error
    assert {"web": "update", "disk-1": "create"} == done.changed
    assert [] == done.writes
    assert {} == again.changed


def test_with_the_source_down_named_copies_stay(deploy):
    """An `up` with the source answering nothing but errors changes nothing, and says so once."""
    stack = deploy("embedded")
    names = ["daily-1", "daily-2"]
    stack.run("up", restore_points=names)
    stack.fault(name="unavailable", path="*/web-1-restore-points*", count=0)

    done = stack.run("up", restore_points=names)

    assert {} == done.changed
    assert [] == done.writes
    [warning] = done.warnings
    assert "could not be looked up" in warning
    assert "503" in warning


def test_with_the_source_down_all_copies_stay_too(deploy):
    """Without names it is not known which copies there should be: one line, and nothing is deleted."""
    stack = deploy("embedded")
    stack.run("up")
    stack.fault(name="unavailable", path="*/web-1-restore-points*", count=0)

    failed = stack.run("up", ok=False)

    assert [] == failed.writes
    error = failed.errors[0]
    assert "could not be looked up" in error
    assert "nothing is changed" in error
    assert "Traceback" not in str(failed.errors)
