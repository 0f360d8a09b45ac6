"""Each call on backup vaults: the method, the path, the query, the headers and the body that go over the wire."""

import asyncio
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.calls import BackupVaults, job_name
from azure_recovery.rest.dataprotection.following import started_job
from azure_recovery.rest.dataprotection.requests import disk_restore_request
from azure_recovery.rest.errors import (
    ConfigurationError,
    ConflictError,
    NoAnswerError,
    NotFoundError,
    OperationCanceledError,
    OperationFailedError,
    OperationTimedOutError,
    ServiceError,
    ThrottledError,
    UnexpectedAnswerError,
)
from azure_recovery.rest.retrying import RetryPolicy

DATA = Path(__file__).parents[1] / "data" / "dataprotection"
FLOW = {one["name"]: one for one in json.loads((DATA / "wire" / "disk_restore_flow.json").read_text())["interactions"]}
POINTS = FLOW["list recovery points (newest first, no nextLink)"]["response"]["body"]["value"]
JOB = FLOW["job show, completed"]["response"]["body"]

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{}/providers"
VAULT = ResourceId.parse(GROUP.format("backup") + "/Microsoft.DataProtection/backupVaults/vault-1")
INSTANCE = VAULT.child("backupInstances", "web-1-data-0")
DISK = ResourceId.parse(GROUP.format("drill") + "/Microsoft.Compute/disks/web-1-data-0-restored")
REQUEST = disk_restore_request("13ccde7abc2a4a2380179ca5ada99038", DISK, "westeurope")
JOB_ID = "d5002098-c270-4599-8f84-e280304557cb"
V = "api-version=2026-06-01"
STATUS = {
    "subscription": "/subscriptions/s/providers/Microsoft.DataProtection/locations/westeurope/operationStatus/YQ==",
    "vault": f"{VAULT}/operationStatus/YQ==",
    "group": GROUP.format("backup") + "/Microsoft.DataProtection/operationStatus/YQ==",
}
RUNNING = {"status": "Inprogress", "startTime": "2026-11-22T10:00:00.1234567Z", "endTime": "0001-01-01T00:00:00Z"}


@pytest.fixture
def call(arm):
    """Call one method and return what it returns."""
    api = BackupVaults(arm.transport)

    def run(method, *args, **options):
        return asyncio.run(getattr(api, method)(*args, **options))

    return run


def accepted(arm, status="/operations/1?t=1&s=x%2By", **headers):
    arm.say(202, azure_asyncoperation=f"https://arm.example{status}", **headers)


def succeeded(job_id=None):
    body = {**RUNNING, "status": "Succeeded", "endTime": "2026-11-22T10:00:02Z"}
    return body | ({"properties": {"objectType": "OperationJobExtendedInfo", "jobId": job_id}} if job_id else {})


def sent_body(arm, number=-1):
    return json.loads(arm.requests[number].content)


def test_get_vault(arm, call):
    """Whom to grant rights, what guards it, and where it may restore to."""
    arm.say(
        200,
        {
            "id": str(VAULT),
            "location": "West Europe",
            "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t", "userAssignedIdentities": None},
            "properties": {
                "isVaultProtectedByResourceGuard": True,
                "storageSettings": [{"datastoreType": "VaultStore", "type": "GeoRedundant"}],
                "featureSettings": {"crossSubscriptionRestoreSettings": {"state": "Disabled"}},
                "securitySettings": None,
                "replicatedRegions": None,
            },
        },
    )

    vault = call("get_vault", VAULT)

    assert [f"GET {VAULT}?{V}"] == arm.sent
    assert ("p", True) == (vault.identity.principal_id, vault.properties.is_protected_by_resource_guard)
    assert "Disabled" == vault.properties.feature_settings.cross_subscription_restore.state


def test_get_backup_instance(arm, call):
    """Where its snapshots are, and how well it is protected."""
    parameters = {"objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore"}
    arm.say(
        200,
        {
            "name": INSTANCE.name,
            "properties": {
                "dataSourceInfo": {"resourceID": "/disk", "resourceLocation": "westeurope"},
                "policyInfo": {
                    "policyParameters": {"dataStoreParametersList": [{**parameters, "resourceGroupId": "/g"}]}
                },
                "currentProtectionState": "ProtectionError",
                "protectionErrorDetails": {"code": "X", "message": "no", "recommendedAction": None, "details": None},
            },
        },
    )

    properties = call("get_backup_instance", INSTANCE).properties

    assert [f"GET {INSTANCE}?{V}"] == arm.sent
    assert "/g" == properties.policy_info.policy_parameters.data_stores[0].snapshot_group_id
    assert ("ProtectionError", "X") == (properties.current_protection_state, properties.protection_error.code)
    assert "westeurope" == properties.datasource.resource_location


def test_list_recovery_points(arm, call):
    """All pages; a link is followed as it comes, an empty page is no end."""
    link = f"https://arm.example{INSTANCE}/recoveryPoints?{V}&$skipToken=x%2By"
    arm.say(200, {"value": POINTS, "nextLink": link})
    arm.say(200, {"value": [], "nextLink": link.replace("x%2By", "z")})
    arm.say(200, {"value": POINTS[:1], "nextLink": None})

    points = call("list_recovery_points", INSTANCE)

    assert [
        f"GET {INSTANCE}/recoveryPoints?{V}",
        f"GET {INSTANCE}/recoveryPoints?{V}&$skipToken=x%2By",
        f"GET {INSTANCE}/recoveryPoints?{V}&$skipToken=z",
    ] == arm.sent
    assert [POINTS[0]["name"], POINTS[1]["name"], POINTS[0]["name"]] == [point.name for point in points]


@pytest.mark.parametrize(
    ("between", "said"),
    [
        ({"start": datetime(2026, 11, 1, tzinfo=UTC)}, "startDate eq '2026-11-01T00:00:00.000000Z'"),
        ({"end": datetime(2026, 11, 2)}, "endDate eq '2026-11-02T00:00:00.000000Z'"),  # noqa: DTZ001
        (
            {
                "start": datetime(2026, 11, 1, 2, tzinfo=timezone(timedelta(hours=2))),
                "end": datetime(2026, 11, 2, 0, 0, 0, 5, tzinfo=UTC),
            },
            "startDate eq '2026-11-01T00:00:00.000000Z' and endDate eq '2026-11-02T00:00:00.000005Z'",
        ),
    ],
    ids=["start", "end", "both"],
)
def test_recovery_points_between(arm, call, between, said):
    """Either half of the filter may stand alone; times go out in UTC."""
    arm.say(200, {"value": []})

    assert [] == call("list_recovery_points", INSTANCE, **between)
    assert {"$filter": said, "api-version": "2026-06-01"} == dict(arm.requests[0].url.params)


def test_get_recovery_point(arm, call):
    """By its id."""
    id_ = INSTANCE.child("recoveryPoints", POINTS[0]["name"])
    arm.say(200, POINTS[0])

    assert POINTS[0]["name"] == call("get_recovery_point", id_).properties.recovery_point_id
    assert [f"GET {id_}?{V}"] == arm.sent


@pytest.mark.parametrize("status", STATUS.values(), ids=STATUS)
def test_validate_restore(arm, call, status):
    """The request is wrapped, recovery point inside; the status lies where the service likes."""
    accepted(arm, status, location="https://arm.example/results/1", retry_after="10")
    arm.say(200, RUNNING)
    arm.say(200, succeeded())
    arm.say(200, {"objectType": "OperationJobExtendedInfo"})

    result = asyncio.run(call("validate_restore", INSTANCE, REQUEST).finish())

    assert [f"POST {INSTANCE}/validateRestore?{V}", f"GET {status}", f"GET {status}", "GET /results/1"] == arm.sent
    assert {"restoreRequestObject": REQUEST} == sent_body(arm, 0)
    assert {"objectType": "OperationJobExtendedInfo"} == result.body
    assert 10.0 == arm.clock.sleeps[0]


def test_a_validation_that_fails_with_200(arm, call):
    """The words are under `additionalInfo`, and the line tells what to do."""
    message = "Appropriate permissions to perform the operation is missing."
    info = {
        "message": message,
        "recommendedAction": ["Grant the vault its role."],
        "code": "UserErrorMSIMissingPermissions",
        "innerError": {
            "code": "AuthorizationFailed",
            "additionalInfo": {"DetailedNonLocalisedMessage": "The client has no right."},
        },
        "isRetryable": False,
    }
    error = {
        "code": "UserErrorMSIMissingPermissions",
        "message": message,
        "additionalInfo": [{"type": "UserFacingError", "info": info}],
    }
    accepted(arm)
    arm.say(200, {**RUNNING, "status": "Failed", "error": error}, x_ms_request_id="request-1")

    with pytest.raises(OperationFailedError) as caught:
        asyncio.run(call("validate_restore", INSTANCE, REQUEST).finish())

    assert (
        f"POST {INSTANCE}/validateRestore was accepted and failed after 5 s (UserErrorMSIMissingPermissions): "
        "Appropriate permissions to perform the operation is missing. The client has no right. "
        "Grant the vault its role. [request id request-1]"
    ) == str(caught.value)


def test_restore(arm, call):
    """The request goes out as it is, and the status names the job: no result is read."""
    accepted(arm, location="https://arm.example/results/1", retry_after="30")
    arm.say(200, RUNNING)
    arm.say(200, succeeded(str(VAULT.child("backupJobs", JOB_ID))))

    operation = call("restore", INSTANCE, REQUEST)
    job_id = asyncio.run(started_job(operation))

    assert JOB_ID == job_id
    assert [f"POST {INSTANCE}/restore?{V}", *["GET /operations/1?t=1&s=x%2By"] * 2] == arm.sent
    assert REQUEST == sent_body(arm, 0)
    assert "x-ms-authorization-auxiliary" not in arm.requests[0].headers
    assert f"POST {INSTANCE}/restore" == operation.what


@pytest.mark.parametrize("job_id", [JOB_ID, f"{VAULT}/backupJobs/{JOB_ID}", f"{VAULT}/backupJobs/{JOB_ID}/"])
def test_a_job_that_only_the_result_names(arm, call, job_id):
    """Bare or as an ARM id."""
    accepted(arm, location="https://arm.example/results/1")
    arm.say(200, succeeded())
    arm.say(200, {"objectType": "OperationJobExtendedInfo", "jobId": job_id})

    assert JOB_ID == asyncio.run(started_job(call("restore", INSTANCE, REQUEST)))


def test_a_restore_without_a_status(arm, call):
    """`Location` alone: 202 while it goes on, then the job."""
    arm.say(202, location="https://arm.example/results/1")
    arm.say(202)
    arm.say(200, {"objectType": "OperationJobExtendedInfo", "jobId": JOB_ID})

    assert JOB_ID == asyncio.run(started_job(call("restore", INSTANCE, REQUEST)))


def test_a_restore_that_is_answered_at_once(arm, call):
    """200 is documented too."""
    arm.say(200, {"objectType": "OperationJobExtendedInfo", "jobId": JOB_ID})

    assert JOB_ID == asyncio.run(started_job(call("restore", INSTANCE, REQUEST)))


@pytest.mark.parametrize("result", [None, {"objectType": "OperationJobExtendedInfo"}, {"jobId": None}])
def test_a_restore_that_names_no_job(arm, call, result):
    """It was accepted all the same: the line says where to look."""
    accepted(arm, location="https://arm.example/results/1?s=planted")
    arm.say(200, succeeded())
    arm.say(200, result)

    with pytest.raises(
        UnexpectedAnswerError, match=r"names no job, although .* look for it in the vault's jobs"
    ) as caught:
        asyncio.run(started_job(call("restore", INSTANCE, REQUEST)))
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(("word", "error"), [("Failed", OperationFailedError), ("Cancelled", OperationCanceledError)])
def test_a_restore_whose_operation_ends_badly(arm, call, word, error):
    """There is no job then."""
    accepted(arm)
    arm.say(200, {**RUNNING, "status": word, "error": {"code": "X", "message": "no"}})

    with pytest.raises(error, match=r"\(X\): no"):
        asyncio.run(started_job(call("restore", INSTANCE, REQUEST)))


def test_a_restore_whose_operation_takes_too_long(arm, call):
    """The next run looks for the job."""
    accepted(arm)
    arm.by_request = lambda request: arm.answers.pop(0)(request) if arm.answers else arm.response(200, RUNNING)

    with pytest.raises(OperationTimedOutError):
        asyncio.run(started_job(call("restore", INSTANCE, REQUEST), deadline=Deadline(arm.clock, 600)))


class Token:
    """A token of another tenant."""

    def __init__(self, token):
        self._token = token

    async def token(self):  # noqa: D102 - what the protocol says
        if not self._token:
            raise ConfigurationError("no token for the guard's tenant")
        return self._token


def test_tokens_of_other_tenants(arm, call):
    """For resource guards that are not in the vault's tenant: each is a bearer of its own."""
    accepted(arm)

    operation = call("restore", INSTANCE, REQUEST, auxiliary=[Token("guard-1"), Token("guard-2")])

    assert "Bearer guard-1, Bearer guard-2" == arm.requests[0].headers["x-ms-authorization-auxiliary"]
    assert "Bearer token-of-a-test" == arm.requests[0].headers["authorization"]
    assert "guard-1" not in repr(operation) + repr(operation.accepted)


def test_no_token_of_another_tenant(arm, call):
    """Nothing is sent."""
    with pytest.raises(ConfigurationError):
        call("restore", INSTANCE, REQUEST, auxiliary=[Token("")])
    assert [] == arm.sent


def patient(arm):
    """Return calls through the policy that is shipped: five repetitions wherever they are allowed."""
    arm.transport._policy = RetryPolicy()
    return BackupVaults(arm.transport)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, ThrottledError),
        (401, ServiceError),
        (408, ServiceError),
        (409, ConflictError),
        (500, ServiceError),
        (503, ServiceError),
        (404, NotFoundError),
    ],
)
def test_a_restore_is_sent_once(arm, status, error):
    """Not even what proves that nothing was started is repeated: the last look would be too old."""
    arm.refuse(status, "No", retry_after="1")

    with pytest.raises(error):
        asyncio.run(patient(arm).restore(INSTANCE, REQUEST, deadline=Deadline(arm.clock, 3_600)))
    assert 1 == len(arm.requests)


def test_a_restore_whose_answer_is_lost(arm):
    """It may have been accepted."""
    arm.lose()

    with pytest.raises(NoAnswerError) as caught:
        asyncio.run(patient(arm).restore(INSTANCE, REQUEST))
    assert caught.value.may_have_taken_effect
    assert 1 == len(arm.requests)


def test_a_validation_is_sent_again(arm):
    """It starts nothing that lasts."""
    arm.refuse(503, "ServerBusy")
    arm.lose()
    arm.refuse(429, "TooManyRequests", retry_after="7")
    accepted(arm)

    asyncio.run(patient(arm).validate_restore(INSTANCE, REQUEST))

    assert [f"POST {INSTANCE}/validateRestore?{V}"] * 4 == arm.sent


def test_list_jobs(arm, call):
    """All pages, with no filter, because none is documented."""
    arm.say(200, {"value": [JOB], "nextLink": f"https://arm.example{VAULT}/backupJobs?{V}&$skipToken=x"})
    arm.say(200, {"value": [{"name": "n", "properties": {"status": "InProgress", "extendedInfo": None}}]})

    jobs = call("list_jobs", VAULT)

    assert [f"GET {VAULT}/backupJobs?{V}", f"GET {VAULT}/backupJobs?{V}&$skipToken=x"] == arm.sent
    assert ["Completed", "InProgress"] == [job.properties.status for job in jobs]


@pytest.mark.parametrize("job_id", [JOB_ID, str(VAULT.child("backupJobs", JOB_ID)), f"{VAULT}/BackupJobs/{JOB_ID}"])
def test_get_job(arm, call, job_id):
    """By its GUID or its ARM id; the answer may be of another id."""
    arm.say(200, JOB)

    assert JOB["name"] == call("get_job", VAULT, job_id).name
    assert [f"GET {VAULT}/backupJobs/{JOB_ID}?{V}"] == arm.sent
    assert JOB_ID == job_name(job_id)


def test_another_version(arm):
    """Sovereign clouds lag behind: the version is a setting, and it is of every call."""
    arm.say(200, {"value": []})
    arm.say(200, JOB)
    api = BackupVaults(arm.transport, api_version="2023-01-01")

    asyncio.run(api.list_jobs(VAULT))
    asyncio.run(api.get_job(VAULT, JOB_ID))

    assert {"api-version=2023-01-01"} == {request.url.query.decode() for request in arm.requests}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("get_vault", (VAULT,)),
        ("get_backup_instance", (INSTANCE,)),
        ("get_recovery_point", (INSTANCE.child("recoveryPoints", "x"),)),
        ("get_job", (VAULT, JOB_ID)),
        ("list_jobs", (VAULT,)),
        ("list_recovery_points", (INSTANCE,)),
    ],
)
def test_a_body_that_is_something_else(arm, call, method, arguments):
    """One line names what does not fit."""
    arm.say(200, {"unexpected": "planted"})

    with pytest.raises(UnexpectedAnswerError) as caught:
        call(method, *arguments)
    assert "planted" not in str(caught.value)
