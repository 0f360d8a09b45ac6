"""Waiting for copies, on a clock that the test moves."""

import asyncio
import copy
import json
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.calls import RestorePoints
from azure_recovery.rest.compute.errors import (
    CopyFailedError,
    CopyTimedOutError,
    CopyVanishedError,
    DiskReplicationFailedError,
)
from azure_recovery.rest.compute.following import LOOKS_AT_A_TIME, follow_copies, follow_copy, wait_until_gone
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.errors import ConfigurationError, OperationFailedError, OperationTimedOutError
from tests.wire.tokens import Tokens

POINT = json.loads(
    (Path(__file__).parents[1] / "data" / "compute" / "restore_point_with_instance_view.json").read_text()
)
COLLECTION = ResourceId.parse(
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/recovery/providers/"
    "Microsoft.Compute/restorePointCollections/web-1-copy"
)
COPY = COLLECTION.child("restorePoints", "daily-1")
OS_DISK, DATA_DISK = "testingexcludedisk_OsDisk_1_74cdaedcea50483d9833c96adefa100f", "testingexcludedisk_DataDisk_1"
HOUR, DAY = 3_600.0, 86_400.0


def point(state="Succeeded", *words, percents=(100, 40)):
    """Return a restore point whose two disks report *words*; fewer words leave disks unreported."""
    body = copy.deepcopy(POINT)
    body["properties"]["provisioningState"] = state
    reported = body["properties"]["instanceView"]["diskRestorePoints"][: len(words)]
    body["properties"]["instanceView"] = {"diskRestorePoints": reported}
    for disk, word, percent in zip(reported, words, percents, strict=False):
        disk["replicationStatus"] = {
            "status": {"code": f"ReplicationState/{word}", "level": "Info", "displayStatus": f"Replication {word}"},
            "completionPercent": percent,
        }
    return body


USABLE = point("Succeeded", "succeeded", "succeeded")
RUNNING = point("Succeeded", "succeeded", "inProgress")


def follow(arm, seconds=DAY, **options):
    api = RestorePoints(arm.transport)
    return asyncio.run(follow_copy(api, COPY, deadline=Deadline(arm.clock, seconds), **options))


def test_creating_then_replicating_then_usable(arm):
    """Each look is told, and the last one is returned."""
    seen = []
    arm.say(200, point("Creating"))
    arm.say(200, RUNNING)
    arm.say(200, USABLE)

    status = follow(arm, on_progress=lambda id_, status: seen.append((id_, status)))

    assert status.usable
    assert [(COPY, False), (COPY, False), (COPY, True)] == [(id_, one.usable) for id_, one in seen]
    assert {OS_DISK: 100.0, DATA_DISK: 40.0} == seen[1][1].percents
    assert [f"GET {COPY}?api-version=2026-04-01&$expand=instanceView"] * 3 == arm.sent


def test_a_copy_of_a_day(arm, clock):
    """At most 350 requests, and five minutes late at most."""
    arm.by_request = lambda _: arm.response(200, USABLE if clock.monotonic() >= DAY else RUNNING)

    follow(arm, seconds=14 * DAY)

    assert len(arm.requests) <= 350
    assert DAY <= clock.monotonic() <= DAY + 300


def test_only_accepted_is_waited_for(arm):
    """The least that makes sense: copying has begun."""
    arm.say(200, point("Creating"))
    arm.say(200, point("Succeeded", "inProgress", "failed"))

    status = follow(arm, until=lambda status: status.accepted)

    assert not status.usable


def test_looks_that_fail(arm):
    """5xx, 403, a bare 404, a lost connection and nonsense are told, and never end the wait."""
    told = []
    arm.refuse(503, "ServerBusy")
    arm.refuse(403, "AuthorizationFailed")
    arm.say(404)
    arm.lose()
    arm.say(200, {"properties": "nonsense"})
    arm.say(200, USABLE)

    assert follow(arm, on_wait=told.append).usable
    assert 5 == len(told)
    assert "could not look" in told[0].reason
    assert "AuthorizationFailed" in told[1].reason


def test_a_refusal_that_says_when_to_come_back(arm, clock):
    """It is kept to, however short the pace would be."""
    arm.refuse(503, "ServerBusy", retry_after="500")
    arm.say(200, USABLE)

    follow(arm)

    assert clock.monotonic() >= 500


def test_a_refusal_that_says_to_come_back_next_week(arm, clock):
    """It is looked at again after an hour, as any request that is refused is sent again: a proxy may say anything."""
    arm.refuse(503, "ServerBusy", retry_after=str(7 * 86_400))
    arm.say(200, USABLE)

    assert follow(arm, seconds=14 * DAY).usable
    assert [3_600.0] == clock.sleeps


def test_no_token_for_a_while(arm):
    """A login service that is down does not end a wait that has begun."""
    arm.transport._token = Tokens(1, 0, 0, 0, 0, 0, 1)
    arm.say(200, RUNNING)
    arm.say(200, USABLE)

    assert follow(arm).usable


@pytest.mark.parametrize("given", [[0], [1, 0, 0, 0, 0, 0, 0]], ids=["never", "no more"])
def test_no_token_at_all(arm, given):
    """Settings that cannot work are told, not waited for."""
    arm.transport._token = Tokens(*given)
    if given[0]:
        arm.say(200, RUNNING)

    with pytest.raises(ConfigurationError, match="no token"):
        follow(arm)


def test_a_disk_that_fails(arm):
    """It is named at once, while others still replicate, with the last percentage of each."""
    arm.say(200, RUNNING)
    arm.say(200, point("Succeeded", "inProgress", "failed", percents=(70, None)))

    with pytest.raises(DiskReplicationFailedError) as caught:
        follow(arm)

    assert {DATA_DISK: "Replication failed"} == caught.value.failed_disks
    # Azure takes the percentage away when a disk fails: what was last seen is what helps.
    assert {OS_DISK: 70.0, DATA_DISK: 40.0} == caught.value.percents
    assert f"{DATA_DISK} 40 %" in str(caught.value)


@pytest.mark.parametrize("state", ["Failed", "Canceled"])
def test_a_copy_that_ends_failed(arm, state):
    """It has an error of its own."""
    arm.say(200, RUNNING)
    arm.say(200, point(state))

    with pytest.raises(CopyFailedError, match=f"ended {state}") as caught:
        follow(arm)
    assert {OS_DISK: 100.0, DATA_DISK: 40.0} == caught.value.percents


def test_a_failure_of_the_whole(arm):
    """No disk is named, and Azure's words are."""
    body = copy.deepcopy(RUNNING)
    body["properties"]["instanceView"]["statuses"] = [
        {"code": "ReplicationState/failed", "level": "Error", "displayStatus": "Replication failed"}
    ]
    arm.say(200, body)

    with pytest.raises(CopyFailedError, match="ended with 'Replication failed'"):
        follow(arm)


@pytest.mark.parametrize("code", ["ResourceNotFound", "ParentResourceNotFound", "ResourceGroupNotFound"])
def test_a_copy_that_vanishes(arm, code):
    """ARM's own word that it, its collection or its group is gone ends the wait."""
    arm.say(200, RUNNING)
    arm.refuse(404, code)

    with pytest.raises(CopyVanishedError) as caught:
        follow(arm)
    assert {OS_DISK: 100.0, DATA_DISK: 40.0} == caught.value.percents


def test_the_deadline_passes(arm, clock):
    """A last look is taken when it does, and says how far each disk was."""
    arm.by_request = lambda _: arm.response(200, RUNNING)

    with pytest.raises(CopyTimedOutError, match="still replicating after 3600 s") as caught:
        follow(arm, seconds=HOUR)

    assert HOUR == pytest.approx(clock.monotonic())
    assert {OS_DISK: 100.0, DATA_DISK: 40.0} == caught.value.percents


def test_the_deadline_passes_in_an_outage(arm):
    """What was seen before it is not forgotten."""
    arm.by_request = lambda _: (
        arm.response(200, RUNNING) if len(arm.requests) == 1 else arm.response(503, {"error": {"code": "Down"}})
    )

    with pytest.raises(CopyTimedOutError) as caught:
        follow(arm, seconds=HOUR)
    assert {OS_DISK: 100.0, DATA_DISK: 40.0} == caught.value.percents


def test_a_copy_that_ends_just_before_the_deadline(arm, clock):
    """The last look sees it."""
    arm.by_request = lambda _: arm.response(200, USABLE if clock.monotonic() >= HOUR - 1 else RUNNING)

    assert follow(arm, seconds=HOUR).usable


def copies(number):
    return [COLLECTION.child("restorePoints", f"daily-{n}") for n in range(number)]


def follow_all(arm, ids, **options):
    api = RestorePoints(arm.transport)
    return asyncio.run(follow_copies(api, ids, deadline=Deadline(arm.clock, DAY), **options))


def test_many_copies(arm, clock):
    """Each is followed by its own pace, and all cost no more time than the longest."""
    ids = copies(12)
    ends = {id_.key: 600.0 * number for number, id_ in enumerate(ids)}

    def answer(request):
        done = clock.monotonic() >= ends[unquote(request.url.path).lower()]
        return arm.response(200, USABLE if done else RUNNING)

    arm.by_request = answer

    found = follow_all(arm, ids)

    assert set(ends) == set(found)
    assert all(status.usable for status in found.values())
    assert clock.monotonic() <= max(ends.values()) + 300


def test_the_same_copy_twice_and_none(arm):
    """It is followed once, however it is spelled; nothing is asked about nothing."""
    arm.say(200, USABLE)

    assert [COPY.key] == list(follow_all(arm, [COPY, ResourceId.parse(str(COPY).upper())]))
    assert {} == follow_all(arm, [])


def test_one_of_many_fails(arm):
    """The wait for all ends at once, and no task is left behind."""
    ids = copies(5)
    failed = point("Succeeded", "succeeded", "failed")
    arm.by_request = lambda request: arm.response(200, failed if request.url.path.endswith("-3") else RUNNING)

    async def run():
        api = RestorePoints(arm.transport)
        with pytest.raises(DiskReplicationFailedError, match="daily-3"):
            await follow_copies(api, ids, deadline=Deadline(arm.clock, DAY))
        return [task.get_coro().__qualname__ for task in asyncio.all_tasks()]

    assert "follow_copy" not in asyncio.run(run())
    assert len(arm.requests) <= 2 * len(ids)


def test_looks_under_way_at_a_time(clock):
    """Hundreds of copies never ask all at once."""

    class Slow(RestorePoints):
        under_way = most = 0

        async def get_restore_point(self, id, **options):  # noqa: A002
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(0)
            self.under_way -= 1
            return parsed

    parsed = RestorePoint.model_validate(USABLE)
    api = Slow(SimpleNamespace(clock=clock))
    asyncio.run(follow_copies(api, copies(500), deadline=Deadline(clock, DAY)))

    assert LOOKS_AT_A_TIME == api.most


def gone(arm, id_=COPY, seconds=HOUR):
    api = RestorePoints(arm.transport)
    asyncio.run(wait_until_gone(api, id_, deadline=Deadline(arm.clock, seconds)))


@pytest.mark.parametrize("id_", [COPY, COLLECTION])
def test_a_deletion_that_somebody_else_began(arm, id_):
    """It is over when ARM says that the thing is gone; trouble on the way does not end it."""
    arm.say(200, point("Deleting"))
    arm.refuse(503, "ServerBusy")
    arm.say(404)
    arm.refuse(404, "ResourceNotFound")

    gone(arm, id_)

    assert [f"GET {id_}?api-version=2026-04-01"] * 4 == arm.sent


def test_a_deletion_that_ends_otherwise(arm):
    """Something that is not Deleting any more will not go away by itself."""
    arm.say(200, point("Deleting"))
    arm.say(200, point("Failed"))

    with pytest.raises(OperationFailedError, match="it is there and Failed"):
        gone(arm)


def test_a_deletion_that_takes_too_long(arm):
    """The deadline ends the wait."""
    arm.by_request = lambda _: arm.response(200, point("Deleting"))

    with pytest.raises(OperationTimedOutError, match="is still running after 60 s"):
        gone(arm, seconds=60.0)
