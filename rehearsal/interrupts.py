"""Ctrl-C while an engine works: handed to the engine, and never the end of it by accident.

The engine works on a thread of its own, and the main thread waits for it. A signal only counts; the waiting loop hands
it on. So nothing is called from within a signal handler, where a lock of the engine might be held by the very code that
was interrupted.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

_LOOK_UP_S = 0.1
_PATIENCE = 2
"""The first signal lets running steps end, the second ends them; after that the rehearsal ends whatever still runs."""


class Interrupts:
    """Takes SIGINT and SIGTERM for as long as the `with` block lasts.

    Args:
        hand_on: Told of each signal, on the thread that waits; answers whether there was something to stop. If not,
            it is told again a moment later, because an engine that is about to start must not go on.
    """

    def __init__(self, hand_on: Callable[[], bool]) -> None:
        self._hand_on = hand_on
        self._taken = 0
        self._handed = 0
        self._previous: dict[signal.Signals, Any] = {}

    @property
    def any(self) -> bool:
        """Whether there was one."""
        return self._taken > 0

    def run(self, work: Callable[[], T]) -> T:
        """Return what *work* returns, or raise what it raises; signals are handed on meanwhile."""
        results: list[T] = []
        errors: list[BaseException] = []

        def target() -> None:
            try:
                results.append(work())
            except BaseException as error:  # noqa: BLE001 (raised again below, on the thread that waits)
                errors.append(error)

        thread = threading.Thread(target=target, name="engine", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(_LOOK_UP_S)
            if thread.is_alive() and self._handed < self._taken and self._hand_on():
                self._handed += 1
        if errors:
            raise errors[0]
        return results[0]

    def __enter__(self) -> Self:
        # Only the main thread may take signals; elsewhere they stay with whoever runs the rehearsal.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        self._taken += 1
        if self._taken > _PATIENCE:
            raise KeyboardInterrupt
