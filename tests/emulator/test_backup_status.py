"""Backup status: what the question answers about what is protected, about what is not, and about nonsense."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from azure_recovery.emulator.world import WorldError, checked

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
VERSIONS = ("2025-08-01", "2026-10-01")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/production/providers"
MACHINE = f"{GROUP}/Microsoft.Compute/virtualMachines/web-1"
FILES = f"{GROUP}/Microsoft.Storage/storageAccounts/files"
UNPROTECTED = {"protectionStatus": "NotProtected", "fabricName": "Azure", "errorCode": "Success"}


def world(*items):
    """Return the default world with these protected items in place of its own."""
    text = resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text("utf-8")
    found = json.loads(text)
    found["recovery_services_vaults"][0]["protected_items"] = list(items)
    return checked(found)


def ask(azure, resource_id=MACHINE, region="westeurope", version="2026-10-01", **more):
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/{region}/backupStatus"
    return azure.call("POST", path, {"resourceId": resource_id, **more}, version=version)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_protected(azure, version):
    """The answer of the page: ids with `Vaults`, names joined by semicolons, `Success` for an error."""
    answer = ask(azure, resourceType="VM", version=version)

    assert 200 == answer.status_code
    assert {
        "protectionStatus": "Protected",
        "vaultId": f"{GROUP}/Microsoft.RecoveryServices/Vaults/machines-vault",
        "fabricName": "Azure",
        "containerName": "iaasvmcontainer;iaasvmcontainerv2;production;web-1",
        "protectedItemName": "vm;iaasvmcontainerv2;production;web-1",
        "errorCode": "Success",
        "policyName": "daily-machines",
    } == answer.json()


@pytest.mark.parametrize(
    "asked",
    [
        {"resource_id": MACHINE.upper()},
        {"resourceType": "vm"},
        {"region": "West Europe"},
    ],
    ids=str,
)
def test_spelling_does_not_matter(azure, asked):
    """Ids, types and regions are read in any casing."""
    assert "Protected" == ask(azure, **asked).json()["protectionStatus"]


@pytest.mark.parametrize(
    "asked",
    [
        {"region": "northeurope"},
        {"resource_id": MACHINE + "-not-there"},
        {"resourceType": "SQLDataBase"},
        {"poLogicalName": "another"},
    ],
    ids=str,
)
def test_what_nothing_protects(azure, asked):
    """Another region, another machine, another workload, another item: an answer, and no error."""
    answer = ask(azure, **asked)

    assert 200 == answer.status_code
    assert UNPROTECTED.items() <= answer.json().items()


@pytest.mark.parametrize(("empty", "shown"), [("empty", ""), ("null", None), ("absent", "absent")])
def test_members_without_a_value(make_azure, empty, shown):
    """As the setting says."""
    azure = make_azure(backup_status_empty_members=empty)

    body = ask(azure, MACHINE + "-2").json()

    assert shown == body.get("policyName", "absent")


def test_a_resource_that_is_not_there_can_be_refused(make_azure):
    """ARM's 404; what is there and merely not protected is answered."""
    azure = make_azure(world(), backup_status_of_unknown="refused")

    assert (404, "ResourceNotFound") == azure.refusal(ask(azure, MACHINE + "-2"))
    assert "NotProtected" == ask(azure).json()["protectionStatus"]


def test_protection_comes_and_goes(make_azure):
    """Protecting, Protected, NotProtected, by the clock."""
    item = {"virtual_machine": "web-1", "protected_after_minutes": 10, "protected_until_minutes": 30}
    azure = make_azure(world(item))
    seen = []

    for _ in range(3):
        seen.append(ask(azure).json()["protectionStatus"])
        azure.wall += 900.0

    assert ["Protecting", "Protected", "NotProtected"] == seen


def test_everything_that_can_be_told(make_azure):
    """All eleven properties, as the world has them; words that are not in any enumeration too."""
    told = {
        "status": "Paused",
        "error_code": "UserErrorSomething",
        "error_message": "Something.",
        "registration_status": "Registered",
        "protected_items_count": 2,
        "acquire_storage_account_lock": "Acquire",
    }
    item = {"resource_id": FILES, "resource_type": "AzureFileShare", "po_logical_name": "share-1", **told}
    azure = make_azure(world(item))

    body = ask(azure, FILES, resourceType="AzureFileShare", poLogicalName="Share-1").json()

    assert 11 == len(body)
    assert ("Paused", "UserErrorSomething", "Something.", "Registered", 2, "Acquire") == tuple(
        body[name]
        for name in (
            "protectionStatus", "errorCode", "errorMessage", "registrationStatus", "protectedItemsCount",
            "acquireStorageAccountLock",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"resourceType": "Toaster"}, "InvalidRequestContent"),
        ({"resource_id": "web-1"}, "UserErrorInvalidResourceId"),
        ({"resource_id": MACHINE.replace(SUBSCRIPTION, SUBSCRIPTION[:-1] + "2")}, "UserErrorInvalidSubscription"),
        ({"region": "atlantis"}, "InvalidLocation"),
        ({"resourceName": "web-1"}, "InvalidRequestContent"),
    ],
    ids=str,
)
def test_what_makes_no_sense(azure, asked, code):
    """A refusal in the shape of the api-version: recommendations before, a target since."""
    earlier, later = (ask(azure, version=version, **asked) for version in VERSIONS)

    assert (400, code) == azure.refusal(earlier) == azure.refusal(later)
    assert {"code", "message", "recommendations"} == earlier.json()["error"].keys()
    assert {"code", "message", "target"} == later.json()["error"].keys()


def test_a_type_of_the_later_version(azure):
    """`SQLInstance` is known since 2026-10-01."""
    assert (400, "InvalidRequestContent") == azure.refusal(ask(azure, resourceType="SQLInstance", version=VERSIONS[0]))
    assert 200 == ask(azure, resourceType="SQLInstance").status_code


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"virtual_machine": "web-2"}, "there is no 'web-2' in resource group 'production'"),
        ({"virtual_machine": "web-1", "resource_group": "x"}, "there is no resource group 'x' in this world"),
        ({"resource_id": "web-1", "resource_type": "VM"}, "'web-1' is no ARM id of a resource"),
        ({"virtual_machine": "web-1", "resource_id": MACHINE, "resource_type": "VM"}, "protected_items[0]"),
        ({"resource_id": MACHINE}, "protected_items[0]"),
    ],
    ids=str,
)
def test_line_for_what_does_not_fit(make_azure, item, line):
    """Where in the world file, and what is wrong."""
    with pytest.raises(WorldError) as caught:
        make_azure(world(item))

    assert line in str(caught.value)


def test_a_vault_protects_its_own_region(make_azure):
    """A machine of another region is no item of it."""
    elsewhere = world({"virtual_machine": "web-1"})
    elsewhere["recovery_services_vaults"][0]["location"] = "northeurope"

    with pytest.raises(WorldError, match="not in the region of its vault"):
        make_azure(elsewhere)


def test_the_control_api_shows_vault_and_item(azure):
    """Both, as resources of the world."""
    found = azure.raw("GET", "/_emulator/world").json()["resources"]

    types = [one["type"] for one in found]
    assert 1 == types.count("Microsoft.RecoveryServices/vaults")
    assert 1 == types.count("Microsoft.RecoveryServices/vaults/protectedItems")
