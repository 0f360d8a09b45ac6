"""State files that travel between the embedded engine and the Pulumi CLI."""

from __future__ import annotations

import json
import stat

import pytest

from tests.waiting import wait_until


@pytest.mark.cli
@pytest.mark.parametrize(("program", "stage"), [("chain", "start"), ("composed", "first"), ("replacement", "start")])
def test_cli_takes_over(side_by_side, program, stage):
    """`pulumi stack import` takes the file with its passphrase, and `pulumi preview` sees no change."""
    both = side_by_side(program)
    both.set_config("composed:token", "marker-hunter2", secret=True)
    both.embedded.run("up", stage)

    both.cli.pulumi("stack", "import", text=both.embedded.text())
    preview = both.cli.run("preview", stage)

    assert preview.ok
    assert {"same"} == set(preview.changes)


@pytest.mark.cli
def test_embedded_engine_takes_over(side_by_side):
    """What `pulumi stack export` gives is a state file, secrets and all."""
    both = side_by_side("composed")
    both.set_config("composed:token", "marker-hunter2", secret=True)
    both.cli.run("up", "first")

    both.embedded.state_file.write_text(both.cli.text())
    preview = both.embedded.run("preview", "first")

    assert {"same"} == set(preview.changes)


@pytest.mark.cli
def test_ctrl_c_on_both(side_by_side, beside, tmp_path):
    """After one Ctrl-C, and after two, both leave the same state behind."""
    for presses in (1, 2):
        (tmp_path / str(presses)).mkdir()
        both = side_by_side("failing", tmp_path / str(presses))
        states = []
        for stack in (both.embedded, both.cli):
            stack.place.extra["HOLD"] = "hold"
            running = beside.submit(stack.run, "up", "held", ok=False)
            wait_until(lambda place=stack.place: 2 == [call["verb"] for call in place.all_calls()].count("create"))
            for _ in range(presses):
                stack.interrupt()
            if presses == 1:
                (stack.place.world / "hold").touch()
            running.result()
            states.append(stack.normal_state())

        assert states[0] == states[1]
        assert (0 if presses == 1 else 2) == len(states[0]["pending"])


def test_state_is_for_the_owner(embedded):
    """The file can be read by nobody else, and no temporary file is left beside it."""
    stack = embedded("options", "named")

    assert 0o600 == stat.S_IMODE(stack.state_file.stat().st_mode)
    assert [] == [path.name for path in stack.state_file.parent.iterdir() if path.name.startswith(".")]
    assert 3 == json.loads(stack.text())["version"]


def test_unknown_fields_stay(embedded):
    """What the CLI wrote and this engine does not use is there for the CLI afterwards."""
    stack = embedded("options")
    stack.run("up", "protected")
    state = json.loads(stack.text())
    state["deployment"]["resources"][-1]["sourcePosition"] = "project:///__main__.py#7"
    stack.state_file.write_text(json.dumps(state))

    stack.run("refresh", "protected")

    assert "project:///__main__.py#7" in stack.text()
