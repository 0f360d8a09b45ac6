"""Azure's time, turned by whoever waits for it: it stands still while anything runs, and passes while all sleep."""

from __future__ import annotations

import asyncio
import heapq
import selectors
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

_JOIN_S = 10.0


class _Idle(selectors.DefaultSelector):
    """A selector that is told when its loop has nothing to do.

    A loop asks its selector for events with a timeout of zero as long as a callback is due, and when none is, with the
    time until the next of its own timers, or None. That is the moment at which every task waits for another one, for a
    thread, or for time.
    """

    def __init__(self, on_idle: Callable[[float | None], bool]) -> None:
        super().__init__()
        self._on_idle = on_idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what came, or nothing as soon as somebody was woken."""
        if timeout == 0:
            return super().select(timeout)
        return super().select(0) or ([] if self._on_idle(timeout) else super().select(None))


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose own timers, those of `asyncio.wait_for` and the like, run on a clock that turns itself."""

    def __init__(self, clock: TurnedClock) -> None:
        super().__init__(_Idle(self._turn))
        self._clock = clock
        self._in_threads = 0

    def time(self) -> float:
        return self._clock.monotonic()

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Run *func* in a thread; time stands still meanwhile."""
        running = super().run_in_executor(executor, func, *args)
        self._in_threads += 1
        running.add_done_callback(self._back)
        return running

    def _back(self, _future: Any) -> None:
        self._in_threads -= 1

    def _turn(self, timer_s: float | None) -> bool:
        return not self._in_threads and self._clock.turn(timer_s)


class TurnedClock:
    """The clock of a test, of its emulator and of its providers: all on one loop, which this runs in a thread.

    Nobody waits for the wall. When nothing on the loop can go on, the clock jumps to the moment at which the first
    sleeper wakes up, and wakes that one alone. So what a test sees is the same on any machine, however busy. A limit in
    seconds of the wall, such as that of `asyncio.wait_for`, is one of the clock's seconds, as it is outside rehearsals.

    It sees what runs on its loop and what that waits for in threads of `asyncio.to_thread`; not that another thread is
    about to put something on the loop. A test of several threads needs a real clock.

    Attributes:
        START: Its first moment, in seconds since 1970.
        loop: Where everything runs that sleeps on this clock.
    """

    START = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC).timestamp()

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()
        self.loop: asyncio.AbstractEventLoop = _Loop(self)
        self._thread = threading.Thread(target=self.loop.run_forever, name="turned-clock", daemon=True)
        self._thread.start()

    def wall(self) -> float:
        """Return the seconds since 1970, for an emulator."""
        return self.START + self._elapsed

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self.wall(), UTC)

    def monotonic(self) -> float:
        """Return the seconds since the test began."""
        return self._elapsed

    def advance(self, *, hours: float = 0.0, minutes: float = 0.0, seconds: float = 0.0) -> None:
        """Let time pass without anybody sleeping."""
        self._elapsed += (hours * 60.0 + minutes) * 60.0 + seconds

    async def sleep(self, seconds: float) -> None:
        """Sleep until everybody else sleeps for longer."""
        woken = self.loop.create_future()
        heapq.heappush(self._sleepers, (self._elapsed + max(seconds, 0.0), next(self._order), woken))
        await woken

    def run(self, work: Any) -> Any:
        """Run a coroutine on the loop, from another thread, and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        """End what still runs, and the loop."""
        self.run(_cancel_others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_JOIN_S)
        self.loop.close()

    def turn(self, timer_s: float | None) -> bool:
        """Go on to the next sleeper, or to a timer of the loop's own in *timer_s*; return whether there was any."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        timer_at = float("inf") if timer_s is None else self._elapsed + timer_s
        if self._sleepers and self._sleepers[0][0] <= timer_at:
            due, _, woken = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, due)
            woken.set_result(None)
            return True
        if timer_s is not None:
            self._elapsed = timer_at
        return timer_s is not None


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
