from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from azure_recovery.rehearsal.projects import ProjectError, find_project, stage


def write_project(folder: Path, text: str, *, program: str = ".") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(text, encoding="utf-8")
    (folder / program).mkdir(parents=True, exist_ok=True)
    (folder / program / "__main__.py").write_text("", encoding="utf-8")
    return folder


def test_a_folder_with_its_own_project(tmp_path: Path) -> None:
    """A program's own Pulumi.yaml is its project."""
    folder = write_project(tmp_path / "program", "name: own\nruntime: python\n")

    project = find_project(folder)

    assert (project.name, project.program_dir, project.python) == ("own", folder, sys.executable)


def test_a_program_that_a_project_above_names_as_main(tmp_path: Path) -> None:
    """Without a Pulumi.yaml of its own, a folder belongs to the nearest project above whose main it is."""
    write_project(tmp_path, "name: above\nruntime: python\nmain: a/b\n", program="a/b")
    write_project(tmp_path / "a", "name: between\nruntime: python\n")

    project = find_project(tmp_path / "a" / "b")

    assert (project.name, project.file) == ("above", tmp_path / "Pulumi.yaml")


def test_a_folder_for_configuration(tmp_path: Path) -> None:
    """The rehearsal's configuration stands where the project keeps its stacks' configuration."""
    write_project(tmp_path, "name: p\nruntime: python\nmain: program\nstackConfigDir: stacks\n", program="program")
    config = tmp_path / "stacks" / "Pulumi.rehearsal.yaml"
    config.parent.mkdir()
    config.write_text("config: {}\n", encoding="utf-8")

    assert find_project(tmp_path).config_file == config


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: p\nruntime: nodejs\n", "only Python programs"),
        ("runtime: python\n", "has no name"),
        ("name: [\n", "cannot be read as YAML"),
        ("", "holds no settings"),
        ("name: p\nruntime: python\nmain: elsewhere\n", "no __main__.py"),
        ("name: p\nruntime: {name: python, options: {virtualenv: venv}}\n", "no bin/python"),
    ],
)
def test_a_project_that_cannot_be_rehearsed(tmp_path: Path, text: str, reason: str) -> None:
    """Every unusable project is one line that names the file and the reason."""
    write_project(tmp_path, text)

    with pytest.raises(ProjectError, match=reason) as caught:
        find_project(tmp_path)

    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_no_such_folder(tmp_path: Path) -> None:
    """A folder that is missing is said to be missing."""
    with pytest.raises(ProjectError, match="no such folder"):
        find_project(tmp_path / "missing")


def test_a_folder_of_no_project(tmp_path: Path) -> None:
    """A folder that no project runs is refused."""
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml here"):
        find_project(tmp_path)


def test_staging_makes_every_path_absolute(tmp_path: Path) -> None:
    """The staged project finds program and plugins from wherever it stands."""
    text = "name: p\nruntime: python\nmain: program\nplugins: {providers: [{name: echo, path: plugins/echo}]}\n"
    folder = write_project(tmp_path / "project", text, program="program")

    staged = yaml.safe_load((stage(find_project(folder), tmp_path / "staged") / "Pulumi.yaml").read_text())

    assert staged == {
        "name": "p",
        "runtime": "python",
        "main": str(folder / "program"),
        "plugins": {"providers": [{"name": "echo", "path": str(folder / "plugins" / "echo")}]},
    }


@pytest.mark.parametrize("own", ["", "plugins: {providers: [{name: azure-native, path: its/own}]}\n"])
def test_staging_puts_a_plugin_in_place_of_another(tmp_path: Path, own: str) -> None:
    """A plugin of the rehearsal is the only one of its package, whether the project names one or not."""
    folder = write_project(tmp_path / "project", f"name: p\nruntime: python\n{own}")
    plugins = {"azure-native": tmp_path / "stand-in"}

    staged = yaml.safe_load((stage(find_project(folder), tmp_path / "staged", plugins) / "Pulumi.yaml").read_text())

    assert staged["plugins"] == {"providers": [{"name": "azure-native", "path": str(tmp_path / "stand-in")}]}


def test_staging_keeps_the_other_plugins(tmp_path: Path) -> None:
    """Plugins of other packages, and of other kinds, stay."""
    text = "name: p\nruntime: python\nplugins: {providers: [{name: echo, path: e}], analyzers: [{name: a, path: b}]}\n"
    folder = write_project(tmp_path / "project", text)

    path = stage(find_project(folder), tmp_path / "staged", {"azure-native": tmp_path}) / "Pulumi.yaml"

    plugins = yaml.safe_load(path.read_text())["plugins"]
    assert [item["name"] for item in plugins["providers"]] == ["echo", "azure-native"]
    assert plugins["analyzers"] == [{"name": "a", "path": str(folder / "b")}]


def test_staging_copies_the_configuration(tmp_path: Path) -> None:
    """The engine writes its salt into a copy of the configuration."""
    folder = write_project(tmp_path / "project", "name: p\nruntime: python\n")
    (folder / "Pulumi.rehearsal.yaml").write_text("config:\n  p:a: b\n", encoding="utf-8")

    staged = stage(find_project(folder), tmp_path / "staged") / "Pulumi.rehearsal.yaml"
    staged.write_text("changed", encoding="utf-8")

    assert (folder / "Pulumi.rehearsal.yaml").read_text() == "config:\n  p:a: b\n"
