"""Runs chains of steps on a bounded number of workers, and begins nothing after a failure or Ctrl-C.

Source: `pkg/resource/deploy/step_executor.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Condition

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
            on_failure: Called once, from a worker, when a step stopped the operation.
        """
        self._run = run
        self._on_failure = on_failure
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="step")
        self._free = parallel
        self._condition = Condition()
        self._tokens: list[Future[None]] = []
        self._error: BaseException | None = None
        self.stopped = False

    def submit(self, chain: Sequence[Step]) -> Future[None] | None:
        """Hand over steps that follow each other; waits for a free worker, as the real engine does."""
        with self._condition:
            self._condition.wait_for(lambda: self._free > 0 or self.stopped)
            if self.stopped:
                return None
            self._free -= 1
        token = self._pool.submit(self._work, chain)
        self._tokens = [item for item in self._tokens if not item.done()] + [token]
        return token

    def run_all(self, steps: Sequence[Step]) -> None:
        """Run independent steps, and wait for the end of all that began."""
        tokens = [token for step in steps if (token := self.submit([step])) is not None]
        wait(tokens)

    def stop(self) -> None:
        """Begin nothing new."""
        with self._condition:
            self.stopped = True
            self._condition.notify_all()

    def drain(self) -> None:
        """Wait for the end of everything that began; what was no step's failure is raised here."""
        wait(self._tokens)
        self._pool.shutdown()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _work(self, chain: Sequence[Step]) -> None:
        try:
            for step in chain:
                if self.stopped:
                    return
                if not self._run(step):
                    self.stop()
                    self._on_failure()
                    return
        except BaseException as exc:  # noqa: BLE001  # raised again where the operation waits for its workers
            self._error = self._error or exc
            self.stop()
            self._on_failure()
        finally:
            with self._condition:
                self._free += 1
                self._condition.notify_all()
