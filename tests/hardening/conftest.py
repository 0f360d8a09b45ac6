"""Bad input and bad answers, made by Hypothesis: bounded and the same in every run, or thorough for people.

`HYPOTHESIS_PROFILE=thorough pytest tests/hardening` looks for what the bounded profile has not seen yet.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from azure_recovery.dynamic_providers import provider, session

pytest.register_assert_rewrite("tests.hardening.answers")

_COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "print_blob": False,
    # The fixtures used here hold nothing that one example leaves for the next.
    "suppress_health_check": list(HealthCheck),
}
# Making an example smaller can take minutes, and the thorough profile does it.
settings.register_profile(
    "bounded", max_examples=30, derandomize=True, phases=[Phase.explicit, Phase.generate], **_COMMON
)
settings.register_profile("thorough", max_examples=2_000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "bounded"))

_LONGEST = 3_000
_SECRETS = re.compile(r"PLANTED|token-of-a-test")
"""What the tests put into tokens, signatures and queries."""


@pytest.fixture(scope="session")
def fit_to_show() -> Callable[[str], str]:
    """Return a check that a message is one line of bearable length without anything secret; it returns the message."""

    def check(message: str) -> str:
        assert message
        assert 1 == len(message.splitlines()), message
        assert len(message) < _LONGEST, len(message)
        assert not _SECRETS.search(message), message
        message.encode()
        return message

    return check


@pytest.fixture
def new_clock(clock: Any) -> type[Any]:
    """Return what makes a clock, one for each example."""
    return type(clock)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open no socket, and share no session and no wanted id with other tests."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(session, "_sessions", {})
    monkeypatch.setattr(provider, "wanted", provider._Wanted())
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000001")
    monkeypatch.setenv("ARM_USE_MSI", "true")
