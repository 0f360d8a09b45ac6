"""The matrix of one module: each cell is carried out once, and looked at by several tests."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(f"tests.kills.{name}" for name in ("azure", "endings", "reaching", "restores", "rollbacks", "stacks"))
)

from tests.kills.endings import Killed, Matrix  # noqa: E402 - what is imported before is not rewritten
from tests.one_salt import one_salt  # noqa: E402

__all__ = ["one_salt"]


@pytest.fixture(scope="module", autouse=True)
def warm(warm_processes: None) -> None:
    """What is killed is the same however it started."""


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """Where the cells of a module are carried out, on the embedded engine."""
    return Matrix(tmp_path_factory.mktemp("kills"))


@pytest.fixture(scope="module")
def killed(request: pytest.FixtureRequest, matrix: Matrix) -> Killed:
    """A cell of the matrix, with what came of it."""
    return matrix.kill(request.param)
