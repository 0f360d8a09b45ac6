"""Every call on vaults, disks and backup status, on top of anything that can be answered or lost: no socket."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.compute.disks import ManagedDisks
from azure_recovery.rest.dataprotection.calls import BackupVaults
from azure_recovery.rest.dataprotection.following import (
    FoundJobs,
    find_jobs,
    follow_job,
    started_job,
    wait_until_known,
)
from azure_recovery.rest.dataprotection.jobs import JobStatus
from azure_recovery.rest.dataprotection.models import RecoveryPoint
from azure_recovery.rest.dataprotection.recovery_points import choose_recovery_point, point_name
from azure_recovery.rest.dataprotection.requests import disk_restore_request
from azure_recovery.rest.errors import AzureRecoveryError, InvalidInputError
from azure_recovery.rest.recoveryservices.calls import BackupStatuses
from tests.hardening.answers import (
    LONG,
    LOST,
    RAW,
    REMOVE,
    RETRY_AFTER,
    SIGNED,
    STATUSES,
    Wire,
    answers_about,
    finished,
    judge,
    paths,
    spoilt,
    spoilt_bodies,
)

GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
INSTANCE = ResourceId.parse(
    f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault/backupInstances/web-1-data"
)
VAULT = INSTANCE.parent
DISK = ResourceId.parse(f"{GROUPS}/drills/providers/Microsoft.Compute/disks/restored")
MACHINE = ResourceId.parse(f"{GROUPS}/production/providers/Microsoft.Compute/virtualMachines/web-1")
POINT = "a" * 32
ID = "a27bc911-c64d-458c-9ae7-b62651b2d7a7"
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data"
FLOW = json.loads((DATA / "dataprotection" / "wire" / "disk_restore_flow.json").read_text())["interactions"]


def job_to_the_disk():
    """Return the recorded job, as if it had restored our disk."""
    job = copy.deepcopy(FLOW[-1]["response"]["body"])
    assert ID == job["name"]
    job["properties"]["backupInstanceId"] = str(INSTANCE)
    job["properties"]["extendedInfo"]["recoveryDestination"] = str(DISK)
    return job


JOB = job_to_the_disk()
OPERATION = {"id": "/x/operationStatus/1", "name": "1", "status": "Succeeded", "properties": {"jobId": ID}, "jobId": ID}
"""Serves as status, which names the job in its properties, and as result, which names it outright."""
VALIDATED = {"id": "/x/operationStatus/1", "name": "1", "status": "Succeeded"}
RECOVERY_POINT = {
    "id": str(INSTANCE.child("recoveryPoints", POINT)),
    "name": POINT,
    "properties": {
        "objectType": "AzureBackupDiscreteRecoveryPoint",
        "recoveryPointId": POINT,
        "recoveryPointTime": "2026-11-22T06:00:00.0000000Z",
        "recoveryPointState": "Completed",
        "recoveryPointDataStoresDetails": [
            {
                "type": "OperationalStore",
                "visible": True,
                "state": "COMMITTED",
                "expiryTime": "2026-11-29T06:00:00Z",
            }
        ],
    },
}
PROTECTED = {
    "id": str(INSTANCE),
    "name": INSTANCE.name,
    "properties": {
        "currentProtectionState": "ProtectionConfigured",
        "dataSourceInfo": {
            "resourceID": str(DISK),
            "datasourceType": "Microsoft.Compute/disks",
            "resourceLocation": "westeurope",
        },
        "policyInfo": {"policyParameters": {"dataStoreParametersList": [{"resourceGroupId": GROUPS}]}},
        "protectionErrorDetails": {"code": "X", "message": "m", "recommendedAction": ["r"], "details": []},
    },
}
KEEPER = {
    "id": str(VAULT),
    "name": "vault",
    "location": "westeurope",
    "identity": {"type": "SystemAssigned", "principalId": "1"},
    "properties": {"featureSettings": {"crossSubscriptionRestoreSettings": {"state": "Enabled"}}},
}
MADE = {
    "id": str(DISK),
    "name": "restored",
    "location": "westeurope",
    "managedBy": None,
    "properties": {"provisioningState": "Succeeded", "timeCreated": "2026-11-22T10:00:00+00:00", "diskSizeGB": 4},
}
BACKED_UP = json.loads((DATA / "recoveryservices" / "backup_status.json").read_text())
REQUEST = disk_restore_request(POINT, DISK, "westeurope")


async def restored(api, deadline):
    """Start a restore and return its job."""
    return await started_job(await api.restore(INSTANCE, REQUEST, deadline=deadline), deadline=deadline)


def disks(api):
    """Return the calls on disks over the same wire."""
    return ManagedDisks(api.transport)


def status_of(api, deadline):
    """Ask how a machine is backed up."""
    return BackupStatuses(api.transport).get_status(MACHINE, location="westeurope", deadline=deadline)


CALLS = {
    "get_vault": (lambda api, d: api.get_vault(VAULT, deadline=d), KEEPER),
    "get_backup_instance": (lambda api, d: api.get_backup_instance(INSTANCE, deadline=d), PROTECTED),
    "list_recovery_points": (
        lambda api, d: api.list_recovery_points(INSTANCE, deadline=d),
        {"value": [RECOVERY_POINT], "nextLink": None},
    ),
    "get_recovery_point": (
        lambda api, d: api.get_recovery_point(INSTANCE.child("recoveryPoints", POINT), deadline=d),
        RECOVERY_POINT,
    ),
    "validate_restore": (lambda api, d: finished(api.validate_restore(INSTANCE, REQUEST, deadline=d), d), VALIDATED),
    "restore": (restored, OPERATION),
    "list_jobs": (lambda api, d: api.list_jobs(VAULT, deadline=d), {"value": [JOB]}),
    "get_job": (lambda api, d: api.get_job(VAULT, ID, deadline=d), JOB),
    "follow_job": (lambda api, d: follow_job(api, VAULT, ID, deadline=d), JOB),
    "find_jobs": (lambda api, d: find_jobs(api, VAULT, INSTANCE, DISK, deadline=d), {"value": [JOB]}),
    "wait_until_known": (
        lambda api, d: wait_until_known(api, VAULT, INSTANCE, DISK, deadline=d),
        {"value": [JOB]},
    ),
    "get_disk": (lambda api, d: disks(api).get_disk(DISK, deadline=d), MADE),
    "delete_disk": (lambda api, d: finished(disks(api).delete_disk(DISK, deadline=d), d), None),
    "get_status": (status_of, BACKED_UP),
}
"""Name to what is done, and the body that answers it."""

READ = [name for name in CALLS if CALLS[name][1] is not None and name != "wait_until_known"]
"""Those that read a body; what waits for a job reads it as `find_jobs` does, for a long time."""

JOB_STATUS = ((), ("properties",), ("properties", "status"))
"""Where the status of a job is in its answer, and what holds it."""

WRONG = (None, True, 7, -1.5, "", "Unheard-of", "0001-01-01T00:00:00", [], [None], {}, {"id": None}, REMOVE)
"""What may stand in the place of anything: nothing, another type, a word that nobody documents, no time yet."""


def run(wire, name):
    """Return what a call returns, or the error of this library that it raises."""
    return wire.run(lambda api, deadline: CALLS[name][0](BackupVaults(api.transport), deadline))


def checked(wire, name, fit_to_show):
    """Run a call, hold what it ends in to what was answered, and return it."""
    outcome = run(wire, name)
    judge(wire, outcome, fit_to_show)
    if name == "restore":
        assert 1 == [request.method for request in wire.requests].count("POST")
        if isinstance(outcome, str):
            assert any(outcome in content.decode(errors="replace") for _, _, content in wire.served)
    if name == "follow_job" and isinstance(outcome, JobStatus):
        assert says_completed(wire.served[-1][2])
    if name in {"find_jobs", "wait_until_known"} and isinstance(outcome, FoundJobs):
        assert not outcome.to_disk or any(
            DISK.key in content.decode(errors="replace").lower() for *_, content in wire.served
        )
    return outcome


def says_completed(content):
    """Return whether an answer says, read by nobody's model, that a job has brought its disk."""
    try:
        properties = lowered(json.loads(content.decode("utf-8-sig")))["properties"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    word = properties.get("status")
    return isinstance(word, str) and word.strip().lower() in {"completed", "completedwithwarnings"}


def lowered(document):
    """Return a JSON object with the names of its members in lower case."""
    if isinstance(document, dict):
        return {key.lower(): lowered(value) for key, value in document.items()}
    return [lowered(value) for value in document] if isinstance(document, list) else document


@pytest.mark.parametrize("name", CALLS)
def test_right_answers(name, new_clock):
    """The answers that the other tests spoil are right themselves, also of what was accepted first."""
    accepted = (202, {"azure-asyncoperation": SIGNED}, b"")
    for before in ([], [accepted] if name in {"restore", "validate_restore", "delete_disk"} else []):
        outcome = run(Wire(new_clock(), before, right=CALLS[name][1]), name)
        assert not isinstance(outcome, AzureRecoveryError) or name == "delete_disk", outcome


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_any_answers_to_a_call(name, new_clock, fit_to_show, data):
    """The call ends in a right result or one line; a restore is sent once, whatever is answered."""
    right = CALLS[name][1]
    answers = data.draw(st.lists(answers_about(right), min_size=1, max_size=4))
    checked(Wire(new_clock(), answers, right=right, forever=data.draw(st.booleans())), name, fit_to_show)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("body", RAW)
def test_each_body(name, body, new_clock, fit_to_show):
    """No body is left to chance, as a result, as a refusal, and as what an operation says of itself."""
    for status in (200, 404) if len(RAW[body]) < LONG else (202,):
        checked(Wire(new_clock(), [(status, {}, RAW[body])], right=CALLS[name][1]), name, fit_to_show)


@pytest.mark.parametrize("name", [*READ, "delete_disk"])
def test_each_status(name, new_clock, fit_to_show):
    """Nor is a status, with the right body, with an error of ARM and without a body; once, and for good."""
    right = CALLS[name][1]
    for status in STATUSES:
        for content in (json.dumps(right).encode(), RAW["ARM error"], b""):
            for forever in (False, True):
                checked(Wire(new_clock(), [(status, {}, content)], right=right, forever=forever), name, fit_to_show)


@pytest.mark.parametrize("name", READ)
def test_each_member_of_another_type_null_or_missing(name, new_clock, fit_to_show):
    """One member at a time: what is not needed is not missed, and whatever is needed is named.

    What follows a job meets what does not tell its end once; `get_job` meets that for good.
    """
    right = CALLS[name][1]
    for place in paths(right):
        for instead in WRONG:
            content = json.dumps(spoilt(right, place, instead)).encode()
            # An answer that cannot be read is looked for again until the deadline: a day of looks.
            forever = name != "follow_job" or place in JOB_STATUS
            checked(Wire(new_clock(), [(200, {}, content)], right=right, forever=forever), name, fit_to_show)


@pytest.mark.parametrize("name", READ)
def test_a_body_that_is_cut(name, new_clock, fit_to_show):
    """At any byte, however often: it is no JSON, and says so; a restore is looked for, and not sent again."""
    content = json.dumps(CALLS[name][1]).encode()
    for length in range(0, len(content), max(len(content) // 23, 1)):
        outcome = checked(Wire(new_clock(), [(200, {}, content[:length])], forever=True), name, fit_to_show)
        assert isinstance(outcome, AzureRecoveryError) or name == "validate_restore"


@pytest.mark.parametrize(
    "kind", ["text/html", "application/xml", "text/plain; charset=utf-16", "application/json; charset=latin-1", "?", ""]
)
@pytest.mark.parametrize("name", READ)
def test_a_right_body_of_another_content_type(name, kind, new_clock, fit_to_show):
    """What a body is, its bytes say: proxies and gateways label them at will."""
    content = json.dumps(CALLS[name][1]).encode()
    outcome = checked(Wire(new_clock(), [(200, {"content-type": kind}, content)], forever=True), name, fit_to_show)

    assert not isinstance(outcome, AzureRecoveryError), outcome


@pytest.mark.parametrize("retry_after", RETRY_AFTER)
@pytest.mark.parametrize("name", CALLS)
def test_throttled_with_any_retry_after(name, retry_after, new_clock, fit_to_show):
    """A 429 is waited out within the deadline, however it says until when; it never makes a busy loop."""
    refused = (429, {"retry-after": retry_after}, b"")
    for forever in (False, True):
        clock = new_clock()
        checked(Wire(clock, [refused] * 3, right=CALLS[name][1], forever=forever), name, fit_to_show)
        assert all(0.0 <= pause <= 3_600.0 for pause in clock.sleeps)


@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_a_connection_lost_at_each_stage(name, lost, new_clock, fit_to_show):
    """After the first request, and after those that follow it, once and for good."""
    accepted = (202, {"azure-asyncoperation": SIGNED}, b"")
    for before in ([], [accepted], [accepted, (200, {}, b'{"status":"Inprogress"}')]):
        for forever in (False, True):
            wire = Wire(new_clock(), [*before, lost], right=CALLS[name][1], forever=forever)
            checked(wire, name, fit_to_show)


@given(data=st.data())
def test_what_counts_as_completed(new_clock, fit_to_show, data):
    """A job has brought its disk only if an answer says so, in one of two words."""
    content = data.draw(spoilt_bodies(JOB))
    checked(Wire(new_clock(), [(200, {}, content)], forever=True), "follow_job", fit_to_show)


@given(data=st.data())
def test_a_validation_succeeds_only_if_somebody_says_so(new_clock, fit_to_show, data):
    """While its status does not say that it is over, and well, nothing may be restored."""
    word = data.draw(st.sampled_from(["Inprogress", "InProgress", "Failed", "Canceled", "Unheard-of", 7, None, "", []]))
    status = {"status": word, "error": {"code": "UserErrorX", "message": "no"}}
    looks = st.one_of(
        st.just((200, {}, json.dumps(status).encode())),
        st.tuples(st.sampled_from((400, 401, 403, 404, 410, 429, 500, 503)), st.just({}), st.just(RAW["ARM error"])),
        st.sampled_from(LOST),
    )
    accepted = (202, {"azure-asyncoperation": SIGNED, "location": SIGNED}, b"")
    answers = [accepted, *data.draw(st.lists(looks, min_size=1, max_size=4))]
    outcome = checked(Wire(new_clock(), answers, forever=True), "validate_restore", fit_to_show)

    assert isinstance(outcome, AzureRecoveryError)


@given(data=st.data())
def test_which_recovery_point_is_chosen(new_clock, fit_to_show, data):
    """One that has a name, and that no answer calls hidden, uncommitted, partial or expired; or one line."""
    content = data.draw(spoilt_bodies({"value": [RECOVERY_POINT, RECOVERY_POINT]}))
    points = run(Wire(new_clock(), [(200, {}, content)], forever=True), "list_recovery_points")
    if isinstance(points, AzureRecoveryError):
        fit_to_show(str(points))
        return
    wanted = data.draw(st.sampled_from(["latest", "2026-11-22T09:00:00Z", POINT, RECOVERY_POINT["id"]]))
    try:
        chosen = choose_recovery_point(points, wanted, NOW)
    except InvalidInputError as error:
        fit_to_show(str(error))
        return
    said = chosen.properties
    assert point_name(chosen)
    assert said.time is not None
    assert "partial" != (said.state or "").lower()
    [store, *_] = [store for store in said.stores if (store.type or "").lower() == "operationalstore"]
    assert store.visible is not False
    assert "committed" == (store.state or "committed").lower()
    assert store.expires_at is None or store.expires_at > NOW


def test_a_recovery_point_without_a_name():
    """Nobody could ask for it: another one is chosen, and without one the reason is told."""
    nameless = spoilt(spoilt(RECOVERY_POINT, ("id",), None), ("name",), REMOVE)
    points = [
        RecoveryPoint.model_validate(body)
        for body in (spoilt(nameless, ("properties", "recoveryPointId"), ""), RECOVERY_POINT)
    ]

    assert POINT == point_name(choose_recovery_point(points, "latest", NOW))
    with pytest.raises(InvalidInputError, match=r"none of 1 can be used: .*; the newest has no name"):
        choose_recovery_point(points[:1], "latest", NOW)
