"""What the component of protected resources is told, what it refuses, and what it gives to a program."""

import pytest

from azure_recovery.components import ProtectedResource, ProtectedResources
from azure_recovery.rest.errors import InvalidInputError
from tests.components.conftest import GROUPS

MACHINE = f"{GROUPS}/production/providers/Microsoft.Compute/virtualMachines/web-1"
TABLE = """\
resource  status     policy          vault
web-1     Protected  daily-machines  machines-vault"""


def test_nothing_is_listed():
    """A gate that can never close is a slip of the program."""
    with pytest.raises(InvalidInputError) as caught:
        ProtectedResources("all", resources=[])

    assert "resources" == caught.value.property


def test_what_was_left_out_is_not_passed_on():
    """Nulls are no inputs."""
    given = ProtectedResource(resource_id="/x", location="westeurope", po_logical_name="share-1")

    assert {"resource_id": "/x", "location": "westeurope", "po_logical_name": "share-1"} == given.inputs


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
def test_what_a_program_is_given(deploy, engine):
    """A table, and an answer that was asked for once the gate is there: a preview that is to make it asks nothing."""
    stack = deploy(engine, "protected")
    asked = {"machine": MACHINE, "gate": True, "after": True}

    preview = stack.run("preview", **asked)
    done = stack.run("up", **asked)
    again = stack.run("up", **asked)

    statuses = {"status": "Protected", "policy": "daily-machines", "after": "Protected"}
    assert {**statuses, "table": TABLE} == done.outputs == again.outputs
    # A check of each, a create of each, and the program's own question.
    asked_for = [[request.operation for request in run.requests] for run in (preview, done, again)]
    assert [2, 2 + 2 + 1, 2 + 1] == [operations.count("BackupStatus.Get") for operations in asked_for]
