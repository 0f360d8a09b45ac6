"""What is in the checkout is what gets installed, from a wheel and from an editable install alike."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
PACKAGES = PYPROJECT["tool"]["setuptools"]["packages"]
ROOMS = ["components", "dynamic_providers", "emulator", "engine", "rehearsal", "rest"]

IMPORT_ALL = """
import importlib, json, sys
modules = {name: importlib.import_module(name) for name in sys.argv[1:]}
for module in modules.values():
    for name in getattr(module, "__all__", ()):
        getattr(module, name)
print(json.dumps({name: module.__file__ for name, module in modules.items()}))
"""


def on_disk(pattern: str) -> set[Path]:
    return {path.relative_to(CHECKOUT) for room in ROOMS for path in (CHECKOUT / room).rglob(pattern)}


def installed_as(path: Path) -> str:
    return (Path("azure_recovery") / path).as_posix()


def run(*command: str | Path, cwd: Path) -> str:
    """Return what the command printed; a failure shows what it complained about."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what the package is built from: a build leaves files in the tree that it builds."""
    copy = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--wheel-dir", folder]
    run(sys.executable, "-m", "pip", "wheel", *options, source, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


BROUGHT_BY = {
    "azure": "azure-identity",
    "cryptography": "cryptography",
    "google": "pulumi",
    "grpc": "pulumi",
    "httpcore": "httpcore",
    "httpx": "httpx",
    "pulumi": "pulumi",
    "pydantic": "pydantic",
}
"""What the library imports → the dependency that has it, or has it as a part of its own interface."""


def test_what_the_library_imports_is_declared():
    """For itself, not by chance as a dependency of a dependency, or of an extra."""
    imported: set[str] = set()
    for room in ("dynamic_providers", "rest"):
        for path in (CHECKOUT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add(node.module or "")
    foreign = {name.split(".")[0] for name in imported if not name.startswith("azure_recovery")}
    foreign -= sys.stdlib_module_names
    declared = {re.split(r"[<>=~]", one)[0] for one in PYPROJECT["project"]["dependencies"]}

    assert foreign <= BROUGHT_BY.keys()
    assert {BROUGHT_BY[name] for name in foreign} <= declared


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Return the Python of a new virtual environment that has our dependencies but not our own installation.

    A directory named in a .pth file is searched, while the .pth files in it (an editable install is one) are not read.
    """
    venv.create(tmp_path / "venv", with_pip=False)
    [packages] = (tmp_path / "venv").glob("lib/python3.*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return tmp_path / "venv" / "bin" / "python"


def install(python: Path, *what: str | Path) -> None:
    # The environment that runs the tests shows through, with its own azure-recovery, and must stay as it is.
    options = ["--ignore-installed", "--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
    run(python, "-m", "pip", "install", *options, *what, cwd=python.parent)


def import_all(python: Path) -> dict[str, Path]:
    """Return, for each package, the file that another process imports it from, with each of its public names."""
    found = json.loads(run(python, "-c", IMPORT_ALL, *PACKAGES, cwd=python.parent))
    return {name: Path(file) for name, file in found.items()}


def test_package_on_disk_is_listed() -> None:
    """A package that pyproject.toml forgets imports in every checkout and is missing from the wheel."""
    expected = {installed_as(path.parent).replace("/", ".") for path in on_disk("__init__.py")}

    assert expected == set(PACKAGES)


def test_package_directories_follow_the_names() -> None:
    """Without the prefix `azure_recovery`, the import path is the folder."""
    directories = PYPROJECT["tool"]["setuptools"]["package-dir"]

    assert {name: name.removeprefix("azure_recovery.").replace(".", "/") for name in PACKAGES} == directories


def test_folder_of_modules_is_a_package() -> None:
    """Every folder with a module in it has an `__init__.py`, so that none is left out of the installation."""
    assert {path.parent for path in on_disk("__init__.py")} == {path.parent for path in on_disk("*.py")}


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed(package: str) -> None:
    """Type checkers look for `py.typed` in each package of a namespace, not once for all."""
    assert (CHECKOUT / package.removeprefix("azure_recovery.").replace(".", "/") / "py.typed").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_those_listed(package: str) -> None:
    """`__all__` holds each name of ours that a package offers, once, and nothing that is not there."""
    module = importlib.import_module(package)
    listed = list(getattr(module, "__all__", []))
    ours = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and str(getattr(value, "__module__", "")).startswith("azure_recovery")
    }

    assert [] == [name for name in listed if not hasattr(module, name)]
    assert set() == ours - set(listed)
    assert len(set(listed)) == len(listed)


def test_checkout_is_not_on_the_path() -> None:
    """With the checkout on `sys.path` a room could be imported twice, with two sets of classes."""
    assert CHECKOUT not in {Path(entry).resolve() for entry in sys.path}


def test_command_is_installed() -> None:
    """The `azure-recovery` command is the one entry point."""
    scripts = importlib.metadata.distribution("azure-recovery").entry_points

    assert [("azure-recovery", "azure_recovery.rehearsal.cli:main")] == [(entry.name, entry.value) for entry in scripts]


def test_constraints_are_exact_and_need_no_place() -> None:
    """Each constraint is `name==version`, once for each name, so that any index and mirror serves."""
    pins = [line for line in (CHECKOUT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    names = [pin.split("==")[0] for pin in pins]

    assert [] == [pin for pin in pins if pin.count("==") != 1 or set(pin) & set(" @:/;<>~")]
    assert sorted(set(names)) == names


@pytest.mark.slow
def test_wheel_holds_the_rooms_and_their_data(wheel: Path) -> None:
    """The wheel has each module, schema, world and `py.typed` below `azure_recovery`, and nothing else."""
    expected = {installed_as(path) for pattern in ("*.py", "*.json", "py.typed") for path in on_disk(pattern)}

    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert expected == names


@pytest.mark.slow
def test_wheel_imports(wheel: Path, environment: Path) -> None:
    """Each package and public name imports from an installed wheel, in an environment that has no checkout."""
    install(environment, wheel)

    imported = import_all(environment)

    assert set(PACKAGES) == set(imported)
    assert set() == {file for file in imported.values() if environment.parents[1] not in file.parents}


@pytest.mark.slow
def test_editable_install_imports_the_source(source: Path, environment: Path) -> None:
    """Each package of a strict editable install is a link to the file in the checkout."""
    install(environment, "--config-settings", "editable_mode=strict", "--editable", source)

    imported = import_all(environment)

    expected = {
        name: source / name.removeprefix("azure_recovery.").replace(".", "/") / "__init__.py" for name in PACKAGES
    }
    assert {name: file.resolve() for name, file in expected.items()} == {
        name: file.resolve() for name, file in imported.items()
    }
