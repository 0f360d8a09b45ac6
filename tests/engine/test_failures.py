"""Steps that fail or end unfinished, programs that fail, Ctrl-C, and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from azure_recovery.engine.project import Project
from tests.waiting import wait_until


def test_failed_create(make_stack):
    """What was done before is in the state, what failed is not, and what depends on it is not begun."""
    stack = make_stack("failing")

    outcome = stack.run("up", "broken", ok=False)

    assert ["create good", "create bad"] == outcome.verbs()
    assert "good" in stack.resources()
    assert "bad" not in stack.resources()
    assert not stack.state().pending
    assert any("create failed on purpose" in message for message in outcome.messages("error"))


def test_refused_inputs(make_stack):
    """Every reason is an error on the resource, already in the preview, and nothing is created."""
    stack = make_stack("failing")

    preview = stack.run("preview", "refused", ok=False)
    outcome = stack.run("up", "refused", ok=False)

    kind = "pulumi-python:dynamic/recorder:Recorded resource 'wrong'"
    assert [
        f"{kind}: property value value {{refused}} has a problem: nobody wants it",
        f"{kind} has a problem: nor this",
    ] == preview.messages("error")
    assert [] == outcome.verbs()


def test_refused_secret(embedded):
    """The error does not show it, as the CLI's would."""
    outcome = embedded("failing").run("preview", "refused-secret", ok=False)

    assert [True, False] == ["value [secret] has a problem" in message for message in outcome.messages("error")]
    assert not any("{refused}" in message for message in outcome.messages("error"))


def test_large_unfinished_create(make_stack):
    """Outputs of half a megabyte come with the failure, though gRPC's own limit for it is sixteen kilobytes."""
    stack = make_stack("failing")

    stack.run("up", "large-unfinished", ok=False)
    made = stack.resources()["made"]

    assert ["create is not done"] == made.init_errors
    assert 500_000 == len(made.outputs["value"])


def test_unfinished_create(make_stack):
    """Id and outputs stay in the state with the reason; the next up continues by an update, whatever diff says."""
    stack = make_stack("failing")

    failed = stack.run("up", "unfinished", ok=False)
    unfinished = stack.resources()["made"]
    preview = stack.run("preview", "finished")
    continued = stack.run("up", "finished")

    assert ["create made"] == failed.verbs()
    assert ("made-only", ["create is not done"]) == (unfinished.id, unfinished.init_errors)
    assert "made:v" == unfinished.outputs["computed"]
    assert any("* create is not done" in message for message in failed.messages("error"))
    assert 1 == preview.changes["update"]
    assert ["diff made-only", "update made-only", "create user"] == continued.verbs()
    assert [] == stack.resources()["made"].init_errors


def test_unfinished_update(make_stack):
    """New outputs, old inputs: the next up sees the difference again."""
    stack = make_stack("failing", "finished")

    stack.run("up", "changed-unfinished", ok=False)

    made = stack.resources()["made"]
    assert "v" == made.inputs["value"]
    assert "made:w" == made.outputs["computed"]
    assert ["update is not done"] == made.init_errors


def test_clean_read_ends_being_unfinished(make_stack):
    """After a refresh that finds the resource whole, up finds nothing to do."""
    stack = make_stack("failing")
    stack.run("up", "unfinished", ok=False)

    stack.run("refresh", "unfinished")
    outcome = stack.run("up", "finished")

    assert [] == stack.resources()["made"].init_errors
    assert "update" not in outcome.changes


def test_read_of_something_unhealthy(make_stack):
    """A refresh warns and keeps the reason; it does not fail."""
    stack = make_stack("failing")
    stack.run("up", "unhealthy")

    outcome = stack.run("refresh", "unhealthy")

    assert ["read is not done"] == stack.resources()["made"].init_errors
    assert any("read is not done" in message for message in outcome.messages("warning"))


@pytest.mark.parametrize("stage", ["crash", "exit"])
def test_program_that_fails(make_stack, stage):
    """The operation fails with the program's words; what it had registered stays."""
    stack = make_stack("failing", "finished")

    outcome = stack.run("up", stage, ok=False)

    assert any(
        {"crash": "ValueError: the program is wrong", "exit": "exit code 3"}[stage] in m
        for m in outcome.messages("error")
    )
    assert "made" in stack.resources(), "a program that failed has not asked for deletions"


def test_ctrl_c_once(embedded, beside, tmp_path):
    """What runs goes on to its end and is saved; nothing new begins."""
    hold = tmp_path / "hold"
    stack = embedded("failing")
    stack.place.extra["HOLD"] = str(hold)

    running = beside.submit(stack.run, "up", "held", ok=False)
    wait_until(lambda: 2 == len([call for call in stack.place.all_calls() if call["verb"] == "create"]))
    stack.engine.cancel()
    hold.touch()
    outcome = running.result()

    assert outcome.result.cancelled
    assert {"slow", "slow2"} < set(stack.resources())
    assert "later" not in stack.resources()
    assert not stack.state().pending
    _no_process_left()


def test_ctrl_c_before_anything_runs(embedded, monkeypatch):
    """It is not forgotten while project and state are read; outside of an operation there is nothing to hear it."""
    stack = embedded("failing")
    load = Project.load
    heard = []

    def interrupted(root):
        heard.append(stack.engine.cancel())
        return load(root)

    with monkeypatch.context() as patch:
        patch.setattr(Project, "load", interrupted)
        outcome = stack.run("up", "finished", ok=False)
    ignored = stack.engine.cancel()

    assert ([True], False) == (heard, ignored)
    assert outcome.result.cancelled
    assert [] == outcome.calls
    assert stack.engine.preview().ok


def test_ctrl_c_twice(embedded, beside, tmp_path):
    """Every process is killed at once, and the state shows what was under way."""
    stack = embedded("failing")
    stack.place.extra["HOLD"] = str(tmp_path / "never")

    running = beside.submit(stack.run, "up", "held", ok=False)
    wait_until(lambda: 2 == len([call for call in stack.place.all_calls() if call["verb"] == "create"]))
    begun = time.monotonic()
    stack.engine.cancel()
    stack.engine.cancel()
    running.result()

    assert time.monotonic() - begun < 20
    assert {("creating", "slow"), ("creating", "slow2")} == {
        (item.type, item.resource.urn.rsplit("::", 1)[1]) for item in stack.state().pending
    }
    _no_process_left()


def test_creation_that_nobody_heard_the_end_of(embedded, beside, tmp_path):
    """The next up warns and creates again; the pending operation stays until a person settles it."""
    stack = embedded("failing")
    stack.place.extra["HOLD"] = str(tmp_path / "hold")
    running = beside.submit(stack.run, "up", "held", ok=False)
    wait_until(lambda: 2 == len([call for call in stack.place.all_calls() if call["verb"] == "create"]))
    stack.engine.cancel()
    stack.engine.cancel()
    running.result()
    (tmp_path / "hold").touch()
    stack.place.new_calls()

    outcome = stack.run("up", "held")
    destroyed = stack.run("destroy", "held")

    assert {"create slow", "create slow2"} < set(outcome.verbs())
    assert any("interrupted while creating" in message for message in outcome.messages("warning"))
    assert any("interrupted while creating" in message for message in destroyed.messages("warning"))
    assert 2 == len(stack.state().pending)


def test_killed_provider(embedded, beside, tmp_path):
    """The step fails with one line that says so; the resource is not in the state and not pending."""
    stack = embedded("failing")
    stack.place.extra["HOLD"] = str(tmp_path / "never")

    running = beside.submit(stack.run, "up", "held", ok=False)
    wait_until(lambda: 2 == len([call for call in stack.place.all_calls() if call["verb"] == "create"]))
    for process in _children("pulumi.dynamic"):
        os.kill(process, signal.SIGKILL)
    outcome = running.result()

    assert any("ended unexpectedly with exit code -9" in message for message in outcome.messages("error"))
    assert {"failing-test", "default"} == set(stack.resources())
    assert not stack.state().pending


def test_killed_engine(embedded, tmp_path):
    """Its processes go with it, the state shows what was under way, and the lock is free."""
    stack = embedded("failing")
    stack.place.extra["HOLD"] = str(tmp_path / "never")
    script = (
        "import sys, json; from pathlib import Path; from azure_recovery.engine import Engine\n"
        "Engine(Path(sys.argv[1]), stack='test', state_file=Path(sys.argv[2]), passphrase='a phrase for tests').up()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(stack.place.project), str(stack.state_file)],
        env={**os.environ, **stack.place.env, "STAGE": "held"},
    )
    try:
        wait_until(lambda: 2 == len([call for call in stack.place.all_calls() if call["verb"] == "create"]))
        children = _descendants(process.pid)
    finally:
        process.kill()
        process.wait()

    assert len(children) >= 3
    wait_until(lambda: not any(map(_alive, children)))
    assert 2 == len(stack.state().pending)
    assert stack.run("destroy", "held").ok


def test_state_file_in_use(embedded, beside, tmp_path):
    """A second engine on the same state is refused at once."""
    hold = tmp_path / "hold"
    stack = embedded("failing")
    stack.place.extra["HOLD"] = str(hold)
    running = beside.submit(stack.run, "up", "held")
    wait_until(lambda: any(call["verb"] == "create" for call in stack.place.all_calls()))

    refused = stack.run("destroy", "held", ok=False)
    hold.touch()
    running.result()

    assert ["another engine is working on it"] == [m.split(": ")[1].split(";")[0] for m in refused.messages("error")]


def _children(name: str) -> list[int]:
    return [pid for pid in _descendants(os.getpid()) if name in Path(f"/proc/{pid}/cmdline").read_text()]


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _no_process_left() -> None:
    # What other modules start warm is forked by a process that stays.
    started_cold = [pid for pid in _descendants(os.getpid()) if b"warm_server.py" not in _command(pid)]
    assert [] == [pid for pid in started_cold if _alive(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
