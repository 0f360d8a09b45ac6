"""One backup status from the first preview to destroy, and what is required of it."""

import json
from importlib import resources

import pytest

from azure_recovery.dynamic_providers import rights
from azure_recovery.dynamic_providers.backup_facts import STATUS_FIELDS
from azure_recovery.dynamic_providers.backup_status import BackupStatusProvider
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.rest.recoveryservices.models import BackupStatus
from tests.providers.stack import CheckFailed

POST = "POST BackupStatus.Get"
PATH = "backupStatus"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers"
MACHINE = f"{GROUP}/Microsoft.Compute/virtualMachines/web-1"
VAULT = f"{GROUP}/Microsoft.RecoveryServices/vaults/machines-vault"
STATUS = {"resource_id": MACHINE, "location": "westeurope", NAME_SEED: "p/s/web", PROVIDER_KEY: "x"}
LOST = {"protectionStatus": "NotProtected", "fabricName": "Azure", "errorCode": "Success", "vaultId": ""}
FAILED = {"protectionStatus": "ProtectionFailed", "errorCode": "UserErrorVmBusy", "errorMessage": "The VM is busy."}


def world(*items):
    """Return the default world with these protected items."""
    text = resources.files("azure_recovery.emulator").joinpath("default_world.json").read_text("utf-8")
    found = json.loads(text)
    found["recovery_services_vaults"][0]["protected_items"] = list(items)
    return found


@pytest.fixture
def azure(make_azure):
    """A VM that is protected by `machines-vault` with `daily`."""
    return make_azure(whole=world({"virtual_machine": "web-1", "policy": "daily"}))


@pytest.fixture
def bare(make_azure):
    """A VM that nothing protects."""
    return make_azure(whole=world())


@pytest.fixture
def stack(azure):
    """A stack with one backup status."""
    return azure.stack(BackupStatusProvider)


def told(stack):
    """Return what the state has of Azure's answer."""
    return {name: stack.outputs[name] for name in STATUS_FIELDS if name in stack.outputs}


def test_the_fields_are_those_of_the_answer():
    """All eleven, in the order of the answer."""
    assert tuple(BackupStatus.model_fields) == STATUS_FIELDS


def test_a_machine_that_is_protected(stack):
    """The state tells vault, policy, container and item."""
    assert "create" == stack.up(STATUS)

    assert {
        "protection_status": "Protected",
        "vault_id": VAULT.replace("/vaults/", "/Vaults/"),
        "fabric_name": "Azure",
        "container_name": "iaasvmcontainer;iaasvmcontainerv2;production;web-1",
        "protected_item_name": "vm;iaasvmcontainerv2;production;web-1",
        "error_code": "Success",
        "policy_name": "daily",
    } == told(stack)
    assert ("VM", MACHINE, "westeurope") == tuple(
        stack.outputs[name] for name in ("resource_type", "resource_id", "location")
    )
    assert stack.id.endswith(f"/locations/westeurope/backupStatus?resourceId={MACHINE}&resourceType=VM")


def test_what_it_asks(azure, stack):
    """One POST in each check; a create asks once more, what does not change does not."""
    stack.preview(STATUS)
    assert [POST] == azure.requests()

    stack.up(STATUS)
    assert 3 * [POST] == azure.requests()

    azure.new_process()
    assert "same" == stack.up(STATUS)
    assert [POST] == azure.requests()


def test_spelling_is_no_change(azure, stack):
    """Ids, regions and types are compared without regard to case."""
    stack.up(STATUS)
    azure.new_process()

    other = {"resource_id": MACHINE.upper(), "location": "West Europe", "resource_type": "vm"}
    assert "same" == stack.up(STATUS | other)


def test_a_change_shows_in_a_preview(azure, stack):
    """`Protected` => `NotProtected`, which update takes over; nothing of the old answer stays."""
    stack.up(STATUS)
    azure.new_process()
    azure.faults.say("POST", PATH, LOST)

    inputs = stack.preview(STATUS)
    assert "Protected" == stack.inputs["protection_status"]
    assert "NotProtected" == inputs["protection_status"]
    assert "update" == stack.up(STATUS)
    assert {"protection_status": "NotProtected", "fabric_name": "Azure", "error_code": "Success"} == told(stack)


def test_a_vault_in_another_casing_is_no_change(azure, stack):
    """An answer that spells the vault's id otherwise is the same answer."""
    stack.up(STATUS)
    azure.new_process()
    before = BackupStatus.model_validate(told(stack)).model_dump(by_alias=True, exclude_none=True)
    azure.faults.say("POST", PATH, before | {"vaultId": before["vaultId"].upper()})

    assert "same" == stack.up(STATUS)


def test_a_refresh(azure, stack):
    """Outputs are what Azure tells; the engine keeps the inputs of the last `up`."""
    stack.up(STATUS)
    azure.faults.say("POST", PATH, LOST)
    provider = stack._provider

    found = provider.read(stack.id, dict(stack.outputs))

    assert found.inputs is None
    assert ("NotProtected", MACHINE) == (found.outs["protection_status"], found.outs["resource_id"])
    assert "policy_name" not in found.outs


def test_an_answer_after_a_refresh(azure, stack):
    """What a refresh has seen already is no change for the next `up`."""
    stack.up(STATUS)
    azure.new_process()
    azure.faults.say("POST", PATH, LOST)
    stack.outputs = stack._provider.read(stack.id, dict(stack.outputs)).outs

    assert "same" == stack.up(STATUS)


def test_a_resource_that_is_gone(make_azure):
    """Where ARM says so, the status leaves the state."""
    azure = make_azure(whole=world({"virtual_machine": "web-1"}))
    stack = azure.stack(BackupStatusProvider)
    stack.up(STATUS)
    azure.faults.answer("POST", PATH, 404, "ResourceNotFound")

    assert "" == stack._provider.read(stack.id, dict(stack.outputs)).id


def test_reading_by_id_alone(azure, stack):
    """An id says all that there is to ask."""
    stack.up(STATUS)

    found = stack._provider.read(stack.id, {PROVIDER_KEY: "x"})

    assert stack.outputs.items() >= told(stack).items() <= found.outs.items()
    assert ("VM", MACHINE, "westeurope") == tuple(
        found.outs[name] for name in ("resource_type", "resource_id", "location")
    )


@pytest.mark.parametrize("id_", ["web-1", MACHINE, "/x/backupStatus?resourceId=web-1"])
def test_an_id_that_is_none(stack, id_):
    """It is told, with the shape that it should have."""
    with pytest.raises(Exception, match=r"resourceId=|expected /subscriptions"):
        stack._provider.read(id_, {PROVIDER_KEY: "x"})


def test_destroy(azure, stack):
    """Nothing is asked and nothing is deleted."""
    stack.up(STATUS)
    azure.new_process()

    stack.destroy()

    assert [] == azure.requests()


@pytest.mark.parametrize(
    "require",
    [
        "Protected",
        "protected",
        {},
        {"status": "Protected", "vault_id": VAULT.upper(), "policy_name": "DAILY"},
        {"policy_name": "daily"},
    ],
    ids=str,
)
def test_what_is_required_is_there(azure, stack, require):
    """Status, vault and policy, without regard to case."""
    assert "create" == stack.up(STATUS | {"require": require, "preflight": "require"})
    assert [] == azure.warnings


@pytest.mark.parametrize(
    ("require", "why"),
    [
        ("NotProtected", "its status is Protected instead of NotProtected"),
        ({"vault_id": f"{VAULT}-2"}, f"instead of {VAULT}-2"),
        ({"policy_name": "weekly"}, "its policy is daily instead of weekly"),
        ({"policy_name": "weekly", "status": "Paused"}, "instead of Paused and its policy is daily instead of weekly"),
    ],
    ids=str,
)
def test_what_is_required_is_not_there(stack, require, why):
    """With `preflight="require"` the first preview fails, on `require`, and names the resource."""
    with pytest.raises(CheckFailed) as caught:
        stack.preview(STATUS | {"require": require, "preflight": "require"})

    reason = caught.value.properties["require"]
    assert why in reason
    assert MACHINE in reason


def test_a_first_preview_of_what_is_not_protected_yet(bare):
    """A warning: machine and protection may be made by the same stack."""
    inputs = bare.stack(BackupStatusProvider).preview(STATUS | {"require": "Protected"})

    assert "NotProtected" == inputs["protection_status"]
    assert 1 == len(bare.warnings)
    assert MACHINE in bare.warnings[0]


def test_create_waits_for_what_is_required(make_azure):
    """What a vault tells late is waited for, and stored as it is then."""
    azure = make_azure(whole=world({"virtual_machine": "web-1", "protected_after_minutes": 30}))
    stack = azure.stack(BackupStatusProvider)

    stack.up(STATUS | {"require": "Protected"}, timeout=7200.0)

    assert "Protected" == stack.outputs["protection_status"]
    assert azure.said("waiting until 1 of 1 are backed up as required")
    azure.new_process()
    assert "same" == stack.up(STATUS | {"require": "Protected"})


@pytest.mark.parametrize(("after_minutes", "comes"), [(4, True), (6, False)])
def test_how_long_create_waits_without_a_timeout(make_azure, after_minutes, comes):
    """Five minutes of Azure's; what comes within them is stored, and what does not fails."""
    azure = make_azure(whole=world({"virtual_machine": "web-1", "protected_after_minutes": after_minutes}))
    stack = azure.stack(BackupStatusProvider)

    if comes:
        stack.up(STATUS | {"require": "Protected"})
        assert "Protected" == stack.outputs["protection_status"]
    else:
        with pytest.raises(
            Exception, match=r"not backed up as required after 300 s: .*Protecting instead of Protected"
        ):
            stack.up(STATUS | {"require": "Protected"})


def test_create_fails_when_it_does_not_come(bare):
    """After its bounded wait; the line names the resource, the status and what to do; nothing is in the state."""
    stack = bare.stack(BackupStatusProvider)

    with pytest.raises(Exception, match="NotProtected instead of Protected") as caught:
        stack.up(STATUS | {"require": "Protected"}, timeout=60.0)

    assert MACHINE in str(caught.value)
    assert "back it up so, or change require" in str(caught.value)
    assert "" == stack.id


def test_azures_own_error_is_told(azure, stack):
    """A code that is not `Success` stands behind what is missing."""
    azure.faults.say("POST", PATH, FAILED)

    with pytest.raises(CheckFailed, match="Azure says UserErrorVmBusy: The VM is busy"):
        stack.preview(STATUS | {"require": "Protected", "preflight": "require"})


def test_protection_that_is_lost_fails_the_next_preview(azure, stack):
    """The resource is in the stack: a `CheckFailure`, which names a way out."""
    stack.up(STATUS | {"require": "Protected"})
    azure.new_process()
    azure.faults.say("POST", PATH, LOST)

    with pytest.raises(CheckFailed, match="preflight='off'"):
        stack.preview(STATUS | {"require": "Protected"})
    assert "same" != stack.up(STATUS)


def test_a_word_that_is_new(azure, stack):
    """A status that no enumeration has is recorded, and can be required."""
    azure.faults.say("POST", PATH, {"protectionStatus": "Paused"})

    stack.up(STATUS | {"require": "Paused"})

    assert {"protection_status": "Paused"} == told(stack)


def test_nothing_is_asked(azure, stack, monkeypatch):
    """With `preflight="off"`, or the environment's, a check asks nothing; create does."""
    stack.preview(STATUS | {"preflight": "off"})
    assert [] == azure.requests()

    stack.up(STATUS | {"preflight": "off"})
    assert [POST] == azure.requests()
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")
    assert "same" == stack.up(STATUS | {"preflight": "off"})
    assert [POST] == azure.requests()


def test_a_right_that_is_missing(azure, stack):
    """A preview says what it did not check and passes; a create fails, with the right that is needed."""
    azure.faults.answer("POST", PATH, 403, "AuthorizationFailed")

    stack.preview(STATUS | {"require": "Protected"})
    assert any(f"not checked: needs {rights.ASK_BACKUP_STATUS} on {MACHINE}" in line for line in azure.warnings)
    with pytest.raises(Exception, match=f"needs {rights.ASK_BACKUP_STATUS}"):
        stack.up(STATUS | {"require": "Protected"}, timeout=60.0)


def test_a_right_that_was_taken_away(azure, stack):
    """What the state knows stays, with a warning."""
    stack.up(STATUS | {"require": "Protected"})
    before = dict(stack.outputs)
    azure.new_process()
    azure.faults.answer("POST", PATH, 403, "AuthorizationFailed")

    assert "same" == stack.up(STATUS | {"require": "Protected"})
    assert before == stack.outputs
    assert 1 == len(azure.warnings)


@pytest.mark.parametrize(
    ("given", "property_", "reason"),
    [
        ({"resource_id": "web-1"}, "resource_id", "expected /subscriptions"),
        ({"location": ""}, "location", "is empty"),
        ({"require": "Protectd"}, "require", "did you mean 'Protected'"),
        ({"require": 3}, "require", "must be a status"),
        ({"require": {"vault": "x"}}, "require", "has 'vault'"),
        ({"require": {"vault_id": MACHINE}}, "require", "Microsoft.RecoveryServices/vaults"),
        ({"preflight": "maybe"}, "preflight", "must be one of"),
        ({"protectionStatus": "x"}, "protectionStatus", "is no input"),
    ],
    ids=str,
)
def test_inputs_that_cannot_work(stack, given, property_, reason):
    """One line on the property."""
    with pytest.raises(CheckFailed) as caught:
        stack.preview(STATUS | given)

    assert reason in caught.value.properties[property_]


@pytest.mark.parametrize("word", ["SQLPaaS", "DPM", "SomethingNew"])
def test_a_type_that_nobody_knows(azure, stack, word):
    """It is sent, with a warning; Azure decides. The page describes two that none of its enumerations has."""
    azure.faults.say("POST", PATH, LOST)

    assert word == stack.preview(STATUS | {"resource_type": word})["resource_type"]
    assert any(f"{word!r} is none that is known" in line for line in azure.warnings)


def test_a_type_that_is_newer_than_the_api_version(azure, monkeypatch):
    """A warning names the version that it needs."""
    monkeypatch.setenv("AZURE_RECOVERY_BACKUP_STATUS_API_VERSION", "2025-08-01")
    azure.new_process()

    azure.stack(BackupStatusProvider).preview(STATUS | {"resource_type": "SQLInstance"})

    assert any("needs api-version 2026-10-01" in line for line in azure.warnings)


def test_another_resource(azure, stack):
    """A new one replaces the status, and is not held to what was required of the old one in the first preview."""
    stack.up(STATUS | {"require": "Protected"})
    azure.new_process()
    other = STATUS | {"resource_id": f"{MACHINE}-2", "require": "Protected"}

    stack.preview(other)
    assert 1 == len(azure.warnings)
    with pytest.raises(Exception, match="web-1-2"):
        stack.up(other, timeout=60.0)
    assert "Protected" == stack.outputs["protection_status"]
