"""What keeps a copy where it is: changes that Azure would refuse, other names in the program, what holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.components.conftest import GROUPS, SOURCE, Deployed

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
COLLECTIONS = f"{GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections"
ENCRYPTION = {"web-1-os": f"{GROUPS}/recovery/providers/Microsoft.Compute/diskEncryptionSets/ours"}
KEPT = "Azure keeps one copy of a restore point in a region"

REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"disk_encryption": ENCRYPTION}, "disk_encryption", f"cannot change: {KEPT}"),
    ({"name": "another"}, "restore_point_name", f"cannot change: {KEPT}"),
    ({"name": "first", "of": "daily-2"}, "restore_point_name", "give the new one another name, or leave the name out"),
)
"""Change of the program, the property on which it is refused, and the words."""


@ENGINES
def test_changes_that_azure_would_refuse(deploy: Callable[..., Deployed], engine: str) -> None:
    """In the same collection each is refused on its property, in another one by create; the copy stays as it is."""
    stack = deploy(engine, "moving")
    copy = stack.run("up", name="first").outputs["copy"]

    for change, property_, words in REFUSED:
        preview = stack.run("preview", ok=False, **{"name": "first", **change})
        assert any(f"property {property_} " in error and words in error for error in preview.errors), preview.errors
        assert [] == preview.writes

    moved = stack.run("up", ok=False, name="first", place="there")
    back = stack.run("up", name="first")

    assert any(error.startswith("copy: ") and KEPT in error for error in moved.errors), moved.errors
    assert [409] == [write.status for write in moved.writes]
    assert {} == back.changed
    assert copy == back.outputs["copy"]
    assert stack.there(copy)


@ENGINES
def test_another_name_in_the_program(deploy: Callable[..., Deployed], engine: str) -> None:
    """With an alias the copy keeps the name that was made from the old one: nothing is copied, nothing is deleted."""
    stack = deploy(engine, "moving")
    copy = stack.run("up").outputs["copy"]

    preview = stack.run("preview", called="renamed", once=["copy"])
    renamed = stack.run("up", called="renamed", once=["copy"])
    without = stack.run("up", called="renamed")

    assert {} == preview.changed == renamed.changed == without.changed
    assert [] == renamed.writes + without.writes
    assert copy == renamed.outputs["copy"] == without.outputs["copy"]


@ENGINES
def test_a_collection_that_holds_somebody_elses_copy(deploy: Callable[..., Deployed], engine: str) -> None:
    """It is not deleted, and the line names the copy; `force_delete` counts as of the last `up`."""
    stack = deploy(engine, "moving")
    stack.run("up")
    theirs = f"{COLLECTIONS}/there-copies/restorePoints/theirs"
    stack.send("PUT", theirs, {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/daily-2"}}})

    for force in (None, True):
        refused = stack.run("destroy", ok=False, force_delete=force)
        assert any(error.startswith("there: ") and "(theirs)" in error for error in refused.errors), refused.errors
        assert stack.there(theirs)
    stack.run("up", force_delete=True)
    stack.run("destroy")

    assert not stack.there(theirs)
    assert not stack.there(f"{COLLECTIONS}/there-copies")
