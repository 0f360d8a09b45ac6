"""System Center for each test, on a clock that turns itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.providers.checkpoint_worlds import Restore, SystemCenter, TurnedSystemCenter, system_center_world
from tests.providers.worlds import SUBSCRIPTION

MakeSystemCenter = Callable[..., SystemCenter]


@pytest.fixture
def make_system_center(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSystemCenter]:
    """Worlds of the test's own: `make_system_center(spf_jobs_filter="refused", stamps=2)`."""
    running: list[SystemCenter] = []

    def make(*, stamps: int = 1, machine: dict[str, Any] | None = None, **settings: Any) -> SystemCenter:
        bearer = {"spf_authentication": "bearer"}
        service = TurnedSystemCenter(system_center_world(stamps=stamps, **(machine or {})), {**bearer, **settings})
        for name, value in {
            "ARM_USE_MSI": "true",
            "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
            "AZURE_RECOVERY_SPF_TOKEN": "emulator-token-not-a-secret",
        }.items():
            monkeypatch.setenv(name, value)
        running.append(SystemCenter(monkeypatch, service))
        return running[-1]

    yield make
    for one in running:
        one.close()


@pytest.fixture
def system_center(make_system_center: MakeSystemCenter) -> SystemCenter:
    """A machine with two checkpoints."""
    return make_system_center()


@pytest.fixture
def restore(system_center: SystemCenter) -> Restore:
    """A program that restores the older one."""
    return Restore()
