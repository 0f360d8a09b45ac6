"""The look-up of a source collection by a program: shared, bounded, and told in one line when it fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from azure_recovery.dynamic_providers import source_points as looking
from azure_recovery.dynamic_providers.source_points import SourcePoint, SourceReader, SourceUnknownError
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.compute.models import RestorePointCollection
from azure_recovery.rest.errors import ConfigurationError, InvalidInputError, NotFoundError
from azure_recovery.rest.retrying import Wait

COMPUTE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"
SOURCE = ResourceId.parse(f"{COMPUTE}/restorePointCollections/web-1")
OTHER = ResourceId.parse(f"{COMPUTE}/restorePointCollections/db-1")
FOUND = RestorePointCollection.model_validate(
    {
        "properties": {
            "restorePoints": [
                {
                    "name": "Daily-2",
                    "properties": {"provisioningState": "Succeeded", "timeCreated": "2026-11-21T10:00:00Z"},
                },
                {"id": f"{SOURCE}/restorePoints/daily-3", "properties": {"provisioningState": "Creating"}},
            ]
        }
    }
)


class Session:
    """A session whose collection brings one answer, an error, or nothing ever."""

    def __init__(self, clock: Any, answer: RestorePointCollection | Exception | None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.settings = SimpleNamespace(speed=1.0)
        self.transport = SimpleNamespace(clock=clock)
        self.restore_points = self

    def run(self, _call: Any, work: Any, **_: Any) -> Any:
        """Do what the reader asks."""
        return asyncio.run(work())

    async def get_collection(self, id_: ResourceId, *, with_restore_points: bool, on_wait: Any, **_: Any) -> Any:
        """Bring the answer."""
        assert with_restore_points
        self.asked.append(id_.name)
        if self.answer is None:
            on_wait(Wait("answered 503 (ServerTimeout)", 4.0, datetime(2026, 11, 22, tzinfo=UTC)))
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_restore_points_come_with_their_times(clock):
    """As Azure spells them; one that is not made yet cannot be copied."""
    points = SourceReader(Session(clock, FOUND)).points(SOURCE)

    assert (
        SourcePoint("Daily-2", datetime(2026, 11, 21, 10, tzinfo=UTC), is_made=True),
        SourcePoint("daily-3", None, is_made=False),
    ) == points


@pytest.mark.parametrize("state", ["Succeeded", "Updating", "Failed", "Deleting", "Canceled", "Rehydrating", None])
def test_a_restore_point_that_may_have_been_copied_is_one_of_the_source(clock, state):
    """Without it in the program the next up would delete its copies in every region, perhaps the only good ones."""
    found = RestorePointCollection.model_validate(
        {"properties": {"restorePoints": [{"name": "daily-1", "properties": {"provisioningState": state}}]}}
    )

    assert (SourcePoint("daily-1", None, is_made=True),) == SourceReader(Session(clock, found)).points(SOURCE)


def test_a_collection_is_asked_once(clock):
    """Two components that copy from it see the same, even where a restore point is made in between."""
    session = Session(clock, FOUND)
    reader = SourceReader(session)

    assert reader.points(SOURCE) is reader.points(ResourceId.parse(str(SOURCE).upper()))
    assert ["web-1"] == session.asked


def test_a_source_that_answers_nothing_is_given_up_in_time(clock):
    """The line says for how long it was asked, and what was heard last."""
    with pytest.raises(SourceUnknownError) as told:
        SourceReader(Session(clock, None), longest_s=0.01).points(SOURCE)

    assert f"the restore points of {SOURCE} could not be looked up: no answer within" in str(told.value)
    assert "answered 503 (ServerTimeout)" in str(told.value)


def test_a_source_that_did_not_answer_is_not_asked_again(clock):
    """Every component of a program would wait as long again."""
    session = Session(clock, None)
    reader = SourceReader(session, longest_s=0.01)

    for _ in range(2):
        with pytest.raises(SourceUnknownError):
            reader.points(SOURCE)

    assert ["web-1"] == session.asked


def test_the_budget_is_the_programs(clock):
    """What one collection has used up, no other may use."""
    session = Session(clock, None)
    reader = SourceReader(session, longest_s=1.0, budget_s=0.01)

    with pytest.raises(SourceUnknownError, match="no answer"):
        reader.points(SOURCE)
    with pytest.raises(SourceUnknownError, match="used up by collections that did not answer"):
        reader.points(OTHER)

    assert ["web-1"] == session.asked


def test_a_source_that_is_gone_is_told_in_the_services_words(clock):
    """404 is an answer, and not one from which copies could be derived."""
    gone = NotFoundError(method="GET", url=str(SOURCE), status=404, code="ResourceNotFound", text="It was not found.")

    with pytest.raises(SourceUnknownError, match=r"404 \(ResourceNotFound\): It was not found"):
        SourceReader(Session(clock, gone)).points(SOURCE)


def test_an_id_of_something_else_is_the_programs_mistake():
    """It is named as the input that it is."""
    with pytest.raises(InvalidInputError, match="source_collection_id"):
        looking.source_points(f"{COMPUTE}/virtualMachines/web-1")


def test_the_stacks_configuration_and_environment_are_used(clock, monkeypatch):
    """What azure-native is configured with is what the look-up logs in with."""
    seen = []
    session = Session(clock, FOUND)
    monkeypatch.setattr(looking, "session_for", lambda config: seen.append(config) or session)
    pulumi.runtime.set_all_config({"azure-native:tenantId": "contoso.example", "other:thing": "x"})
    try:
        points = looking.source_points(str(SOURCE))
    finally:
        pulumi.runtime.set_all_config({})

    assert [{"azure-native:tenantId": "contoso.example"}] == seen
    assert ["Daily-2", "daily-3"] == [point.name for point in points]


def test_a_configuration_that_cannot_work_is_a_look_up_that_failed(monkeypatch):
    """The resources say the same, each on its own row; the program goes on if it has the names."""

    def refuse(_config: Any) -> Any:
        raise ConfigurationError("azure-native:subscriptionId is 'x'")

    monkeypatch.setattr(looking, "session_for", refuse)

    with pytest.raises(SourceUnknownError, match="subscriptionId"):
        looking.source_points(str(SOURCE))
