"""What the engine does not do is one clear error: what, where, what to do."""

from __future__ import annotations

import json
import os

import pytest
from pulumi.runtime.proto import resource_pb2_grpc

from azure_recovery.engine import Engine, StateError
from azure_recovery.engine.monitor import Monitor
from azure_recovery.engine.properties import SECRET_SIGNATURE, SIGNATURE_KEY
from azure_recovery.engine.snapshot import StateFile

_NEXT = "is not part of the embedded engine; take it out of the program, or run the program with the pulumi command"
_CUT_SECRET = {"urn": "u", "inputs": {"a": {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": "{"}}}
_X = "resource 'x' of type pulumi-python:dynamic/recorder:Recorded"


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ("import", f"{_X}: the option 'import_' {_NEXT}"),
        ("replace_on_changes", f"{_X}: the option 'replace_on_changes' {_NEXT}"),
        ("transform", f"the program: transforms {_NEXT}"),
        ("hook", f"the program: resource hooks {_NEXT}"),
        ("deleted_with", f"the program: the DeletedWith option {_NEXT}"),
        (
            "stack-reference",
            f"resource 'other' of type pulumi:pulumi:StackReference: a stack reference {_NEXT}",
        ),
        ("call", f"the program: a method of a resource {_NEXT}"),
        ("invoke", f"the program: the function aws:index:getRegion {_NEXT}"),
    ],
)
def test_feature_of_the_cli(embedded, stage, message):
    """An option or call that only the CLI knows ends the operation with one error, and without a traceback."""
    outcome = embedded("refused").run("preview", stage, ok=False)

    assert [message] == outcome.messages("error")


def test_call_of_the_protocol_that_nobody_thought_of():
    """The monitor serves or refuses each call that the SDK's protocol has; gRPC alone would answer in its own words."""
    known = {name for name in vars(resource_pb2_grpc.ResourceMonitorServicer) if not name.startswith("_")}

    assert set() == known - vars(Monitor).keys()


def test_version_requirement(embedded):
    """There is no CLI whose version could be right."""
    outcome = embedded("refused").run("preview", "version", ok=False)

    assert any(f"require_pulumi_version('>=3.0.0') {_NEXT}" in message for message in outcome.messages("error"))


def test_provider_that_is_not_there(embedded):
    """The error names the executable that was looked for and where it may be put."""
    outcome = embedded("refused").run("preview", "package", ok=False)

    [message] = outcome.messages("error")
    assert "there is no pulumi-resource-nowhere on PATH" in message
    assert "plugins.providers" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nruntime: nodejs\n", "runtime 'nodejs' is not part of the embedded engine"),
        ("name: x\nruntime: python\npackages: {}\n", "'packages' is not part of the embedded engine"),
        ("runtime: python\n", "'name' is missing"),
        ("name: x\nruntime: python\nmain: ../elsewhere\n", "which is not in the project"),
        ("name: [", "cannot be read"),
        ("name: x\nruntime: python\nconfig: {a: {type: integer}}\n", "has no value for the configuration key x:a"),
        ("name: x\nruntime: python\nconfig: {a: {type: integer, default: b}}\n", "x:a must be of type integer"),
    ],
)
def test_project_that_cannot_run(embedded, text, message):
    """The error names the file and what is wrong in it."""
    stack = embedded("refused")
    (stack.place.project / "Pulumi.yaml").write_text(text)

    outcome = stack.run("preview", "start", ok=False)

    [shown] = outcome.messages("error")
    assert message in shown
    assert "Pulumi" in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a Pulumi deployment"),
        ('{"version": 4, "deployment": {}}', "deployment version 4"),
        ('{"version": 3, "deployment": {"secrets_providers": {"type": "service"}}}', "secrets of type 'service'"),
        ('{"version": 3, "deployment": [7]}', "not a Pulumi deployment"),
        ('{"version": 3, "deployment": {"secrets_providers": [7]}}', "not a Pulumi deployment"),
        ('{"version": 3, "deployment": {"resources": [7]}}', "not in the format"),
        (json.dumps({"version": 3, "deployment": {"resources": [_CUT_SECRET]}}), "not in the format"),
    ],
)
def test_state_that_cannot_be_read(embedded, text, message):
    """The state stays as it is, and the error names the file."""
    stack = embedded("refused")
    stack.state_file.write_text(text)

    outcome = stack.run("up", "start", ok=False)

    [shown] = outcome.messages("error")
    assert message in shown
    assert str(stack.state_file) in shown
    assert text == stack.text()


def test_state_that_cannot_be_written(tmp_path):
    """The error names the file, and nothing half written is left beside it."""
    (tmp_path / "state.json").mkdir()

    with pytest.raises(StateError, match=r"state\.json: cannot be written"):
        StateFile(tmp_path / "state.json").write("{}")

    assert ["state.json"] == [item.name for item in tmp_path.iterdir()]


def test_wrong_passphrase(embedded):
    """Nothing is begun, and the message does not show the passphrase."""
    stack = embedded("options", "named")
    before = stack.text()

    engine = Engine(
        stack.place.project,
        stack="test",
        state_file=stack.state_file,
        passphrase="another phrase",
        env={**os.environ, **stack.place.env, "STAGE": "protected"},
    )
    result = engine.up()

    assert not result.ok
    assert "the passphrase is not the one" in result.diagnostics[-1].message
    assert "another phrase" not in result.diagnostics[-1].message
    assert before == stack.text()
