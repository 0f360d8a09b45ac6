"""Programs and providers that start without loading anything, for tests of what they do and not of how they start.

Every operation of an engine starts two Python processes, and each spends most of its processor time on imports. Here
they are forks of one that has loaded everything (`warm_server.py`). The tests of the engine itself, of the commands and
of the Pulumi CLI start theirs as users do.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from azure_recovery.engine import processes
from tests.waiting import PATIENCE_S

_SERVER = Path(__file__).with_name("warm_server.py")
_start_cold = processes.start_process


class WarmProcess:
    """A fork, with what the engine asks of a `subprocess.Popen`.

    Attributes:
        pid: Its id, and that of its process group. command, environment: What it was started with.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, out: int, error: int, ended: int):
        self.pid = int(_line(ended))
        self.command, self.environment = list(command), dict(environment)
        self.stdout = open(out, errors="replace")  # noqa: SIM115 - closed by whoever reads it to its end
        self.stderr = open(error, errors="replace")  # noqa: SIM115
        self._ended = ended
        weakref.finalize(self, os.close, ended).atexit = False
        self._lock = threading.Lock()
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""
        with self._lock:
            if self._code is None and _readable(self._ended, 0.0):
                said = os.read(self._ended, 16)
                assert said, "the process that is forked was killed, and so cannot tell how its forks ended"
                self._code = int(said)
            return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """
        if self._code is None:
            _readable(self._ended, timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code


class Warm:
    """The process that is forked, from the first time on that one is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._asking: socket.socket | None = None
        self._started: list[WarmProcess] = []

    def start(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> WarmProcess:
        """Start *command*, which is one of this Python."""
        with ExitStack() as ours:
            with ExitStack() as theirs:
                read, write = zip(*(_pipe(ours, theirs) for _ in range(3)), strict=True)
                wanted = theirs.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
                json.dump([command[1:], str(cwd), dict(env)], wanted)
                wanted.seek(0)
                with self._lock:
                    socket.send_fds(self._opened(), [b"+"], [wanted.fileno(), *write])
            out, error, ended = read
            assert _readable(ended, PATIENCE_S), "no process was forked"
            process = WarmProcess(command, env, out=out, error=error, ended=ended)
            ours.pop_all()
        with self._lock:
            self._started = [*self._running(), process]
        return process

    def running(self) -> list[WarmProcess]:
        """Return those that have not ended."""
        with self._lock:
            return self._running()

    def _running(self) -> list[WarmProcess]:
        return [process for process in self._started if process.poll() is None]

    def _opened(self) -> socket.socket:
        if self._server is not None and self._server.poll() is not None:
            # It was killed, and with it went what its forks would have said.
            self.close()
            self._started = []
        if self._asking is None:
            self._asking, theirs = socket.socketpair()
            with theirs:
                self._server = subprocess.Popen(
                    [sys.executable, "-u", "-P", str(_SERVER), str(theirs.fileno())],
                    env={name: value for name, value in os.environ.items() if _stays(name)},
                    pass_fds=[theirs.fileno()],
                    process_group=0,
                )
        return self._asking

    def close(self) -> None:
        """Let the process go; what was forked belongs to whoever started it."""
        if self._asking is None or self._server is None:
            return
        self._asking.close()
        try:
            self._server.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._asking = self._server = None


_WARM = Warm()
atexit.register(_WARM.close)


def start(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[str] | WarmProcess:
    """Start *command* as the engine does, but warm where it is one of this Python."""
    return _WARM.start(command, cwd, env) if command[0] == sys.executable else _start_cold(command, cwd, env)


@pytest.fixture(scope="module")
def warm_processes() -> Iterator[None]:
    """Have the embedded engine start warm, in the modules that use this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "start_process", start)
        yield


def provider_with(name: str, value: str) -> int:
    """Return the id of the provider process that was started with a variable, by either engine.

    The program has the variable as well, and so has the CLI's wrapper.
    """
    warm = [(process.pid, process.command, process.environment) for process in _WARM.running()]
    found = [
        pid
        for pid, command, environment in [*warm, *cold_processes()]
        if "pulumi.dynamic" in command and environment.get(name) == value
    ]
    assert len(found) == 1, f"there are {len(found)} provider processes with {name}={value}"
    return found[0]


def cold_processes() -> Iterator[tuple[int, list[str], dict[str, str]]]:
    """Yield id, command and environment of the machine's processes, as they were started; none without `/proc`."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (
                (folder / name).read_text(errors="replace").split("\0") for name in ("cmdline", "environ")
            )
        except OSError:  # somebody else's, or gone
            continue
        yield int(folder.name), command, dict(line.partition("=")[::2] for line in environment)


def _stays(variable: str) -> bool:
    return not variable.startswith("PYTHON") or variable == "PYTHONDONTWRITEBYTECODE"


def _pipe(ours: ExitStack, theirs: ExitStack) -> tuple[int, int]:
    read, write = os.pipe()
    ours.callback(os.close, read)
    theirs.callback(os.close, write)
    return read, write


def _readable(descriptor: int, timeout: float | None) -> bool:
    # Not `select`, which knows a thousand descriptors only.
    asking = select.poll()
    asking.register(descriptor, select.POLLIN)
    return bool(asking.poll(None if timeout is None else timeout * 1_000.0))


def _line(descriptor: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        assert byte, "the process that is forked has ended"
        line += byte
    return line
