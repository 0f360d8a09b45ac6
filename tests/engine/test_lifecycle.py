"""A stack through preview, up, refresh and destroy."""

from __future__ import annotations

import json

from azure_recovery.engine import UNKNOWN


def test_preview_of_an_empty_stack(make_stack):
    """Everything is checked once and nothing created; what a provider would compute is unknown."""
    stack = make_stack("chain")

    outcome = stack.run("preview", "start")

    assert {"create": 4} == outcome.changes
    assert {"configure", "check"} == {call["verb"] for call in outcome.calls}
    news = [call["news"] for call in outcome.calls if call["verb"] == "check"]
    assert [("first", "one"), ("second", "<unknown>"), ("third", "fixed")] == [(n["name"], n["value"]) for n in news]
    assert "/first" == news[1]["at"], "what check returns is known in a preview"
    assert outcome.result.outputs["last"] is UNKNOWN


def test_first_up(make_stack):
    """Each resource is created after what it is built from, and inputs, outputs and references are in the state."""
    stack = make_stack("chain", "start")

    assert ["create first", "create second", "create third"] == stack.begun.verbs()
    second = stack.resources()["second"]
    assert "second-only" == second.id
    assert {"name": "second", "value": "first:one", "at": "/first", "address": "/second"} == _own(second.inputs)
    assert {**_own(second.inputs), "computed": "second:first:one"} == _own(second.outputs)
    first_urn = "urn:pulumi:test::chain::pulumi-python:dynamic/recorder:Recorded::first"
    assert [first_urn] == second.dependencies
    assert {"__provider": [], "at": [first_urn], "name": [], "value": [first_urn]} == second.property_dependencies
    assert "urn:pulumi:test::chain::pulumi:pulumi:Stack::chain-test" == second.parent
    assert second.provider.startswith("urn:pulumi:test::chain::pulumi:providers:pulumi-python::default::")
    expected = {
        "last": "second:first:one",
        "first": "first-only",
        "shape": {"list": [1, 2.5, True, None], "stage": "any"},
    }
    assert expected == stack.begun.result.outputs


def test_second_up(make_stack):
    """An unchanged program asks for checks and comparisons, and changes nothing."""
    stack = make_stack("chain", "start")
    before = stack.resources()

    preview = stack.run("preview", "start")
    outcome = stack.run("up", "start")

    assert {"same": 4} == preview.changes == outcome.changes
    assert ["diff first-only", "diff second-only", "diff third-only"] == outcome.verbs()
    assert {name: vars(item) for name, item in before.items()} == {
        name: vars(item) for name, item in stack.resources().items()
    }


def test_change_that_reaches_a_dependent(make_stack):
    """An update gets old outputs and new inputs, and its new output updates what is built from it."""
    stack = make_stack("chain", "start")

    preview = stack.run("preview", "changed")
    outcome = stack.run("up", "changed")

    diffs = {call["id"]: call["news"].get("value") for call in preview.calls if call["verb"] == "diff"}
    assert {"first-only": "two", "second-only": "<unknown>", "third-only": "fixed"} == diffs
    assert {"update": 2, "same": 2} == preview.changes == outcome.changes
    update = next(call for call in outcome.calls if call["verb"] == "update")
    assert "first:one" == update["olds"]["computed"]
    assert "two" == update["news"]["value"]
    assert "second:first:two" == outcome.result.outputs["last"]


def test_resources_that_leave_the_program(make_stack):
    """They are deleted, dependents first; the output that went with them is gone."""
    stack = make_stack("chain", "start")

    outcome = stack.run("up", "shorter")

    assert ["diff first-only", "delete third-only", "delete second-only"] == outcome.verbs()
    assert {"same": 2, "delete": 2} == outcome.changes
    assert {"chain-test", "default", "first"} == set(stack.resources())
    assert "last" not in outcome.result.outputs


def test_provider_that_does_not_say_whether_something_changed(make_stack):
    """Old and new inputs decide."""
    stack = make_stack("chain", "start")

    first = stack.run("up", "shrug")
    second = stack.run("up", "shrug")

    assert {"update": 1, "same": 3} == first.changes
    assert {"same": 4} == second.changes


def test_destroy(make_stack):
    """Everything goes in reverse order of dependency, and the file stays, empty."""
    stack = make_stack("chain", "start")

    outcome = stack.run("destroy", "start")

    assert ["delete third-only", "delete second-only", "delete first-only"] == outcome.verbs()
    assert {"delete": 4} == outcome.changes
    assert not stack.state().resources


def test_refresh_of_what_has_not_changed(make_stack):
    """Each resource is read with its old outputs; found outputs are compared with the old inputs."""
    stack = make_stack("chain", "start")

    outcome = stack.run("refresh", "start")

    assert {"same": 4} == outcome.changes
    read = next(call for call in outcome.calls if call["verb"] == "read" and call["id"] == "first-only")
    assert "first:one" == read["props"]["computed"]
    diff = next(call for call in outcome.calls if call["verb"] == "diff" and call["id"] == "first-only")
    assert "first:one" == diff["olds"]["computed"]
    assert "computed" not in diff["news"]


def test_refresh_of_what_has_drifted_and_vanished(make_stack):
    """Drift enters the state, what is gone leaves it with every reference to it; the next up repairs both."""
    stack = make_stack("chain", "start")

    def meddle(world):
        (world / "second-only.json").unlink()
        first = json.loads((world / "first-only.json").read_text())
        (world / "first-only.json").write_text(json.dumps({**first, "value": "drifted"}))

    stack.meddle(meddle)
    outcome = stack.run("refresh", "start")
    after_refresh = stack.resources()
    repaired = stack.run("up", "start")

    assert {"update": 1, "delete": 1, "same": 2} == outcome.changes
    assert "drifted" == after_refresh["first"].inputs["value"]
    assert "second" not in after_refresh
    assert [] == after_refresh["third"].dependencies
    assert {"update": 1, "create": 1, "same": 2} == repaired.changes


def test_destroy_without_a_program(embedded):
    """Neither destroy nor refresh runs the program: it may be broken."""
    stack = embedded("chain", "start")
    (stack.place.project / "__main__.py").write_text("raise SystemExit('broken')")

    stack.run("refresh", "start")
    stack.run("destroy", "start")


def _own(properties):
    return {key: value for key, value in properties.items() if key != "__provider"}
