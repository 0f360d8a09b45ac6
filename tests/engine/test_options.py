"""Options of resources."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize("stage", ["aliased-name", "aliased-type", "aliased-parent"])
def test_alias(make_stack, stage):
    """A resource that was known under another name, type or parent keeps what it has."""
    stack = make_stack("options", "named")

    preview = stack.run("preview", stage)
    outcome = stack.run("up", stage)
    afterwards = stack.run("up", stage)

    assert not {"create", "delete", "update"} & set(outcome.verbs()[0].split())
    assert preview.changes == outcome.changes
    assert "replace" not in outcome.changes
    assert "delete" not in outcome.changes
    assert {"same"} == set(afterwards.changes)
    assert ["before-only"] == [path.stem for path in stack.place.world.iterdir()]


def test_alias_of_a_parent(make_stack):
    """Children of a renamed component follow it, also those named after it."""
    stack = make_stack("options")
    stack.run("up", "grouped")

    outcome = stack.run("up", "regrouped")

    assert {"same": 3} == outcome.changes
    assert {"team", "team-child"} < set(stack.resources())


def test_ignored_changes(make_stack):
    """Check and diff see the old value of what is ignored."""
    stack = make_stack("options")
    stack.run("up", "watched")

    outcome = stack.run("up", "ignoring")

    check = next(call for call in outcome.calls if call["verb"] == "check")
    assert "one" == check["news"]["value"]
    assert {"a": 1, "b": 2} == check["news"]["nested"]
    assert {"update": 1, "same": 1} == outcome.changes


def test_retained_resource(make_stack):
    """It leaves the state without being deleted."""
    stack = make_stack("options")
    stack.run("up", "retained")

    outcome = stack.run("up", "nothing")

    assert [] == outcome.verbs()
    assert {"delete": 1, "same": 1} == outcome.changes
    assert (stack.place.world / "kept-only.json").exists()


def test_protected_resource(make_stack):
    """It is neither deleted by its removal from the program nor by destroy, and the message says how to."""
    stack = make_stack("options")
    stack.run("up", "protected")

    outcome = stack.run("up", "nothing", ok=False)
    destroyed = stack.run("destroy", "nothing", ok=False)

    assert ["delete loose-only"] == outcome.verbs()
    assert any("protect" in message for message in outcome.messages("error"))
    assert [] == destroyed.verbs()
    assert "kept" in stack.resources()


def test_resource_that_is_only_looked_at(make_stack):
    """It is read in previews too, is external in the state, and never deleted."""
    stack = make_stack("options")
    foreign = {"name": "foreign", "value": "v", "computed": "there"}
    stack.meddle(lambda world: (world / "foreign.json").write_text(json.dumps(foreign)))

    preview = stack.run("preview", "read")
    outcome = stack.run("up", "read")
    again = stack.run("up", "read")
    external = stack.resources()["seen"]
    gone = stack.run("up", "nothing")

    assert ["read foreign", "read foreign"] == [verb for verb in preview.verbs() if verb.startswith("read")]
    assert {"create": 2} == preview.changes, "a read counts only if it found a change"
    assert external.external
    assert "there" == next(call for call in outcome.calls if call["verb"] == "create")["props"]["value"]
    assert "create" not in again.changes
    assert ["delete user-only"] == gone.verbs()
    assert (stack.place.world / "foreign.json").exists()
