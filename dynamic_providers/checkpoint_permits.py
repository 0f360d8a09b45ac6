"""Who may send a restore: whoever took the baseline, in the same process, once.

That a restore was sent shows nowhere for certain. What is certain is that nobody else can have sent it while the
process that took its baseline is the only one that ever held it: the engine puts a baseline into the state before it
begins the restore. So taking a baseline gives a permit, which this process alone remembers, and sending uses it up. A
process that finds a baseline in the state has none: whoever took it may have sent the restore, and may still be at it.

An engine that saves its state at the end alone breaks this: a run that is killed would leave no baseline, and the next
one would take its own, and send again. So under such an engine no baseline is taken.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

_SKIPS = "PULUMI_SKIP_CHECKPOINTS"
"""With it the engine saves the final state alone. Its processes inherit it. Source: Pulumi's environment variables."""

_NOT_SET = frozenset({"", "0", "false"})


def no_permit(environment: Mapping[str, str]) -> str:
    """Return why the engine's way of saving permits no restore, a clause without a subject, or ""."""
    if environment.get(_SKIPS, "").strip().lower() in _NOT_SET:
        return ""
    return (
        f"restores nothing while {_SKIPS} is set: the state would not show what was sent if the run were killed; unset "
        "it, then run up again"
    )


class Permits:
    """Permits to send, of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[tuple[str, ...]] = set()
        self._alone: dict[tuple[str, str], asyncio.Lock] = {}

    def alone(self, vm_id: str, stamp_id: str) -> asyncio.Lock:
        """Return the lock of a machine, for the process's event loop.

        Two restores of one machine that look at the same time see neither's job, and both send: so it is held from the
        look before the request until its job shows.
        """
        return self._alone.setdefault((vm_id, stamp_id), asyncio.Lock())

    def give(self, *baseline: str) -> None:
        """Permit one restore by a baseline that was just taken; its parts identify it."""
        with self._lock:
            self._open.add(baseline)

    def has(self, *baseline: str) -> bool:
        """Return whether a restore by this baseline may be sent."""
        with self._lock:
            return baseline in self._open

    def use_up(self, *baseline: str) -> bool:
        """Return whether a restore by this baseline may be sent, now and by whoever asked, and never again."""
        with self._lock:
            allowed = baseline in self._open
            self._open.discard(baseline)
            return allowed
