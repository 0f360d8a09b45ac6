"""The errors of the library: each has a name of its own, and a place in a tree that is drawn."""

import ast
import re
from collections import Counter
from pathlib import Path

import azure_recovery.dynamic_providers as providers
from azure_recovery.rest import errors

CHECKOUT = Path(__file__).resolve().parents[2]
_DRAWN = re.compile(r"(?m)^ {4}[│ ]*[├└]── (\w+Error)\b")


def _defined(room):
    """Return the public error classes of a room, one entry for each definition."""
    return [
        node.name
        for path in (CHECKOUT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and not node.name.startswith("_")
    ]


def test_no_two_errors_share_a_name():
    """The engine prints the name of the class and no module."""
    often = Counter(name for room in ("components", "dynamic_providers", "rest") for name in _defined(room))

    assert [] == [name for name, times in often.items() if times > 1]


def test_the_errors_of_the_providers_are_drawn():
    """All of them, and no other."""
    assert sorted(_defined("dynamic_providers")) == sorted(_DRAWN.findall(providers.__doc__))


def test_the_errors_that_any_service_can_raise_are_drawn():
    """Those of one service stand beside its calls, under what is drawn here."""
    defined = {name for name in vars(errors) if name.endswith("Error")} - {"AzureRecoveryError"}

    assert defined <= set(_DRAWN.findall(errors.__doc__))
