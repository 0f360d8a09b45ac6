"""Runs chains of steps on a bounded number of workers, and begins nothing after a failure or Ctrl-C.

Source: `pkg/resource/deploy/step_executor.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Semaphore

from azure_recovery.engine.steps import Step


class Executor:
    """Workers for steps.

    Attributes:
        stopped: Nothing new begins.
    """

    def __init__(self, parallel: int, run: Callable[[Step], bool], on_failure: Callable[[], None]) -> None:
        """Take how many chains run at once.

        Args:
            parallel: At least one.
            run: Carries out one step, and returns whether the operation may go on.
            on_failure: Called from a worker when a step stopped the operation.
        """
        self._run = run
        self._on_failure = on_failure
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="step")
        self._free = Semaphore(parallel)
        self._running: list[Future[None]] = []
        self.stopped = False

    def submit(self, chain: Sequence[Step]) -> Future[None] | None:
        """Hand over steps that follow each other; waits for a free worker, as the real engine does."""
        self._free.acquire()
        if self.stopped:
            self._free.release()
            return None
        token = self._pool.submit(self._work, chain)
        # One that raised is kept for `drain`.
        self._running = [item for item in self._running if not item.done() or item.exception()] + [token]
        return token

    def run_all(self, steps: Sequence[Step]) -> None:
        """Run independent steps, and wait for the end of all that began."""
        wait([token for step in steps if (token := self.submit([step])) is not None])

    def stop(self) -> None:
        """Begin nothing new."""
        self.stopped = True
        self._free.release()

    def drain(self) -> None:
        """Wait for the end of everything that began; what was no step's failure is raised here."""
        self._pool.shutdown()
        running, self._running = self._running, []
        for token in running:
            token.result()

    def _work(self, chain: Sequence[Step]) -> None:
        complete = False
        try:
            complete = all(self.stopped or self._run(step) for step in chain)
        finally:
            if not complete:
                self.stop()
                self._on_failure()
            self._free.release()
