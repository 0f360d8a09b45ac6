"""What replaces a copy, what stays, and what is found under a name: on real engines, with their own order of things."""

from __future__ import annotations

import subprocess

import pytest

from tests.components.conftest import GROUPS, SOURCE

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
TARGET = f"{GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections/somebodys"
COPY = f"{TARGET}/restorePoints/first"


def _rows(done, word):
    return [line for line in done.rows.get("copy", []) if word in line]


@ENGINES
def test_there_and_back_again_after_a_delete_that_failed(deploy, engine):
    """The old copy goes once the new one is there; one that waits to be deleted and is wanted again is kept."""
    stack = deploy(engine, "single")
    first = stack.run("up", of="daily-1").outputs["copy"]
    stack.fault(name="operation-fails", operation="RestorePoints.Delete")

    failed = stack.run("up", ok=False, of="daily-2")
    second = failed.outputs["copy"]
    both = (stack.there(first), stack.there(second))
    back = stack.run("up", of="daily-1")
    gone = stack.run("destroy")

    assert ["PUT", "DELETE"] == [request.method for request in failed.writes]
    assert (True, True) == both
    assert first == back.outputs["copy"]
    assert _rows(back, "adopted: this copy was already there")
    assert _rows(back, "kept: the program still asks for this object")
    assert [second.lower()] == [request.path.lower() for request in back.writes]
    assert {first.lower(), TARGET.lower()} == {request.path.lower() for request in gone.writes}


@ENGINES
def test_a_copy_of_the_same_source_is_adopted(deploy, engine):
    """The row says so, and adopting means owning."""
    stack = deploy(engine, "single")
    stack.send("PUT", TARGET, {"location": "northeurope", "properties": {"source": {"id": SOURCE}}})
    stack.send("PUT", COPY, {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/daily-1"}}})

    done = stack.run("up", of="daily-1", name="first")
    stack.run("destroy")

    assert [] == done.writes
    assert _rows(done, "adopted: this copy was already ")
    assert not stack.there(TARGET)


@ENGINES
def test_a_copy_of_another_source_is_left_alone(deploy, engine):
    """The preview refuses it on its property; nothing is changed and nothing gets into the state."""
    stack = deploy(engine, "single")
    stack.send("PUT", TARGET, {"location": "northeurope", "properties": {"source": {"id": SOURCE}}})
    stack.send("PUT", COPY, {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/daily-1"}}})

    refused = stack.run("up", ok=False, of="daily-2", name="first")

    assert any("restore_point_name" in error and "is taken: first" in error for error in refused.errors)
    assert [] == refused.writes
    assert not [one for one in stack.engine.deployment()["resources"] if str(one.get("id")).lower() == COPY.lower()]


@pytest.mark.cli
def test_a_replacement_by_force(deploy):
    """`pulumi up --target-replace` creates and deletes one object: it is kept, and the row says so."""
    stack = deploy("pulumi", "single")
    before = stack.run("up", of="daily-1").outputs["copy"]
    [urn] = [one["urn"] for one in stack.engine.deployment()["resources"] if one.get("id") == before]
    cli = stack.engine

    forced = subprocess.run(
        cli._line("up", "--stack", "rehearsal", "--yes", "--skip-preview", "--target-replace", urn),
        cwd=cli._project_dir,
        env=cli._environment,
        capture_output=True,
        text=True,
        check=False,
    )
    again = stack.run("up", of="daily-1")

    assert 0 == forced.returncode, forced.stdout + forced.stderr
    assert "adopted: this copy was already there" in forced.stdout
    assert "kept: the program still asks for this object" in forced.stdout
    assert stack.there(before)
    assert {} == again.changed
