"""Resources that cannot change in place."""

from __future__ import annotations

import pytest


def test_new_one_first(make_stack):
    """The new resource is created, what depends on it follows, and the old one goes at the end."""
    stack = make_stack("replacement", "start")

    preview = stack.run("preview", "replace")
    outcome = stack.run("up", "replace")

    assert {"replace": 2, "update": 1, "same": 2} == preview.changes == outcome.changes
    verbs = outcome.verbs()
    assert verbs.index("create base") < verbs.index("create moved") < verbs.index("delete moved-base-old")
    assert verbs.index("delete moved-base-old") < verbs.index("delete base-old"), "what depends on it goes before it"
    assert "base-new" == stack.resources()["base"].id
    assert {"base-new", "moved-base-new", "changed-only", "unmoved-only"} == _objects(stack)


def test_inputs_of_a_replacement_are_checked_as_if_new(make_stack):
    """The second check of a replacement knows no old inputs."""
    stack = make_stack("replacement", "start")

    outcome = stack.run("up", "replace")

    checks = [call["olds"].get("forcing") for call in outcome.calls if call["verb"] == "check"]
    assert ["old", None] == checks[:2]


@pytest.mark.parametrize("stage", ["program-says-delete-first", "provider-says-delete-first"])
def test_old_one_first(make_stack, stage):
    """The old resource goes first, and before it the dependents that its change would replace."""
    stack = make_stack("replacement", "start")

    preview = stack.run("preview", stage)
    outcome = stack.run("up", stage)

    assert {"replace": 2, "update": 1, "same": 2} == preview.changes == outcome.changes
    verbs = [verb for verb in outcome.verbs() if not verb.startswith("diff")]
    assert ["delete moved-base-old", "delete base-old", "create base"] == verbs[:3]
    assert {"create moved", "update changed-only"} == set(verbs[3:])
    assert {"base-new", "moved-base-new", "changed-only", "unmoved-only"} == _objects(stack)


def test_old_one_that_cannot_be_deleted(make_stack):
    """It stays in the state to be deleted, beside its successor, and the next up tries again."""
    stack = make_stack("replacement")
    stack.run("up", "start-stubborn")

    stack.run("up", "replace", ok=False)
    waiting = [item.id for item in stack.state().resources if item.delete]
    again = stack.run("up", "replace", ok=False)

    assert ["base-old"] == waiting
    assert "base-new" == stack.resources()["base"].id
    assert "delete base-old" == again.verbs()[-1]
    assert "create base" not in again.verbs()


def test_protected_resource(make_stack):
    """It is not replaced: the preview says so, and up leaves it as it is."""
    stack = make_stack("replacement")
    stack.run("up", "start-protected")
    before = _objects(stack)

    preview = stack.run("preview", "protected", ok=False)
    outcome = stack.run("up", "protected", ok=False)

    assert any("protected" in message for message in preview.messages("error"))
    assert any("protected" in message for message in outcome.messages("error"))
    assert before == _objects(stack)


def _objects(stack):
    return {path.stem for path in stack.place.world.iterdir()}
