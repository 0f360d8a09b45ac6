"""What ARM itself tells of a subscription: the regions that it may use."""

from __future__ import annotations

from azure_recovery.rest.arm.ids import normal_location
from azure_recovery.rest.arm.paging import pages
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.retrying import OnWait
from azure_recovery.rest.transport import Transport

API_VERSION = "2022-12-01"


async def regions(
    transport: Transport, subscription_id: str, *, deadline: Deadline | None = None, on_wait: OnWait | None = None
) -> frozenset[str]:
    """Return the names of a subscription's regions, as `northeurope`.

    Needs `Microsoft.Resources/subscriptions/locations/read`, which Reader of anything in the subscription has.

    Source: Subscriptions_ListLocations, api-version 2022-12-01.
    """
    found: set[str] = set()
    target = f"/subscriptions/{subscription_id}/locations"
    async for answer, items in pages(
        transport, target, query={"api-version": API_VERSION}, deadline=deadline, on_wait=on_wait
    ):
        for item in items:
            name = item.get("name") if isinstance(item, dict) else None
            if not isinstance(name, str):
                raise answer.unexpected("a region in its list has no 'name'")
            found.add(normal_location(name))
    return frozenset(found)
