"""Errors of what runs in the program itself."""

import pulumi
import pytest

from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.rest.errors import InvalidInputError, ServiceError


class _Machine:
    @in_one_line
    def __init__(self, name, **_options):
        raise InvalidInputError(property="size", reason=f"{name} is too big")

    @in_one_line
    def start(self):
        raise InvalidInputError(property="size", reason="is too big to start")


@in_one_line
def _look(error):
    raise error


@pytest.mark.parametrize("arguments", [{"args": ("web",)}, {"kwargs": {"name": "web"}}], ids=["by place", "by name"])
def test_a_constructor(arguments):
    """What it was to make stands before the text, and class and attributes are those of the error."""
    with pytest.raises(InvalidInputError) as told:
        _Machine(*arguments.get("args", ()), **arguments.get("kwargs", {}))

    assert isinstance(told.value, pulumi.RunError)
    assert ("size", "web is too big") == (told.value.property, told.value.reason)
    assert "_Machine web: size: web is too big" == str(told.value)
    assert told.value.__context__ is None


def test_a_method():
    """The text says what it is about."""
    with pytest.raises(pulumi.RunError) as told:
        _Machine.start(object.__new__(_Machine))

    assert "size: is too big to start" == str(told.value)


def test_a_function_that_asks_azure():
    """Whoever wants to, still catches what Azure said."""
    refusal = ServiceError(method="GET", url="https://management.azure.com/x", status=403)

    with pytest.raises(ServiceError) as told:
        _look(refusal)

    assert isinstance(told.value, pulumi.RunError)
    assert (403, f"look: {refusal}") == (told.value.status, str(told.value))


@pytest.mark.parametrize("error", [pulumi.RunError("no more"), KeyError("x")])
def test_what_is_no_error_of_this_library(error):
    """It is left as it is."""
    with pytest.raises(type(error)) as told:
        _look(error)

    assert error is told.value
