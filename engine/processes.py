"""Child processes that never outlive the engine.

Each runs in a process group of its own, as with the CLI: a terminal's Ctrl-C reaches the engine alone, which decides
who hears of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from azure_recovery.engine import reaper
from azure_recovery.engine.errors import PluginError

_GRACE = 2.0
"""Seconds between SIGINT and SIGKILL, and for what is left to read: a Python process that idles ends within a tenth."""


def start_process(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start *command* in a process group of its own, with pipes for what it prints and nothing to read."""
    return subprocess.Popen(  # noqa: S603  # commands come from the project's owner
        list(command),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        process_group=0,
    )


class ProcessGroups:
    """The process groups of one operation, and the reaper that ends them if this process is killed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._live: set[int] = set()
        self._killed = False
        self._reaper = subprocess.Popen(  # noqa: S603  # our own script, our own interpreter
            [sys.executable, "-I", "-S", str(Path(reaper.__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            process_group=0,
        )

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_output: Callable[[str], None],
        reads_port: bool = False,
    ) -> Child:
        """Start *command*; each line it prints goes to *on_output*.

        Args:
            command: Program and arguments.
            cwd: Its working directory.
            env: Its whole environment.
            on_output: Called from threads of its own.
            reads_port: The first line of stdout is a port and belongs to the caller.

        Raises:
            PluginError: It cannot be started.
        """
        if self._killed:
            raise PluginError(f"{command[0]} is not started: the operation was killed")
        try:
            process = start_process(command, cwd, env)
        except OSError as exc:
            raise PluginError(f"{command[0]} cannot be started in {cwd}: {exc.strerror}") from exc
        self._tell("+", process.pid)
        if self._killed:
            # While it started; whoever killed the others did not know of it yet.
            signal_group(process.pid, signal.SIGKILL)
        return Child(process, self, on_output, reads_port=reads_port)

    def _tell(self, sign: str, group: int) -> None:
        with self._lock:
            (self._live.add if sign == "+" else self._live.discard)(group)
            # Whoever waited for a process may come to say so when everything has ended.
            if self._reaper.stdin and not self._reaper.stdin.closed and self._reaper.poll() is None:
                self._reaper.stdin.write(f"{sign}{group}\n")
                self._reaper.stdin.flush()

    def forget(self, group: int) -> None:
        """Note that *group* is gone."""
        self._tell("-", group)

    def kill(self) -> None:
        """Kill every group at once, and start no other."""
        with self._lock:
            self._killed = True
            groups = list(self._live)
        for group in groups:
            signal_group(group, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left, and let the reaper go."""
        self.kill()
        with self._lock:
            if self._reaper.stdin is not None:
                self._reaper.stdin.close()
        self._reaper.wait()


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group; one that is gone is fine."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


class Child:
    """One running command."""

    def __init__(
        self,
        process: subprocess.Popen[str],
        groups: ProcessGroups,
        on_output: Callable[[str], None],
        *,
        reads_port: bool,
    ) -> None:
        self._process = process
        self._groups = groups
        self._on_output = on_output
        self._muted = False
        self._last_words: list[str] = []
        stdout, stderr = process.stdout, process.stderr
        if stdout is None or stderr is None:
            raise PluginError(f"process {process.pid} has no output to read")
        self._pumps = [Thread(target=self._pump, args=(stderr,), daemon=True)]
        self._pumps[0].start()
        self.first_line = stdout.readline().strip() if reads_port else ""
        self._pumps.append(Thread(target=self._pump, args=(stdout,), daemon=True))
        self._pumps[1].start()

    def _pump(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                text = line.rstrip("\n")
                self._last_words = [*self._last_words[-19:], text]
                if not self._muted:
                    self._on_output(text)

    @property
    def last_words(self) -> str:
        """The last lines it printed, for the error of a process that ended early."""
        return "\n".join(self._last_words)

    @property
    def returncode(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it has ended and what it printed was read; None if it still runs after *timeout* seconds."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._finish()
        return code

    def stop(self) -> None:
        """End it: SIGINT, then SIGKILL; what it prints from here on is dropped."""
        self._muted = True
        if self._process.poll() is None:
            signal_group(self._process.pid, signal.SIGINT)
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                signal_group(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._finish()

    def _finish(self) -> None:
        # Children of its own may still hold the pipes: those of its group end here, others are not waited for.
        signal_group(self._process.pid, signal.SIGKILL)
        for pump in self._pumps:
            pump.join(_GRACE)
        self._muted = True
        self._groups.forget(self._process.pid)
