"""The two engines that can run a rehearsed program: the Pulumi CLI and the embedded engine.

The Pulumi CLI is the engine of every deployment, so it is taken wherever it is on PATH. Without it the embedded engine
runs the same program through the same SDK. Which of the two ran is part of every report.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from azure_recovery.engine import Engine
from azure_recovery.engine.properties import reveal
from azure_recovery.rehearsal.engine_protocol import (
    Diagnostics,
    EngineError,
    Event,
    Operation,
    Outcome,
    RehearsalEngine,
    Site,
)
from azure_recovery.rehearsal.projects import STACK
from azure_recovery.rehearsal.pulumi_cli import PulumiCli


class EmbeddedEngine:
    """The embedded engine, in this process; the program and its providers are processes of their own."""

    def __init__(self, site: Site) -> None:
        self.name = f"embedded engine {version('azure-recovery')}"
        self._state_file = site.folder / "state.json"
        self._diagnostics = Diagnostics()
        self._outputs: Mapping[str, Any] = {}
        self._on_event = site.on_event
        self._engine = Engine(
            site.project.file.parent,
            stack=STACK,
            state_file=self._state_file,
            env=site.environment,
            passphrase=site.passphrase,
            python=site.project.python,
            plugins=site.plugins,
            on_event=self._event,
        )

    def run(self, operation: Operation) -> Outcome:
        """Run *operation* to its end, telling events meanwhile."""
        self._diagnostics = Diagnostics()
        result = getattr(self._engine, operation)()
        if operation != "preview":
            self._outputs = reveal(result.outputs)
        for diagnostic in result.diagnostics:
            self._diagnostics.add(diagnostic)
        return Outcome(
            ok=result.ok,
            changes=result.changes,
            errors=tuple(self._diagnostics.errors),
            warnings=tuple(self._diagnostics.warnings),
        )

    def deployment(self) -> Mapping[str, Any]:
        """Return the state's deployment in Pulumi's format; secrets are ciphertext."""
        if not self._state_file.exists():
            return {}
        state = json.loads(self._state_file.read_text(encoding="utf-8"))
        deployment: Mapping[str, Any] = state["deployment"]
        return deployment

    def outputs(self) -> Mapping[str, Any]:
        """Return what the stack exports, secrets in clear. Never to be written anywhere."""
        return self._outputs

    def files(self) -> Iterable[Path]:
        """Return the state file, if there is one yet."""
        return [self._state_file] if self._state_file.exists() else []

    def cancel(self) -> bool:
        """Do what Ctrl-C does, from another thread."""
        return self._engine.cancel()

    def close(self) -> None:
        """End at once what may still run; the engine ends its processes with each operation."""
        self._engine.cancel()
        self._engine.cancel()

    def _event(self, event: Event) -> None:
        self._diagnostics.add(event)
        self._on_event(event)


def choose_engine(choice: str, site: Site) -> RehearsalEngine:
    """Return the engine that *choice* asks for.

    Args:
        choice: `embedded`, `pulumi`, or `auto`: the Pulumi CLI where it is on PATH, else the embedded engine.
        site: Where it works.

    Raises:
        EngineError: `pulumi` is asked for and is not on PATH, or does not start.
    """
    command = shutil.which("pulumi", path=site.environment.get("PATH"))
    if choice == "pulumi" and command is None:
        raise EngineError("pulumi: not on PATH; install the Pulumi CLI, or use --engine embedded")
    if choice == "embedded" or command is None:
        return EmbeddedEngine(site)
    return PulumiCli(command, site)
