"""What the process that waits for five hundred copies holds, beside a dynamic provider process that does nothing."""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable

from _bench import REGIONS, Stage, processes_of, resident_mib, stage, verdict, world

from azure_recovery.engine import Engine

COPIES = 500
SOURCES = 20
SPEED = 600.0
BAR = 2.0
LOOKS = 2
"""Each copy is looked at by the check, where there is time, and then by the wait: a second look is the wait's."""
PATIENCE_S = 600.0
"""Wall seconds in which it has to settle."""
WATCHED_S = 3.0
"""Wall seconds for which the process is looked at once it has settled."""


def resident(engine: Engine, marker: str, settled: Callable[[], bool]) -> float:
    """Return the most memory that the provider process of an `up` holds once *settled*; the `up` is ended."""
    up = threading.Thread(target=engine.up, daemon=True)
    up.start()
    end = time.monotonic() + PATIENCE_S
    while not (processes_of(marker) and settled()):
        if not up.is_alive():
            sys.exit("the up ended before it was looked at")
        if time.monotonic() > end:
            sys.exit(f"the up did not settle within {PATIENCE_S:.0f} s")
        time.sleep(0.2)
    until, most = time.monotonic() + WATCHED_S, 0.0
    while time.monotonic() < until:
        most = max([most, *(resident_mib(pid) for pid in processes_of(marker))])
        time.sleep(0.2)
    engine.cancel()
    up.join()
    return most


def each_was_watched(here: Stage) -> bool:
    """Return whether the process that waits has looked at every copy."""
    looks = Counter(request["path"] for request in here.requests() if request["operation"] == "RestorePoints.Get")
    return len(looks) == COPIES and min(looks.values()) >= LOOKS


def main() -> int:
    """Print both and their ratio; return 1 above the bar."""
    per_source = COPIES // SOURCES
    there = world(SOURCES, points=per_source, minutes=600)
    for n in range(SOURCES):
        there["restore_point_collections"].append(
            {
                "name": f"vm-{n:02}-copies",
                "resource_group": f"recovery-{REGIONS[0]}",
                "location": REGIONS[0],
                "source": {"resource_group": "production", "restore_point_collection": f"vm-{n:02}-points"},
                "restore_points": [
                    {"name": f"p{p:03}", "source_restore_point": f"p{p:03}", "copied_minutes_ago": 0}
                    for p in range(per_source)
                ],
            }
        )
    with stage(there, speed=SPEED) as here:
        marker = str(uuid.uuid4())
        gate = here.engine("gate", {"SOURCES": SOURCES, "POINTS": per_source, "REGION": REGIONS[0], "MARKER": marker})
        ours = resident(gate, marker, lambda: each_was_watched(here))
        marker = str(uuid.uuid4())
        empty = resident(here.engine("idle", {"MARKER": marker}), marker, lambda: True)
    print(f"waiting for {COPIES} copies {ours:.0f} MiB, an empty dynamic provider {empty:.0f} MiB")
    return int(not verdict("memory of the process that waits, to an empty one", ours / empty, BAR))


if __name__ == "__main__":
    sys.exit(main())
