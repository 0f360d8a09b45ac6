"""The event log of the Pulumi CLI, as the embedded engine would have told it.

One JSON object a line, appended while the operation runs.
Source: `sdk/go/common/apitype/events.go`, `EngineEvent`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from azure_recovery.engine import Diagnostic, StepFinished, StepStarted
from azure_recovery.rehearsal.engine_protocol import Event

_TRACEBACK = ("Traceback (most recent call last):", "During handling of the above exception")
_SEVERITIES: Mapping[str, Literal["info", "warning", "error"]] = {"warning": "warning", "error": "error"}
"""What is left is `info`, and `info#err` for what was written to stderr."""
_LOOK_AT_LOG_S = 0.1


def follow(file: Path, process: subprocess.Popen[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield each object of the log *file* as it is written, until *process* has ended and all is read."""
    rest = b""
    with file.open("rb") as log:
        ended = False
        while not ended:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_AT_LOG_S)
            # Asked before reading: what was written before the end is then surely read.
            ended = process.poll() is not None
            *lines, rest = (rest + log.read()).split(b"\n")
            for line in lines:
                yield json.loads(line)


def events_of(entry: Mapping[str, Any]) -> Iterator[Event]:
    """Yield what one line of the event log says, in the embedded engine's terms.

    Args:
        entry: One object of the log: `resourcePreEvent`, `resOutputsEvent`, `resOpFailedEvent` and `diagnosticEvent`
            are told, others (prelude, summary, cancel, policies) are not. Debug messages are left out.
    """
    if "resourcePreEvent" in entry:
        step = entry["resourcePreEvent"]["metadata"]
        yield StepStarted(urn=step["urn"], op=step["op"])
    elif "resOutputsEvent" in entry:
        step = entry["resOutputsEvent"]["metadata"]
        yield StepFinished(urn=step["urn"], op=step["op"], ok=True, error="")
    elif "resOpFailedEvent" in entry:
        step = entry["resOpFailedEvent"]["metadata"]
        yield StepFinished(urn=step["urn"], op=step["op"], ok=False, error="")
    elif "diagnosticEvent" in entry:
        said = entry["diagnosticEvent"]
        message = str(said["message"]).rstrip()
        if said["severity"] != "debug" and message:
            yield Diagnostic(
                urn=said.get("urn", ""),
                severity=_SEVERITIES.get(said["severity"], "info"),
                message=message,
                ephemeral=bool(said.get("ephemeral", False)),
            )


class EventLog:
    """Reads the event log, without the traceback of a program that was interrupted.

    The CLI interrupts the program whenever a resource has failed, besides after Ctrl-C; 26 lines that name no line of
    the user's would bury the error. They stay in the CLI's own output and in the log.
    """

    def __init__(self) -> None:
        self._held: list[Diagnostic] = []

    def read(self, entry: Mapping[str, Any]) -> Iterator[Event]:
        """Yield the events of *entry*; a traceback once its last line tells what it is about."""
        on_stderr = entry.get("diagnosticEvent", {}).get("severity") == "info#err"
        for event in events_of(entry):
            if on_stderr and isinstance(event, Diagnostic) and not event.urn:
                yield from self._stderr(event)
            else:
                yield event

    def rest(self) -> list[Diagnostic]:
        """Return the lines of a traceback that has not ended."""
        held, self._held = self._held, []
        return held

    def _stderr(self, event: Diagnostic) -> list[Diagnostic]:
        if event.message.startswith(_TRACEBACK) or (self._held and event.message[0].isspace()):
            self._held.append(event)
            return []
        held = self.rest()
        return [] if held and event.message.startswith("KeyboardInterrupt") else [*held, event]
