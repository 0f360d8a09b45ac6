"""What the process that waits for five hundred copies holds, beside a dynamic provider process that does nothing."""

from __future__ import annotations

import sys
import threading
import time
import uuid

from _bench import REGIONS, processes_of, resident_mib, stage, verdict, world

COPIES = 500
SOURCES = 20
SPEED = 600.0
BAR = 2.0
SETTLED_S = 8.0
"""Wall seconds of waiting before the look: each copy has been looked at by then."""


def resident(engine_of: object, marker: str, *, after_s: float) -> float:
    """Return the memory of the provider process of an `up`, *after_s* seconds after it appeared; the `up` is ended."""
    up = threading.Thread(target=engine_of.up, daemon=True)  # type: ignore[attr-defined]
    up.start()
    while not (found := processes_of(marker)):
        time.sleep(0.05)
    time.sleep(after_s)
    taken = max(resident_mib(pid) for pid in found)
    engine_of.cancel()  # type: ignore[attr-defined]
    up.join()
    return taken


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
        ours = resident(gate, marker, after_s=SETTLED_S)
        marker = str(uuid.uuid4())
        empty = resident(here.engine("idle", {"MARKER": marker}), marker, after_s=2.0)
    print(f"waiting for {COPIES} copies {ours:.0f} MiB, an empty dynamic provider {empty:.0f} MiB")
    return int(not verdict("memory of the process that waits, to an empty one", ours / empty, BAR))


if __name__ == "__main__":
    sys.exit(main())
