from __future__ import annotations

from pathlib import Path

import yaml

from azure_recovery.rehearsal.projects import find_project

ROOT = Path(__file__).parents[2]


def test_the_root_project_runs_the_example(example: Path) -> None:
    """The repository's root is the example's project, with the same described configuration and the same stacks."""
    root = find_project(ROOT)

    assert (root.program_dir, root.config_file) == (example, example / "Pulumi.rehearsal.yaml")
    assert dict(find_project(example).settings) == {
        key: value for key, value in root.settings.items() if key not in ("main", "stackConfigDir")
    }


def test_every_configuration_value_is_described(example: Path) -> None:
    """Each value that the program asks for is described in Pulumi.yaml and has a value for a rehearsal."""
    described = yaml.safe_load((example / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    given = yaml.safe_load((example / "Pulumi.rehearsal.yaml").read_text(encoding="utf-8"))["config"]
    program = (example / "__main__.py").read_text(encoding="utf-8")

    assert all(value["description"] for value in described.values())
    assert {f"cross-region-copy:{name}" for name in described} == set(given)
    assert all(f'"{name}"' in program for name in described)


def test_the_program_is_short(example: Path) -> None:
    """The example fits on a screen."""
    assert len((example / "__main__.py").read_text(encoding="utf-8").splitlines()) < 40
