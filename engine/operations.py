"""The engine as its users know it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Literal

from azure_recovery.engine.deployment import Deployment
from azure_recovery.engine.errors import EngineError
from azure_recovery.engine.events import Diagnostic, Event, OperationResult
from azure_recovery.engine.project import Project, Run
from azure_recovery.engine.snapshot import Snapshot, StateFile

_STEPS_PER_CORE = 4
"""The CLI's default for `--parallel`."""

Kind = Literal["preview", "up", "refresh", "destroy"]


@dataclass(eq=False)
class Engine:
    """Runs a Pulumi project against a state file, without the Pulumi CLI.

    Every operation starts its own processes and ends them, and leaves the state file readable by `pulumi stack import`.

    Attributes:
        project_dir: Where `Pulumi.yaml` lies.
        stack: The stack's name; `Pulumi.<stack>.yaml` is read if it is there.
        state_file: The stack's state in Pulumi's deployment format; made by the first `up`.
        config: `namespace:key` to value; wins over the project's files.
        secret_config: The same for secrets.
        env: The whole environment of program and providers; that of this process if not given.
        passphrase: Opens the secrets of state and configuration, as `PULUMI_CONFIG_PASSPHRASE` does.
        parallel: How many steps run at once; four for each core if not given.
        python: Runs the program and dynamic providers; it needs the `pulumi` package.
        plugins: Package name to the folder of its provider; wins over the project's `plugins.providers`.
        on_event: Told of everything as it happens, by one thread at a time, never by two at once.
    """

    project_dir: Path
    _: KW_ONLY
    stack: str
    state_file: Path
    config: Mapping[str, str] | None = None
    secret_config: Mapping[str, str] | None = field(default=None, repr=False)
    env: Mapping[str, str] | None = field(default=None, repr=False)
    passphrase: str = field(default="", repr=False)
    parallel: int | None = None
    python: str = sys.executable
    plugins: Mapping[str, Path] | None = None
    on_event: Callable[[Event], None] | None = None

    def __post_init__(self) -> None:
        """Prepare; nothing is read or started yet."""
        self._current: Deployment | None = None
        self._running = False
        self._cancels = 0
        """Those that the deployment has not heard of, because it is not there yet."""
        # A signal handler may call `cancel` while this very thread holds it.
        self._lock = RLock()

    def preview(self) -> OperationResult:
        """Say what `up` would do; nothing is changed, not even the state."""
        return self._run("preview")

    def up(self) -> OperationResult:
        """Bring the stack to what the program says."""
        return self._run("up")

    def refresh(self) -> OperationResult:
        """Bring the state to what is there; the program is not run."""
        return self._run("refresh")

    def destroy(self) -> OperationResult:
        """Delete everything in the state; the program is not run."""
        return self._run("destroy")

    def cancel(self) -> bool:
        """Do what Ctrl-C does to the CLI; may be called from any thread and from a signal handler's thread.

        Once: nothing new begins, the providers hear Cancel, what runs goes on to its end and is saved. Twice: every
        process is killed, and the state shows what was under way as pending operations.

        Returns:
            Whether an operation runs, which will hear of it; without one nothing happens.
        """
        with self._lock:
            if self._running:
                self._cancels += 1
                self._pass_on()
            return self._running

    def _pass_on(self) -> None:
        while self._current is not None and self._cancels:
            self._cancels -= 1
            self._current.cancel()

    def _tell(self, event: Event) -> None:
        if self.on_event is not None:
            self.on_event(event)

    def _run(self, kind: Kind) -> OperationResult:
        begun = time.monotonic()
        file = StateFile(Path(self.state_file))
        self._cancels, self._running = 0, True
        try:
            with nullcontext() if kind == "preview" else file.held():
                result = self._carry_out(kind, file)
        except EngineError as exc:
            diagnostic = Diagnostic("", "error", str(exc))
            self._tell(diagnostic)
            result = OperationResult(ok=False, kind=kind, diagnostics=(diagnostic,))
        finally:
            self._running = False
        return replace(result, duration_s=time.monotonic() - begun)

    def _carry_out(self, kind: Kind, file: StateFile) -> OperationResult:
        project = Project.load(Path(self.project_dir))
        project = replace(project, plugins={**project.plugins, **(self.plugins or {})})
        config, salt = project.config(self.stack, self.config or {}, self.secret_config or {}, self.passphrase)
        base = file.read(self.passphrase, salt)
        preview = kind == "preview"
        parallel = self.parallel or _STEPS_PER_CORE * (os.cpu_count() or 1)
        env = dict(os.environ if self.env is None else self.env)
        run = Run(project, self.stack, config, preview, parallel, self.python, env)
        deployment = Deployment(run, base, Snapshot(None if preview else file, base), self._tell)
        try:
            with self._lock:
                self._current = deployment
                self._pass_on()
            {"refresh": deployment.refresh, "destroy": deployment.destroy}.get(kind, deployment.update)()
        finally:
            self._current = None
        return OperationResult(
            ok=deployment.ok,
            kind=kind,
            steps=tuple(deployment.steps),
            changes=dict(deployment.changes),
            diagnostics=tuple(deployment.diagnostics),
            outputs=deployment.outputs,
            cancelled=deployment.cancelled,
        )
