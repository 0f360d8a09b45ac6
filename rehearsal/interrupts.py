"""Ctrl-C while an engine works: taken on the main thread, handed to the engine, and never the end of it by accident."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

_LOOK_UP_S = 0.2


def on_thread(work: Callable[[], T]) -> T:
    """Run *work* on a thread and wait, so that signals are taken while it runs."""
    ended: list[T | BaseException] = []

    def target() -> None:
        try:
            ended.append(work())
        except BaseException as error:  # noqa: BLE001 (raised again below, on the thread that waits)
            ended.append(error)

    thread = threading.Thread(target=target, name="engine", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_UP_S)
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


@contextmanager
def interrupts(take: Callable[[], None]) -> Iterator[None]:
    """Let *take* take SIGINT and SIGTERM; a third one of them ends the rehearsal whatever still runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = 0

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal taken
        taken += 1
        if taken > 2:  # noqa: PLR2004 (once in order, twice at once, and then no more patience)
            raise KeyboardInterrupt
        take()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
