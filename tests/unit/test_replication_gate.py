"""The gate's check, diff, create, update and read against restore points in memory: no socket, no engine."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.output import Unknown

from azure_recovery.dynamic_providers.inputs import GATE_ID, NAME_SEED, PROVIDER_KEY, USABLE
from azure_recovery.dynamic_providers.lookups import Lookups
from azure_recovery.dynamic_providers.protection_gate import ProtectionGate
from azure_recovery.dynamic_providers.replication_gate import ReplicationGate, ReplicationGateProvider
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.errors import NotFoundError, ServiceError

COMPUTE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/recovery/providers/Microsoft.Compute"
FIRST, SECOND, THIRD = (f"{COMPUTE}/restorePointCollections/web-1/restorePoints/daily-{n}" for n in (1, 2, 3))
GONE = NotFoundError(method="GET", url="https://azure.test/point", status=404, code="ResourceNotFound")
DOWN = ServiceError(method="GET", url="https://azure.test/point", status=503, code="ServerTimeout", text="Region down.")


def copy(id_: str, word: str, *, percent: float = 40.0) -> RestorePoint:
    """Return a copy of two disks; *word* is the state of the second, the first has arrived."""
    disks = {name: f"{id_}/diskRestorePoints/{name}" for name in ("os", "data")}
    return RestorePoint.model_validate(
        {
            "id": id_,
            "properties": {
                "provisioningState": "Succeeded",
                "sourceMetadata": {
                    "storageProfile": {
                        "osDisk": {"name": "os", "osType": "Linux", "diskRestorePoint": {"id": disks["os"]}},
                        "dataDisks": [{"name": "data", "lun": 0, "diskRestorePoint": {"id": disks["data"]}}],
                    }
                },
                "instanceView": {
                    "diskRestorePoints": [
                        {"id": disks["os"], "replicationStatus": {"status": {"code": "ReplicationState/succeeded"}}},
                        {
                            "id": disks["data"],
                            "replicationStatus": {
                                "status": {"code": f"ReplicationState/{word}"},
                                "completionPercent": percent,
                            },
                        },
                    ]
                },
            },
        }
    )


class Azure:
    """Restore points, what each look at them brings, and how many looks there were.

    Attributes:
        answers: Lower-case ARM id to what the looks bring, one after another, the last for ever; none is a 404.
    """

    def __init__(self, clock: Any) -> None:
        self.answers: dict[str, list[RestorePoint | Exception]] = {}
        self.looks: Counter[str] = Counter()
        self.transport = SimpleNamespace(clock=clock, service_now=lambda: clock.now().astimezone(UTC))
        self.restore_points = self
        self.lookups = Lookups(self)

    def has(self, id_: str, *words: str) -> None:
        """Let the looks at a copy bring these states of its second disk."""
        self.answers[id_.lower()] = [copy(id_, word) for word in words]

    def run(self, _call: Any, work: Any, **_: Any) -> Any:
        """Do what the gate asks."""
        return asyncio.run(work())

    async def get_restore_point(self, id_: Any, **_: Any) -> RestorePoint:
        """Bring the next answer."""
        self.looks[id_.name] += 1
        answers = self.answers.get(id_.key, [GONE])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def next_process(self) -> None:
        """Forget what a process knows, as the next `pulumi up` does."""
        self.lookups = Lookups(self)
        self.looks.clear()


@pytest.fixture
def azure(clock, monkeypatch):
    azure = Azure(clock)
    monkeypatch.setattr(ReplicationGateProvider, "session", azure)
    return azure


@pytest.fixture
def gate(azure):
    return ReplicationGateProvider()


def news(*ids: Any) -> dict[str, Any]:
    return {"restore_point_ids": list(ids), NAME_SEED: "p/s/gate", PROVIDER_KEY: "x"}


def checked(gate, olds, *ids) -> dict[str, Any]:
    result = gate.check(olds, news(*ids))
    assert [] == result.failures
    return {**result.inputs, PROVIDER_KEY: "x"}


def known(inputs) -> list[str]:
    return sorted(key.rsplit("/", 1)[1] for key in inputs[USABLE])


def test_one_that_waits_for_three_ends_with_all_of_them(gate, azure):
    """What is stored maps each copy, in lower case, to its disks and when it was first seen usable."""
    for id_ in (FIRST, SECOND, THIRD):
        azure.has(id_, "inProgress", "inProgress", "succeeded")

    created = gate.create(checked(gate, {}, FIRST, SECOND, THIRD))

    assert created.id.startswith("replication-gate-")
    assert ["daily-1", "daily-2", "daily-3"] == known(created.outs)
    entry = created.outs[USABLE][FIRST.lower()]
    assert [
        {"name": "os", "os_type": "Linux", "disk_restore_point_id": f"{FIRST}/diskRestorePoints/os"},
        {"name": "data", "lun": 0, "disk_restore_point_id": f"{FIRST}/diskRestorePoints/data"},
    ] == entry["disks"]
    assert datetime.fromisoformat(entry["usable_at"]).tzinfo is not None


def test_the_second_up_looks_once_at_each_and_the_third_not_at_all(gate, azure):
    """Inputs of the first `up` are those of a time when nothing was usable; from then on they are carried over."""
    azure.has(FIRST, "inProgress", "succeeded")
    azure.has(SECOND, "inProgress", "succeeded")
    first = checked(gate, {}, FIRST, SECOND)
    outputs = gate.create(dict(first)).outs
    first = {**first, USABLE: {}}  # what the engine stored before `create` ran

    azure.next_process()
    second = checked(gate, first, FIRST, SECOND)
    looks = dict(azure.looks)
    azure.next_process()
    third = checked(gate, second, FIRST, SECOND)

    assert {"daily-1": 1, "daily-2": 1} == looks
    assert {} == dict(azure.looks)
    assert ["daily-1", "daily-2"] == known(second) == known(third)
    assert not gate.diff("id", outputs, second).changes


def test_a_preview_with_one_more_keeps_the_entries_of_the_others(gate, azure):
    """The new copy's key is left out, and the others are as they were: an update preview shows these inputs."""
    azure.has(FIRST, "succeeded")
    azure.has(SECOND, "inProgress")
    olds = checked(gate, {}, FIRST)

    inputs = checked(gate, olds, FIRST, SECOND, THIRD)

    assert {FIRST.lower(): olds[USABLE][FIRST.lower()]} == inputs[USABLE]
    assert gate.diff("id", olds, inputs).changes
    assert [] == gate.diff("id", olds, inputs).replaces


@pytest.mark.parametrize("ids", [[FIRST, Unknown()], Unknown()], ids=["one id", "the whole list"])
def test_an_unknown_id_does_not_make_the_others_unknown(gate, azure, ids):
    """A copy into a collection whose name is not known yet is no reason to show every restored disk as replaced."""
    azure.has(FIRST, "succeeded")
    olds = checked(gate, {}, FIRST)

    inputs = gate.check(olds, news() | {"restore_point_ids": ids}).inputs

    assert ["daily-1"] == known(inputs)
    assert gate.diff("id", olds, inputs).changes


def test_order_and_spelling_of_the_ids_are_no_difference(gate, azure):
    """The ids are a set, and Azure ignores their case."""
    azure.has(FIRST, "succeeded")
    azure.has(SECOND, "succeeded")
    olds = checked(gate, {}, FIRST, SECOND)

    assert not gate.diff("id", olds, checked(gate, olds, SECOND.upper(), FIRST, FIRST)).changes


def test_what_changes_by_itself_is_no_difference(gate, azure):
    """The map among the inputs grows without anybody's doing."""
    azure.has(FIRST, "succeeded")
    outputs = checked(gate, {}, FIRST)

    assert not gate.diff("id", outputs, {**outputs, USABLE: {}}).changes


def test_a_listed_copy_that_was_not_seen_usable_is_unfinished(gate):
    """A wait that ended early goes on in the next `up`, whatever a refresh did to the state."""
    inputs = {"restore_point_ids": [FIRST], GATE_ID: "g", USABLE: {}}

    assert gate.diff("id", inputs, inputs).changes


def test_a_region_that_is_down_leaves_a_preview_standing(gate, azure, capfd):
    """What cannot be looked up is left out, and told once."""
    for id_ in (FIRST, SECOND):
        azure.answers[id_.lower()] = [DOWN]

    inputs = checked(gate, {}, FIRST, SECOND)

    assert {} == inputs[USABLE]
    assert 1 == capfd.readouterr().err.count("not checked whether copies are usable")


def test_an_update_keeps_when_a_copy_was_first_seen_usable(gate, azure, clock):
    """Another copy's arrival says nothing about the first one's."""
    azure.has(FIRST, "succeeded")
    azure.has(SECOND, "inProgress", "succeeded")
    inputs = checked(gate, {}, FIRST)
    outputs = gate.create(dict(inputs)).outs
    clock.advance(86_400.0)
    azure.next_process()

    later = checked(gate, {**inputs, USABLE: {}}, FIRST, SECOND)
    updated = gate.update("id", {**outputs, PROVIDER_KEY: "x"}, later).outs

    assert outputs[USABLE][FIRST.lower()] == updated[USABLE][FIRST.lower()]
    assert outputs[USABLE][FIRST.lower()]["usable_at"] < updated[USABLE][SECOND.lower()]["usable_at"]


def test_a_copy_that_was_usable_is_built_from_while_its_region_answers_nothing(gate, azure):
    """In the disaster an update of the gate asks for nothing that the state knows."""
    azure.has(FIRST, "succeeded")
    inputs = checked(gate, {}, FIRST, SECOND)
    outputs = {**inputs, PROVIDER_KEY: "x"}
    azure.next_process()
    azure.answers[FIRST.lower()] = [DOWN]

    updated = gate.update("id", outputs, {**checked(gate, {}, FIRST), USABLE: {}}).outs

    assert ["daily-1"] == known(updated)


def test_a_failed_copy_ends_the_wait_with_its_disk_and_the_ways_on(gate, azure):
    """The line names copy and disk, and how to go on without it."""
    azure.has(FIRST, "succeeded")
    azure.has(SECOND, "inProgress", "failed")

    with pytest.raises(Exception, match="replication failed for disk data") as told:
        gate.create(checked(gate, {}, FIRST, SECOND))

    assert "CopyNotUsableError" == type(told.value).__name__
    assert f"copy {SECOND} " in str(told.value)
    assert "take its id out of restore_point_ids" in str(told.value)
    assert "leaves the copy as it is" in str(told.value)
    assert "\n" not in str(told.value)


def test_every_copy_that_is_known_to_have_failed_is_named(gate, azure):
    """Nobody takes one id out to be shown the next."""
    azure.has(FIRST, "failed")
    azure.has(SECOND, "failed")

    with pytest.raises(Exception, match="replication failed") as told:
        gate.create({**checked(gate, {}, FIRST, SECOND)})

    assert FIRST.lower() in str(told.value).lower()
    assert SECOND.lower() in str(told.value).lower()


def test_a_copy_that_nobody_started_does_not_exist(gate):
    """It has not vanished: it was never seen."""
    with pytest.raises(Exception, match=f"copy {FIRST} does not exist: start it before the gate"):
        gate.create(checked(gate, {}, FIRST))


def test_a_copy_that_vanishes_while_it_is_waited_for(gate, azure):
    """Somebody deleted it, and the gate says how to go on without it."""
    azure.answers[FIRST.lower()] = [copy(FIRST, "inProgress"), copy(FIRST, "inProgress"), GONE]

    with pytest.raises(Exception, match=r"vanished while it was waited for.*take its id out of restore_point_ids"):
        gate.create(checked(gate, {}, FIRST))


def test_a_wait_that_takes_too_long_does_not_speak_of_an_input_that_the_gate_has_not(gate, azure):
    """`wait="accepted"` is the copy's word; the gate's is its list."""
    azure.has(FIRST, "inProgress")

    with pytest.raises(Exception, match="is still replicating after") as told:
        gate.create(checked(gate, {}, FIRST))

    assert "data 40 %" in str(told.value)
    assert "run up again to go on waiting, or take its id out of restore_point_ids" in str(told.value)
    assert "accepted" not in str(told.value)


def test_taking_an_id_out_ends_the_wait_without_a_look_at_the_copy(gate, azure):
    """The way out that the error names is free, and works when the copy's region is down."""
    azure.has(FIRST, "succeeded")
    olds = checked(gate, {}, FIRST, SECOND)
    azure.next_process()
    azure.answers[SECOND.lower()] = [DOWN]

    inputs = checked(gate, olds, FIRST)
    updated = gate.update("id", dict(olds), inputs).outs

    assert {} == dict(azure.looks)
    assert ["daily-1"] == known(updated)
    assert [FIRST] == updated["restore_point_ids"]


def test_a_refresh_returns_the_map_as_input_and_output(gate, azure):
    """So that the next preview carries it over, and a copy that is gone is told."""
    azure.has(FIRST, "succeeded")

    read = gate.read("g", {**checked(gate, {}, FIRST), GATE_ID: "g"})

    assert ["daily-1"] == known(read.inputs) == known(read.outs)
    assert "g" == read.id


def test_a_refresh_keeps_when_a_copy_was_first_seen_usable(gate, azure, clock):
    """A day later the same copy is not usable since that day."""
    azure.has(FIRST, "succeeded")
    first = gate.create(checked(gate, {}, FIRST)).outs
    clock.advance(86_400.0)

    read = gate.read("g", dict(first))

    assert first[USABLE] == read.outs[USABLE]


def test_a_gate_of_which_only_the_id_is_given(gate):
    """There is nothing in Azure to read it from, and the line says so."""
    with pytest.raises(Exception, match="id: a gate exists in the state alone, so there is none to get: declare one"):
        gate.read("replication-gate-1", {PROVIDER_KEY: "x"})


@pytest.mark.parametrize(
    ("kind", "words"), [(ReplicationGate, "declare one"), (ProtectionGate, "ask with BackupStatus")]
)
def test_a_gate_of_another_stack(kind, words):
    """The program that asks for one is told so before an engine hears of it."""
    with pytest.raises(pulumi.RunError, match=words):
        kind.get("gate", "replication-gate-1")
