"""What is happening, while it happens: a live table on a terminal, plain lines everywhere else.

A plain log is read afterwards and kept for ever, so it is throttled: the begin and the end of each resource, and in
between a changed status at most every few seconds of wall time. The terminal shows every change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from azure_recovery.engine import Diagnostic, StepFinished, StepStarted
from azure_recovery.rehearsal.engine_protocol import Event, resource_name, resource_type, said
from azure_recovery.rehearsal.report import duration

PLAIN_INTERVAL_S = 2.0
"""Wall seconds between two plain lines about the same resource's status."""

PREVIEW = "preview"
"""The phase in which nothing is done but planned."""

_QUIET_OPS = frozenset({"same", "read", "refresh"})
_DOING = {
    "create": ("creating", "created"),
    "create-replacement": ("creating replacement", "created replacement"),
    "update": ("updating", "updated"),
    "delete": ("deleting", "deleted"),
    "delete-replaced": ("deleting original", "deleted original"),
    "replace": ("replacing", "replaced"),
    "read": ("reading", "read"),
    "refresh": ("refreshing", "refreshed"),
    "same": ("unchanged", "unchanged"),
}


class Progress(Protocol):
    """Where a rehearsal tells how it gets on."""

    def phase(self, name: str) -> None:
        """Begin the phase *name*; what follows belongs to it."""
        ...

    def event(self, event: Event) -> None:
        """Tell an event of the engine; any thread may call."""
        ...

    def end(self, line: str) -> None:
        """End the phase with *line*."""
        ...

    def note(self, line: str) -> None:
        """Say something between phases, or when the user interrupts."""
        ...


class PlainProgress:
    """Plain lines.

    Args:
        stream: Where they go.
        interval_s: Wall seconds between two lines about one resource's status.
        now: A monotonic clock.
    """

    def __init__(
        self, stream: TextIO, *, interval_s: float = PLAIN_INTERVAL_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._interval_s = interval_s
        self._now = now
        self._phase = ""
        self._said: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def phase(self, name: str) -> None:
        """Begin a phase."""
        self._phase = name
        self._said.clear()
        self.note(f"{name}: started")

    def event(self, event: Event) -> None:
        """Tell an event, unless a line about the same resource's status has just been written."""
        with self._lock:
            line = self._line(event)
        if line:
            self.note(line)

    def end(self, line: str) -> None:
        """End the phase."""
        self.note(line)

    def note(self, line: str) -> None:
        """Write one line."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def _line(self, event: Event) -> str:
        if not told(event):
            return ""
        row = f"{self._phase}: {row_name(event.urn)}"
        planned = self._phase == PREVIEW
        if isinstance(event, StepStarted):
            self._said[event.urn] = (self._now(), "")
            return "" if event.op in _QUIET_OPS or planned else f"{row} {doing(event.op)}"
        if isinstance(event, StepFinished):
            if not event.ok:
                return f"{row} {doing(event.op)} failed{f': {event.error}' if event.error else ''}"
            return "" if event.op in _QUIET_OPS else f"{row} {done(event.op, planned=planned)}"
        message = said(event) if event.severity == "error" else " ".join(event.message.split())
        if not event.ephemeral:
            return f"{row} {event.severity}: {message}"
        at, last = self._said.get(event.urn, (float("-inf"), ""))
        if message == last or self._now() - at < self._interval_s:
            return ""
        self._said[event.urn] = (self._now(), message)
        return f"{row} {message}"


@dataclass
class _Row:
    name: str
    type: str
    state: str
    since: float
    until: float | None = None
    failed: bool = False
    status: str = ""


class LiveProgress:
    """A table that is redrawn in place, for the phase that runs; a line stays for each phase that ended.

    Args:
        console: The terminal.
        speed: Azure's seconds in one second of wall time: the table counts Azure's minutes.
    """

    def __init__(self, console: Console, *, speed: float) -> None:
        self._console = console
        self._speed = speed
        self._rows: dict[str, _Row] = {}
        self._title = ""
        self._live: Live | None = None
        self._lock = threading.Lock()

    def phase(self, name: str) -> None:
        """Begin a phase with an empty table."""
        with self._lock:
            self._rows = {}
            self._title = name
        self._live = Live(
            get_renderable=self.table,
            console=self._console,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start()

    def event(self, event: Event) -> None:
        """Change the row of the event's resource."""
        if not told(event):
            return
        with self._lock:
            row = self._rows.get(event.urn)
            if row is None:
                row = _Row(row_name(event.urn), resource_type(event.urn), "", time.monotonic())
                self._rows[event.urn] = row
            if isinstance(event, StepStarted):
                row.state, row.since, row.until = doing(event.op), time.monotonic(), None
            elif isinstance(event, StepFinished):
                row.state = done(event.op, planned=self._title == PREVIEW) if event.ok else f"{doing(event.op)} failed"
                row.failed, row.until = not event.ok, time.monotonic()
            else:
                row.status = said(event)

    def end(self, line: str) -> None:
        """Take the table away and leave *line* in its place."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self.note(line)

    def note(self, line: str) -> None:
        """Print *line* above the table."""
        self._console.print(Text(line), soft_wrap=True)

    def table(self) -> Table:
        """Return the table as it stands now."""
        table = Table(title=self._title, title_justify="left", box=None, pad_edge=False, expand=True)
        table.add_column("resource", no_wrap=True)
        table.add_column("type", style="dim", no_wrap=True)
        table.add_column("state", no_wrap=True)
        table.add_column("Azure's time", justify="right", no_wrap=True)
        table.add_column("status", ratio=1, no_wrap=True, overflow="ellipsis")
        with self._lock:
            for row in self._rows.values():
                wall_s = (time.monotonic() if row.until is None else row.until) - row.since
                style = "red" if row.failed else "yellow" if row.until is None else "green"
                table.add_row(
                    Text(row.name),
                    Text(row.type),
                    Text(row.state, style=style),
                    duration(wall_s * self._speed),
                    Text(row.status),
                )
        return table


def told(event: Event) -> bool:
    """Whether *event* is about something a user wrote: a resource, or a message of the program; no provider."""
    if isinstance(event, Diagnostic):
        return True
    return resource_type(event.urn) != "Stack" and "::pulumi:providers:" not in event.urn


def row_name(urn: str) -> str:
    """Return what a row is called: the resource's name, or `program` for what belongs to no resource."""
    return resource_name(urn) if urn and resource_type(urn) != "Stack" else "program"


def doing(op: str) -> str:
    """Return the word for an operation that runs; an operation unknown here is its own word."""
    return _DOING.get(op, (op, op))[0]


def done(op: str, *, planned: bool = False) -> str:
    """Return the word for an operation that ended well; in a preview it is only planned."""
    word = _DOING.get(op, (op, op))[1]
    return f"to be {word}" if planned and op not in _QUIET_OPS else word
