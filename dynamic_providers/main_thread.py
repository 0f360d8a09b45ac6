"""What the main thread runs: where `pulumi.dynamic` keeps the server that `bridge` prepares."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Mapping
from types import FrameType

_looking = threading.Lock()


def main_frame() -> FrameType | None:
    """Return the frame that the main thread is in, or None where the interpreter does not tell.

    Python 3.11 waits for ever if it collects garbage while it gathers the frames, and nothing but the process's end
    helps: https://github.com/python/cpython/issues/106883. So it collects none meanwhile.
    """
    with _looking:
        collects = gc.isenabled()
        gc.disable()
        try:
            return _frames().get(threading.main_thread().ident or 0)
        finally:
            if collects:
                gc.enable()


def _frames() -> Mapping[int, FrameType]:
    return sys._current_frames() if hasattr(sys, "_current_frames") else {}  # noqa: SLF001 - no public way
