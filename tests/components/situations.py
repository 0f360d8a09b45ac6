"""What a copy or a collection finds under its name, and how that ends: the tables, and a world that has all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.components.conftest import GROUPS, SUBSCRIPTION

COLLECTIONS = "providers/Microsoft.Compute/restorePointCollections"
SOON, NEVER = "web-1", "slow-1"
"""The machine whose disks are copied in minutes, and the one whose disks take longer than Azure allows."""
UNDER_WAY, THERE = "adopted: this copy was already under way", "adopted: this copy was already there"
LEFT_ALONE, FAILED = "it is left alone", "is there and failed"


@dataclass(frozen=True)
class Cell:
    """What is found, what is asked for, and how it ends.

    Attributes:
        found: The copy that the world has under the name. other: Whether it is of another source than is asked for.
        later: Whether a later restore point is copied, too. recopy: Whether a failed one is to be made again.
        machine: Whose copy it is. says: On the row. writes: Requests that change it, by whomever.
        fails: Whether it ends in an error. kept: Whether the state holds it then.
    """

    found: dict[str, Any] | None = None
    other: bool = False
    later: bool = False
    recopy: bool = False
    machine: str = SOON
    says: str = ""
    writes: tuple[str, ...] = ()
    fails: bool = False
    kept: bool = True


def refused(says: str, **how: Any) -> Cell:
    """Return a cell in which nothing is done."""
    return Cell(says=says, fails=True, kept=False, **how)


GIVEN_UP = {"copied_minutes_ago": 15 * 1440}
BROKEN = {"provisioning_state": "Failed"}
COPIES = {
    "nothing": Cell(writes=("PUT",)),
    "creating": Cell(says=UNDER_WAY, fails=True),  # the creation never ends, so the wait does
    "replicating": Cell({"copied_minutes_ago": 0}, machine=NEVER, says=UNDER_WAY),
    "done": Cell({}, says=THERE),
    "failed": refused(FAILED, found=BROKEN),
    "terminated": refused(FAILED, found=GIVEN_UP, machine=NEVER),
    "failed-recopied": Cell(BROKEN, recopy=True, writes=("DELETE", "PUT")),
    "terminated-recopied": Cell(GIVEN_UP, recopy=True, machine=NEVER, writes=("DELETE", "PUT")),
    "failed-before-a-later-one": refused("copied already (later)", found=BROKEN, recopy=True, later=True),
    "deleting": Cell({}, writes=("DELETE", "PUT")),
    "other-creating": refused(LEFT_ALONE, other=True),
    "other-replicating": refused(LEFT_ALONE, found={"copied_minutes_ago": 0}, other=True, machine=NEVER),
    "other-done": refused(LEFT_ALONE, found={}, other=True),
    "other-failed": refused(LEFT_ALONE, found=BROKEN, other=True),
    "other-failed-recopied": refused(LEFT_ALONE, found=BROKEN, other=True, recopy=True),
    "other-terminated": refused(LEFT_ALONE, found=GIVEN_UP, other=True, machine=NEVER),
    "other-deleting": Cell({}, other=True, writes=("DELETE", "PUT")),
}
GATHERED = {
    "collection-nothing": Cell(writes=("PUT",)),
    "collection-done": Cell({}, says="adopted: this collection was already there", writes=("PATCH",)),
    "collection-deleting": Cell({}, writes=("DELETE", "PUT")),
    "collection-other-source": refused(LEFT_ALONE, found={}, other=True),
    "collection-other-region": refused(LEFT_ALONE, found={"location": "uksouth"}),
    "collection-other-deleting": Cell({}, other=True, writes=("DELETE", "PUT")),
}
AGAIN = {
    "again-nothing": Cell(writes=("PUT",)),
    "again-creating": Cell(says="is still replicating", fails=True),
    "again-replicating": Cell(machine=NEVER),
    "again-done": Cell(),
    "again-failed": Cell(says=FAILED, fails=True),
    "again-failed-recopied": Cell(recopy=True, writes=("DELETE", "PUT")),
    "again-deleting": Cell(writes=("DELETE", "PUT")),
    "again-other": Cell(says=LEFT_ALONE, fails=True),
    "again-other-deleting": Cell(writes=("DELETE", "PUT")),
}


def source(name: str, point: str = "") -> str:
    """Return the id of a situation's source collection, or of a restore point in it."""
    collection = f"{GROUPS}/production/{COLLECTIONS}/{name}-source"
    return f"{collection}/restorePoints/{point}" if point else collection


def target(name: str) -> str:
    """Return the id of a situation's collection for copies."""
    return f"{GROUPS}/recovery/{COLLECTIONS}/{name}"


def copy_of(name: str) -> str:
    """Return the id of a situation's copy."""
    return f"{target(name)}/restorePoints/copy"


def _machine(name: str, minutes: float) -> dict[str, Any]:
    disks = [{"name": f"{name}-os", "replication_minutes": minutes}]
    return {"name": name, "resource_group": "production", "location": "westeurope", "disks": disks}


def _source(name: str, machine: str) -> dict[str, Any]:
    points = [{"name": "one", "age_hours": 900}, {"name": "two", "age_hours": 800}]
    return {
        "name": f"{name}-source",
        "resource_group": "production",
        "location": "westeurope",
        "source": {"virtual_machine": machine},
        "restore_points": points,
    }


def _target(name: str, *copies: dict[str, Any], location: str = "northeurope", of: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "resource_group": "recovery",
        "location": location,
        "source": {"resource_group": "production", "restore_point_collection": f"{of or name}-source"},
        "restore_points": list(copies),
    }


def situations() -> dict[str, Any]:
    """Return a world: for each situation a source of its own, and what is found."""
    collections = [_source("another", SOON)]
    for name, cell in (COPIES | GATHERED | AGAIN).items():
        collections.append(_source(name, cell.machine))
        if name in GATHERED:
            if cell.found is not None:
                collections.append(_target(name, of="another" if cell.other else "", **cell.found))
            continue
        copies = [{"name": "copy", "source_restore_point": "one", **cell.found}] if cell.found is not None else []
        copies += [{"name": "later", "source_restore_point": "two"}] if cell.later else []
        collections.append(_target(name, *copies))
    return {
        "subscription_id": SUBSCRIPTION,
        # What is deleted is there for two seconds more on the wall.
        "settings": {"delete_seconds": 7200.0},
        "resource_groups": [
            {"name": "production", "location": "westeurope"},
            {"name": "recovery", "location": "northeurope"},
        ],
        "virtual_machines": [_machine(SOON, 2.0), _machine(NEVER, 100_000.0)],
        "restore_point_collections": collections,
    }
