"""Every request of an `up` that makes one copy, by what it is for."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from _bench import REGIONS, stage, timed, verdict, world

from azure_recovery.rest.pacing import pause_s

BAR = 2
SPEED = 3_600.0
EARLY_S = 0.001 * SPEED
"""Azure's seconds by which a look may seem early: a millisecond between two processes."""


def purpose(request: Mapping[str, Any], put_seen: bool, collection_put_seen: bool) -> str:
    """Return what a request of the log is for, given whether the copy and its collection were PUT before it."""
    operation = str(request["operation"])
    if operation.startswith("ManagedIdentity"):
        return "token"
    if operation == "Operations.Get":
        return "poll of the operation"
    if operation == "RestorePoints.CreateOrUpdate":
        return "PUT of the copy"
    if operation == "RestorePoints.Get":
        return "poll of the copy" if put_seen else "look before the PUT"
    if operation == "RestorePointCollections.CreateOrUpdate":
        return "PUT of the collection"
    return (
        "pre-flight" if "expand" in str(request["query"]) else ("other" if collection_put_seen else "collection's look")
    )


def superfluous(looks: Sequence[datetime]) -> int:
    """Return how many looks of a wait came sooner after the one before than the pauses of a wait allow."""
    gaps = [
        ((late - early).total_seconds(), pause_s((early - looks[0]).total_seconds(), shorten=1.0))
        for early, late in pairwise(looks)
    ]
    return sum(gap < least - EARLY_S for gap, least in gaps)


def main() -> int:
    """Print the requests by purpose; return 1 above the bar."""
    with stage(world(1), speed=SPEED) as here:
        timed(here.engine("starts", {"COMPONENTS": 1, "REGIONS": REGIONS[0], "POINTS": 1, "WAIT": "replicated"}).up)
        counted: dict[str, int] = {}
        looks: list[datetime] = []
        put_seen = collection_put_seen = False
        for request in here.requests():
            what = purpose(request, put_seen, collection_put_seen)
            put_seen |= what == "PUT of the copy"
            collection_put_seen |= what == "PUT of the collection"
            if what == "poll of the copy":
                looks.append(datetime.fromisoformat(str(request["at"])))
            counted[what] = counted.get(what, 0) + 1
    for what, count in counted.items():
        print(f"{count:4} {what}")
    beyond = counted.get("look before the PUT", 0) + counted.get("other", 0)
    held = [
        verdict("requests to start and follow one copy, beyond PUT, pre-flight, token and polls", beyond, BAR),
        verdict("polls of the copy sooner than the pauses of its wait allow", superfluous(looks), 0),
    ]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
