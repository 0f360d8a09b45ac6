"""How a test waits for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
"""Wall time; a busy machine may need much of it."""


def wait_until(happened: Callable[[], T], *, pause_s: float = 0.01) -> T:
    """Return the first answer that is true; the test fails if none is. Each look, *pause_s* apart, may be a request."""
    end = time.monotonic() + PATIENCE_S
    while not (answer := happened()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(pause_s)
    return answer
