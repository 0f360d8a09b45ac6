"""What the engine offers to a provider and the SDK's Python server keeps from it.

The engine sends the resource's URN, the user's timeout and the end of the operation; it takes live status, partial
results and more than four operations at a time. The server of `pulumi.dynamic` hands none of it on, so this module
reaches for it: in the frame of the servicer method that is running (`request`, `context`), and in the main thread's
frame (`server`). These are private names. Each piece is therefore looked for when it is used, and where it is missing
the provider works on without it:

| piece                  | without it |
|------------------------|---|
| URN, for status        | status lines appear on the stack's row |
| engine address         | status lines go to stderr, which Pulumi shows on the stack's row |
| timeout                | the limits of the resource itself apply |
| initialisation failure | a plain error; the next `up` finds the copy under its name and goes on |
| end of the call        | a wait ends at its deadline, or with the process |
| Cancel                 | Ctrl-C waits for the operations that run; a second one kills them |
| wider pool             | four operations at a time |

`docs/bridge.md` lists the names and says how it is tested. Source: `pulumi/dynamic/__main__.py` of SDK 3.216 to 3.272
and `grpc/_server.py`, tried on the engine 3.260.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from azure_recovery.dynamic_providers.main_thread import main_frame
from azure_recovery.dynamic_providers.status_rows import StatusRow, row_text

_log = logging.getLogger(__name__)

_SERVICER_METHODS = frozenset({"Check", "Diff", "Create", "Read", "Update", "Delete"})
_URN = re.compile(r"urn:pulumi:[^:]+::[^:]+::[^:].*::.+", re.DOTALL)
_CANCEL = "/pulumirpc.ResourceProvider/Cancel"

_POOL = 256
"""Operations at a time. A thread is made when one is needed; the engine's `--parallel` is the cap that counts."""


class _Stop:
    """Calls back at most once, and never after `drop` has returned: it waits for a callback that has begun.

    Args:
        callback: Must not block.
    """

    def __init__(self, callback: Callable[[], None]) -> None:
        self._lock = threading.RLock()  # a callback may end the block in its own thread
        self._callback: Callable[[], None] | None = callback

    def __call__(self) -> None:
        with self._lock:
            callback, self._callback = self._callback, None
            if callback is not None:
                callback()

    def drop(self) -> None:
        with self._lock:
            self._callback = None


class _Cancellation:
    """The engine's Cancel: the first Ctrl-C, and the last call to every process. No operation is begun after it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: set[_Stop] = set()
        self.came = False

    def add(self, stop: _Stop) -> None:
        with self._lock:
            self._stops.add(stop)

    def discard(self, stop: _Stop) -> None:
        with self._lock:
            self._stops.discard(stop)

    def come(self) -> None:
        with self._lock:
            self.came = True
            stops = list(self._stops)
        for stop in stops:
            try:
                stop()
            except Exception:  # noqa: BLE001 - one wait that cannot be ended must not keep the others
                _log.exception("a wait was not ended by Cancel")


_cancellation = _Cancellation()


@dataclass(slots=True)
class Call:
    """The engine's call that this thread is answering.

    Attributes:
        method: `Create`, `Read` and so on, or "" if the frame was not found.
        urn: The resource's URN, or "" if it is not known or malformed (a malformed one stops the whole CLI).
        timeout_s: The user's `custom_timeouts` for this operation, in seconds, or None.
        context: The gRPC context, for what only it can carry, or None.
        looked_s: Wall seconds that its questions to Azure have cost so far; `Lookups` keeps it.
    """

    method: str = ""
    urn: str = ""
    timeout_s: float | None = None
    context: Any = None
    looked_s: float = 0.0
    _status: StatusRow = field(default_factory=StatusRow, repr=False)
    _blocks: int = field(default=0, repr=False)

    def tell(self, news: object) -> None:
        """Show *news* live on the resource's row, as `say` does: a pause, whoever made it."""
        say(self, str(news))

    def stopped(self) -> bool:
        """Whether the engine has asked to end, or has gone away."""
        return _cancellation.came or (self.context is not None and not self.context.is_active())

    @contextlib.contextmanager
    def on_stop(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call *callback* once, from some thread, if the engine asks to end or goes away while the block runs.

        It is never called after the block, which waits at its end for one that has begun; so it must not block. Where
        the engine has asked already, it is called before the block.
        """
        stop = _Stop(callback)
        _cancellation.add(stop)
        self._blocks += 1
        try:
            # gRPC calls back at the normal end of the call too, and keeps what it was given until then: hence `drop`.
            if self.context is not None:
                self.context.add_callback(stop)
            if self.stopped():
                stop()
            yield
        finally:
            self._blocks -= 1
            _cancellation.discard(stop)
            stop.drop()
            self._status.arrive()


def current_call() -> Call:
    """Return the call that this thread is answering, as far as it can be seen."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name in _SERVICER_METHODS:
            request, context = frame.f_locals.get("request"), frame.f_locals.get("context")
            if request is not None or context is not None:
                urn, timeout = getattr(request, "urn", ""), getattr(request, "timeout", 0)
                usable = all(hasattr(context, name) for name in ("add_callback", "is_active", "set_trailing_metadata"))
                return Call(
                    method=frame.f_code.co_name,
                    urn=urn if isinstance(urn, str) and _URN.fullmatch(urn) else "",
                    timeout_s=float(timeout) if isinstance(timeout, int | float) and timeout > 0 else None,
                    context=context if usable else None,
                )
        frame = frame.f_back
    return Call()


def prepare_server() -> None:
    """Widen the server's pool and listen to Cancel; errors become one line. Safe to call more than once."""
    server = _server()
    if server is not None or current_call().method:
        # The SDK sends `traceback.format_exc()`; without frames it is the error's own line.
        sys.tracebacklimit = 0
    state = getattr(server, "_state", None)
    _widen(getattr(state, "thread_pool", None))
    for handler in getattr(state, "generic_handlers", None) or ():
        _listen(getattr(handler, "_method_handlers", None))
    # Where an SDK generated by grpcio-tools 1.65 or later puts them as well, and where gRPC looks first.
    _listen(getattr(state, "registered_method_handlers", None))


def _server() -> Any:
    """Return the gRPC server of the main thread, or None."""
    frame = main_frame()
    while frame is not None:
        server = frame.f_locals.get("server")
        if hasattr(server, "_state"):
            return server
        frame = frame.f_back
    return None


def _widen(pool: Any) -> None:
    workers = getattr(pool, "_max_workers", None)
    if not isinstance(workers, int) or workers >= _POOL:
        return
    pool._max_workers = _POOL  # noqa: SLF001
    # A thread is made when work comes. What came before, such as the first deletes of a `destroy`, waits for one.
    queue = getattr(pool, "_work_queue", None)
    for _ in range(queue.qsize() if queue is not None else 0):
        pool.submit(int)


_listening = threading.Lock()


def _listen(methods: Any) -> None:
    """Let the Cancel among *methods*, a dictionary from path to handler, end what waits."""
    if not isinstance(methods, dict):
        return
    with _listening:
        original: Any = methods.get(_CANCEL)
        answer = getattr(original, "unary_unary", None)
        if answer is None or not hasattr(original, "_replace") or hasattr(answer, "experimental_thread_pool"):
            return

        def cancel(request: Any, context: Any) -> Any:
            _cancellation.come()
            return answer(request, context)

        # gRPC's own attribute: Cancel must not queue behind the waits that it is to end.
        cancel.experimental_thread_pool = ThreadPoolExecutor(1, "cancel")  # type: ignore[attr-defined]
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
        inputs: Its inputs as read, with `__provider`, for `read`; else None.
        reasons: One line each, shown to the user; at least one.

    Returns:
        Whether the engine will hear of it.

    Raises:
        ValueError: A value is none that JSON has.

    Source: `ErrorResourceInitFailed` in pulumi/provider.proto, sent as `grpc-status-details-bin` with code UNKNOWN.
    """
    if call.context is None:
        return False
    from google.protobuf import any_pb2, struct_pb2
    from pulumi.runtime.proto import provider_pb2, status_pb2

    def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
        message = struct_pb2.Struct()
        message.update(_encodable({key: value for key, value in properties.items() if value is not None}))
        return message

    lines = [row_text(reason) for reason in reasons]
    failure = provider_pb2.ErrorResourceInitFailed(
        id=id_, properties=struct(outputs), reasons=lines, inputs=None if inputs is None else struct(inputs)
    )
    detail = any_pb2.Any()
    detail.Pack(failure)
    status = status_pb2.Status(code=2, message=lines[0], details=[detail])
    call.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    return True


def say(call: Call, message: str, *, warning: bool = False, ephemeral: bool = True) -> None:
    """Show *message* on the resource's own row; the last ephemeral one stays until the next.

    Never with severity error: the engine would print "failed" for an operation that then succeeds. Returns at once,
    so that it may be called on an event loop; a line that does not reach the engine is dropped.

    Args:
        call: Whose row.
        message: What to show, as one line: a live row shows no more.
        warning: Show it as a warning, which stays in the summary at the end.
        ephemeral: Show it live only. Of lines that differ in figures alone, one in ten seconds is shown, later fewer.
    """
    line, lasting = row_text(message), warning or not ephemeral
    if line and (lasting or call._status.worth(line)):  # noqa: SLF001
        call._status.send(call.urn, line, warning=warning, ephemeral=not lasting)  # noqa: SLF001
        if not call._blocks:  # noqa: SLF001
            call._status.arrive()  # noqa: SLF001


def _encodable(value: Any) -> Any:
    """Return *value*, JSON, with every text such as UTF-8 can say it."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    return value
