"""How a test waits for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 60.0
"""Wall time; a busy machine may need much of it."""


def wait_until(happened: Callable[[], bool], *, pause_s: float = 0.01) -> None:
    """Return when something happened; the test fails if it does not. Each look, *pause_s* apart, may be a request."""
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(pause_s)
