from __future__ import annotations

from azure_recovery.engine import Diagnostic, StepFinished, StepStarted
from azure_recovery.rehearsal.pulumi_events import EventLog, events_of

STEP = {"metadata": {"op": "create", "urn": "urn:pulumi:s::p::t::n", "type": "t"}}


def test_a_step_begins() -> None:
    """`resourcePreEvent` is the begin of a step."""
    assert [StepStarted(urn="urn:pulumi:s::p::t::n", op="create")] == list(events_of({"resourcePreEvent": STEP}))


def test_a_step_ends_well() -> None:
    """`resOutputsEvent` is the good end of a step."""
    (event,) = events_of({"resOutputsEvent": STEP})

    assert isinstance(event, StepFinished)
    assert event.ok


def test_a_step_fails() -> None:
    """`resOpFailedEvent` is the bad end of a step."""
    (event,) = events_of({"resOpFailedEvent": {**STEP, "status": 1, "steps": 1}})

    assert isinstance(event, StepFinished)
    assert not event.ok


def test_a_status() -> None:
    """An ephemeral message keeps its resource."""
    said = {"urn": "urn:pulumi:s::p::t::n", "severity": "info#err", "message": "40 %\n", "ephemeral": True}

    expected = Diagnostic(urn="urn:pulumi:s::p::t::n", severity="info", message="40 %", ephemeral=True)
    assert [expected] == list(events_of({"diagnosticEvent": said}))


def test_what_is_not_told() -> None:
    """Debug messages and the log's own entries are no events."""
    debug = {"diagnosticEvent": {"severity": "debug", "message": "registering resource"}}

    assert [] == [event for entry in (debug, {"preludeEvent": {}}, {"cancelEvent": {}}) for event in events_of(entry)]


def stderr(*lines: str) -> list[dict[str, object]]:
    return [{"diagnosticEvent": {"severity": "info#err", "message": f"{line}\n\n"}} for line in lines]


def read(entries: list[dict[str, object]]) -> list[str]:
    log = EventLog()
    events = [event for entry in entries for event in log.read(entry)] + log.rest()
    return [event.message for event in events if isinstance(event, Diagnostic)]


def test_a_program_that_the_cli_interrupts() -> None:
    """The traceback of an interruption, and of a second one within it, is left out; what comes between is not."""
    entries = stderr(
        "Traceback (most recent call last):", '  File "exec.py", line 1', "    loop()", "", "KeyboardInterrupt"
    )
    again = stderr(
        "During handling of the above exception, another exception occurred:", "Traceback (most recent call last):"
    )
    printed = {"diagnosticEvent": {"severity": "info", "message": "printed\n"}}

    assert ["printed", "the end"] == read(
        [*entries[:2], printed, *entries[2:], *again, *entries[1:], *stderr("the end")]
    )


def test_a_traceback_of_the_users() -> None:
    """Any other traceback is told whole."""
    lines = ["Traceback (most recent call last):", '  File "mine.py", line 3', "    fail()", "ValueError: half way"]

    assert lines == read(stderr(*lines))


def test_a_traceback_without_an_end() -> None:
    """What was held back when the CLI ended is told."""
    assert ["Traceback (most recent call last):"] == read(stderr("Traceback (most recent call last):"))
