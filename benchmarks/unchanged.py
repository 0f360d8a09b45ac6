"""An `up` with nothing to do on many resources, beside as many of a provider that does nothing at all.

The SDK waits for all outputs of a program together, and looks at each of them again whenever one is known: what a
resource costs grows with the properties of all. So the provider is measured beside one that has as many properties, and
the figure with few stands beside it.
"""

from __future__ import annotations

import statistics
import sys

from _bench import REGIONS, stage, timed, verdict, world

SOURCES, POINTS = 20, 24
"""Twenty collections of twenty-four copies: five hundred resources."""
COUNT = SOURCES * (POINTS + 1)
SPEED = 36_000.0
ROUNDS = 3
PROPERTIES, FEW = 19, 5
"""A copy has nineteen properties."""
BAR = 1.2


def main() -> int:
    """Print the ratio and the requests of an `up` without changes; return 1 above the bar."""
    generous = {
        "copies_per_hour": 1_000_000,
        "copy_accept_seconds": 1,
        "writes_bucket": 1_000_000,
        "compute_limits": False,
    }
    with stage(world(SOURCES, points=POINTS, minutes=1), speed=SPEED, **generous) as here:
        ours = here.engine("starts", {"COMPONENTS": SOURCES, "REGIONS": REGIONS[0], "POINTS": POINTS})
        empty = here.engine("quiet", {"COMPONENTS": SOURCES, "POINTS": POINTS, "PROPERTIES": PROPERTIES})
        small = here.engine("quiet", {"COMPONENTS": SOURCES, "POINTS": POINTS, "PROPERTIES": FEW})
        timed(ours.up)
        timed(empty.up)
        timed(small.up)
        before = len(here.requests())
        rounds = [(timed(empty.up), timed(ours.up), timed(small.up)) for _ in range(ROUNDS)]
        asked = len(here.requests()) - before
    bare, with_us, least = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"{COUNT} resources: copies {with_us:.1f} s, empty provider {bare:.1f} s with {PROPERTIES} properties, "
        f"{least:.1f} s with {FEW}"
    )
    print(f"{asked} requests in {ROUNDS} runs; to an empty provider with {FEW} properties: {with_us / least:.2f}")
    return int(not verdict(f"up without changes on {COUNT} resources, to an empty provider", with_us / bare, BAR))


if __name__ == "__main__":
    sys.exit(main())
