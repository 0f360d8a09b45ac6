"""What it costs to watch one copy for a day: requests, and how late its end is noticed. The clock is turned by hand."""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta

import httpx
from _bench import REGIONS, SUBSCRIPTION, verdict, world

from azure_recovery.emulator.server import application, open_cloud
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.calls import RestorePoints
from azure_recovery.rest.compute.following import follow_copy
from azure_recovery.rest.transport import Transport

HOURS = 24.0
REQUESTS_BAR, LATENESS_BAR_S = 350, 300.0
SECONDS_30_POLLER = HOURS * 3600 / 30


class TurnedClock:
    """A clock that sleeping turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return the seconds slept."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Turn the clock."""
        self.seconds += max(seconds, 0.0)


class Token:
    """The emulator's."""

    async def token(self) -> str:
        """Return it."""
        return "emulator-token-not-a-secret"


async def watch() -> tuple[int, float]:
    """Return the requests and the lateness in seconds of one watch."""
    clock = TurnedClock()
    settings = {"replication_refresh_seconds": 600, "copy_accept_seconds": 45}
    cloud = open_cloud(world(1, minutes=HOURS * 60), None, 1.0, settings, wall=lambda: clock.now().timestamp())
    http = httpx.AsyncClient(transport=httpx.ASGITransport(application(cloud)), base_url="http://127.0.0.1")
    api = RestorePoints(Transport(endpoint="http://127.0.0.1", token=Token(), clock=clock, http=http))
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
    kind = "providers/Microsoft.Compute/restorePointCollections"
    source = ResourceId.parse(f"{group}/production/{kind}/vm-00-points")
    target = ResourceId.parse(f"{group}/recovery-{REGIONS[0]}/{kind}/copies")
    await api.put_collection(target, location=REGIONS[0], source_id=source)
    copy = target.child("restorePoints", "p000")
    operation = await api.start_copy(copy, source.child("restorePoints", "p000"))
    await operation.finish(Deadline(clock, None), read_result=False)
    begun, before = clock.seconds, len((await http.get("/_emulator/requests")).json()["requests"])
    await follow_copy(api, copy, deadline=Deadline(clock, None))
    looks = len((await http.get("/_emulator/requests")).json()["requests"]) - before
    await http.aclose()
    cloud.store.close()
    return looks, clock.seconds - begun - HOURS * 3600


def main() -> int:
    """Print the worst of some watches; return 1 above a bar."""
    random.seed(7)
    watches = [asyncio.run(watch()) for _ in range(5)]
    looks, late = max(w[0] for w in watches), max(w[1] for w in watches)
    print(f"one copy of {HOURS:.0f} h, worst of {len(watches)}; a 30 s poller asks {SECONDS_30_POLLER:.0f} times")
    held = [
        verdict("requests to watch it", looks, REQUESTS_BAR),
        verdict("lateness in noticing its end", late, LATENESS_BAR_S, unit=" s"),
    ]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
