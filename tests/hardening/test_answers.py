"""Every call and wait on copies, on top of anything that a service, a proxy or a network can answer: no socket."""

from __future__ import annotations

import json
import math

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_recovery.rest.compute.following import follow_copies, follow_copy, wait_until_gone
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.compute.replication import copy_status
from azure_recovery.rest.errors import AzureRecoveryError
from tests.hardening.answers import (
    BODIES,
    COLLECTION,
    COPY,
    DISK,
    ENDPOINT,
    LONG,
    LOST,
    MOST_REQUESTS,
    RAW,
    RETRY_AFTER,
    SIGNED,
    SOURCE,
    STATUSES,
    SUBSCRIPTION,
    USABLE_COPY,
    Wire,
    answers_about,
    finished,
    judge,
    says_usable,
    spoilt,
    spoilt_bodies,
)

CALLS = {
    "get_collection": (lambda api, d: api.get_collection(COLLECTION, deadline=d), BODIES["collection"]),
    "get_collection with restore points": (
        lambda api, d: api.get_collection(COLLECTION, with_restore_points=True, deadline=d),
        BODIES["collection"] | {"properties": {"restorePoints": [USABLE_COPY, BODIES["copy_accepted"]]}},
    ),
    "list_collections": (
        lambda api, d: api.list_collections(SUBSCRIPTION, deadline=d),
        {"value": [BODIES["collection"], BODIES["collection"]], "nextLink": None},
    ),
    "put_collection": (
        lambda api, d: api.put_collection(COLLECTION, location="northeurope", source_id=SOURCE, tags={}, deadline=d),
        BODIES["collection"],
    ),
    "set_collection_tags": (lambda api, d: api.set_collection_tags(COLLECTION, {}, deadline=d), BODIES["collection"]),
    "delete_collection": (lambda api, d: finished(api.delete_collection(COLLECTION, deadline=d), d), None),
    "get_restore_point": (lambda api, d: api.get_restore_point(COPY, instance_view=True, deadline=d), USABLE_COPY),
    "start_copy": (
        lambda api, d: finished(api.start_copy(COPY, SOURCE.child("restorePoints", "daily-1"), deadline=d), d),
        BODIES["copy_accepted"],
    ),
    "delete_restore_point": (lambda api, d: finished(api.delete_restore_point(COPY, deadline=d), d), None),
    "list_disk_restore_points": (
        lambda api, d: api.list_disk_restore_points(COPY, deadline=d),
        {"value": [BODIES["disk_restore_point"]]},
    ),
    "get_disk_restore_point": (
        lambda api, d: api.get_disk_restore_point(DISK, deadline=d),
        BODIES["disk_restore_point"],
    ),
    "follow_copy": (lambda api, d: follow_copy(api, COPY, deadline=d), USABLE_COPY),
    "follow_copies": (lambda api, d: follow_copies(api, [COPY, COPY, DISK.parent], deadline=d), USABLE_COPY),
    "wait_until_gone": (lambda api, d: wait_until_gone(api, COPY, deadline=d), BODIES["copy_accepted"]),
}
"""Name to what is done, and the body that answers it."""


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_any_answers_to_a_call(name, new_clock, fit_to_show, data):
    """The call ends in a right result or one line, whatever comes first, and whether or not it goes on."""
    work, right = CALLS[name]
    answers = data.draw(st.lists(answers_about(right), min_size=1, max_size=4))
    wire = Wire(new_clock(), answers, right=right, forever=data.draw(st.booleans()))
    judge(wire, wire.run(work), fit_to_show)
    if name == "start_copy":
        starts = [request for request in wire.requests if request.method == "PUT"]
        assert len(starts) <= MOST_REQUESTS
        for number, said in enumerate(answers[: len(starts) - 1]):
            nothing_started = isinstance(said, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            assert nothing_started or said[0] in {401, 429}, number


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("body", RAW)
def test_each_status_with_each_body(name, body, new_clock, fit_to_show):
    """No pair of status and body is left to chance: one call has them all, each call those that it reads."""
    work, right = CALLS[name]
    whole = name == "get_restore_point" and len(RAW[body]) < LONG
    for status in STATUSES if whole else (200, 404) if len(RAW[body]) < LONG else (202,):
        wire = Wire(new_clock(), [(status, {}, RAW[body])], right=right)
        judge(wire, wire.run(work), fit_to_show)


@pytest.mark.parametrize("name", ["get_restore_point", "follow_copy", "follow_copies"])
@given(data=st.data())
def test_what_counts_as_usable(name, new_clock, fit_to_show, data):
    """A copy is usable only if the answer says of each disk that it is replicated."""
    content = data.draw(spoilt_bodies(USABLE_COPY))
    wire = Wire(new_clock(), [(200, {}, content)], forever=True)
    outcome = wire.run(CALLS[name][0])
    judge(wire, outcome, fit_to_show)
    if name != "get_restore_point" and not isinstance(outcome, AzureRecoveryError):
        assert says_usable(content)


@given(data=st.data())
def test_each_field_of_a_usable_copy(data):
    """The oracle of these tests agrees with the library about the unspoilt answer."""
    assert says_usable(json.dumps(USABLE_COPY).encode())
    assert copy_status(RestorePoint.model_validate(USABLE_COPY)).usable


@pytest.mark.parametrize("retry_after", RETRY_AFTER)
@pytest.mark.parametrize("name", ["get_restore_point", "start_copy", "follow_copy", "delete_restore_point"])
def test_throttled_with_any_retry_after(name, retry_after, new_clock, fit_to_show):
    """A 429 is waited out within the deadline, however it says until when."""
    work, right = CALLS[name]
    refused = (429, {"retry-after": retry_after}, b"")
    clock = new_clock()
    wire = Wire(clock, [refused] * 3, right=right)
    judge(wire, wire.run(work), fit_to_show)

    assert all(math.isfinite(pause) and 0.0 <= pause <= 3_600.0 for pause in clock.sleeps)


@pytest.mark.parametrize("forever", [False, True])
@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_a_connection_lost_at_each_stage(name, lost, forever, new_clock, fit_to_show):
    """After the first request, and after those that follow it."""
    work, right = CALLS[name]
    accepted = (202, {"azure-asyncoperation": SIGNED}, json.dumps(right).encode())
    for before in ([], [accepted], [accepted, (200, {}, b'{"status":"InProgress"}')]):
        wire = Wire(new_clock(), [*before, lost], right=right, forever=forever)
        judge(wire, wire.run(work), fit_to_show)


@given(data=st.data())
def test_an_operation_succeeds_only_if_somebody_says_so(new_clock, fit_to_show, data):
    """While neither status nor resource says that it is over, and well, it is not."""
    running = {"status": "InProgress", "properties": {"provisioningState": "Creating"}}
    where = data.draw(
        st.sampled_from([{"azure-asyncoperation": SIGNED}, {"location": SIGNED}, {}, {"location": f"{ENDPOINT}{COPY}"}])
    )
    places = st.sampled_from([("status",), ("properties", "provisioningState")])
    not_succeeded = st.sampled_from(["Creating", "Inprogress", "Failed", "Canceled", "Unheard-of", "ReadyForAction"])
    bodies = st.builds(lambda place, word: spoilt(running, place, word), places, not_succeeded)
    raw = st.sampled_from([RAW[name] for name in ("HTML", "deep lists", "gone", "unknown status", "invalid UTF-8")])
    looks = st.one_of(
        st.tuples(st.sampled_from((200, 202)), st.just({}), bodies.map(lambda body: json.dumps(body).encode())),
        st.tuples(st.sampled_from((400, 401, 403, 404, 410, 429, 500, 503)), st.just({}), raw),
        st.sampled_from(LOST),
    )
    answers = [(201, where, json.dumps(running).encode()), *data.draw(st.lists(looks, min_size=1, max_size=5))]
    wire = Wire(new_clock(), answers, forever=True)
    outcome = wire.run(CALLS["start_copy"][0])

    assert isinstance(outcome, AzureRecoveryError)
    judge(wire, outcome, fit_to_show)
