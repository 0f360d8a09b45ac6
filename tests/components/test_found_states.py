"""What create, and the update of something unfinished, find under their name: each cell of the table on real engines.

All situations of a test are resources of one program, and one run of the engine meets all of them at once: requests are
held until every resource has looked for its object, so that none is stopped by the failure of another.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.components.conftest import GROUPS, SUBSCRIPTION, Deployed, Done
from tests.engine.stacks import wait_until

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
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


@pytest.fixture
def world() -> dict[str, Any]:
    """For each situation a source of its own, and what is found."""
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


@pytest.fixture
def start(deploy: Callable[..., Deployed], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Deployed]:
    """Return a stack whose steps all run at the same time, on however many cores, and whose checks ask nothing."""
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    return lambda engine: deploy(engine, "situations", AZURE_RECOVERY_PREFLIGHT="off", PULUMI_PARALLEL="64")


def up(stack: Deployed, held: str, resources: int, meanwhile: Callable[[], None], **arguments: Any) -> Done:
    """Run an `up` and do something as soon as every resource has sent its first request, which is *held* until then."""
    hold = stack.fault(name="hang-before", operation=held, count=0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(stack.run, "up", ok=False, **arguments)
        try:
            wait_until(lambda: stack.struck(hold) >= resources or running.done())
            meanwhile()
        finally:
            stack.lift(hold)
        return running.result()


def send_copy(stack: Deployed, name: str, point: str = "one") -> None:
    """Have somebody else copy a restore point under the situation's name."""
    stack.send("PUT", copy_of(name), {"properties": {"sourceRestorePoint": {"id": source(name, point)}}})


def creating(stack: Deployed, name: str) -> None:
    """Let a copy be made by somebody else whose creation never ends."""
    stack.fault(name="operation-hangs", path=f"*/{name}/*")
    send_copy(stack, name)


def wanted(name: str, cell: Cell, wait: str) -> dict[str, Any]:
    """Return the inputs of a situation's copy."""
    return {
        "restore_point_collection_id": target(name),
        "source_restore_point_id": source(name, "two" if cell.other else "one"),
        "recopy_failed": cell.recopy,
        "wait": wait,
    }


def ended(stack: Deployed, done: Done, name: str, cell: Cell, arm_id: str) -> Cell:
    """Return the cell as it was."""
    rows = "\n".join(done.rows.get(name, []))
    ids = {str(one.get("id")).lower() for one in stack.engine.deployment()["resources"]}
    return replace(
        cell,
        says=cell.says if cell.says in rows else rows,
        writes=tuple(write.method for write in done.writes if write.path.lower() == arm_id.lower()),
        fails=any(error.startswith(f"{name}: ") for error in done.errors),
        kept=arm_id.lower() in ids,
    )


@ENGINES
def test_create(start: Callable[[str], Deployed], engine: str) -> None:
    """Copies and collections are started, followed, adopted, made again, waited for or refused."""
    stack = start(engine)
    for name in ("creating", "other-creating"):
        creating(stack, name)

    def meanwhile() -> None:
        for name in ("deleting", "other-deleting"):
            stack.send("DELETE", copy_of(name))
        for name in ("collection-deleting", "collection-other-deleting"):
            stack.send("DELETE", target(name))

    arguments = {
        "copies": {name: wanted(name, cell, "accepted") for name, cell in COPIES.items()},
        "collections": {
            name: {"source_collection_id": source(name), "location": "northeurope", "tags": {"made": "here"}}
            for name in GATHERED
        },
        "never_end": ["creating"],
    }
    done = up(stack, "RestorePoint*.Get", len(COPIES | GATHERED), meanwhile, **arguments)

    ids = {name: copy_of(name) for name in COPIES} | {name: target(name) for name in GATHERED}
    cells = COPIES | GATHERED
    assert cells == {name: ended(stack, done, name, cell, ids[name]) for name, cell in cells.items()}
    assert [] == [write for write in done.writes if write.status >= 300], "nothing was asked that Azure refuses"

    stack.run("destroy", **arguments)

    assert {name for name, cell in cells.items() if not cell.kept} == {
        name for name, arm_id in ids.items() if stack.there(arm_id)
    }


@ENGINES
def test_update_of_something_unfinished(start: Callable[[str], Deployed], engine: str) -> None:
    """A copy of which the state holds that it failed is brought to its end by the same table."""
    stack = start(engine)
    arguments: dict[str, Any] = {
        "copies": {name: wanted(name, replace(cell, recopy=False), "replicated") for name, cell in AGAIN.items()},
        "collections": {},
        "never_end": ["again-creating"],
    }
    failing = stack.fault(name="disk-fails", percent=0.0, count=0)
    failed = up(stack, "RestorePoints.Get", len(AGAIN), lambda: None, **arguments)
    stack.lift(failing)
    assert AGAIN.keys() == {error.partition(": ")[0] for error in failed.errors if error.startswith("again")}

    removed = ("nothing", "creating", "replicating", "done", "other", "other-deleting")
    for name in removed:
        stack.send("DELETE", copy_of(f"again-{name}"))
    wait_until(lambda: not any(stack.there(copy_of(f"again-{name}")) for name in removed))
    creating(stack, "again-creating")
    for name, point in (("replicating", "one"), ("done", "one"), ("other", "two"), ("other-deleting", "two")):
        send_copy(stack, f"again-{name}", point)

    def meanwhile() -> None:
        for name in ("deleting", "other-deleting"):
            stack.send("DELETE", copy_of(f"again-{name}"))

    arguments["copies"] = {
        name: wanted(name, cell, "accepted" if cell.machine == NEVER else "replicated") for name, cell in AGAIN.items()
    }
    done = up(stack, "RestorePoints.Get", len(AGAIN), meanwhile, **arguments)

    assert AGAIN == {name: ended(stack, done, name, cell, copy_of(name)) for name, cell in AGAIN.items()}
    assert [] == [write for write in done.writes if write.status >= 300], "nothing was asked that Azure refuses"
