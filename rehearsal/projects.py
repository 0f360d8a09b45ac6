"""Find the Pulumi project of a program, and lay out a copy of its settings that the Pulumi CLI may write to.

The CLI writes an encryption salt into the stack's configuration, and a rehearsal leaves what it rehearses as it found
it. So `stage` puts `Pulumi.yaml` and `Pulumi.rehearsal.yaml` into a temporary folder, with `main` and every other path
made absolute. The program itself runs where it stands.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from azure_recovery.engine.errors import ProjectError
from azure_recovery.engine.project import project_file, read_settings, runtime_of

STACK = "rehearsal"
"""The stack of every rehearsal; its configuration is `Pulumi.rehearsal.yaml`."""

__all__ = ["STACK", "Project", "ProjectError", "find_project", "stage"]


@dataclass(frozen=True)
class Project:
    """A Pulumi project and the program that it runs."""

    file: Path
    settings: Mapping[str, Any]
    """`Pulumi.yaml` as it was read."""
    program_dir: Path
    """The folder in which the program runs."""
    config_file: Path | None
    """`Pulumi.rehearsal.yaml`, beside `Pulumi.yaml` or in its `stackConfigDir`; None if there is none."""
    python: str
    """The interpreter: that of `runtime.options.virtualenv`, else the one that runs the rehearsal."""

    @property
    def name(self) -> str:
        """The project's name, which is also the namespace of its configuration."""
        return str(self.settings["name"])


def find_project(program_dir: Path) -> Project:
    """Find the project that runs the program in *program_dir*.

    Args:
        program_dir: A folder with a `Pulumi.yaml`, or one that the `main` of a `Pulumi.yaml` above it names.

    Returns:
        The project. Nothing has been written.

    Raises:
        ProjectError: The folder is missing, no project runs it, or the project is not a Python program.
    """
    folder = program_dir.expanduser().resolve()
    if not folder.is_dir():
        raise ProjectError(f"{program_dir}: no such folder; name the folder of a Pulumi program")
    own = project_file(folder)
    if own is not None:
        return _project(own)
    for parent in folder.parents:
        candidate = project_file(parent)
        if candidate is not None and _program_dir(candidate, read_settings(candidate)) == folder:
            return _project(candidate)
    raise ProjectError(f"{program_dir}: no Pulumi.yaml here, and none above whose `main` is this folder; add one")


def stage(project: Project, folder: Path, plugins: Mapping[str, Path] | None = None) -> Path:
    """Write the project's settings into *folder*, for the CLI to run from and to write to.

    Args:
        project: What to rehearse.
        folder: An empty folder of the rehearsal's own.
        plugins: Package name to the folder of its provider; wins over the project's.

    Returns:
        The folder: `Pulumi.yaml`, and `Pulumi.rehearsal.yaml` if the project has one.
    """
    settings = dict(project.settings)
    settings["main"] = str(project.program_dir)
    # PULUMI_PYTHON_CMD chooses the interpreter; an option here would win over it.
    settings["runtime"] = "python"
    settings.pop("stackConfigDir", None)
    if isinstance(own := settings.get("plugins"), Mapping):
        settings["plugins"] = {kind: _absolute_paths(items, project.file.parent) for kind, items in own.items()}
    if plugins:
        settings["plugins"] = _with_providers(settings.get("plugins") or {}, plugins)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    if project.config_file is not None:
        (folder / f"Pulumi.{STACK}.yaml").write_bytes(project.config_file.read_bytes())
    return folder


def _project(file: Path) -> Project:
    settings = read_settings(file)
    if not settings:
        raise ProjectError(f"{file}: holds no settings; a project needs at least `name` and `runtime`")
    language, options = runtime_of(settings)
    if language != "python":
        raise ProjectError(f"{file}: runtime is {language!r}; only Python programs can be rehearsed")
    if not isinstance(settings.get("name"), str):
        raise ProjectError(f"{file}: has no name; add `name:` with the project's name")
    program_dir = _program_dir(file, settings)
    if not (program_dir / "__main__.py").is_file():
        raise ProjectError(f"{program_dir}: no __main__.py; `main` in {file} must name the program's folder")
    return Project(
        file=file,
        settings=settings,
        program_dir=program_dir,
        config_file=_config_file(file, settings),
        python=_python(file, options),
    )


def _program_dir(file: Path, settings: Mapping[str, Any]) -> Path:
    main = (file.parent / str(settings.get("main") or ".")).resolve()
    # `main` may name the program's file; the program then runs in that file's folder.
    return main.parent if main.is_file() else main


def _config_file(file: Path, settings: Mapping[str, Any]) -> Path | None:
    config_file = file.parent / str(settings.get("stackConfigDir") or ".") / f"Pulumi.{STACK}.yaml"
    return config_file if config_file.is_file() else None


def _python(file: Path, options: Mapping[str, Any]) -> str:
    virtualenv = options.get("virtualenv")
    if virtualenv is None:
        return sys.executable
    python = file.parent / str(virtualenv) / "bin" / "python"
    if not python.exists():
        raise ProjectError(
            f"{file}: runtime.options.virtualenv is {virtualenv}, where no bin/python is; create it or correct the path"
        )
    return str(python)


def _with_providers(settings: Mapping[str, Any], plugins: Mapping[str, Path]) -> dict[str, Any]:
    own = settings.get("providers")
    kept = [item for item in own or () if not (isinstance(item, Mapping) and item.get("name") in plugins)]
    return {**settings, "providers": [*kept, *({"name": name, "path": str(path)} for name, path in plugins.items())]}


def _absolute_paths(items: Any, base: Path) -> Any:
    if not isinstance(items, list):
        return items
    return [
        {**item, "path": str((base / str(item["path"])).resolve())}
        if isinstance(item, Mapping) and "path" in item
        else item
        for item in items
    ]
