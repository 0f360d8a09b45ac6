"""Requests for a restore or its validation: how they are read, and what is refused when."""

from __future__ import annotations

import pytest

from tests.emulator.restoring import (
    DISK,
    INSTANCE,
    NEWEST,
    PROTECTED,
    VAULT,
    default_world,
    instance_world,
    outcome,
    points_of,
    request,
    restore,
    validate,
)


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


def test_unknown_vault_and_instance(azure):
    """ResourceNotFound about the first thing that is missing."""
    vault = azure.call("GET", f"{VAULT}-x/backupInstances/y", version=NEWEST)
    instance = azure.call("GET", f"{VAULT}/backupInstances/y", version=NEWEST)

    assert "backupVaults/recovery-vault-x'" in vault.json()["error"]["message"]
    assert "backupInstances/recovery-vault/y'" in instance.json()["error"]["message"]
    assert (400, "NoRegisteredProviderFound") == azure.refusal(azure.call("GET", VAULT, version="2026-04-01"))
