"""Sixty-four copies in one stack beside one: what waiting in one place saves, and what it costs without."""

from __future__ import annotations

import sys

from _bench import REGIONS, round_trip_s, stage, timed, verdict, world

SPEED = 240.0
"""An hour of replication in fifteen seconds."""
PARALLEL = 32
"""What docs/performance.md tells users of many gates to pass as `--parallel`."""
LATENESS_BAR_S = 300.0


def up(
    components: int, regions: tuple[str, ...], gates: str, *, program: str = "copies", parallel: int | None = None
) -> float:
    """Return the wall seconds of an `up` in a fresh world."""
    with stage(world(components), speed=SPEED, copy_accept_seconds=2) as here:
        behind = round_trip_s(here.emulator.url) * SPEED
        if behind > LATENESS_BAR_S / 10:
            sys.exit(f"a round trip is {behind:.0f} s of Azure's clock: too slow a machine for this speed")
        engine = here.engine(program, parallel=parallel, components=components, regions=",".join(regions), gates=gates)
        return timed(engine.up)


def main() -> int:
    """Print the figures; return 1 if a bar is missed."""
    one = up(1, REGIONS[:1], "own")
    shared = up(16, REGIONS, "shared")
    sixteen = up(16, REGIONS, "own", parallel=PARALLEL)
    print(f"speed {SPEED:g}; one copy {one:.1f} s; 64 copies: one gate {shared:.1f} s, sixteen gates {sixteen:.1f} s")
    held = [
        verdict("64 copies, one shared gate, to one copy", shared / one, 1.5),
        verdict(f"64 copies, sixteen gates at --parallel {PARALLEL}, to one copy", sixteen / one, 1.5),
    ]
    plain = up(16, REGIONS, "", program="plain")
    print(f"64 copies by a plain blocking dynamic provider, to one copy: {plain / one:.2f} ({plain:.1f} s)")
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
