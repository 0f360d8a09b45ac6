"""The state file: what is written is what is read, also where a write fails."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from azure_recovery.engine.errors import StateError
from azure_recovery.engine.passphrase import Passphrase
from azure_recovery.engine.snapshot import StateFile
from azure_recovery.engine.state import Deployment, Resource

URN = "urn:pulumi:test::project::some:index:Type::name"

_values = st.recursive(
    st.none() | st.booleans() | st.text() | st.text("\u2028\u2029\x85\x0b\x0c\x1c\r\n "),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)  # the first key takes a third of a second
@given(value=_values)
def test_values_survive(value):
    """Every text comes back as it was, whatever characters it holds, after any number of writes."""
    written = Deployment([Resource(URN, type="some:index:Type", inputs={"value": value})], [], Passphrase("phrase"))

    once = Deployment.from_text(written.to_text(), "phrase", where="a state")
    twice = Deployment.from_text(once.to_text(), "phrase", where="a state")

    assert [{"value": value}] * 2 == [one.resources[0].inputs for one in (once, twice)]


def _fail_writes(monkeypatch, those, times):
    """Let writes of state texts that *those* says fail, so many *times*."""
    write, failed = StateFile.write, []

    def failing(file, text):
        if those(text) and len(failed) < times:
            failed.append(text)
            raise StateError("state.json: cannot be written (No space left on device); check space and rights")
        write(file, text)

    monkeypatch.setattr(StateFile, "write", failing)


def test_one_write_that_fails(embedded, monkeypatch):
    """What was made meanwhile is in the state all the same, and the operation says what went wrong."""
    stack = embedded("failing")
    _fail_writes(monkeypatch, lambda text: '"made:v"' in text, 1)

    outcome = stack.run("up", "finished", ok=False)

    assert ["create made"] == outcome.verbs()
    assert "made:v" == stack.resources()["made"].outputs["computed"]
    assert not stack.state().pending
    assert [True] == ["cannot be written" in message for message in outcome.messages("error")]


def test_last_write_fails(embedded, monkeypatch):
    """The result tells what was done, beside what went wrong."""
    stack = embedded("failing", "finished")
    _fail_writes(monkeypatch, lambda _: True, 9)

    outcome = stack.run("up", "finished", ok=False)

    assert {"same": 3} == outcome.changes
    assert [True] == ["cannot be written" in message for message in outcome.messages("error")]


def test_what_cannot_be_written_down_is_not_begun(embedded, monkeypatch):
    """Neither is it pending afterwards."""
    stack = embedded("failing")
    _fail_writes(monkeypatch, lambda text: '"creating"' in text and "dynamic/recorder:Recorded" in text, 1)

    outcome = stack.run("up", "finished", ok=False)

    assert [] == outcome.verbs()
    assert {"failing-test", "default"} == set(stack.resources())
    assert not stack.state().pending
