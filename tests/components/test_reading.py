"""`.get()`: what another stack, or nobody, manages, in a program of its own."""

from __future__ import annotations

import pytest

from tests.components.conftest import GROUPS, SOURCE

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
TARGET = f"{GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections/somebodys"
COPY = f"{TARGET}/restorePoints/first"


@ENGINES
def test_a_collection(deploy, engine):
    """Its outputs are those of the collection, and it stays when the stack goes."""
    stack = deploy(engine, "found")
    stack.send("PUT", TARGET, {"location": "northeurope", "properties": {"source": {"id": SOURCE}}})
    shown = ["location", "source_collection_id", "resource_group_name", "arm_id"]

    done = stack.run("up", kind="RestorePointCollectionCopy", id=TARGET, show=shown)
    gone = stack.run("destroy")

    expected = {"location": "northeurope", "resource_group_name": "recovery"}
    assert expected | {"source_collection_id": SOURCE, "arm_id": TARGET} == done.outputs
    assert [] == done.writes + gone.writes
    assert stack.there(TARGET)


@ENGINES
def test_a_copy_under_way(deploy, engine):
    """It is read as it is: nobody waits for it, so a later refresh does not call it unfinished."""
    stack = deploy(engine, "found")
    stack.send("PUT", TARGET, {"location": "northeurope", "properties": {"source": {"id": SOURCE}}})
    stack.send("PUT", COPY, {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/daily-1"}}})
    wanted = {"kind": "RestorePointCopy", "id": COPY, "show": ["source_restore_point_id", "wait", "arm_id"]}

    stack.run("preview", **wanted)
    done = stack.run("up", **wanted)
    refreshed = stack.run("refresh")
    gone = stack.run("destroy")

    source = f"{SOURCE}/restorePoints/daily-1"
    assert {"source_restore_point_id": source, "wait": "accepted", "arm_id": COPY} == done.outputs
    assert ((), ()) == (done.warnings, refreshed.warnings)
    assert [] == done.writes + refreshed.writes + gone.writes
    assert stack.there(COPY)


@pytest.mark.parametrize(
    ("kind", "id_", "says"),
    [
        ("RestorePointCopy", f"{SOURCE}/restorePoints/daily-9", "does not exist; check the id"),
        ("RestorePointCopy", f"{SOURCE}/restorePoints/daily-1", "is no copy, and only copies are read here"),
        ("ReplicationGate", "gate", "a gate exists in the state alone"),
    ],
)
def test_an_id_that_cannot_be_read(deploy, kind, id_, says):
    """The preview says so, in one line."""
    preview = deploy("embedded", "found").run("preview", ok=False, kind=kind, id=id_, show=[])

    [error] = [line for line in preview.errors if says in line]
    assert "Traceback" not in error
    assert "\n" not in error
