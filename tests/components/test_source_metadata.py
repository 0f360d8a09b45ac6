"""What Azure tells of the captured machine and may hold secrets."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
USER_DATA = "cGxhbnRlZA=="


@pytest.fixture
def world() -> dict[str, Any]:
    """The default world, whose machine has user data."""
    text = resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text(encoding="utf-8")
    changed: dict[str, Any] = json.loads(text)
    changed["virtual_machines"][0]["user_data"] = USER_DATA
    return changed


def _state(stack):
    [copy] = [one for one in stack.engine.deployment()["resources"] if "RestorePointCopy" in one["type"]]
    return copy


@ENGINES
def test_only_where_it_is_asked_for_and_as_a_secret(deploy, engine):
    """Asked for, it is ciphertext in the state, after a refresh too; not asked for any more, it leaves the state."""
    stack = deploy(engine, "single")

    states = []
    for arguments in ({}, {"exposed": True}, {"exposed": False}):
        stack.run("up", of="daily-1", **arguments)
        states.append(_state(stack))
        if arguments.get("exposed"):
            stack.run("refresh")
            states.append(_state(stack))

    without, exposed, refreshed, no_more = (state["outputs"].get("source_metadata") for state in states)
    assert (None, None) == (without, no_more)
    assert [True, True] == ["ciphertext" in found for found in (exposed, refreshed)]
    assert not [state for state in states if USER_DATA in json.dumps(state) or "azureuser" in json.dumps(state)]


@ENGINES
def test_what_it_holds(deploy, engine):
    """What Azure told, by Azure's names, for the programs that need it."""
    stack = deploy(engine, "single")

    told = stack.run("up", of="daily-1", exposed=True).outputs["metadata"]

    assert {"osProfile", "userData", "diagnosticsProfile"} == set(told)
    assert ("web-1", USER_DATA) == (told["osProfile"]["computerName"], told["userData"])
