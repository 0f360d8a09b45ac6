"""A machine whose backup is stopped by somebody: how the next operation of a stack shows it, on real engines."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.components.conftest import GROUPS, SUBSCRIPTION, Deployed

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
MACHINE = f"{GROUPS}/production/providers/Microsoft.Compute/virtualMachines/web-1"
PROTECTED_HOURS = 1000.0
"""At an hour in a second that is longer than any test, which turns the clock instead."""


@pytest.fixture
def world() -> dict[str, Any]:
    """A machine that is protected, for a while."""
    item = {"virtual_machine": "web-1", "policy": "daily", "protected_until_minutes": PROTECTED_HOURS * 60.0}
    return {
        "subscription_id": SUBSCRIPTION,
        "resource_groups": [{"name": "production", "location": "westeurope"}],
        "virtual_machines": [
            {
                "name": "web-1",
                "resource_group": "production",
                "location": "westeurope",
                "disks": [{"name": "web-1-os"}],
            }
        ],
        "recovery_services_vaults": [
            {"name": "vault", "resource_group": "production", "location": "westeurope", "protected_items": [item]}
        ],
    }


@pytest.fixture
def protected(deploy: Callable[..., Deployed]) -> Callable[..., Deployed]:
    """Return a stack that has seen its machine protected, which it is not any more."""

    def deployed(engine: str, **arguments: Any) -> Deployed:
        stack = deploy(engine, "protected")
        first = stack.run("up", machine=MACHINE, **arguments)
        assert {"status": "Protected", "policy": "daily"} == first.outputs
        assert {} == stack.run("up", machine=MACHINE, **arguments).changed
        stack.advance(hours=PROTECTED_HOURS)
        return stack

    return deployed


def stored(stack: Deployed) -> dict[str, Any]:
    """Return inputs and outputs of the backup status, as the state has them."""
    [found] = [one for one in stack.engine.deployment()["resources"] if one["urn"].endswith("::status")]
    return {kind: found[kind].get("protection_status") for kind in ("inputs", "outputs")}


@ENGINES
def test_an_up(protected: Callable[..., Deployed], engine: str) -> None:
    """The preview shows an update, `up` carries it out without changing anything in Azure, and the next has none."""
    stack = protected(engine)

    preview = stack.run("preview", machine=MACHINE)
    done = stack.run("up", machine=MACHINE)
    again = stack.run("up", machine=MACHINE)

    assert {"status": "update"} == preview.changed == done.changed
    assert {"inputs": "NotProtected", "outputs": "NotProtected"} == stored(stack)
    assert {"status": "NotProtected"} == {name: value for name, value in done.outputs.items() if value is not None}
    assert [] == done.writes
    assert {} == again.changed


@ENGINES
def test_a_refresh(protected: Callable[..., Deployed], engine: str) -> None:
    """The state has what Azure tells now beside what the last `up` was told, and the next `up` nothing more to say."""
    stack = protected(engine)

    stack.run("refresh")

    assert {"inputs": "Protected", "outputs": "NotProtected"} == stored(stack)


@pytest.mark.parametrize(
    ("engine", "asked"),
    [
        ("embedded", {"require": "Protected"}),
        ("embedded", {"gate": True}),
        pytest.param("pulumi", {"require": "Protected"}, marks=pytest.mark.cli),
    ],
)
def test_what_is_required(protected: Callable[..., Deployed], engine: str, asked: dict[str, Any]) -> None:
    """Preview and `up` fail on the resource, or on the gate, in a line that names the machine; the state stays."""
    stack = protected(engine, **asked)

    preview = stack.run("preview", ok=False, machine=MACHINE, **asked)
    failed = stack.run("up", ok=False, machine=MACHINE, **asked)

    name = "gate" if "gate" in asked else "status"
    line = f"not backed up as required: {MACHINE} (its status is NotProtected instead of Protected)"
    for done in (preview, failed):
        assert any(error.startswith(f"{name}: ") and line in error for error in done.errors), done.errors
    if name == "status":
        assert {"inputs": "Protected", "outputs": "Protected"} == stored(stack)


@pytest.mark.cli
@pytest.mark.parametrize("operation", ["preview", "refresh"])
def test_as_it_is_read(protected: Callable[..., Deployed], operation: str) -> None:
    """The Pulumi CLI shows one line with both words."""
    cli = protected("pulumi").engine

    shown = subprocess.run(
        cli._line(operation, "--stack", "rehearsal", "--diff", *(["--yes"] if operation == "refresh" else [])),
        cwd=cli._project_dir,
        env=cli._environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    lines = {" ".join(line.split()) for line in shown.splitlines()}
    assert '~ protection_status : "Protected" => "NotProtected"' in lines, shown
