from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console

from azure_recovery.engine import Diagnostic, StepFinished, StepStarted
from azure_recovery.rehearsal.progress import LiveProgress, PlainProgress

URN = "urn:pulumi:rehearsal::p::pulumi-python:dynamic/azure_recovery:RestorePointCopy::daily-1"
PROVIDER = "urn:pulumi:rehearsal::p::pulumi:providers:pulumi-python::default"


def status(message: str) -> Diagnostic:
    return Diagnostic(urn=URN, severity="info", message=message, ephemeral=True)


def plain(times: Iterator[float] | None = None, interval_s: float = 2.0) -> tuple[PlainProgress, io.StringIO]:
    stream = io.StringIO()
    now = (lambda: next(times)) if times else (lambda: 0.0)
    return PlainProgress(stream, interval_s=interval_s, now=now), stream


def test_begin_and_end_of_a_resource() -> None:
    """A plain log has a line for the begin and one for the end of each resource."""
    progress, stream = plain()
    progress.phase("up")
    progress.event(StepStarted(urn=URN, op="create"))
    progress.event(StepFinished(urn=URN, op="create", ok=True, error=None))

    assert stream.getvalue().splitlines() == ["up: started", "up: daily-1 creating", "up: daily-1 created"]


def test_a_preview() -> None:
    """In a preview nothing is created, but to be created."""
    progress, stream = plain()
    progress.phase("preview")
    progress.event(StepStarted(urn=URN, op="create"))
    progress.event(StepFinished(urn=URN, op="create", ok=True, error=None))

    assert stream.getvalue().splitlines() == ["preview: started", "preview: daily-1 to be created"]


def test_status_lines_in_quick_succession() -> None:
    """Of statuses that follow each other quickly only the first is written."""
    progress, stream = plain(iter([0.0, 0.0, 1.0, 2.5, 2.5]))
    for message in ("10 %", "11 %", "12 %"):
        progress.event(status(message))

    assert stream.getvalue().splitlines() == [": daily-1 10 %", ": daily-1 12 %"]


def test_the_same_status_again() -> None:
    """A status that has not changed is not repeated."""
    progress, stream = plain(interval_s=0)
    progress.event(status("10 %"))
    progress.event(status("10 %"))

    assert len(stream.getvalue().splitlines()) == 1


def test_a_failed_resource() -> None:
    """A failure is told with its error."""
    progress, stream = plain()
    progress.event(StepFinished(urn=URN, op="create", ok=False, error="no such disk"))

    assert stream.getvalue() == ": daily-1 creating failed: no such disk\n"


def test_providers_are_not_told() -> None:
    """The steps of default providers are no news for a user."""
    progress, stream = plain()
    progress.event(StepStarted(urn=PROVIDER, op="create"))

    assert stream.getvalue() == ""


def test_the_live_table() -> None:
    """On a terminal each resource has a row with its state and status, and a line stays for the phase."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    progress = LiveProgress(console, speed=600)
    progress.phase("up")
    progress.event(StepStarted(urn=URN, op="create"))
    progress.event(status("2 of 3 disks"))
    console.print(progress.table())
    progress.end("up ok")
    written = console.file.getvalue()  # type: ignore[attr-defined]

    assert all(part in written for part in ("daily-1", "RestorePointCopy", "creating", "2 of 3 disks", "up ok"))
