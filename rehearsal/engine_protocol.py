"""What a rehearsal asks of an engine, and what an engine tells it: the same for the Pulumi CLI and the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from azure_recovery.engine import Diagnostic, StepFinished, StepStarted
from azure_recovery.rehearsal.projects import Project

Operation = Literal["preview", "up", "refresh", "destroy"]
Event = StepStarted | StepFinished | Diagnostic
EventSink = Callable[[Event], None]


_OF_A_FAILED_INITIALIZATION = "1 error occurred: * "
"""What the engine puts before the one reason why a resource that exists is not ready."""


class EngineError(RuntimeError):
    """The engine could not be started at all."""


@dataclass(frozen=True)
class Outcome:
    """How one operation of an engine ended."""

    ok: bool
    changes: Mapping[str, int]
    """How many steps of each kind, named as Pulumi names them: same, create, update, replace, delete."""
    errors: tuple[str, ...] = ()
    """One line each: the resource, then what went wrong."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """What an engine works on, and where."""

    project: Project
    """The user's, not to be written to."""
    folder: Path
    """For state, logs and whatever else the engine needs."""
    environment: Mapping[str, str]
    """The whole environment of the program and its providers."""
    passphrase: str
    on_event: EventSink
    plugins: Mapping[str, Path] = field(default_factory=dict)
    """Package name to the folder of the plugin that serves it, whatever the project says."""


class RehearsalEngine(Protocol):
    """What a rehearsal asks of an engine."""

    name: str
    """For the report, with the version."""

    def run(self, operation: Operation) -> Outcome:
        """Run *operation* to its end, telling events meanwhile."""
        ...

    def deployment(self) -> Mapping[str, Any]:
        """Return the state's deployment in Pulumi's format; secrets are ciphertext."""
        ...

    def outputs(self) -> Mapping[str, Any]:
        """Return what the stack exports, secrets in clear. Never to be written anywhere."""
        ...

    def files(self) -> Iterable[Path]:
        """Return every file with state or messages that the engine has written."""
        ...

    def cancel(self) -> bool:
        """Do what Ctrl-C does, from another thread: once to end in order, twice to end at once.

        Returns:
            Whether there was anything to stop yet.
        """
        ...

    def close(self) -> None:
        """Leave no process behind."""
        ...


@dataclass
class Diagnostics:
    """Collects the messages that outlive an operation, one line each."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Keep *event* if it is an error or a warning."""
        if isinstance(event, Diagnostic) and not event.ephemeral and event.message.strip():
            line = f"{resource_name(event.urn)}: {said(event)}" if event.urn else said(event)
            if event.severity == "error" and line not in self.errors:
                self.errors.append(line)
            elif event.severity == "warning" and line not in self.warnings:
                self.warnings.append(line)


def resource_name(urn: str) -> str:
    """Return the name at the end of a URN, `daily-1` of `urn:pulumi:rehearsal::p::t$u::daily-1`."""
    return urn.rsplit("::", 1)[-1]


def resource_type(urn: str) -> str:
    """Return the last word of a URN's type, `RestorePointCopy` of `…::pulumi-python:dynamic/m:RestorePointCopy::n`."""
    parts = urn.split("::")
    return parts[-2].rsplit("$", 1)[-1].rsplit(":", 1)[-1] if len(parts) >= 4 else ""  # noqa: PLR2004 (a URN has four)


def said(event: Diagnostic) -> str:
    """Return the message of *event* on one line, without what the engine puts before some."""
    parts = event.urn.split("::")
    engines_prefix = f"{parts[-2].rsplit('$', 1)[-1]} resource '{parts[-1]}': " if len(parts) > 1 else ""
    return one_line(event.message).removeprefix(engines_prefix).removeprefix(_OF_A_FAILED_INITIALIZATION)


def one_line(message: str) -> str:
    """Return *message* on one line; a traceback as its exception and the place that raised it."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    places = [line for line in lines if line.startswith('File "')]
    if not places:
        return " ".join(lines)
    return f"{lines[-1]} ({places[-1].partition(', in ')[0]})"
