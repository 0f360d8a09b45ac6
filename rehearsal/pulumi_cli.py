"""The Pulumi CLI as the engine of a rehearsal: a backend, a home and a stack of its own, gone afterwards.

Progress comes from the engine's event log (`--event-log`, which Pulumi's own Automation API reads, too); the option is
hidden unless `PULUMI_DEBUG_COMMANDS` is set. The CLI runs in a process group of its own, so that Ctrl-C reaches it
through `cancel` alone and never twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from azure_recovery.rehearsal.engine_protocol import Diagnostics, EngineError, Operation, Outcome, Site
from azure_recovery.rehearsal.projects import STACK, stage
from azure_recovery.rehearsal.pulumi_events import EventLog, follow

_SUMMARIES = frozenset(f"{kind} {end}" for kind in ("preview", "update") for end in ("failed", "canceled"))
"""What the CLI ends an operation with after it has said why."""
_KILL_AFTER_S = 12.0
"""Wall seconds that a CLI asked twice to stop gets before its session is killed; it needs four or five."""


_PROC = Path("/proc")
"""Where Linux lists its processes, also in images that have no `ps`; other systems have that."""


def cli_environment(
    base: Mapping[str, str], folder: Path, *, passphrase: str, python: str = sys.executable
) -> dict[str, str]:
    """Return the environment of a CLI that has a backend and a home of its own, and downloads nothing.

    Args:
        base: What else is in it.
        folder: Where backend and home are made, if they are not there yet.
        passphrase: Encrypts the state.
        python: Runs programs and dynamic providers.
    """
    backend, home = folder / "backend", folder / "home"
    for made in (backend, home):
        made.mkdir(parents=True, exist_ok=True)
    return {
        **base,
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_HOME": str(home),
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        "PULUMI_PYTHON_CMD": python,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


class PulumiCli:
    """The `pulumi` command.

    Args:
        command: Its path.
        site: Where it works.

    Raises:
        EngineError: The command does not answer, or refuses to make the stack.
    """

    def __init__(self, command: str, site: Site) -> None:
        self._command = command
        self._project_dir = stage(site.project, site.folder / "project", site.plugins)
        self._folder = site.folder
        self._on_event = site.on_event
        self._running: subprocess.Popen[bytes] | None = None
        self._cancels = 0
        self._count = 0
        self._environment = {
            **cli_environment(site.environment, site.folder, passphrase=site.passphrase, python=site.project.python),
            "PULUMI_DEBUG_COMMANDS": "true",
        }
        release = self._ask("version").strip()
        self.name = f"Pulumi CLI {release}".strip()
        self._ask("stack", "init", STACK)

    def run(self, operation: Operation) -> Outcome:
        """Run *operation* to its end, telling events meanwhile."""
        self._count += 1
        events_file = self._folder / f"events-{self._count}-{operation}.jsonl"
        output_file = self._folder / f"pulumi-{self._count}-{operation}.log"
        events_file.touch()
        arguments = [operation, "--stack", STACK, "--event-log", str(events_file), "--suppress-progress"]
        if operation != "preview":
            arguments += ["--yes", "--skip-preview"]
        diagnostics = Diagnostics()
        log = EventLog()
        changes: dict[str, int] = {}
        with output_file.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 (our own command line)
                self._line(*arguments),
                cwd=self._project_dir,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running = process
            try:
                for entry in follow(events_file, process):
                    changes.update(entry.get("summaryEvent", {}).get("resourceChanges") or {})
                    for event in log.read(entry):
                        diagnostics.add(event)
                        self._on_event(event)
                for event in log.rest():
                    self._on_event(event)
            finally:
                self._stop()
        diagnostics.errors = [error for error in diagnostics.errors if error not in _SUMMARIES] or diagnostics.errors
        if process.returncode != 0 and not diagnostics.errors:
            diagnostics.errors.append(_last_error(output_file.read_text(encoding="utf-8", errors="replace")))
        return Outcome(
            ok=process.returncode == 0,
            changes=changes,
            errors=tuple(diagnostics.errors),
            warnings=tuple(diagnostics.warnings),
        )

    def deployment(self) -> Mapping[str, Any]:
        """Return the state's deployment in Pulumi's format; secrets are ciphertext."""
        deployment: Mapping[str, Any] = json.loads(self._ask("stack", "export", "--stack", STACK))["deployment"]
        return deployment

    def outputs(self) -> Mapping[str, Any]:
        """Return what the stack exports, secrets in clear. Never to be written anywhere."""
        outputs: Mapping[str, Any] = json.loads(
            self._ask("stack", "output", "--stack", STACK, "--json", "--show-secrets") or "{}"
        )
        return outputs

    def files(self) -> Iterable[Path]:
        """Return the state with its backups and history, the event logs and what the CLI printed."""
        folders = (self._folder / "backend", self._project_dir)
        return [
            *self._folder.glob("*.jsonl"),
            *self._folder.glob("pulumi-*.log"),
            *(file for folder in folders for file in folder.rglob("*") if file.is_file()),
        ]

    def cancel(self) -> bool:
        """Send SIGINT; after the second one, see to it that the CLI and its children end."""
        process = self._running
        if process is None or process.poll() is not None:
            return False
        self._cancels += 1
        process.send_signal(signal.SIGINT)
        if self._cancels == 2:  # noqa: PLR2004 (the second is the last that a user should need)
            threading.Thread(target=_insist, args=[process], name="insist", daemon=True).start()
        return True

    def close(self) -> None:
        """Leave no process behind."""
        self._stop()

    def _stop(self) -> None:
        process, self._running = self._running, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            _insist(process)
        # A CLI that ends by itself leaves nothing, one that was asked twice or killed may: each of its children has a
        # process group of its own, but all are of its session.
        if process.wait() < 0 or self._cancels > 1:
            _kill_session(process)

    def _line(self, *arguments: str) -> list[str]:
        return [self._command, *arguments, "--non-interactive", "--color", "never"]

    def _ask(self, *arguments: str) -> str:
        try:
            answer = subprocess.run(  # noqa: S603 (our own command line)
                self._line(*arguments),
                cwd=self._project_dir,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"{self._command}: cannot be run ({error.strerror}); try --engine embedded") from error
        except subprocess.CalledProcessError as error:
            said = _last_error(f"{error.stdout}\n{error.stderr}")
            raise EngineError(f"pulumi {' '.join(arguments)}: {said}; try it by hand with --keep") from error
        return answer.stdout


def _last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or ["ended without a word"])[-1].removeprefix("error:").strip()


def _insist(process: subprocess.Popen[bytes]) -> None:
    """See to the end of a CLI that has been sent SIGINT twice, perhaps so quickly that it saw one."""
    for patience_s in (1.0, _KILL_AFTER_S):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            return
        process.send_signal(signal.SIGINT)
    _kill_session(process)


def _kill_session(leader: subprocess.Popen[bytes]) -> None:
    # First, so that it starts no others meanwhile, and ends even if they cannot be listed.
    leader.kill()
    for pid in _processes():
        # A process may end between being listed and being asked.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader.pid:
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    if _PROC.is_dir():
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [int(pid) for pid in listed.split()]
