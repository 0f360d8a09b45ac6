"""The lines of a resource's own row: which are worth showing, and how they reach the engine."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from typing import Any

from azure_recovery.rest.redaction import redacted

_ADDRESS = re.compile(r"[\w.\[\]:-]+:\d+")

_QUIET_S = 10.0
"""Wall seconds between status lines of a row that differ in figures alone: without a terminal each line stays."""

_LONGEST_QUIET_S = 300.0
"""What the pause grows to in a long wait, to a twentieth of the time that has passed: a day makes 350 lines."""

_LOG_TIMEOUT_S = 2.0
"""Wall seconds for a line to reach the engine, which may be stopped by Ctrl-Z."""


class _Engine:
    """The engine's log service, one channel for the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stub: Any = None
        self._sendings: set[Any] = set()

    def stub(self) -> Any:
        """Return the stub, or None when this process was not started by an engine."""
        address = sys.argv[-1] if len(sys.argv) > 1 else ""
        if not _ADDRESS.fullmatch(address):
            return None
        with self._lock:
            if self._stub is None:
                import grpc
                from pulumi.runtime.proto import engine_pb2_grpc

                # The engine is on this machine; a company's proxy cannot reach it.
                channel = grpc.insecure_channel(address, options=(("grpc.enable_http_proxy", 0),))
                self._stub = engine_pb2_grpc.EngineStub(channel)
            return self._stub

    def keep(self, sending: Any) -> None:
        """Keep *sending* until it has ended: gRPC cancels a call that nobody holds."""
        self._sendings.add(sending)
        sending.add_done_callback(self._sendings.discard)


_engine = _Engine()


class StatusRow:
    """The lines of one call's row."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._last = ""
        self._told: dict[str, float] = {}
        self._lasting: list[Any] = []

    def worth(self, line: str) -> bool:
        """Whether an ephemeral *line* says something new."""
        shape, now = _shape(line), time.monotonic()
        pause = min(max(_QUIET_S, (now - self._begun) / 20), _LONGEST_QUIET_S)
        with self._lock:
            if line == self._last or now - self._told.get(shape, float("-inf")) < pause:
                return False
            self._last, self._told[shape] = line, now
            return True

    def send(self, urn: str, line: str, *, warning: bool, ephemeral: bool) -> None:
        """Send *line* to the engine, or to stderr where no engine can be asked."""
        stub = _engine.stub()
        if stub is None:
            name = urn.rpartition("::")[2]
            with contextlib.suppress(OSError):  # nobody reads any more
                print(f"{name}: {line}" if name else line, file=sys.stderr, flush=True)  # noqa: T201
            return
        from pulumi.runtime.proto import engine_pb2

        severity = engine_pb2.WARNING if warning else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=line, urn=urn, ephemeral=ephemeral)
        sending = stub.Log.future(request, timeout=_LOG_TIMEOUT_S)
        _engine.keep(sending)
        if not ephemeral:
            with self._lock:
                self._lasting.append(sending)

    def arrive(self) -> None:
        """Wait for the lines that must not be lost: after the last answer the engine ends the process."""
        with self._lock:
            lasting, self._lasting = self._lasting, []
        for sending in lasting:
            sending.code()  # that of an engine which has gone away is not OK, and the call itself will notice


def row_text(text: str) -> str:
    """Return *text* on one line, without secrets and what UTF-8 cannot say: half of a surrogate pair is valid JSON."""
    return " ".join(redacted(text).split()).encode(errors="replace").decode()


def _shape(line: str) -> str:
    """Return *line* with percentages in steps of ten and without other words that hold figures."""
    steps = re.sub(r"(\d+)(?:\.\d+)? ?%", lambda found: "ABCDEFGHIJK"[min(int(found[1]) // 10, 10)] + "%", line)
    return re.sub(r"\S*\d\S*", "#", steps)
