"""One gate for the backups of several resources: all asked at once, one failure for all that are not protected."""

import pytest

from azure_recovery.components.protected_resources import table_of
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.protection_gate import ProtectionGateProvider
from tests.providers.stack import CheckFailed
from tests.providers.test_backup_status import GROUP, LOST, MACHINE, PATH, POST, world

FILES = f"{GROUP}/Microsoft.Storage/storageAccounts/files"
WEB = {"resource_id": MACHINE, "location": "westeurope"}
SHARE = {"resource_id": FILES, "location": "West Europe", "po_logical_name": "Share-1"}
OTHERS = [{"resource_id": f"{MACHINE}-{n}", "location": "westeurope"} for n in (2, 3)]
SEEDS = {NAME_SEED: "p/s/all", PROVIDER_KEY: "x"}
GATE = {"resources": [WEB, SHARE], **SEEDS}
SHARE_ITEM = {"resource_id": FILES, "resource_type": "AzureFileShare", "po_logical_name": "share-1", "policy": "files"}


@pytest.fixture
def azure(make_azure):
    """A VM and a file share that are protected."""
    return make_azure(whole=world({"virtual_machine": "web-1", "policy": "daily"}, SHARE_ITEM))


@pytest.fixture
def stack(azure):
    """A stack with one gate."""
    return azure.stack(ProtectionGateProvider)


def test_all_are_protected(azure, stack):
    """Each is asked once in a check and once in create; the state tells of each."""
    assert "create" == stack.up(GATE)

    assert 4 * [POST] == azure.requests()
    statuses = stack.outputs["statuses"]
    assert {MACHINE.lower(), f"{FILES.lower()}#share-1"} == statuses.keys()
    assert {"Protected"} == {told["protection_status"] for told in statuses.values()}
    azure.new_process()
    assert "same" == stack.up({"resources": [SHARE, WEB, WEB], **SEEDS})


def test_all_are_asked_at_once(make_azure):
    """In check, in create and in a refresh: no question waits for the answer to another one."""
    machines = [f"{MACHINE}-{number}" for number in range(4)]
    azure = make_azure(whole=world(*({"resource_id": machine, "resource_type": "VM"} for machine in machines)))
    stack = azure.stack(ProtectionGateProvider)
    azure.faults.gather("POST", PATH, len(machines))

    stack.up({"resources": [{"resource_id": machine, "location": "westeurope"} for machine in machines], **SEEDS})
    stack.refresh()

    assert 3 * len(machines) * [POST] == azure.requests()
    assert [] == azure.warnings


def test_one_failure_names_all(stack):
    """With `preflight="require"` the first preview fails; the protected one is not named."""
    with pytest.raises(CheckFailed) as caught:
        stack.preview({"resources": [WEB, *OTHERS], "preflight": "require", **SEEDS})

    reason = caught.value.properties["require"]
    assert [1, 1] == [reason.count(f"{other['resource_id']} (") for other in OTHERS]
    assert f"{MACHINE} (" not in reason


def test_a_first_preview(azure, stack):
    """What is new may be protected by the same stack: one warning for all."""
    stack.preview({"resources": [WEB, *OTHERS], **SEEDS})

    assert 1 == len(azure.warnings)


def test_create_names_all(stack):
    """After its bounded wait, in one line."""
    with pytest.raises(Exception, match=r"web-1-2.*web-1-3"):
        stack.up({"resources": [WEB, *OTHERS], **SEEDS}, timeout=60.0)

    assert "" == stack.id


def test_one_that_is_added(azure, stack):
    """A new one is a warning; update waits for it, and the state stays as it was."""
    stack.up(GATE)
    azure.new_process()

    with pytest.raises(Exception, match="web-1-2"):
        stack.up({"resources": [WEB, SHARE, OTHERS[0]], **SEEDS}, timeout=60.0)

    assert 1 == len(azure.warnings)
    assert 2 == len(stack.outputs["statuses"])


def test_protection_that_is_lost(azure, stack):
    """What was in the stack fails the next preview; a refresh shows it, and leaves the inputs."""
    stack.up(GATE)
    azure.new_process()
    azure.faults.say("POST", PATH, LOST)

    with pytest.raises(CheckFailed, match=r"web-1.*Share-1"):
        stack.preview(GATE)
    found = stack._provider.read(stack.id, dict(stack.outputs))
    assert found.inputs is None
    assert {"NotProtected"} == {told["protection_status"] for told in found.outs["statuses"].values()}


def test_a_change_without_requirement_met(azure, stack):
    """With another policy than before, the gate is changed, not refused."""
    stack.up(GATE)
    azure.new_process()
    azure.faults.say("POST", PATH, {"protectionStatus": "Protected", "policyName": "weekly"})

    assert "update" == stack.up(GATE)
    assert {"weekly"} == {told["policy_name"] for told in stack.outputs["statuses"].values()}


def test_a_right_that_is_missing(azure, stack):
    """One warning for all, and the state stays."""
    stack.up(GATE)
    before = dict(stack.outputs)
    azure.new_process()
    azure.faults.answer("POST", PATH, 403, "AuthorizationFailed")

    assert "same" == stack.up(GATE)
    assert 1 == len(azure.warnings)
    assert before == stack.outputs


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ("web-1", "must be a list of resources, not text"),
        ([MACHINE], "resources[0] must be a map of resource_id, location"),
        ([WEB, {"resource_id": MACHINE}], "resources[1]: location is required"),
        ([{**WEB, "resource_id": "web-1"}], "resources[0]: resource_id"),
        ([{**WEB, "region": "x"}], "resources[0]: region is no input"),
    ],
    ids=str,
)
def test_inputs_that_cannot_work(stack, resources, reason):
    """One line that says which, and what is wrong."""
    with pytest.raises(CheckFailed) as caught:
        stack.preview({"resources": resources, **SEEDS})

    assert reason in caught.value.properties["resources"]


def test_the_table():
    """A line for each, in columns."""
    statuses = {
        MACHINE.lower(): {"protection_status": "Protected", "policy_name": "daily", "vault_id": "/x/Vaults/v"},
        f"{FILES.lower()}#share-1": {},
    }

    assert [
        "resource       status              policy  vault",
        "web-1          Protected           daily   v",
        "files share-1  not known to Azure  -       -",
    ] == table_of(statuses).splitlines()
