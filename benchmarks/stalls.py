"""While gates wait, does the rest of the stack go on? A resource of another provider beside three of them."""

from __future__ import annotations

import sys
import threading
import time

from _bench import REGIONS, stage, verdict, world

from azure_recovery.engine import Event, StepFinished, StepStarted

SPEED = 240.0
BAR_S = 2.0


def main() -> int:
    """Print how long the other resource took after the gates began to wait; return 1 above the bar."""
    waiting = threading.Event()
    at: dict[str, float] = {}

    def told(event: Event) -> None:
        if not isinstance(event, StepStarted | StepFinished):
            return
        kind, name = event.urn.split("::")[-2].rsplit(":", 1)[-1], event.urn.rsplit("::", 1)[-1]
        if kind == "ReplicationGate" and isinstance(event, StepStarted):
            at.setdefault(f"gate {name}", time.perf_counter())
            if sum(key.startswith("gate") for key in at) == 3:
                waiting.set()
        if name == "unrelated":
            at["begun" if isinstance(event, StepStarted) else "created"] = time.perf_counter()
        if kind == "ReplicationGate" and isinstance(event, StepFinished):
            at.setdefault("first gate done", time.perf_counter())

    with stage(world(3), speed=SPEED, copy_accept_seconds=2) as here:
        engine = here.engine("beside", on_event=told, components=3, regions=REGIONS[0], gates="own")
        result = engine.up()
    if not result.ok:
        sys.exit("the up failed")
    last_gate = max(when for what, when in at.items() if what.startswith("gate"))
    if at["created"] > at["first gate done"]:
        sys.exit("the unrelated resource came after a gate was done: nothing was measured")
    took = at["created"] - last_gate
    print(f"three gates waited {at['first gate done'] - last_gate:.1f} s")
    return int(
        not verdict("unrelated resource of another provider created while 3 gates wait, after", took, BAR_S, unit=" s")
    )


if __name__ == "__main__":
    sys.exit(main())
