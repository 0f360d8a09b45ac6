"""What every part of the world file is built with: its groups, its regions, and one line for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.emulator import regions
from azure_recovery.emulator.inventory import group_key
from azure_recovery.emulator.store import Document, Row, Store


class WorldError(ValueError):
    """A world file that cannot be used. The message is one line: where in the file, and what is wrong."""


class Parts:
    """Writes resources into an empty store.

    Args:
        subscription: GUID of the world's subscription.
        store: Where to.
        now: When the world begins, in Azure's seconds since 1970.
    """

    def __init__(self, subscription: str, store: Store, now: float) -> None:
        self.subscription = subscription
        self.store = store
        self.now = now

    def put(self, row: Row, where: str) -> None:
        """Write a resource.

        Raises:
            WorldError: There is one of that name.
        """
        if self.store.get(row.key) is not None:
            raise WorldError(f"{where}.name: '{row.document['name']}' is used twice")
        self.store.put(row)

    def location(self, location: str, where: str) -> str:
        """Return *location* if it is a region.

        Raises:
            WorldError: It is none.
        """
        if regions.normalised(location) not in regions.DISPLAY_NAMES:
            raise WorldError(f"{where}.location: '{location}' is no Azure region")
        return location

    def group(self, entry: Mapping[str, Any], where: str, member: str = "resource_group") -> str:
        """Return the resource group that *entry* names.

        Raises:
            WorldError: The world does not have it.
        """
        name = str(entry[member])
        if self.store.get(group_key(self.subscription, name)) is None:
            raise WorldError(f"{where}.{member}: there is no resource group '{name}' in this world")
        return name

    def row(self, key: str, kind: str, group: str, wire: Document, **more: Any) -> Row:
        """Return the row of a resource that is shown as *wire*."""
        document = {"name": wire["name"], "id": wire["id"], "location": wire["location"], "wire": wire, **more}
        return Row(
            key=key,
            type=kind,
            subscription=key.split("/")[2],
            resource_group=group.lower(),
            document=document,
            location=regions.normalised(wire["location"]),
        )
