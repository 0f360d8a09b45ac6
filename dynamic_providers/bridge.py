"""What the engine offers to a provider and the SDK's Python server keeps from it.

The engine sends the resource's URN, the user's timeout and the end of the operation; it takes live status, partial
results and more than four operations at a time. The server of `pulumi.dynamic` hands none of it on, so this module
reaches for it: in the frame of the servicer method that is running (`request`, `context`), and in the main thread's
frame (`server`). These are private names. Each piece is therefore looked for when it is used, and where it is missing
the provider works on without it:

| piece                  | without it |
|------------------------|---|
| URN, for status        | status lines appear on the stack's row |
| engine address         | status lines go to stderr, which Pulumi shows when it ends |
| timeout                | the limits of the resource itself apply |
| initialisation failure | a plain error; the next `up` finds the copy under its name and goes on |
| end of the call        | a wait ends at its deadline, or with the process |
| Cancel                 | Ctrl-C waits for the operations that run; a second one kills them |
| wider pool             | four operations at a time |

Source: `pulumi/dynamic/__main__.py` of SDK 3.216 to 3.272, tried on the engine 3.260.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_SERVICER_METHODS = frozenset({"Check", "Diff", "Create", "Read", "Update", "Delete"})
_URN = re.compile(r"^urn:pulumi:[^:]+::[^:]+::[^:].*::.+$", re.DOTALL)
_CANCEL = "/pulumirpc.ResourceProvider/Cancel"
_POOL = 256
"""Operations at a time. A thread is made when one is needed; the engine's `--parallel` is the cap that counts."""

cancelled = threading.Event()
"""Set by the engine's Cancel: the first Ctrl-C, and harmlessly the end of every operation."""

_listeners: set[Callable[[], None]] = set()
_listeners_lock = threading.Lock()


@dataclass(slots=True)
class Call:
    """The engine's call that this thread is answering.

    Attributes:
        method: `Create`, `Read` and so on, or "" if the frame was not found.
        urn: The resource's URN, or "" if it is not known or malformed (a malformed one stops the whole CLI).
        timeout_s: The user's `custom_timeouts` for this operation, in seconds, or None.
        context: The gRPC context, for what only it can carry.
    """

    method: str = ""
    urn: str = ""
    timeout_s: float | None = None
    context: Any = None
    _said: str = field(default="", repr=False)

    def stopped(self) -> bool:
        """Whether the engine has asked to end, or has gone away."""
        return cancelled.is_set() or (self.context is not None and not self.context.is_active())

    @contextlib.contextmanager
    def on_stop(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call *callback*, from some thread, when the engine asks to end or goes away while the block runs."""
        with _listeners_lock:
            _listeners.add(callback)
        if self.context is not None:
            self.context.add_callback(callback)
        if self.stopped():
            callback()
        try:
            yield
        finally:
            with _listeners_lock:
                _listeners.discard(callback)


def current_call() -> Call:
    """Return the call that this thread is answering, as far as it can be seen."""
    frame = sys._getframe()  # noqa: SLF001 - there is no public way
    while frame is not None:
        if frame.f_code.co_name in _SERVICER_METHODS and "context" in frame.f_locals:
            request, context = frame.f_locals.get("request"), frame.f_locals["context"]
            urn = getattr(request, "urn", "")
            timeout = getattr(request, "timeout", 0)
            return Call(
                method=frame.f_code.co_name,
                urn=urn if isinstance(urn, str) and _URN.match(urn) else "",
                timeout_s=float(timeout) if isinstance(timeout, int | float) and timeout > 0 else None,
                context=context if hasattr(context, "set_trailing_metadata") else None,
            )
        frame = frame.f_back  # type: ignore[assignment]
    return Call()


def prepare_server() -> None:
    """Widen the server's pool and listen to Cancel; errors become one line. Safe to call more than once."""
    # The SDK sends `traceback.format_exc()`; without frames it is the error's own line.
    sys.tracebacklimit = 0
    server = _server()
    if server is None:
        return
    state = getattr(server, "_state", None)
    pool = getattr(state, "thread_pool", None)
    workers = getattr(pool, "_max_workers", None)
    if pool is not None and isinstance(workers, int):
        pool._max_workers = max(workers, _POOL)  # noqa: SLF001
    for handler in getattr(state, "generic_handlers", None) or ():
        methods = getattr(handler, "_method_handlers", None)
        if isinstance(methods, dict) and _CANCEL in methods:
            _listen(methods)


def _server() -> Any:
    """Return the gRPC server of the main thread, or None."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001
    while frame is not None:
        server = frame.f_locals.get("server")
        if hasattr(server, "_state"):
            return server
        frame = frame.f_back
    return None


def _listen(methods: dict[str, Any]) -> None:
    original = methods[_CANCEL]
    answer = getattr(original, "unary_unary", None)
    if answer is None or getattr(answer, "azure_recovery", False):
        return

    def cancel(request: Any, context: Any) -> Any:
        cancelled.set()
        with _listeners_lock:
            waiting = list(_listeners)
        for callback in waiting:
            callback()
        return answer(request, context)

    cancel.azure_recovery = True  # type: ignore[attr-defined]
    methods[_CANCEL] = original._replace(unary_unary=cancel)


def fail_initialization(
    call: Call, *, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any] | None, reasons: list[str]
) -> bool:
    """Tell the engine that the resource exists but is not ready; the caller raises right after.

    The engine then keeps *id_* and *outputs* in the state and calls `update` on the next `up`, whatever `diff` says.

    Args:
        call: The call that is being answered.
        id_: The resource's id.
        outputs: Its outputs, with `__provider`; JSON values.
        inputs: Its inputs as read, for `read`.
        reasons: One line each, shown to the user.

    Returns:
        Whether the engine will hear of it.

    Source: `ErrorResourceInitFailed` in pulumi/provider.proto, sent as `grpc-status-details-bin` with code UNKNOWN.
    """
    if call.context is None:
        return False
    from google.protobuf import any_pb2, struct_pb2
    from pulumi.runtime.proto import provider_pb2, status_pb2

    def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
        message = struct_pb2.Struct()
        message.update({key: value for key, value in properties.items() if value is not None})
        return message

    failure = provider_pb2.ErrorResourceInitFailed(
        id=id_, properties=struct(outputs), reasons=reasons, inputs=struct(inputs or {})
    )
    detail = any_pb2.Any()
    detail.Pack(failure)
    status = status_pb2.Status(code=2, message=reasons[0], details=[detail])
    call.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    return True


class _Engine:
    """The engine's log service, one channel for the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stub: Any = None

    def stub(self) -> Any:
        """Return the stub, or None when this process was not started by an engine."""
        address = sys.argv[-1] if len(sys.argv) > 1 else ""
        if not re.fullmatch(r"[\w.\[\]:-]+:\d+", address):
            return None
        with self._lock:
            if self._stub is None:
                import grpc
                from pulumi.runtime.proto import engine_pb2_grpc

                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
            return self._stub


_engine = _Engine()


def say(call: Call, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
    """Show *message* on the resource's own row; the last ephemeral one stays until the next.

    Never with severity error: the engine would print "failed" for an operation that then succeeds.
    """
    if ephemeral and message == call._said:  # noqa: SLF001 - a repeated line is noise where there is no terminal
        return
    call._said = message  # noqa: SLF001
    stub = _engine.stub()
    if stub is None:
        print(message, file=sys.stderr, flush=True)  # noqa: T201 - Pulumi shows it on the stack's row
        return
    import grpc
    from pulumi.runtime.proto import engine_pb2

    severity = engine_pb2.WARNING if warning else engine_pb2.INFO
    # An engine that has gone away is noticed by the call itself; a status line must not fail the operation.
    with contextlib.suppress(grpc.RpcError):
        stub.Log(
            engine_pb2.LogRequest(
                severity=severity, message=message, urn=call.urn, ephemeral=ephemeral and not warning
            ),
            timeout=5,
        )
