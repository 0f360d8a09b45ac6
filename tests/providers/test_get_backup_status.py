"""Backup status as a value of a program."""

import asyncio

import pulumi
import pytest

from azure_recovery.dynamic_providers import backup_invokes as module
from azure_recovery.dynamic_providers.backup_invokes import get_backup_status, get_backup_status_output
from azure_recovery.rest.errors import AzureRecoveryError, InvalidInputError, ServiceError
from tests.providers.test_backup_status import MACHINE, PATH, POST, VAULT, world

PROTECTED = world({"virtual_machine": "web-1", "policy": "daily"})


@pytest.fixture(autouse=True)
def _without_configuration(monkeypatch):
    """A program without configuration of its own."""
    monkeypatch.setattr(module, "stack_config", dict)


@pytest.fixture
def azure(make_azure):
    """A VM that is protected."""
    return make_azure(whole=PROTECTED)


def test_a_machine_that_is_protected(azure):
    """Everything that Azure tells, from one POST."""
    found = get_backup_status(MACHINE, "West Europe")

    assert found.is_protected
    assert ("Protected", "daily", "Success", "westeurope", None) == (
        found.protection_status,
        found.policy_name,
        found.error_code,
        found.location,
        found.error_message,
    )
    assert VAULT.lower() == found.vault_id.lower()
    assert [POST] == azure.requests()


def test_a_machine_that_is_not(azure):
    """An answer, and no error."""
    found = get_backup_status(f"{MACHINE}-2", "westeurope", "VM")

    assert not found.is_protected
    assert "NotProtected" == found.protection_status


def test_many_at_once(make_azure):
    """Outputs are asked for at the same time: the second does not wait for the answer to the first."""
    azure = make_azure(whole=PROTECTED, served=True)
    barrier = asyncio.Event()
    asked = []

    async def hold(request):
        asked.append(request)
        if len(asked) == 2:
            barrier.set()
        await barrier.wait()
        return await azure.faults.connections.handle_async_request(request)

    azure.faults._rules.append(("POST", PATH, [10**6], hold))

    async def program():
        outputs = [get_backup_status_output(pulumi.Output.from_input(id_), "westeurope") for id_ in (MACHINE, MACHINE)]
        return await pulumi.Output.all(*(output.is_protected for output in outputs)).future()

    assert [True, True] == asyncio.run(program())


def test_many_outputs_hold_no_thread(azure):
    """The program's own loop keeps all of its threads for others."""

    async def program():
        asyncio.get_running_loop().run_in_executor = _refuse
        output = get_backup_status_output(pulumi.Output.from_input(MACHINE), "westeurope")
        return (await output.future()).is_protected

    assert asyncio.run(program())


def _refuse(*_):
    raise AssertionError("a thread was taken")


def test_an_output_that_azure_refuses(azure):
    """Its error is that of the function."""
    azure.faults.answer("POST", PATH, 403, "AuthorizationFailed")

    async def program():
        return await get_backup_status_output(pulumi.Output.from_input(MACHINE), "westeurope").future()

    with pytest.raises(pulumi.RunError, match=r"^get_backup_status: .*AuthorizationFailed"):
        asyncio.run(program())


def test_an_id_that_a_preview_does_not_know(azure):
    """Nothing is asked, and the status is not known either."""

    async def program():
        unknown = pulumi.Output(set(), _resolved(None), _resolved(False), _resolved(False))
        return await get_backup_status_output(unknown, "westeurope").is_known()

    assert not asyncio.run(program())
    assert [] == azure.requests()


def _resolved(value):
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


@pytest.mark.parametrize(
    ("arguments", "property_"),
    [
        (("web-1", "westeurope"), "resource_id"),
        ((MACHINE, ""), "location"),
        ((MACHINE, "westeurope", 3), "resource_type"),
        ((None, "westeurope"), "resource_id"),
    ],
    ids=str,
)
def test_arguments_that_cannot_work(azure, arguments, property_):
    """One line that names the argument, before anything is asked."""
    with pytest.raises(InvalidInputError) as caught:
        get_backup_status(*arguments)

    assert property_ == caught.value.property
    assert [] == azure.requests()


def test_a_right_that_is_missing(azure):
    """Azure's refusal is raised."""
    azure.faults.answer("POST", PATH, 403, "AuthorizationFailed")

    with pytest.raises(ServiceError, match="AuthorizationFailed"):
        get_backup_status(MACHINE, "westeurope")


def test_no_answer(azure):
    """It does not hang a preview."""
    azure.faults.hang("POST", PATH)

    with pytest.raises(AzureRecoveryError, match="no answer within"):
        get_backup_status(MACHINE, "westeurope")
    assert module.LONGEST_S == azure.clock.monotonic()
