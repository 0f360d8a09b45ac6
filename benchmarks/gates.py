"""Sixty-four copies in one stack beside one: what waiting in one place saves, and what it costs without."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import _cli
from _bench import REGIONS, Stage, check_speed, stage, timed, verdict, world

SPEED = 240.0
"""An hour of replication in fifteen seconds."""
PARALLEL = 32
"""What docs/performance.md tells users of many gates to pass as `--parallel`."""

Up = Callable[..., float]


def embedded(here: Stage, program: str, sizes: Mapping[str, object], *, parallel: int | None = None) -> float:
    """Return the wall seconds of an `up` on the embedded engine."""
    return timed(here.engine(program, sizes, parallel=parallel).up)


def up(
    run: Up,
    components: int,
    regions: tuple[str, ...],
    gates: str,
    *,
    program: str = "copies",
    parallel: int | None = None,
) -> float:
    """Return the wall seconds of an `up` in a fresh world."""
    with stage(world(components), speed=SPEED, copy_accept_seconds=2) as here:
        check_speed(here)
        sizes = {"COMPONENTS": components, "REGIONS": ",".join(regions), "GATES": gates}
        return run(here, program, sizes, parallel=parallel)


def measure(name: str, run: Up) -> bool:
    """Print the figures of one engine; return whether the bars are met."""
    one = up(run, 1, REGIONS[:1], "own")
    shared = up(run, 16, REGIONS, "shared")
    sixteen = up(run, 16, REGIONS, "own", parallel=PARALLEL)
    print(f"{name}, speed {SPEED:g}: one copy {one:.1f} s; 64: one gate {shared:.1f} s, sixteen gates {sixteen:.1f} s")
    held = [
        verdict(f"{name}: 64 copies, one shared gate, to one copy", shared / one, 1.5),
        verdict(f"{name}: 64 copies, sixteen gates at --parallel {PARALLEL}, to one copy", sixteen / one, 1.5),
    ]
    plain = up(run, 16, REGIONS, "", program="plain")
    print(f"{name}: 64 copies by a plain blocking dynamic provider, to one copy: {plain / one:.2f} ({plain:.1f} s)")
    return all(held)


def main() -> int:
    """Measure on the embedded engine, and on the Pulumi CLI where it is there; return 1 if a bar is missed."""
    held = [measure("embedded engine", embedded)]
    if _cli.is_there():
        held.append(measure("Pulumi CLI", _cli.up))
    else:
        print("Pulumi CLI: not on PATH, not measured")
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
