"""What the component of protected resources is told, and what it refuses."""

import pytest

from azure_recovery.components import ProtectedResource, ProtectedResources
from azure_recovery.rest.errors import InvalidInputError


def test_nothing_is_listed():
    """A gate that can never close is a slip of the program."""
    with pytest.raises(InvalidInputError) as caught:
        ProtectedResources("all", resources=[])

    assert "resources" == caught.value.property


def test_what_was_left_out_is_not_passed_on():
    """Nulls are no inputs."""
    given = ProtectedResource(resource_id="/x", location="westeurope", po_logical_name="share-1")

    assert {"resource_id": "/x", "location": "westeurope", "po_logical_name": "share-1"} == given.inputs
