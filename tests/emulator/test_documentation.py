"""docs/emulator.md says what the code does: every option, setting, fault and field of the world file."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from azure_recovery.emulator import cli
from azure_recovery.emulator.fault_table import KINDS
from azure_recovery.emulator.settings import TABLE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_setting_is_in_the_table(setting):
    """With its default, its choices, its meaning and where that comes from."""
    default = setting.default
    text = (
        str(default).lower() if isinstance(default, bool) else f"{default:g}" if isinstance(default, float) else default
    )
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{setting.name}` |"))

    assert f"| `{setting.name}` | `{text}`" in row
    assert row.endswith(f" | {setting.meaning} | {setting.source} |")
    assert all(f"`{choice}`" in row for choice in setting.choices)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_fault_is_in_the_table(kind):
    """With what happens and what can be said about it."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind.name}` |"))

    assert kind.meaning in row
    assert all(f"`{name}=" in row for name in kind.parameters)


def fields(schema):
    for part in (schema, *schema["$defs"].values()):
        yield from part.get("properties", {})


def test_every_field_of_the_world_is_described():
    """No field of the schema is missing on the page."""
    schema = json.loads((ROOT / "emulator" / "world.schema.json").read_text(encoding="utf-8"))

    assert [] == [
        name for name in fields(schema) if name != "$schema" and f"`{name}" not in PAGE and f'"{name}"' not in PAGE
    ]


def test_every_option_is_described():
    """No option of the command is missing on the page."""
    parser = argparse.ArgumentParser(add_help=False)
    cli.add_arguments(parser)
    options = [option for action in parser._actions for option in action.option_strings]

    assert [] == [option for option in options if not re.search(rf"`{option}[ `]", PAGE)]
