"""What Azure answers about a backup, as the state has it: everything that it can tell, or nothing at all."""

import pytest

from azure_recovery.components.protected_resources import table_of
from azure_recovery.dynamic_providers.backup_facts import STATUS_FIELDS
from azure_recovery.dynamic_providers.backup_status import BackupStatusProvider
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.protection_gate import ProtectionGateProvider
from tests.providers.test_backup_status import GROUP, MACHINE, PATH, STATUS, VAULT, told, world

FILES = f"{GROUP}/Microsoft.Storage/storageAccounts/files"
SHARE = {"resource_id": FILES, "location": "westeurope", "po_logical_name": "share-1"}
GATE = {"resources": [SHARE]}
SEEDS = {NAME_SEED: "p/s/files", PROVIDER_KEY: "x"}
ITEM = {
    "resource_id": FILES,
    "resource_type": "AzureFileShare",
    "po_logical_name": "share-1",
    "policy": "files",
    "error_message": "Nothing is wrong.",
    "registration_status": "Registered",
    "protected_items_count": 2,
    "acquire_storage_account_lock": "Acquire",
}
EVERYTHING = {
    "protection_status": "Protected",
    "vault_id": VAULT.replace("/vaults/", "/Vaults/"),
    "fabric_name": "Azure",
    "container_name": "azurefilesharecontainer;production;files",
    "protected_item_name": "azurefileshare;production;files;share-1",
    "error_code": "Success",
    "error_message": "Nothing is wrong.",
    "policy_name": "files",
    "registration_status": "Registered",
    "protected_items_count": 2,
    "acquire_storage_account_lock": "Acquire",
}


@pytest.fixture
def files(make_azure):
    """A file share of which everything can be told."""
    return make_azure(whole=world(ITEM))


@pytest.fixture(params=["refused", "silent"])
def forgotten(make_azure, request):
    """A status whose machine Azure does not know any more: ARM refuses, or the answer tells nothing."""
    azure = make_azure(whole=world({"virtual_machine": "web-1", "policy": "daily"}))
    stack = azure.stack(BackupStatusProvider)
    stack.up(STATUS)
    azure.new_process()
    if request.param == "refused":
        azure.faults.answer("POST", PATH, 404, "ResourceNotFound")
    else:
        azure.faults.say("POST", PATH, dict.fromkeys(["protectionStatus", "vaultId", "errorCode"]))
    return azure, stack


def test_everything_that_can_be_told(files):
    """All eleven fields are outputs after `up` and after a refresh, and no change for the next `up`."""
    stack = files.stack(BackupStatusProvider)
    stack.up(SHARE | SEEDS)

    assert set(STATUS_FIELDS) == EVERYTHING.keys()
    assert EVERYTHING == told(stack)
    inputs = stack.inputs
    stack.refresh()
    assert EVERYTHING == told(stack)
    stack.inputs = inputs  # which the engine keeps
    files.new_process()
    assert "same" == stack.up(SHARE | SEEDS)


def test_everything_that_a_gate_tells(files):
    """The same fields for each resource, from which the table is made."""
    stack = files.stack(ProtectionGateProvider)
    stack.up({"resources": [SHARE], **SEEDS})

    assert {f"{FILES.lower()}#share-1": EVERYTHING} == stack.outputs["statuses"]
    stack.refresh()
    assert [
        "resource       status     policy  vault",
        "files share-1  Protected  files   machines-vault",
    ] == table_of(stack.outputs["statuses"]).splitlines()


def test_an_answer_that_tells_nothing(forgotten):
    """Without `require` it is a change to an empty status, which `up` records once; nothing of the old answer stays."""
    azure, stack = forgotten

    inputs = stack.preview(STATUS)

    assert {"protection_status": ""} == {name: inputs[name] for name in STATUS_FIELDS if name in inputs}
    assert "update" == stack.up(STATUS)
    assert {"protection_status": ""} == told(stack)
    azure.new_process()
    assert "same" == stack.up(STATUS)


def test_what_is_known_again(forgotten):
    """The way back is a change, too."""
    azure, stack = forgotten
    stack.up(STATUS)
    azure.new_process()
    azure.faults.clear()

    assert "update" == stack.up(STATUS)
    assert "Protected" == stack.outputs["protection_status"]


def test_a_new_status_of_what_azure_does_not_know(make_azure):
    """Create fails: an id that was never there is a slip."""
    azure = make_azure(whole=world(), settings={"backup_status_of_unknown": "refused"})
    stack = azure.stack(BackupStatusProvider)

    with pytest.raises(Exception, match="ResourceNotFound"):
        stack.up(STATUS | {"resource_id": f"{MACHINE}-2"})
    assert "" == stack.id


@pytest.mark.parametrize("api_version", ["2025-08-01", "2026-10-01"])
@pytest.mark.parametrize(("provider", "asked"), [(BackupStatusProvider, SHARE), (ProtectionGateProvider, GATE)])
def test_the_api_version_that_is_configured(files, monkeypatch, provider, asked, api_version):
    """Check and create ask at it, and so does a refresh."""
    monkeypatch.setenv("AZURE_RECOVERY_BACKUP_STATUS_API_VERSION", api_version)
    files.new_process()
    stack = files.stack(provider)

    stack.up(asked | SEEDS)
    stack.refresh()

    asked_for = files.control("GET", "requests").json()["requests"]
    expected = 3 * [("BackupStatus.Get", f"api-version={api_version}")]
    assert expected == [(entry["operation"], entry["query"]) for entry in asked_for]
