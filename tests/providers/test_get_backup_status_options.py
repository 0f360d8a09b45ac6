"""Options of the question about backup status, as those of Pulumi's own invokes."""

import asyncio

import pulumi
import pytest

from azure_recovery.dynamic_providers import backup_invokes as module
from azure_recovery.dynamic_providers.backup_invokes import get_backup_status, get_backup_status_output
from azure_recovery.rest.errors import InvalidInputError
from tests.providers.test_backup_status import MACHINE, POST, world
from tests.providers.test_get_backup_status import PROTECTED, _resolved

PLUGIN = {"version": "1.2.3", "plugin_download_url": "https://plugins.example", "provider": object()}
WRONG = {name: (pulumi.InvokeOptions(**{name: value}), f"has {name}, but no") for name, value in PLUGIN.items()}
WRONG["ResourceOptions"] = (pulumi.ResourceOptions(), "must be pulumi.InvokeOptions, not ResourceOptions")


class Made(pulumi.CustomResource):
    """A resource whose id comes when the test says so."""

    def __init__(self, *, known=True):
        self.made = asyncio.get_running_loop().create_future()
        vars(self)["id"] = pulumi.Output(set(), self.made, _resolved(known), _resolved(False))


class Group(pulumi.ComponentResource):
    """A component that has made this."""

    def __init__(self, *children):
        self._remote = False
        self._childResources = set(children)


@pytest.fixture(autouse=True)
def _without_configuration(monkeypatch):
    """A program without configuration of its own."""
    monkeypatch.setattr(module, "stack_config", dict)


@pytest.fixture
def azure(make_azure):
    """A VM that is protected."""
    return make_azure(whole=PROTECTED, served=True)  # outputs are asked for from a thread


def asked_after(depends_on):
    """Ask for an output that depends on what the function makes of two resources."""

    async def program(azure):
        resources = [Made(), Made()]
        opts = pulumi.InvokeOutputOptions(depends_on=depends_on(*resources))
        status = get_backup_status_output(MACHINE, "westeurope", opts=opts)
        resources[0].made.set_result("first")
        # Whatever did not wait was sent before this question.
        await get_backup_status_output(f"{MACHINE}-2", "westeurope").future()
        before = azure.requests()
        resources[1].made.set_result("second")
        return before, await status.protection_status.future()

    return program


@pytest.mark.parametrize(
    "depends_on",
    [
        lambda first, second: [first, second],
        lambda _, second: second,
        lambda first, second: [Group(first, Group(second))],
        lambda first, second: pulumi.Output.from_input([first, second]),
        lambda first, second: [first, pulumi.Output.from_input(second)],
    ],
    ids=["list", "one", "component", "output", "list of outputs"],
)
def test_what_it_depends_on(azure, depends_on):
    """Nothing is asked before all of it exists."""
    before, status = asyncio.run(asked_after(depends_on)(azure))

    assert ([POST], "Protected") == (before, status)
    assert 2 * [POST] == azure.requests()


def test_what_a_preview_is_still_to_make(azure):
    """Nothing is asked, and the status is unknown."""

    async def program():
        resource = Made(known=False)
        resource.made.set_result(None)
        opts = pulumi.InvokeOutputOptions(depends_on=[Group(resource)])
        return await get_backup_status_output(MACHINE, "westeurope", opts=opts).is_known()

    assert not asyncio.run(program())
    assert [] == azure.requests()


@pytest.mark.parametrize("kind", [pulumi.InvokeOptions, pulumi.InvokeOutputOptions])
def test_a_parent(make_azure, kind):
    """It is taken: components hand it to everything that they call."""
    azure = make_azure(whole=PROTECTED)

    async def program():
        return kind(parent=Group())

    assert get_backup_status(MACHINE, "westeurope", opts=asyncio.run(program())).is_protected
    assert 1 == len(azure.requests())


@pytest.mark.parametrize("ask", [get_backup_status, get_backup_status_output])
@pytest.mark.parametrize(("opts", "said"), WRONG.values(), ids=WRONG)
def test_options_that_cannot_work(make_azure, ask, opts, said):
    """One line, before anything is asked."""
    azure = make_azure(whole=world())

    with pytest.raises(InvalidInputError, match=said) as caught:
        ask(MACHINE, "westeurope", opts=opts)

    assert "opts" == caught.value.property
    assert [] == azure.requests()


def test_waiting_in_a_function_that_answers_at_once(make_azure):
    """It cannot: the line names the form that can."""
    make_azure(whole=world())

    with pytest.raises(InvalidInputError, match="only the form with _output can wait"):
        get_backup_status(MACHINE, "westeurope", opts=pulumi.InvokeOutputOptions(depends_on=[]))
