"""Components, explicit providers, configuration and secrets."""

from __future__ import annotations

import json

import pytest

from azure_recovery.engine import Engine, Secret
from azure_recovery.engine.passphrase import Passphrase

SECRETS = {"composed:token": "marker-hunter2"}


def test_components_and_explicit_providers(make_stack):
    """Children carry their parent's type in their URN, and are served by the provider that it was given."""
    stack = make_stack("composed", "first", SECRETS)
    outcome = stack.begun

    found = stack.resources()
    prefix = "urn:pulumi:test::composed::composed:index:Pair"
    assert f"{prefix}$pulumi-python:dynamic/recorder:Recorded::pair-left" == found["pair-left"].urn
    assert f"{prefix}::pair" == found["pair-left"].parent
    assert "::lane::" in found["pair-left"].provider
    assert "::default::" in found["other-left"].provider
    assert {"size": 2} == found["pair"].inputs
    assert "pair-left:None" == found["pair"].outputs["left"]
    assert "pair-left:None" == outcome.result.outputs["left"]
    assert found["pair-left"].urn in found["secretive"].dependencies


def test_each_provider_resource_has_its_own_configuration(make_stack):
    """The default provider gets the configuration of the stack, an explicit one its own inputs, in clear."""
    stack = make_stack("composed", "first", SECRETS)
    outcome = stack.begun

    configured = [call["config"] for call in outcome.calls if call["verb"] == "configure"]
    default = {
        "composed:copies": "2",
        "composed:greeting": "hello",
        "composed:regions": '["west","north"]',
        "composed:token": "marker-hunter2",
    }
    assert sorted([default, {"composed:lane": "first", "composed:hidden": "lane-secret"}], key=str) == sorted(
        configured, key=str
    )


def test_changed_component_and_provider_are_updated(make_stack):
    """A component's changed input and a provider's changed configuration are updates; their resources stay."""
    stack = make_stack("composed", "first", SECRETS)

    preview = stack.run("preview", "second")
    outcome = stack.run("up", "second")

    assert {"update": 2, "same": 7} == preview.changes == outcome.changes
    assert {"composed:lane": "second"}.items() <= stack.resources()["lane"].inputs.items()


def test_secrets_reach_the_provider_and_never_the_file(make_stack):
    """The provider sees them in clear; outputs named like a secret input are secret again, lists as a whole."""
    stack = make_stack("composed", "first", SECRETS)
    outcome = stack.begun

    create = next(call for call in outcome.calls if call["verb"] == "create" and call["props"]["name"] == "secretive")
    assert {"open": 1, "closed": "marker-hunter2", "list": ["marker-hunter2", "plain"]} == create["props"]["nested"]
    outputs = stack.resources()["secretive"].outputs
    assert isinstance(outputs["value"], Secret)
    assert 1 == outputs["nested"]["open"]
    assert "marker-hunter2" == outputs["nested"]["closed"].value
    assert ["marker-hunter2", "plain"] == outputs["nested"]["list"].value
    assert isinstance(outputs["address"], Secret), "additional_secret_outputs"
    assert not isinstance(outputs["computed"], Secret), "what a provider derives is not known to be secret"
    text = stack.text().replace(json.dumps(outputs["computed"]), "")
    assert "marker-hunter2" not in text
    assert "lane-secret" not in text
    assert "[secret]" == repr(outcome.result.outputs["token"])


def test_custom_timeouts_reach_the_provider(make_stack):
    """They go with the call, in seconds, and stay in the state for the deletion."""
    stack = make_stack("composed", "first", SECRETS)

    deleted = stack.run("destroy", "first")

    created = stack.begun
    assert 5400.0 == _call(created, "create", "secretive")["timeout"]
    assert 10.0 == _call(deleted, "delete", "secretive")["timeout"]
    assert 0.0 == _call(created, "create", "other-left")["timeout"]


def test_secrets_and_types_of_the_stack_file(make_stack):
    """`secure:` values open with the passphrase, and numbers and lists reach the program as such."""
    stack = make_stack("composed")
    stack.set_config("composed:token", "marker-hunter2", secret=True)
    stack.set_config("composed:greeting", "good evening")
    stack.set_config("composed:copies", "7")

    outcome = stack.run("up", "first")

    assert "good evening" == outcome.result.outputs["greeting"]
    assert 7 == stack.resources()["secretive"].inputs["copies"]
    assert ["west", "north"] == stack.resources()["secretive"].inputs["regions"]


def test_stack_file_with_secrets(embedded):
    """A `Pulumi.<stack>.yaml` as the CLI writes it is read."""
    stack = embedded("composed")
    secrets = Passphrase("a phrase for tests")
    (stack.place.project / "Pulumi.test.yaml").write_text(
        f"encryptionsalt: {secrets.state}\n"
        f"config:\n  composed:token:\n    secure: {secrets.encrypt('marker-hunter2')}\n  composed:copies: 3\n"
    )

    stack.run("up", "first")

    assert 3 == stack.resources()["secretive"].inputs["copies"]
    assert "marker-hunter2" == stack.resources()["secretive"].inputs["value"].value
    assert secrets.state == stack.state().secrets.state, "one salt for both files, as with the CLI"


@pytest.mark.parametrize(("given", "seen"), [(None, ["OURS"]), ({"THEIRS": "1"}, ["THEIRS"])])
def test_environment(tmp_path, monkeypatch, given, seen):
    """A given one is all that the program has; without it, it has that of the engine's process."""
    monkeypatch.setenv("OURS", "1")
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(
        "import os, pulumi\npulumi.export('seen', [name for name in ('OURS', 'THEIRS') if name in os.environ])\n"
    )

    result = Engine(tmp_path, stack="test", state_file=tmp_path / "state.json", env=given).preview()

    assert (True, seen) == (result.ok, result.outputs["seen"])


def _call(outcome, verb, name):
    return next(call for call in outcome.calls if call["verb"] == verb and (call.get("props", {}).get("name") == name))
