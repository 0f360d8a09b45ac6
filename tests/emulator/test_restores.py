"""Restores of disks from a backup vault: what is answered when, what is refused, and where the answers are found."""

from __future__ import annotations

import contextlib
import json
from importlib import resources
from pathlib import Path

import httpx
import pytest

from azure_recovery.emulator.server import RunningEmulator

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
VAULT = f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/recovery-vault"
INSTANCE = f"{VAULT}/backupInstances/web-1-data-0"
DISK = f"{GROUPS}/drills/providers/Microsoft.Compute/disks/web-1-drill"
PROTECTED = f"{GROUPS}/production/providers/Microsoft.Compute/disks/web-1-data-0"
OPERATOR = "b50d9833-a0cb-478e-945f-707fcc997c13"
ASSIGNMENTS = f"{GROUPS}/drills/providers/Microsoft.Authorization/roleAssignments"
NEWEST = "2026-06-01"
DATA = Path(__file__).parents[1] / "data" / "dataprotection" / "wire"


def default_world():
    return json.loads(resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text("utf-8"))


def instance_world(**changes):
    """Return the default world with another backup instance."""
    world = default_world()
    world["backup_vaults"][0]["backup_instances"][0].update(changes)
    return world


def vault_world(**changes):
    """Return the default world with another vault."""
    world = default_world()
    world["backup_vaults"][0].update(changes)
    return world


def points_of(azure, version=NEWEST):
    return azure.call("GET", f"{INSTANCE}/recoveryPoints", version=version).json()["value"]


def request(point, disk=DISK, location="westeurope", **more):
    return {
        "objectType": "AzureBackupRecoveryPointBasedRestoreRequest",
        "recoveryPointId": point,
        "sourceDataStoreType": "OperationalStore",
        "restoreTargetInfo": {
            "objectType": "RestoreTargetInfo",
            "recoveryOption": "FailIfExists",
            "restoreLocation": location,
            "datasourceInfo": {
                "objectType": "Datasource",
                "datasourceType": "Microsoft.Compute/disks",
                "resourceID": disk,
                "resourceName": disk.rsplit("/", 1)[-1],
            },
        },
        **more,
    }


def restore(azure, *, point=None, version=NEWEST, headers=None, **given):
    body = request(point or points_of(azure)[0]["name"], **given)
    return azure.call("POST", f"{INSTANCE}/restore", body, version=version, headers=headers)


def validate(azure, *, point=None, version=NEWEST, **given):
    body = {"restoreRequestObject": request(point or points_of(azure)[0]["name"], **given)}
    return azure.call("POST", f"{INSTANCE}/validateRestore", body, version=version)


def outcome(azure, accepted, seconds=60.0):
    """Return the status of an accepted operation after a while."""
    assert 202 == accepted.status_code, accepted.text
    azure.advance(seconds=seconds)
    return azure.follow(accepted.headers["azure-asyncoperation"]).json()


def job_of(azure, accepted):
    """Return the path of the job that a restore made."""
    status = outcome(azure, accepted, seconds=3.0)
    return status["properties"]["jobId"]


def job(azure, path, version=NEWEST):
    answer = azure.call("GET", path, version=version)
    assert 200 == answer.status_code, answer.text
    return answer.json()["properties"]


def disk_status(azure, disk=DISK):
    return azure.call("GET", disk, version=azure.disks).status_code


def put_fault(azure, name, **given):
    assert 201 == azure.raw("POST", "/_emulator/faults", json={"name": name, **given}).status_code


def test_accepted_restore_has_no_body(azure):
    """202, nothing in it, two signed URLs, an empty request id and a correlation id."""
    accepted = restore(azure)

    assert (202, b"") == (accepted.status_code, accepted.content)
    assert all(len(accepted.headers[name]) > 3000 for name in ("azure-asyncoperation", "location"))
    assert ("30", "") == (accepted.headers["retry-after"], accepted.headers["x-ms-request-id"])
    assert accepted.headers["x-ms-correlation-request-id"]
    assert "10" == validate(azure).headers["retry-after"]


def test_operation_is_inprogress_and_ends_in_the_year_one(azure):
    """What a running operation says of itself, and what an ended one does."""
    accepted = restore(azure)
    running = azure.follow(accepted.headers["azure-asyncoperation"]).json()
    ended = outcome(azure, accepted, seconds=2.0)

    assert ("Inprogress", "0001-01-01T00:00:00Z") == (running["status"], running["endTime"])
    assert ("Succeeded", "OperationJobExtendedInfo") == (ended["status"], ended["properties"]["objectType"])
    assert ended["name"] == ended["id"].rsplit("/", 1)[-1]
    assert ended["endTime"] > ended["startTime"]


@pytest.mark.parametrize(
    ("version", "scope", "status", "result"),
    [
        ("2021-01-01", "by-version", "/providers/Microsoft.DataProtection/locations/westeurope/operationStatus/",
         "/locations/westeurope/operationResults/"),
        ("2023-01-01", "by-version", "/backupVaults/recovery-vault/operationStatus/",
         "/locations/westeurope/operationResults/"),
        (NEWEST, "resource-group", "/resourceGroups/production/providers/Microsoft.DataProtection/operationStatus/",
         "/backupInstances/web-1-data-0/operationResults/"),
    ],
)  # fmt: skip
def test_status_is_under_one_of_three_paths(make_azure, version, scope, status, result):
    """Each of them leads to the end, with the job as ARM id in one and by its name in the other."""
    azure = make_azure(backup_status_scope=scope)
    accepted = restore(azure, version=version)

    assert status in accepted.headers["azure-asyncoperation"]
    assert result in accepted.headers["location"]
    again = azure.follow(accepted.headers["location"])
    assert (202, True) == (again.status_code, result in again.headers["location"])
    ended = outcome(azure, accepted)
    bare = azure.follow(accepted.headers["location"]).json()["jobId"]
    assert f"{VAULT}/backupJobs/{bare}" == ended["properties"]["jobId"]


@pytest.mark.parametrize(("form", "slashes"), [("arm-id", (10, 10)), ("bare", (0, 0))])
def test_job_id_has_either_form(make_azure, form, slashes):
    """An ARM id or a name, in status and result."""
    azure = make_azure(job_id_form=form)
    accepted = restore(azure)
    status = outcome(azure, accepted)["properties"]["jobId"]
    result = azure.follow(accepted.headers["location"]).json()["jobId"]

    assert slashes == (status.count("/"), result.count("/"))


def test_status_url_must_be_as_it_was_given(azure):
    """Another operation, or no signature, is refused."""
    accepted = restore(azure).headers["azure-asyncoperation"]

    assert 403 == azure.follow(accepted.partition("&t=")[0]).status_code
    assert 403 == azure.follow(accepted.replace("operationStatus/", "operationStatus/a")).status_code


def test_job_and_disk_appear_late(azure):
    """The operation has named the job long before the job or its disk can be seen."""
    path = job_of(azure, restore(azure))

    assert (404, "ResourceNotFound") == azure.refusal(azure.call("GET", path, version=NEWEST))
    assert [] == azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert 404 == disk_status(azure)
    azure.advance(seconds=28)
    assert "InProgress" == job(azure, path)["status"]
    assert 1 == len(azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"])
    shown = azure.call("GET", DISK, version=azure.disks).json()
    assert "Creating" == shown["properties"]["provisioningState"]


def test_delay_is_a_setting(make_azure):
    """Without it job and disk are there with the answer."""
    azure = make_azure(job_visible_seconds=0)

    assert "InProgress" == job(azure, job_of(azure, restore(azure)))["status"]


def test_disk_can_appear_at_the_end(make_azure):
    """Not before its job has ended."""
    azure = make_azure(restored_disk_appears="end")
    restore(azure)
    azure.advance(minutes=11)
    before = disk_status(azure)
    azure.advance(minutes=1)

    assert (404, 200) == (before, disk_status(azure))


def test_job_takes_its_minutes(azure):
    """Running with nulls and progress, then Completed with a length."""
    path = job_of(azure, restore(azure))
    azure.advance(minutes=6)
    running = job(azure, path)
    azure.advance(minutes=6)
    done = job(azure, path)

    assert ("InProgress", None, "00:00:00") == (running["status"], running["endTime"], running["duration"])
    assert [("Completed", "100%"), ("InProgress", "45%")] == [
        (task["taskStatus"], task["taskProgress"]) for task in running["extendedInfo"]["subTasks"]
    ]
    assert ("Completed", "PT12M0.0000000S", None) == (done["status"], done["duration"], done["errorDetails"])
    assert DISK == done["extendedInfo"]["recoveryDestination"]


def test_nulls_can_be_left_out(make_azure):
    """Members without a value are not there at all."""
    azure = make_azure(explicit_nulls=False, job_visible_seconds=0)

    assert not {"endTime", "errorDetails", "restoreType"} & set(job(azure, job_of(azure, restore(azure))))


@pytest.mark.parametrize(
    ("version", "settings", "member"),
    [
        ("2021-01-01", {}, "dataTransferedInBytes"),
        (NEWEST, {}, "dataTransferredInBytes"),
        (NEWEST, {"data_transferred_member": "dataTransferedInBytes"}, "dataTransferedInBytes"),
    ],
)
def test_number_of_bytes_has_two_spellings(make_azure, version, settings, member):
    """One r in the documentation of 2021, two since."""
    azure = make_azure(job_visible_seconds=0, **settings)

    assert member in job(azure, job_of(azure, restore(azure)), version)["extendedInfo"]


def test_job_can_answer_with_another_id(make_azure):
    """As the documentation of the restore shows it."""
    azure = make_azure(job_visible_seconds=0, job_answers_other_id=True)
    path = job_of(azure, restore(azure))

    assert path.rsplit("/", 1)[-1] != azure.call("GET", path, version=NEWEST).json()["name"]


def test_listed_jobs_can_be_without_details(make_azure):
    """Then only a job by itself tells its destination."""
    azure = make_azure(job_visible_seconds=0, jobs_listed_with_details=False)
    path = job_of(azure, restore(azure))
    listed = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"][0]["properties"]

    assert (None, DISK) == (listed["extendedInfo"], job(azure, path)["extendedInfo"]["recoveryDestination"])


def test_second_restore_to_a_disk_is_a_second_job_that_fails(azure):
    """Both are accepted; only at its end does the second say that the disk exists."""
    first, second = restore(azure), restore(azure)
    jobs = [job_of(azure, accepted) for accepted in (first, second)]
    azure.advance(minutes=11)
    running = [job(azure, path)["status"] for path in jobs]
    azure.advance(minutes=1)
    done = [job(azure, path) for path in jobs]

    assert ["InProgress", "InProgress"] == running
    assert ["Completed", "Failed"] == [entry["status"] for entry in done]
    assert "UserErrorTargetDiskExists" == done[1]["errorDetails"][0]["code"]
    assert done[1]["errorDetails"][0]["recommendedAction"]
    assert 200 == disk_status(azure)


def test_jobs_are_listed_newest_first_and_filtered(make_azure):
    """By state, by what is restored, by when; on pages that keep the filter."""
    azure = make_azure(page_size=1)
    for name in ("a", "b", "c"):
        restore(azure, disk=f"{DISK}-{name}")
        azure.advance(minutes=5)
    url = f"{VAULT}/backupJobs"
    first = azure.raw(
        "GET", url, headers={"Authorization": f"Bearer {azure.token}"},
        params={"api-version": NEWEST, "$filter": "status eq 'inprogress' and operation eq 'Restore'"},
    ).json()  # fmt: skip
    second = azure.follow(first["nextLink"]).json()
    destinations = []
    page = azure.call("GET", url, version=NEWEST).json()
    while True:
        destinations += [entry["properties"]["extendedInfo"]["recoveryDestination"][-1] for entry in page["value"]]
        if "nextLink" not in page:
            break
        page = azure.follow(page["nextLink"]).json()

    assert ["c", "b", "a"] == destinations
    assert 400 == azure.raw(
        "GET", url, headers={"Authorization": f"Bearer {azure.token}"},
        params={"api-version": NEWEST, "$filter": "colour eq 'blue'"},
    ).status_code  # fmt: skip
    running = [entry["properties"]["extendedInfo"]["recoveryDestination"] for entry in first["value"] + second["value"]]
    assert [f"{DISK}-c", f"{DISK}-b"] == running
    assert "nextLink" not in second


def in_any_case(body):
    """Return a body in the casings that Microsoft's own pages and tools use."""
    target = body["restoreTargetInfo"]
    info = dict(target.pop("datasourceInfo"))
    info["resourceId"] = info.pop("resourceID")
    return {**body, "restoreTargetInfo": {**target, "objectType": "restoreTargetInfo", "dataSourceInfo": info}}


def test_names_are_read_in_any_casing(azure):
    """dataSourceInfo, resourceId, restoreTargetInfo."""
    body = in_any_case(request(points_of(azure)[0]["name"]))

    assert 202 == azure.call("POST", f"{INSTANCE}/restore", body, version=NEWEST).status_code


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"recoveryPointId": "a", "restoreRequestObject": {}}, "recoveryPointId"),
        ({}, "restoreRequestObject"),
        ({"restoreRequestObject": {"objectType": "Other"}}, "objectType"),
        ({"restoreRequestObject": {**request("a"), "colour": "blue"}}, "colour"),
        ({"restoreRequestObject": {**request("a"), "recoveryPointTime": "now"}}, "recoveryPointTime"),
        ({"restoreRequestObject": {**request("a"), "sourceDataStoreType": "Attic"}}, "sourceDataStoreType"),
        ({"restoreRequestObject": {**request("a"), "recoveryPointId": ""}}, "recoveryPointId"),
        ({"restoreRequestObject": {**request("a"), "restoreTargetInfo": None}}, "restoreTargetInfo"),
        ({"restoreRequestObject": {**request("a"), "resourceGuardOperationRequests": "x"}}, "Requests"),
    ],
)
def test_body_is_held_to_the_contract(azure, change, named):
    """Unknown members, a recovery point beside the request, other types: 400, with the member's name."""
    answer = azure.call("POST", f"{INSTANCE}/validateRestore", change, version=NEWEST)

    assert (400, "InvalidRequestContent") == azure.refusal(answer)
    assert named in answer.json()["error"]["message"]


def unwrapped(azure, **changes):
    body = request(points_of(azure)[0]["name"], **{k: changes.pop(k) for k in ("disk",) if k in changes})
    return {**body, **changes}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"disk": PROTECTED}, "UserErrorOriginalLocationRestoreNotSupported"),
        ({"disk": PROTECTED.upper()}, "UserErrorOriginalLocationRestoreNotSupported"),
        ({"disk": VAULT}, "UserErrorInvalidTarget"),
        ({"sourceDataStoreType": "VaultStore"}, "UserErrorDataStoreNotSupported"),
        ({"identityDetails": {"userAssignedIdentityArmUrl": "/x"}}, "UserErrorIdentityNotFound"),
    ],
)
@pytest.mark.parametrize("action", ["validateRestore", "restore"])
def test_what_disks_cannot_do_is_refused_at_once(azure, action, changes, code):
    """The original location, another store, what is no disk."""
    body = unwrapped(azure, **changes)
    wrapped = {"restoreRequestObject": body} if action == "validateRestore" else body

    assert (400, code) == azure.refusal(azure.call("POST", f"{INSTANCE}/{action}", wrapped, version=NEWEST))


def test_time_based_restore_is_refused(azure):
    """Disks have recovery points only."""
    body = request("a", objectType="AzureBackupRecoveryTimeBasedRestoreRequest", recoveryPointTime="2026-01-01T00:00Z")
    del body["recoveryPointId"]
    answer = azure.call("POST", f"{INSTANCE}/restore", body, version=NEWEST)

    assert (400, "UserErrorRestoreModeNotSupported") == azure.refusal(answer)


def rightless():
    world = default_world()
    del world["role_assignments"]
    return world


def owners():
    world = default_world()
    for entry, role in zip(world["role_assignments"], ("Owner", "Contributor"), strict=True):
        entry["role"] = role
    return world


@pytest.mark.parametrize(
    ("world", "given", "code"),
    [
        (None, {"point": "0" * 32}, "UserErrorRecoveryPointNotFound"),
        (instance_world(recovery_points=[{"age_hours": 200, "expires_in_hours": -0.5}]), {},
         "UserErrorRecoveryPointExpired"),
        (instance_world(recovery_points=[{"age_hours": 2, "state": "CREATING"}]), {},
         "UserErrorRecoveryPointNotRestorable"),
        (instance_world(recovery_points=[{"age_hours": 2, "visible": False}]), {},
         "UserErrorRecoveryPointNotRestorable"),
        (instance_world(protection_state="SoftDeleted"), {}, "UserErrorBackupInstanceNotProtected"),
        (None, {"location": "northeurope"}, "UserErrorRestoreLocationMismatch"),
        (None, {"disk": DISK.replace("/drills/", "/unknown/")}, "UserErrorTargetResourceGroupNotFound"),
        (None, {"disk": DISK.replace("/drills/", "/recovery/")}, "UserErrorMSIMissingPermissions"),
        (rightless(), {}, "UserErrorMSIMissingPermissions"),
        (owners(), {}, "UserErrorMSIMissingPermissions"),
    ],
    ids=[
        "unknown-point", "expired", "not-committed", "invisible", "not-protected", "elsewhere", "no-group",
        "other-group", "no-rights", "owner",
    ],
)  # fmt: skip
@pytest.mark.parametrize("ask", [validate, restore])
def test_what_is_wrong_with_the_world_ends_the_operation(make_azure, ask, world, given, code):
    """Failed at 200, with the user's error in additionalInfo; and no job."""
    azure = make_azure(world)
    accepted = ask(azure, **given)
    status = outcome(azure, accepted)

    assert ("Failed", code) == (status["status"], status["error"]["code"])
    info = status["error"]["additionalInfo"][0]
    assert ("UserFacingError", code) == (info["type"], info["info"]["code"])
    assert info["info"]["recommendedAction"]
    assert 400 == azure.follow(accepted.headers["location"]).status_code
    assert [] == azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]


def test_validation_ends_without_a_job(azure):
    """The result has a type and nothing else."""
    accepted = validate(azure)

    assert "Succeeded" == outcome(azure, accepted)["status"]
    assert {"objectType": "OperationJobExtendedInfo"} == azure.follow(accepted.headers["location"]).json()


def test_validation_finds_a_disk_of_that_name(make_azure):
    """Whoever made it."""
    world = default_world()
    world["disks"] = [{"name": "web-1-drill", "resource_group": "drills", "location": "westeurope", "size_gib": 4}]
    azure = make_azure(world)

    assert "UserErrorTargetDiskExists" == outcome(azure, validate(azure))["error"]["code"]
    assert (204, 202) == (
        azure.call("DELETE", f"{DISK}-x", version=azure.disks).status_code,
        azure.call("DELETE", DISK, version=azure.disks).status_code,
    )


def test_recovery_points_come_and_go(make_azure):
    """A new one each day; an old one expires, is shown for an hour more, and is gone."""
    azure = make_azure()
    before = [point["name"] for point in points_of(azure)]
    azure.advance(minutes=20 * 60 + 1)
    after = [point["name"] for point in points_of(azure)]
    azure.advance(minutes=96 * 60)
    expired = [point["name"] for point in points_of(azure)]
    azure.advance(minutes=60)
    gone = [point["name"] for point in points_of(azure)]

    assert (3, before) == (len(before), after[1:])
    assert before[2] in expired
    assert before[2] not in gone
    assert 404 == azure.call("GET", f"{INSTANCE}/recoveryPoints/{before[2]}", version=NEWEST).status_code
    new = azure.call("GET", f"{INSTANCE}/recoveryPoints/{after[0]}", version=NEWEST).json()["properties"]
    assert "Completed" == new["recoveryPointState"]


def test_pages_of_recovery_points_hold_still(make_azure):
    """A point that is made between two pages moves nothing."""
    azure = make_azure(page_size=2, empty_first_page=True)
    names = []
    page = azure.call("GET", f"{INSTANCE}/recoveryPoints", version=NEWEST).json()
    while True:
        names += [point["name"] for point in page["value"]]
        if "nextLink" not in page:
            break
        if names:
            azure.advance(minutes=24 * 60)
        page = azure.follow(page["nextLink"]).json()

    assert (3, 3) == (len(names), len(set(names)))


def test_recovery_points_between_two_days(azure):
    """Both ends belong to it; either may be left out, or both."""
    moments = [point["properties"]["recoveryPointTime"] for point in points_of(azure)]

    def found(text):
        answer = azure.raw(
            "GET",
            f"{INSTANCE}/recoveryPoints",
            params={"api-version": NEWEST, "$filter": text},
            headers={"Authorization": f"Bearer {azure.token}"},
        )
        if answer.status_code != 200:
            return azure.refusal(answer)
        return [point["properties"]["recoveryPointTime"] for point in answer.json()["value"]]

    assert moments[1:] == found(f"endDate eq '{moments[1]}'")
    assert moments[:2] == found(f"startDate eq '{moments[1]}'")
    assert [moments[1]] == found(f"startDate eq '{moments[1]}' and endDate eq '{moments[1]}'")
    assert moments == found("")
    assert (400, "InvalidFilter") == found("startDate eq 'yesterday'")
    assert (400, "InvalidFilter") == found("startDate ge '2026-01-01'")


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2021-01-01", set()), ("2023-01-01", {"expiryTime"}), (NEWEST, {"expiryTime", "recoveryPointState"})],
)
def test_older_versions_show_less(azure, version, expected):
    """Expiry and completeness came later."""
    shown = set(points_of(azure, version)[0]["properties"])

    assert expected == shown & {"expiryTime", "recoveryPointState"}


def test_backup_instance_can_be_spelled_otherwise(make_azure):
    """By the contract with a capital S, by a setting without."""
    azure = make_azure(data_source_member="datasourceInfo")
    shown = azure.call("GET", INSTANCE, version=NEWEST).json()["properties"]

    assert PROTECTED == shown["datasourceInfo"]["resourceID"]
    assert "dataSourceInfo" not in shown


def principal_of(azure):
    return azure.call("GET", VAULT, version=NEWEST).json()["identity"]["principalId"]


def assign(azure, role=OPERATOR, name="00000000-0000-0000-0000-0000000000f1", group=ASSIGNMENTS, principal=None):
    definition = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    properties = {
        "roleDefinitionId": definition,
        "principalId": principal or principal_of(azure),
        "principalType": "ServicePrincipal",
    }
    return azure.call("PUT", f"{group}/{name}", {"properties": properties}, version="2022-04-01")


def spread_world():
    world = default_world()
    del world["role_assignments"][0]
    return world


@pytest.mark.parametrize(("faults", "seconds"), [((), 300), (({"name": "rights-spread", "seconds": 900},), 900)])
def test_right_counts_once_it_has_spread(make_azure, faults, seconds):
    """The assignment is there at once; the restore finds it minutes later."""
    azure = make_azure(spread_world())
    for fault in faults:
        put_fault(azure, **fault)

    assert 201 == assign(azure).status_code
    azure.advance(seconds=seconds - 1)
    early = outcome(azure, restore(azure), seconds=1.0)
    late = outcome(azure, restore(azure))

    assert "Inprogress" == early["status"]
    assert "Succeeded" == late["status"]
    listed = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert 1 == len(listed)


def test_assignments_are_made_listed_and_taken_away(azure):
    """With ARM's refusals of what would change or repeat one."""
    listed = azure.call("GET", ASSIGNMENTS, version="2022-04-01").json()["value"]
    repeated = azure.refusal(assign(azure))
    other = assign(azure, role="8e3af657-a8ff-443c-a75c-2fe8c4bcb635")
    path = f"{ASSIGNMENTS}/00000000-0000-0000-0000-0000000000f1"

    assert 1 == len(listed)
    assert OPERATOR == listed[0]["properties"]["roleDefinitionId"].rsplit("/", 1)[-1]
    assert (409, "RoleAssignmentExists") == repeated
    assert 201 == other.status_code
    assert 200 == assign(azure, role="8e3af657-a8ff-443c-a75c-2fe8c4bcb635").status_code
    assert (409, "RoleAssignmentUpdateNotPermitted") == azure.refusal(assign(azure, principal="0" * 8))
    assert (400, "InvalidRoleAssignmentId") == azure.refusal(assign(azure, name="mine"))
    assert (400, "RoleDefinitionDoesNotExist") == azure.refusal(assign(azure, role="0" * 36))
    assert [200, 200, 204, 404] == [
        azure.call(method, path, version="2022-04-01").status_code for method in ("GET", "DELETE", "DELETE", "GET")
    ]


def test_assignments_of_one_principal(azure):
    """`$filter` as ARM knows it; anything else is refused."""
    assign(azure, principal="00000000-0000-0000-0000-0000000000ff")

    def found(text):
        return azure.raw(
            "GET",
            ASSIGNMENTS,
            params={"api-version": "2022-04-01", "$filter": text},
            headers={"Authorization": f"Bearer {azure.token}"},
        )

    assert 1 == len(found(f"principalId eq '{principal_of(azure)}'").json()["value"])
    assert 2 == len(found("atScope()").json()["value"])
    assert (400, "UnsupportedQuery") == azure.refusal(found("colour eq 'blue'"))


def test_user_assigned_identity_restores_with_its_own_rights(make_azure):
    """The vault's own rights do not count for it."""
    world = vault_world(user_assigned_identities=["restorer"])
    for entry in list(world["role_assignments"]):
        world["role_assignments"].append({**entry, "user_assigned_identity": "restorer"})
    del world["role_assignments"][:2]
    azure = make_azure(world)
    (identity,) = azure.call("GET", VAULT, version=NEWEST).json()["identity"]["userAssignedIdentities"]
    details = {"useSystemAssignedIdentity": False, "userAssignedIdentityArmUrl": identity}

    body = request(points_of(azure)[0]["name"], identityDetails=details)
    accepted = azure.call("POST", f"{INSTANCE}/restore", body, version=NEWEST)

    assert "Succeeded" == outcome(azure, accepted)["status"]
    assert "Failed" == outcome(azure, restore(azure, disk=f"{DISK}-2"))["status"]


def test_guarded_vault_wants_the_guards_request(make_azure):
    """In the body; the vault's proxy says which."""
    azure = make_azure(vault_world(resource_guard=True))
    proxies = azure.call("GET", f"{VAULT}/backupResourceGuardProxies", version=NEWEST).json()["value"]
    proxy = azure.call("GET", proxies[0]["id"], version=NEWEST).json()["properties"]
    named = [detail["defaultResourceRequest"] for detail in proxy["resourceGuardOperationDetails"]]
    body = request(points_of(azure)[0]["name"])

    bare = azure.call("POST", f"{INSTANCE}/restore", body, version=NEWEST)
    guarded = azure.call(
        "POST", f"{INSTANCE}/restore", {**body, "resourceGuardOperationRequests": named}, version=NEWEST
    )

    assert (403, "UserErrorResourceGuardOperationRequestMissing") == azure.refusal(bare)
    assert 202 == guarded.status_code


def test_guard_of_another_tenant_wants_a_token_of_it(make_azure):
    """x-ms-authorization-auxiliary, as a bearer token."""
    azure = make_azure(vault_world(resource_guard=True, resource_guard_tenant_id=OTHER_SUBSCRIPTION))
    (proxy,) = azure.call("GET", f"{VAULT}/backupResourceGuardProxies", version=NEWEST).json()["value"]
    named = proxy["properties"]["resourceGuardOperationDetails"][0]["defaultResourceRequest"]
    body = request(points_of(azure)[0]["name"], resourceGuardOperationRequests=[named])

    def posted(**headers):
        return azure.call("POST", f"{INSTANCE}/restore", body, version=NEWEST, headers=headers)

    assert (403, "LinkedAuthorizationFailed") == azure.refusal(posted())
    assert 403 == posted(**{"x-ms-authorization-auxiliary": azure.token}).status_code
    assert 202 == posted(**{"x-ms-authorization-auxiliary": f"Bearer {azure.token}"}).status_code


@pytest.mark.parametrize(("state", "expected"), [("Enabled", "Succeeded"), ("Disabled", "Failed")])
def test_other_subscription(make_azure, state, expected):
    """A restore goes there if the vault lets it, and its disk is found there."""
    world = vault_world(cross_subscription_restore=state)
    world["resource_groups"].append({"name": "far", "location": "westeurope", "subscription_id": OTHER_SUBSCRIPTION})
    azure = make_azure(world)
    group = f"/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/far/providers"
    assigned = assign(azure, group=f"{group}/Microsoft.Authorization/roleAssignments")
    azure.advance(minutes=5)
    disk = f"{group}/Microsoft.Compute/disks/web-1-drill"

    status = outcome(azure, restore(azure, disk=disk))

    assert (201, expected) == (assigned.status_code, status["status"])
    assert (200 if expected == "Succeeded" else 404) == disk_status(azure, disk)


def test_disk_is_not_deleted_while_it_is_made(azure):
    """409 until the job has ended, then an operation, then nothing."""
    restore(azure)
    azure.advance(minutes=1)
    early = azure.refusal(azure.call("DELETE", DISK, version=azure.disks))
    azure.advance(minutes=12)
    accepted = azure.call("DELETE", DISK, version=azure.disks)
    again = azure.call("DELETE", DISK, version=azure.disks)
    azure.advance(minutes=1)

    assert (409, "OperationNotAllowed") == early
    assert (202, 202) == (accepted.status_code, again.status_code)
    assert "Succeeded" == azure.follow(accepted.headers["azure-asyncoperation"]).json()["status"]
    assert 404 == disk_status(azure)


def test_disk_can_be_deleted_under_its_job(make_azure):
    """By a setting; the job then fails at its end."""
    azure = make_azure(delete_disk_while_restoring="allowed")
    path = job_of(azure, restore(azure))
    azure.advance(minutes=1)
    accepted = azure.call("DELETE", DISK, version=azure.disks)
    azure.advance(minutes=12)

    assert 202 == accepted.status_code
    assert ("Failed", 404) == (job(azure, path)["status"], disk_status(azure))


def test_expired_points_are_shown_as_long_as_is_set(make_azure):
    """Not at all, if so wished."""
    world = instance_world(recovery_points=[{"age_hours": 200, "expires_in_hours": -0.5}, {"age_hours": 2}])

    assert [2, 1] == [len(points_of(make_azure(world, expired_recovery_point_hours=hours))) for hours in (1, 0)]


@pytest.mark.parametrize(
    ("fault", "status", "disk"),
    [
        ({"name": "job-fails", "code": "UserErrorX", "message": "No.", "recommendation": "Ask."}, "Failed", 404),
        ({"name": "job-cancelled", "percent": 90}, "Cancelled", 404),
        ({"name": "job-warns", "code": "UserWarningX"}, "CompletedWithWarnings", 200),
        ({"name": "job-hangs"}, "InProgress", 200),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else None,
)
def test_job_ends_otherwise(azure, fault, status, disk):
    """With the words that the fault was given, and with or without the disk."""
    put_fault(azure, **fault)
    path = job_of(azure, restore(azure))
    azure.advance(minutes=5)
    running = job(azure, path)["status"]
    azure.advance(minutes=600)
    ended = job(azure, path)

    assert "InProgress" == running
    assert (status, disk) == (ended["status"], disk_status(azure))
    if fault["name"] == "job-fails":
        error = ended["errorDetails"][0]
        assert ("UserErrorX", "No.", ["Ask."]) == (error["code"], error["message"], error["recommendedAction"])
        assert "PT6M0.0000000S" == ended["duration"]
    if fault["name"] == "job-warns":
        assert "UserWarningX" == ended["extendedInfo"]["warningDetails"][0]["warning"]["code"]


def test_validation_fails_on_demand(azure):
    """With any error."""
    put_fault(azure, "validate-fails", code="UserErrorX", recommendation="Ask.")

    status = outcome(azure, validate(azure))

    info = status["error"]["additionalInfo"][0]["info"]
    assert ("Failed", "UserErrorX", ["Ask."]) == (status["status"], info["code"], info["recommendedAction"])
    assert "Succeeded" == outcome(azure, validate(azure))["status"]


def test_failed_operation_of_a_restore_leaves_nothing(azure):
    """No job, no disk."""
    put_fault(azure, "operation-fails", operation="BackupInstances.*")

    assert "Failed" == outcome(azure, restore(azure))["status"]
    assert [] == azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert 404 == disk_status(azure)


def test_hanging_operation_of_a_restore_has_its_job(azure):
    """The job goes on; only the operation does not tell."""
    put_fault(azure, "operation-hangs", operation="BackupInstances.TriggerRestore")

    assert "Inprogress" == outcome(azure, restore(azure), seconds=3600.0)["status"]
    (shown,) = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert "Completed" == shown["properties"]["status"]


@pytest.mark.parametrize(("name", "jobs"), [("unavailable", 0), ("error-after", 1), ("forbidden", 0)])
def test_general_faults_strike_restores(azure, name, jobs):
    """Before the effect there is no job, after it there is one."""
    put_fault(azure, name, operation="BackupInstances.TriggerRestore")

    answer = restore(azure)
    assert answer.status_code >= 400
    assert (name == "forbidden") == ("backupVaults/backupInstances/restore/action" in answer.text)
    azure.advance(minutes=1)
    assert jobs == len(azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"])


@pytest.mark.parametrize(
    ("fault", "status"), [({"name": "html", "status": 503}, 503), ({"name": "slow", "seconds": 0.01}, 202)], ids=str
)
def test_answers_that_are_spoiled_do_not_touch_the_work(azure, fault, status):
    """A page instead of the answer, or a late one: the validation and the job go on to their own ends."""
    put_fault(azure, **fault, count=2, operation="BackupInstances.*")

    assert [status, status] == [validate(azure).status_code, restore(azure).status_code]
    azure.advance(minutes=30)
    (shown,) = azure.call("GET", f"{VAULT}/backupJobs", version=NEWEST).json()["value"]
    assert ("Completed", 200) == (shown["properties"]["status"], disk_status(azure))


@pytest.mark.parametrize(("name", "status", "jobs"), [("cut-before", 0, 0), ("cut-after", 0, 1), ("cut-body", 202, 1)])
def test_connection_of_a_restore_is_cut(name, status, jobs):
    """Before or after its effect nothing is answered; of a 202, which has no body, the headers are sent."""
    with (
        RunningEmulator(settings={"job_visible_seconds": 0.0}) as emulator,
        httpx.Client(
            base_url=emulator.url,
            headers={"Authorization": "Bearer emulator-token-not-a-secret"},
            params={"api-version": NEWEST},
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as client,
    ):
        point = client.get(f"{INSTANCE}/recoveryPoints").json()["value"][0]["name"]
        client.post("/_emulator/faults", json={"name": name, "operation": "BackupInstances.TriggerRestore"})
        with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
            client.post(f"{INSTANCE}/restore", json=request(point))
        logged = client.get("/_emulator/requests").json()["requests"][-1]

        assert (name, status) == (logged["fault"], logged["status"])
        assert jobs == len(client.get(f"{VAULT}/backupJobs").json()["value"])


@pytest.mark.parametrize(("name", "still"), [("operation-fails", 200), ("operation-hangs", 200)])
def test_deletion_of_a_disk_fails_or_hangs(azure, name, still):
    """The disk stays."""
    restore(azure)
    azure.advance(minutes=13)
    put_fault(azure, name, operation="Disks.Delete")
    azure.call("DELETE", DISK, version=azure.disks)
    azure.advance(minutes=60)

    assert still == disk_status(azure)


def test_attached_disk(azure):
    """A fault can attach a disk that a restore has made; those of a VM are so anyway."""
    put_fault(azure, "disk-attached", path="*/web-1-drill")
    made, of_vm = (azure.call("DELETE", disk, version=azure.disks) for disk in (DISK, PROTECTED))

    assert [(409, "OperationNotAllowed")] * 2 == [azure.refusal(made), azure.refusal(of_vm)]
    assert "attached to VM" in of_vm.json()["error"]["message"]


def test_world_shows_what_no_client_can_see_yet(azure):
    """Jobs and disks before they appear; points and assignments."""
    restore(azure)
    shown = azure.raw("GET", "/_emulator/world").json()["resources"]
    kinds = {entry["type"].rsplit("/", 1)[-1]: entry for entry in shown}

    assert (False, "InProgress") == (kinds["backupJobs"]["visible"], kinds["backupJobs"]["properties"]["status"])
    assert [False] == [entry["visible"] for entry in shown if entry["id"] == DISK]
    assert 3 == len(kinds["backupInstances"]["recovery_points"])
    assert kinds["roleAssignments"]["effective"]


def test_restore_survives_a_restart(make_azure, tmp_path):
    """Operation, job and disk are found again by the URLs of before."""
    azure = make_azure(state=tmp_path / "state.db")
    accepted = restore(azure)
    azure.close()
    again = make_azure(state=tmp_path / "state.db")

    path = job_of(again, accepted)
    again.advance(minutes=12)

    assert ("Completed", 200) == (job(again, path)["status"], disk_status(again))


def test_unknown_vault_and_instance(azure):
    """ResourceNotFound about the first thing that is missing."""
    vault = azure.call("GET", f"{VAULT}-x/backupInstances/y", version=NEWEST)
    instance = azure.call("GET", f"{VAULT}/backupInstances/y", version=NEWEST)

    assert "backupVaults/recovery-vault-x'" in vault.json()["error"]["message"]
    assert "backupInstances/recovery-vault/y'" in instance.json()["error"]["message"]
    assert (400, "NoRegisteredProviderFound") == azure.refusal(azure.call("GET", VAULT, version="2026-04-01"))


@pytest.mark.parametrize("option", ["Copy", "Restore"])
def test_restored_disk_says_what_it_was_made_from(make_azure, option):
    """The snapshot of its recovery point, by either option; size and sku are those of the protected disk."""
    azure = make_azure(restored_disk_create_option=option)
    point = points_of(azure)[0]["name"]
    restore(azure, point=point)
    azure.advance(minutes=13)
    disk = azure.call("GET", DISK, version=azure.disks).json()
    source = azure.call("GET", PROTECTED, version=azure.disks).json()
    made_from = disk["properties"]["creationData"]

    assert (option, f"{GROUPS}/snapshots/providers/Microsoft.Compute/snapshots/{point}") == (
        made_from["createOption"],
        made_from["sourceResourceId"],
    )
    assert (256, source["sku"]["name"]) == (disk["properties"]["diskSizeGB"], disk["sku"]["name"])
    assert source["properties"]["uniqueId"] != disk["properties"]["uniqueId"]


def recorded():
    flow = json.loads((DATA / "disk_restore_flow.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in flow["interactions"]}


def shape(value):
    """Return the names of members, all the way down; of a list, those of its first entry."""
    if isinstance(value, dict):
        return {name: shape(entry) for name, entry in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_answers_have_the_shape_of_the_recording(make_azure):
    """The same members as the real service sent in 2023, in recovery points, both operations and the job."""
    azure = make_azure(job_visible_seconds=0)
    flow, version = recorded(), "2023-01-01"
    answers = {}
    answers["list recovery points (newest first, no nextLink)"] = azure.call(
        "GET", f"{INSTANCE}/recoveryPoints", version=version
    ).json()
    checked = validate(azure, version=version)
    answers["poll 1"] = azure.follow(checked.headers["azure-asyncoperation"]).json()
    azure.advance(seconds=60)
    answers["poll 3"] = azure.follow(checked.headers["azure-asyncoperation"]).json()
    answers["final GET on Location"] = azure.follow(checked.headers["location"]).json()
    accepted = restore(azure, version=version)
    answers["poll restore"] = outcome(azure, accepted)
    azure.advance(minutes=12)
    path = answers["poll restore"]["properties"]["jobId"]
    answers["job show, completed"] = azure.call("GET", path, version=version).json()

    for name, answer in answers.items():
        assert shape(flow[name]["response"]["body"]) == shape(answer), name
    for name in ("validateRestore", "restore"):
        assert {"Azure-AsyncOperation", "Location"} <= set(flow[name]["response"]["headers"])


def test_recorded_requests_are_read(azure):
    """With `resourceId` as the command line writes it; only ids and region are this world's."""
    flow = recorded()
    for name, path in (("validateRestore", "validateRestore"), ("restore", "restore")):
        text = json.dumps(flow[name]["request"]["body"]).replace("centraluseuap", "westeurope")
        text = text.replace("00000000-0000-0000-0000-000000000000", SUBSCRIPTION).replace("clitest-dpp-rg", "drills")
        text = text.replace("13ccde7abc2a4a2380179ca5ada99038", points_of(azure)[0]["name"])
        accepted = azure.call("POST", f"{INSTANCE}/{path}", json.loads(text), version="2023-01-01")

        assert "Succeeded" == outcome(azure, accepted)["status"]
