"""Resources on an emulator in which something goes wrong, as an engine would drive them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.replication_gate import ReplicationGateProvider
from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.one_salt import one_salt
from tests.providers.conftest import Azure, MakeAzure, make_azure
from tests.providers.stack import CheckFailed, Stack
from tests.providers.worlds import COLLECTION, COPY, COPY_ID, TARGET

__all__ = ["make_azure", "one_salt"]

DEADLINE_S = 3 * 3600.0
"""Azure's: whatever lasts is waited for no longer."""
REPLICATION_MINUTES = 60.0
LOOK_EVERY_S = 120
"""What Azure asks for between two looks at an operation; one that never ends is looked at until the deadline."""

GATE = {"restore_point_ids": [COPY_ID], NAME_SEED: "p/s/gate", PROVIDER_KEY: "x"}
_KINDS: dict[str, tuple[type[Any], dict[str, Any], str]] = {
    "copy": (RestorePointCopyProvider, COPY, COPY_ID),
    "collection": (RestorePointCollectionCopyProvider, COLLECTION, TARGET),
}


@dataclass(frozen=True)
class Ended:
    """How it ended.

    Attributes:
        said: What the engine was told, or "" where it went on well. struck: Requests that the fault struck.
        warnings: What the rows showed as warnings. kept: Whether the state holds the resource.
    """

    said: str
    struck: int
    warnings: list[str]
    kept: bool


@dataclass(frozen=True)
class Resource:
    """One resource, its stack and its Azure."""

    azure: Azure
    stack: Stack
    inputs: dict[str, Any]
    arm_id: str

    def run(self, verb: str, fault: str = "", **changed: Any) -> Ended:
        """Run `up`, `refresh` or `destroy` in a process of its own while a fault, `NAME[:KEY=VALUE,…]`, is in force."""
        self.azure.new_process()
        if fault:
            self._control("POST", json=fault).raise_for_status()
        said = ""
        try:
            if verb == "up":
                self.stack.up(self.inputs | changed, timeout=DEADLINE_S)
            elif verb == "refresh":
                self.stack.refresh()
                said = self.stack.unready
            else:
                self.stack.destroy(timeout=DEADLINE_S)
        except CheckFailed as error:
            said = "; ".join(f"{name}: {reason}" for name, reason in error.properties.items())
        except Exception as error:  # noqa: BLE001 - what the engine would print
            said = str(error)
        struck = sum(entry["fired"] for entry in self._control("GET").json()["faults"])
        self._control("DELETE")
        return Ended(said, struck, self.azure.warnings, bool(self.stack.id))

    def _control(self, method: str, **more: Any) -> httpx.Response:
        return self.azure.control(method, "faults", **more)


def gate_of(copy: Resource) -> Resource:
    """Return a gate that waits for a copy, in the same Azure."""
    return Resource(copy.azure, copy.azure.stack(ReplicationGateProvider), dict(GATE), "")


MakeResource = Callable[..., Resource]


@pytest.fixture
def make(make_azure: MakeAzure) -> MakeResource:
    """Copies and collections, each with an Azure of its own: `make("copy", …)`."""

    def make_one(kind: str, *, minutes: float = REPLICATION_MINUTES, **parts: Any) -> Resource:
        provider, inputs, arm_id = _KINDS[kind]
        settings = {"retry_after_seconds": LOOK_EVERY_S}
        azure = make_azure(target=kind != "collection", minutes=minutes, settings=settings, **parts)
        return Resource(azure, azure.stack(provider), dict(inputs), arm_id)

    return make_one
