"""What a CrossRegionCopy declares: children, names, order, gates. No socket, no engine, no provider."""

from __future__ import annotations

import pulumi
import pytest

from azure_recovery.components import CrossRegionCopy, SharedGate, Target
from azure_recovery.rest.errors import InvalidInputError

SOURCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"
    "/restorePointCollections/web-1-restore-points"
)
TARGETS = [
    Target(location="North Europe", resource_group_name="recovery"),
    Target(location="swedencentral", resource_group_name="recovery"),
]


def web(**given) -> CrossRegionCopy:
    return CrossRegionCopy("web", **{"source_collection_id": SOURCE, "targets": TARGETS, **given})


def test_each_region_has_a_collection_and_a_copy_of_each_restore_point(stack, source):
    """Children are named after region and source restore point, never by number."""
    source("daily-1", "daily-2")

    stack.run(web)

    assert ["web-northeurope", "web-swedencentral"] == stack.names("RestorePointCollectionCopy")
    assert [
        "web-northeurope-daily-1",
        "web-northeurope-daily-2",
        "web-swedencentral-daily-1",
        "web-swedencentral-daily-2",
    ] == stack.names("RestorePointCopy")
    assert ["web"] == stack.names("ReplicationGate")
    assert {"web"} == {one.parent for one in stack.declared if one.kind not in ("CrossRegionCopy", "Stack")}
    copy = stack.of("RestorePointCopy")[0]
    assert f"{SOURCE}/restorePoints/daily-1" == copy.inputs["source_restore_point_id"]
    assert "accepted" == copy.inputs["wait"]


def test_each_start_waits_for_the_one_before_it_in_its_collection(stack, source):
    """The order is that of the source's times, whatever the caller's."""
    source("monthly", "daily-9", "daily-1")

    stack.run(lambda: web(restore_points=["daily-1", "monthly", "daily-9"]))

    after = {one.name: one.after for one in stack.of("RestorePointCopy")}
    assert {
        "web-northeurope-monthly": ["web-northeurope"],
        "web-northeurope-daily-9": ["web-northeurope", "web-northeurope-monthly"],
        "web-northeurope-daily-1": ["web-northeurope", "web-northeurope-daily-9"],
        "web-swedencentral-monthly": ["web-swedencentral"],
        "web-swedencentral-daily-9": ["web-swedencentral", "web-swedencentral-monthly"],
        "web-swedencentral-daily-1": ["web-swedencentral", "web-swedencentral-daily-9"],
    } == after


def test_a_restore_point_that_the_source_lost_holds_up_no_other(stack, source):
    """Its copy may be all that is left: it stays in the program, last in the order."""
    source("daily-2", "daily-3")

    stack.run(lambda: web(restore_points=["daily-1", "daily-2", "daily-3"], targets=TARGETS[:1]))

    after = {one.name: one.after for one in stack.of("RestorePointCopy")}
    assert ["web-northeurope"] == after["web-northeurope-daily-2"]
    assert ["web-northeurope", "web-northeurope-daily-3"] == after["web-northeurope-daily-1"]


def test_the_oldest_dropped_and_a_newest_added_change_no_other_name(stack, source):
    """One copy goes and one comes in each region; nobody else is called otherwise or copied again."""
    source("daily-1", "daily-2", "daily-3")
    stack.run(web)
    before = {one.name: one.inputs for one in stack.of("RestorePointCopy")}
    source("daily-2", "daily-3", "daily-4")
    stack.run(web)
    after = {one.name: one.inputs for one in stack.of("RestorePointCopy")}

    assert {f"web-{region}-daily-1" for region in ("northeurope", "swedencentral")} == before.keys() - after.keys()
    assert {f"web-{region}-daily-4" for region in ("northeurope", "swedencentral")} == after.keys() - before.keys()
    assert {name: before[name] for name in before.keys() & after.keys()} == {
        name: after[name] for name in before.keys() & after.keys()
    }


def test_every_restore_point_that_is_made_is_meant_when_none_is_named(stack, source):
    """One that is being made is left for a later run: no copy of it can be missed."""
    source("daily-1", "daily-2", "daily-3", being_made=("daily-3",))

    stack.run(lambda: web(targets=TARGETS[:1]))

    assert ["web-northeurope-daily-1", "web-northeurope-daily-2"] == stack.names("RestorePointCopy")


def test_a_source_that_does_not_answer_changes_nothing_but_the_order(stack, source):
    """With names given every resource stays in the program, and one warning says whose order it is."""
    source(down="the restore points of X could not be looked up: no answer within 15 s")

    stack.run(lambda: web(restore_points=["daily-2", "daily-1"], targets=TARGETS[:1]))

    assert ["web-northeurope-daily-1", "web-northeurope-daily-2"] == stack.names("RestorePointCopy")
    assert ["web-northeurope", "web-northeurope-daily-2"] == stack.of("RestorePointCopy")[0].after
    [warning] = stack.warnings
    assert "no answer within 15 s; the copies are declared in the order of restore_points" in warning


def test_a_source_that_does_not_answer_and_no_names_end_the_program(stack, source):
    """Copies must not be deleted because nobody could say which there are."""
    source(down="the restore points of X could not be looked up: no answer within 15 s")

    with pytest.raises(pulumi.RunError, match=r"nothing is changed.*give the names"):
        stack.run(web)

    assert [] == stack.names("RestorePointCopy")


def test_a_source_without_restore_points_does_not_delete_every_copy(stack, source):
    """Whoever means it writes an empty list."""
    source()

    with pytest.raises(pulumi.RunError, match="restore_points=\\[\\] to delete"):
        stack.run(web)
    stack.run(lambda: web(restore_points=[]))

    assert [] == stack.names("RestorePointCopy")
    assert ["web-northeurope", "web-swedencentral"] == stack.names("RestorePointCollectionCopy")


def test_an_output_as_source_is_copied_in_the_callers_order(stack):
    """A program cannot wait for an output, so nothing is looked up."""
    stack.run(
        lambda: web(
            source_collection_id=pulumi.Output.from_input(SOURCE),
            restore_points=["daily-2", "daily-1"],
            targets=TARGETS[:1],
        )
    )

    assert ["web-northeurope", "web-northeurope-daily-2"] == stack.of("RestorePointCopy")[0].after
    assert [] == stack.warnings


def test_an_output_as_source_needs_names(stack):
    """The line says what to give and why."""
    with pytest.raises(InvalidInputError, match="restore_points: must be given, oldest first"):
        stack.run(lambda: web(source_collection_id=pulumi.Output.from_input(SOURCE)))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"targets": []}, "CrossRegionCopy web: targets: is empty"),
        (
            {"targets": ["northeurope"]},
            "targets: must hold Target(location=…, resource_group_name=…), not 'northeurope'",
        ),
        (
            {"targets": [TARGETS[0], Target(location="NorthEurope", resource_group_name="x")]},
            "northeurope is there twice",
        ),
        ({"targets": [Target(location="north/europe", resource_group_name="x")]}, "targets.location: must be text"),
        ({"restore_points": "daily-1"}, "must be a list of names"),
        ({"restore_points": ["daily-1", "DAILY-1"]}, "is there twice"),
        ({"restore_points": ["a/b"]}, "is no name"),
        ({"restore_points": [3]}, "must hold plain text"),
        ({"wait": "usable"}, "write 'replicated' or 'accepted'"),
        ({"not_waited_for": ["daily-9"]}, "not_waited_for: names daily-9, which is not copied"),
        ({"not_waited_for": ["uksouth/daily-1"]}, "names uksouth/daily-1"),
    ],
)
def test_a_bad_argument_is_told_with_its_name(stack, source, given, says):
    """One line, as Pulumi prints what is no bug of the program, before anything that could be half declared."""
    source("daily-1")

    with pytest.raises(InvalidInputError) as told:
        stack.run(lambda: web(**given))

    assert isinstance(told.value, pulumi.RunError)
    assert says in str(told.value)
    assert [] == stack.names("RestorePointCollectionCopy")


def test_its_gate_waits_for_all_of_its_copies(stack, source):
    """In all regions, by the ids that a preview knows."""
    source("daily-1", "daily-2")

    stack.run(web)

    [gate] = stack.of("ReplicationGate")
    assert 4 == len(gate.inputs["restore_point_ids"])
    assert all("/restorePoints/web-" in id_ for id_ in gate.inputs["restore_point_ids"])


def test_components_share_one_gate(stack, source):
    """It is declared when its block ends, and tells the disks of each component's copies."""
    source("daily-1")
    disks = []

    def program() -> pulumi.Output:
        with SharedGate("recovery") as gate:
            components = [
                CrossRegionCopy(name, source_collection_id=SOURCE, targets=TARGETS, gate=gate) for name in ("web", "db")
            ]
        assert components[0].gate is gate
        return pulumi.Output.all(*(one.disks("northeurope", "daily-1") for one in components)).apply(disks.extend)

    stack.run(program)

    [gate] = stack.of("ReplicationGate")
    assert "recovery" == gate.name
    assert 4 == len(gate.inputs["restore_point_ids"])
    assert [[{"name": "os", "lun": 0}], [{"name": "os", "lun": 0}]] == disks


def test_a_shared_gate_serves_its_block_alone(stack, source):
    """Disks before the end, copies before the beginning or after the end: each is one clear line."""
    source("daily-1")

    def program() -> None:
        gate = SharedGate("recovery")
        with pytest.raises(InvalidInputError, match="takes copies within its block"):
            CrossRegionCopy("early", source_collection_id=SOURCE, targets=TARGETS, gate=gate)
        with gate:
            component = CrossRegionCopy("web", source_collection_id=SOURCE, targets=TARGETS, gate=gate)
            with pytest.raises(InvalidInputError, match="ask for disks after the block"):
                component.disks("northeurope", "daily-1")
        with pytest.raises(InvalidInputError, match="takes copies within its block"):
            CrossRegionCopy("late", source_collection_id=SOURCE, targets=TARGETS, gate=gate)
        with pytest.raises(InvalidInputError, match="serves one with block"), gate:
            pass

    stack.run(program)

    assert ["recovery"] == stack.names("ReplicationGate")


def test_a_block_that_fails_declares_no_gate(stack, source):
    """A gate of half the copies would be finished too early."""
    source("daily-1")

    def program() -> None:
        with SharedGate("recovery") as gate:
            CrossRegionCopy("web", source_collection_id=SOURCE, targets=TARGETS, gate=gate)
            raise pulumi.RunError("no more")

    with pytest.raises(pulumi.RunError, match="no more"):
        stack.run(program)

    assert [] == stack.names("ReplicationGate")


@pytest.mark.parametrize(
    ("entry", "left"), [("daily-1", ["swedencentral-daily-2"]), ("North Europe/daily-1", ["swedencentral-daily-1"])]
)
def test_a_copy_that_will_never_arrive_is_left_out_of_the_gate(stack, source, entry, left):
    """In all regions or in one; the copy itself is declared as before."""
    source("daily-1", "daily-2")

    stack.run(lambda: web(not_waited_for=[entry]))

    [gate] = stack.of("ReplicationGate")
    waited = {id_.rsplit("/web-", 1)[1] for id_ in gate.inputs["restore_point_ids"]}
    assert "northeurope-daily-1" not in waited
    assert ("swedencentral-daily-1" in waited) == ("/" in entry)
    assert set(left) <= waited
    assert 4 == len(stack.of("RestorePointCopy"))


def test_accepted_is_enough_without_a_gate(stack, source):
    """Nothing is waited for, so nobody can say from what disks could be made."""
    source("daily-1")

    def program() -> None:
        component = web(wait="accepted")
        assert component.gate is None
        with pytest.raises(InvalidInputError, match="nothing tells when daily-1 is usable"):
            component.disks("northeurope", "daily-1")

    stack.run(program)

    assert [] == stack.names("ReplicationGate")


def test_a_copy_is_found_by_region_and_restore_point(stack, source):
    """In any spelling that Azure takes; what is not there is one line with what is."""
    source("daily-1")
    found = []

    def program() -> pulumi.Output:
        component = web()
        with pytest.raises(InvalidInputError, match="uksouth is no target of web, which has northeurope"):
            component.restore_point_id("uksouth", "daily-1")
        with pytest.raises(InvalidInputError, match="daily-7 is not copied by web, which copies daily-1"):
            component.disks("northeurope", "daily-7")
        assert ["daily-1"] == list(component.copies["northeurope"])
        return pulumi.Output.all(
            component.restore_point_id("NORTH EUROPE", "Daily-1"), component.restore_point_ids, component.collection_ids
        ).apply(found.extend)

    stack.run(program)

    id_, ids, collections = found
    assert id_ == ids["northeurope"]["daily-1"]
    assert id_.startswith(collections["northeurope"])
