"""Stacks for tests, each on the embedded engine and once more with the Pulumi CLI beside it.

Tests that go on from the same first `up` share it: it is run once, and each takes up a copy of what it left.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.engine.stacks")

from tests.engine.stacks import EmbeddedStack, StacksSideBySide  # noqa: E402
from tests.one_salt import one_salt  # noqa: E402

__all__ = ["one_salt"]


class Beginnings:
    """Stacks after their first `up`, which go no further themselves.

    Args:
        make_folder: Makes one for each.
    """

    def __init__(self, make_folder: Callable[[str], Path]) -> None:
        self._make_folder = make_folder
        self._begun: dict[str, Any] = {}

    def stack(self, kind: Callable[..., Any], program: str, stage: str, secrets: Mapping[str, str]) -> Any:
        """Return the stack of a program after an `up` of *stage* with secret configuration."""
        key = json.dumps([kind.__name__, program, stage, dict(secrets)])
        if key not in self._begun:
            stack = kind(self._make_folder("begun"), program)
            for name, value in secrets.items():
                stack.set_config(name, value, secret=True)
            stack.begun = stack.run("up", stage)
            self._begun[key] = stack
        return self._begun[key]


@pytest.fixture(scope="session")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Beginnings:
    """What tests of one session go on from."""
    return Beginnings(tmp_path_factory.mktemp)


class MakeStack:
    """Makes a stack of a program: a new one, or one on which an `up` of *after* was run, whose outcome is `begun`."""

    def __init__(self, kind: Callable[..., Any], root: Path, beginnings: Beginnings) -> None:
        self._kind = kind
        self._root = root
        self._beginnings = beginnings

    def __call__(
        self, program: str, after: str = "", secrets: Mapping[str, str] = MappingProxyType({}), **options: Any
    ) -> Any:
        """Return one in the test's own folder."""
        left = self._beginnings.stack(self._kind, program, after, secrets) if after else None
        return self._kind(self._root, program, left, **options)


@pytest.fixture(params=["embedded", pytest.param("beside-the-cli", marks=pytest.mark.cli)])
def make_stack(request: pytest.FixtureRequest, tmp_path: Path, beginnings: Beginnings) -> MakeStack:
    """Make a stack on the embedded engine, and once more with the CLI beside it."""
    if request.param == "embedded":
        return MakeStack(EmbeddedStack, tmp_path, beginnings)
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH: nothing to compare the embedded engine with")
    return MakeStack(StacksSideBySide, tmp_path, beginnings)


@pytest.fixture
def embedded(tmp_path: Path, beginnings: Beginnings) -> MakeStack:
    """Make a stack on the embedded engine alone."""
    return MakeStack(EmbeddedStack, tmp_path, beginnings)


@pytest.fixture
def side_by_side(tmp_path: Path) -> Callable[..., StacksSideBySide]:
    """Make a stack on the embedded engine and on the CLI, which the test drives one by one."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH: there is no CLI to exchange a state with")
    return lambda program, root=tmp_path: StacksSideBySide(root, program)


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """Threads for what runs beside the test."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
