"""Whose rights a restore needs: those of the vault's identity, a resource guard's, another subscription's."""

from __future__ import annotations

import pytest

from tests.emulator.restoring import (
    DISK,
    GROUPS,
    INSTANCE,
    NEWEST,
    OTHER_SUBSCRIPTION,
    SUBSCRIPTION,
    VAULT,
    default_world,
    disk_status,
    outcome,
    points_of,
    put_fault,
    request,
    restore,
    vault_world,
)

OPERATOR = "b50d9833-a0cb-478e-945f-707fcc997c13"
ASSIGNMENTS = f"{GROUPS}/drills/providers/Microsoft.Authorization/roleAssignments"


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


def test_right_that_is_there_does_not_spread_again(make_azure):
    """The same assignment once more makes nothing, so nothing of it comes late."""
    azure = make_azure(spread_world())
    assign(azure)
    azure.advance(seconds=300)
    put_fault(azure, name="rights-spread", seconds=3600)

    assert 200 == assign(azure).status_code
    assert "Succeeded" == outcome(azure, restore(azure))["status"]


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
