"""One request and its answer, and the cloud that it is put to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from azure_recovery.emulator.clock import Clock
from azure_recovery.emulator.contract import Object, read
from azure_recovery.emulator.ids import ArmId
from azure_recovery.emulator.settings import Settings
from azure_recovery.emulator.signing import Signer
from azure_recovery.emulator.store import Store
from azure_recovery.emulator.throttling import Throttle

TOKEN: Final = "emulator-token-not-a-secret"  # noqa: S105 - it says so


@dataclass
class Cloud:
    """Everything that lasts longer than a request.

    Attributes:
        subscription_id: The one that the world is about.
        subscriptions: That and the others in which it has resource groups, lower case.
        system_center_subscriptions: Those of Windows Azure Pack through which System Center is reached, lower case.
    """

    subscription_id: str
    tenant_id: str
    subscriptions: frozenset[str]
    system_center_subscriptions: frozenset[str]
    clock: Clock
    settings: Settings
    store: Store
    signer: Signer
    throttle: Throttle


@dataclass(frozen=True)
class Call:
    """A request that was understood: an operation, the resource it is about, and what comes with it.

    Attributes:
        operation: `RestorePoints.CreateOrUpdate`, for one.
        target: The resource in the URL, in the caller's spelling; for a list, the resource that it is in.
        path: As requested.
        query: Parameters, their names in lower case.
        base_url: `http://host:port`, as the caller knows this server.
        now: Azure's seconds since 1970.
        headers: As sent, their names in lower case.
    """

    operation: str
    method: str
    target: ArmId
    path: str
    query: Mapping[str, str]
    api_version: str
    body: bytes
    base_url: str
    now: float
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self, contract: Object, settings: Settings) -> dict[str, Any]:
        """Return the body, checked against *contract*."""
        refuse = settings.text("read_only_members") == "refused"
        return read(self.body, contract, self.api_version, refuse_read_only=refuse)


@dataclass(frozen=True)
class Answer:
    """What is sent back; no body if it is None.

    Attributes:
        started: Name of the operation that the request started, for faults to strike; empty if it started none.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
