"""What `pulumi new` makes of the templates: a project that can be rehearsed as it is."""

from __future__ import annotations

import ast
import io
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.pulumi_cli import cli_environment
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Report

pytestmark = pytest.mark.usefixtures("warm_processes")

TEMPLATES = sorted(path.parent for path in (Path(__file__).parents[2] / "templates").glob("*/Pulumi.yaml"))
assert TEMPLATES
NAME, DESCRIPTION = "elsewhere", "Copies: for the worst case"
COPIES = 3
"""Restore points of the emulator's default world."""

each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)


def settings(template: Path) -> dict[str, Any]:
    """Return a template's `Pulumi.yaml`."""
    found: dict[str, Any] = yaml.safe_load((template / "Pulumi.yaml").read_text(encoding="utf-8"))
    return found


def asked_for(template: Path) -> dict[str, str]:
    """Return what the program reads from its configuration: name to the method, `require` or `get` and so on."""
    tree = ast.parse((template / "__main__.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return {
        str(call.args[0].value): call.func.attr
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "config"
        and isinstance(call.args[0], ast.Constant)
    }


def instantiated(template: Path, folder: Path) -> Path:
    """Do what `pulumi new` does: fill the placeholders, in YAML as one value, and drop what is the template's own."""
    folder.mkdir()
    for file in template.iterdir():
        if not file.is_file():
            continue
        name, description = NAME, DESCRIPTION
        if file.suffix == ".yaml":  # each value ends its line, so a placeholder has to be at the end of one
            name, description = yaml.safe_dump(name).removesuffix("...\n"), yaml.safe_dump(description)
        text = file.read_text(encoding="utf-8")
        text = text.replace("${PROJECT}", name).replace("${DESCRIPTION}", description)
        (folder / file.name).write_text(text, encoding="utf-8")
    project = settings(folder)
    del project["template"]
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
    return folder


def rehearsed(folder: Path, engine: str) -> Report:
    """Rehearse a project."""
    return rehearse(Plan(find_project(folder), engine=engine, speed=3600.0), PlainProgress(io.StringIO()))


@each_template
def test_a_new_project(template: Path, tmp_path: Path) -> None:
    """It is rehearsed from the first preview to the last deletion, with the values that come with it."""
    report = rehearsed(instantiated(template, tmp_path / "new"), "embedded")

    assert [] == report.failures()
    assert [True] * COPIES == [copy.usable for copy in report.copies]
    assert report.nothing_left


@pytest.mark.cli
@each_template
def test_by_pulumi_new(template: Path, tmp_path: Path) -> None:
    """The command makes the same files, and what it makes is rehearsed on its own engine."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")
    made, expected = tmp_path / "made", instantiated(template, tmp_path / "expected")
    asked = ["--name", NAME, "--description", DESCRIPTION]
    unattended = ["--generate-only", "--offline", "--yes", "--non-interactive"]
    subprocess.run(
        ["pulumi", "new", str(template), "--dir", str(made), *asked, *unattended],
        env=cli_environment(os.environ, tmp_path, passphrase=NAME),
        check=True,
        capture_output=True,
    )

    ours, theirs = settings(expected), settings(made)
    assert {key: ours[key] for key in ("name", "description")} == {key: theirs[key] for key in ("name", "description")}
    assert theirs.get("template") is None
    assert _texts(expected) == _texts(made)

    # `pulumi install` would make this environment, from a registry.
    (made / "venv").symlink_to(sys.prefix, target_is_directory=True)
    assert [] == rehearsed(made, "pulumi").failures()


def _texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name != "Pulumi.yaml"}


@each_template
def test_what_is_asked_for(template: Path) -> None:
    """What the program cannot do without is prompted for with a description, and has a value for a rehearsal."""
    prompts = settings(template)["template"]["config"]
    given = yaml.safe_load((template / "Pulumi.rehearsal.yaml").read_text(encoding="utf-8"))["config"]
    required = {name for name, method in asked_for(template).items() if method.startswith("require")}

    assert required == prompts.keys() == given.keys()
    assert all(prompt["description"] for prompt in prompts.values())


@each_template
def test_what_is_installed(template: Path) -> None:
    """This library, in a version that has what the program uses, with the command that the quick start names."""
    [line] = (template / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirement = Requirement(line)

    assert ("azure-recovery", {"rehearsal"}) == (requirement.name, requirement.extras)
    assert version("azure-recovery") in requirement.specifier
    assert "azure-recovery rehearse ." in settings(template)["template"]["quickstart"]
