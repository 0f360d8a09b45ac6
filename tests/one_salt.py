"""One salt for all states that a session makes: the key of each would take a fifth of a second, by design.

A `conftest.py` that imports `one_salt` has it for all tests of its folder.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from azure_recovery.engine import passphrase


@pytest.fixture(scope="session", autouse=True)
def one_salt() -> Iterator[None]:
    """Let the embedded engine keep the key of a state for the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "new_salt", lambda: b"of tests")
        yield
