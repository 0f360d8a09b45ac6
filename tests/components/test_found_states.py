"""Names that are taken, when a copy is to be made or brought to its end: each cell of the table on real engines.

All situations of a test are resources of one program, and one run of the engine meets all of them at once: requests are
held until every resource has looked for its object, so that none is stopped by the failure of another.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tests.components.conftest import Deployed, Done
from tests.components.situations import AGAIN, COPIES, GATHERED, NEVER, Cell, copy_of, situations, source, target
from tests.waiting import wait_until

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])


@pytest.fixture
def world() -> dict[str, Any]:
    """For each situation a source of its own, and what is found."""
    return situations()


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
