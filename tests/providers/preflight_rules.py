"""Each rule of a preview of copies: what it is about, and what it says in a first preview and after a kill.

A rule looks at something that has *become* so. In a first preview nothing of ours is there; after a kill what the
killed run made is there, if Azure let it make anything, and the same became so since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.conftest import Azure
from tests.providers.worlds import (
    COLLECTION,
    COPY,
    COPY_ID,
    DAILY,
    OTHER_SOURCE,
    POINTS,
    RECOVERY,
    SOURCE,
    TARGET,
    collection,
    copied,
)

Act = Callable[[Azure], object]
Inputs = Mapping[str, Any]


def nothing(_azure: Azure) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True)
class Rule:
    """A rule in its situation.

    Attributes:
        row: What docs/preflight.md says of it: resource and words. says: What the preview says.
        at: The property that it says it of, or "" for a warning on the row. parts: Of the world, as for `make_azure`.
        news: Inputs of each resource that is previewed, in order; the last one is what the rule is about.
        becomes: What became so. since: The same after a kill, where it differs.
        makes: How many of the resources the killed run could make. first, killed: Whether it says so in these worlds.
    """

    row: tuple[str, str]
    says: str
    at: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    news: Sequence[Inputs] = (COPY,)
    becomes: Act = nothing
    since: Act | None = None
    makes: int = 1
    first: bool = True
    killed: bool = False

    @property
    def kind(self) -> type[Any]:
        """The provider of the resource."""
        of_copies = "source_restore_point_id" in self.news[0]
        return RestorePointCopyProvider if of_copies else RestorePointCollectionCopyProvider


def removed(path: str) -> Act:
    """Something is deleted."""
    return lambda azure: azure.remove(path)


def without_group(path: str) -> Act:
    """The resource group of something does not exist."""
    return lambda azure: azure.faults.answer("GET", path, 404, "ResourceGroupNotFound")


def point_is(path: str, name: str, **properties: Any) -> Act:
    """A restore point of a collection, where there is one of this name, is otherwise than it was."""

    def change(body: dict[str, Any]) -> None:
        for point in body["properties"].get("restorePoints") or ():
            if point["name"] == name:
                point["properties"] |= properties

    return lambda azure: azure.faults.rewrite("GET", path, change)


def copies_too(name: str, source: str) -> Act:
    """Somebody else has a restore point copied to the same collection."""
    body = {"properties": {"sourceRestorePoint": {"id": source}}}
    return lambda azure: azure.send("PUT", f"{TARGET}/restorePoints/{name}", body)


def five_hundred(azure: Azure) -> None:
    """The source has five hundred restore points."""

    def change(body: dict[str, Any]) -> None:
        points = body["properties"].get("restorePoints") or []
        body["properties"]["restorePoints"] = points + [
            points[-1] | {"name": f"p{n}"} for n in range(500 - len(points))
        ]

    azure.faults.rewrite("GET", SOURCE, change)


OF_COPIES = collection("third", [], location="uksouth") | {
    "source": {"resource_group": "recovery", "restore_point_collection": "web-1-copies"}
}
"""A collection that takes copies of copies: a world can have it, Azure cannot."""

BOTH_MISSING = ("both", "the source's collection or its resource group does not exist")
BOTH_COPIES = ("both", "the source's collection holds copies itself: Azure copies no copies")
UNFIT_POINT = ("copy", "there is no such restore point, it is a copy itself, or it is Failed")
UNFIT_TARGET = ("copy", "the collection takes copies from another source, or lies in the source's own region")
COLLECTION_NAME = ("collection", "another collection has the name, of another source or in another region")
POINT_NAME = ("copy", "another restore point has the name, a copy of another source or no copy")
COPIED_ALREADY = (
    "copy",
    "the restore point is copied already under another name, or in another collection of the region",
)
_POINT, _SOURCE, _TARGET = "source_restore_point_id", "source_collection_id", "restore_point_collection_id"
_OF_COLLECTION: Mapping[str, Any] = {"parts": {"target": False}, "news": (COLLECTION,)}
_FOUR = [
    COPY | {"source_restore_point_id": f"{DAILY}{n}", "restore_point_name": f"copy-{n}", "wait": "accepted"}
    for n in range(1, 5)
]

RULES = {
    "collection: source missing": Rule(
        BOTH_MISSING, "Azure knows no collection of", _SOURCE, becomes=removed(SOURCE), **_OF_COLLECTION
    ),
    "collection: group of the source missing": Rule(
        BOTH_MISSING, "Azure knows no resource group of", _SOURCE, becomes=without_group(SOURCE), **_OF_COLLECTION
    ),
    "collection: copies of copies": Rule(
        BOTH_COPIES,
        "is a copy itself",
        _SOURCE,
        news=(COLLECTION | {_SOURCE: TARGET, "location": "uksouth", "restore_point_collection_name": "third"},),
        makes=0,
        killed=True,
    ),
    "collection: unknown region": Rule(
        ("collection", "the subscription has no such region, and which one may be meant"),
        "did you mean northeurope?",
        "location",
        parts={"target": False},
        news=(COLLECTION | {"location": "northeurop"},),
        makes=0,
        killed=True,
    ),
    "collection: region of the source": Rule(
        ("collection", "it is the region of the source collection"),
        "is the region of the source collection itself",
        "location",
        parts={"target": False},
        news=(COLLECTION | {"location": "West Europe"},),
        makes=0,
        killed=True,
    ),
    "collection: name of another source": Rule(
        COLLECTION_NAME,
        "is taken",
        "restore_point_collection_name",
        news=(COLLECTION | {_SOURCE: OTHER_SOURCE},),
        makes=0,
        killed=True,
    ),
    "collection: name in another region": Rule(
        COLLECTION_NAME,
        "is in northeurope",
        "restore_point_collection_name",
        news=(COLLECTION | {"location": "uksouth"},),
        makes=0,
        killed=True,
    ),
    "collection: no group": Rule(
        ("collection", "its resource group does not exist yet"),
        "resource group recovery does not exist yet",
        becomes=without_group(TARGET),
        since=nothing,  # a killed run that made the collection had made its group before
        **_OF_COLLECTION,
    ),
    "copy: source collection missing": Rule(
        BOTH_MISSING, "Azure knows no collection of", _POINT, becomes=removed(SOURCE)
    ),
    "copy: group of the source missing": Rule(
        BOTH_MISSING, "Azure knows no resource group of", _POINT, becomes=without_group(SOURCE)
    ),
    "copy: copy of a copy": Rule(
        BOTH_COPIES,
        "is a copy itself",
        _POINT,
        parts={"copies": [copied()], "more": [OF_COPIES]},
        news=(COPY | {_POINT: COPY_ID, _TARGET: f"{RECOVERY}/third"},),
        makes=0,
        killed=True,
    ),
    "copy: source missing": Rule(
        UNFIT_POINT, "there is no daily-1 in its collection", _POINT, becomes=removed(f"{DAILY}1")
    ),
    "copy: source is a copy": Rule(
        UNFIT_POINT,
        "is a copy itself, of",
        _POINT,
        becomes=point_is(SOURCE, "daily-1", sourceRestorePoint={"id": f"{OTHER_SOURCE}/restorePoints/weekly-1"}),
    ),
    "copy: source failed": Rule(
        UNFIT_POINT,
        "is Failed and can never be copied",
        _POINT,
        becomes=point_is(SOURCE, "daily-1", provisioningState="Failed"),
    ),
    "copy: target of another source": Rule(
        UNFIT_TARGET,
        f"takes copies from {OTHER_SOURCE}",
        _TARGET,
        parts={"more": [collection("weekly-copies", [], source="web-1-weekly")]},
        news=(COPY | {_TARGET: f"{RECOVERY}/weekly-copies"},),
        makes=0,
        killed=True,
    ),
    "copy: target in the source's region": Rule(
        UNFIT_TARGET,
        "is in the source's own region",
        _TARGET,
        parts={"more": [collection("near", [], location="westeurope")]},
        news=(COPY | {_TARGET: f"{RECOVERY}/near"},),
        makes=0,
        killed=True,
    ),
    "copy: name of another source": Rule(
        POINT_NAME,
        "is taken: copy in",
        "restore_point_name",
        parts={"copies": [copied("copy", "daily-2")]},
        makes=0,
        killed=True,
    ),
    "copy: no collection": Rule(
        ("copy", "the collection does not exist yet, and nothing in the program makes it"),
        "does not exist yet, and nothing before this copy makes it",
        becomes=lambda azure: azure.remove(TARGET),
        since=nothing,  # a killed run that made the copy had its collection before
    ),
    "copy: source still being made": Rule(
        ("copy", "the source is still being made"),
        "daily-1 is Creating: Azure copies it once it is Succeeded",
        becomes=point_is(SOURCE, "daily-1", provisioningState="Creating"),
    ),
    "copy: a later one is copied": Rule(
        ("copy", "a later restore point is copied already: Azure copies in order"),
        "daily-1 is earlier than what is copied already",
        becomes=copies_too("newest", f"{DAILY}3"),
    ),
    "copy: copied already": Rule(
        COPIED_ALREADY,
        "daily-1 is copied already, as other",
        becomes=copies_too("other", f"{DAILY}1"),
        makes=0,
        killed=True,
    ),
    "copy: the fourth of an hour": Rule(
        ("copy", "more than three copies are to be started in one collection"),
        "Azure takes 3 an hour",
        parts={"points": [*POINTS, {"name": "daily-4", "age_hours": 12}]},
        news=_FOUR,
        makes=3,  # those that are there are not to be started
    ),
    "copy: five hundred": Rule(
        ("copy", "source and target hold 500 restore points"),
        "source and target hold 500 restore points",
        becomes=five_hundred,
    ),
    "copy: failed": Rule(
        ("copy", "the copy is there and Failed"),
        "copy is there and Failed: set recopy_failed=True",
        becomes=point_is(TARGET, "copy", provisioningState="Failed"),
        first=False,  # in an empty world there is none
        killed=True,
    ),
}
"""Name → rule; one that moves within its region has the state of another `up`, and a test of its own."""

MOVES = {("collection", "it moves within its region while the old one holds copies"), COPIED_ALREADY}
"""Rows about what is moved."""
