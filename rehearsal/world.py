"""What the emulator's world holds and which requests it was asked, as a rehearsal reads them.

The emulator tells both under `/_emulator/`, outside of Azure's API: `GET /_emulator/world` and
`GET /_emulator/requests`. What goes wrong on demand is under `/_emulator/faults`. Times are on the emulator's clock,
which runs faster than the wall's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

_WRITES = frozenset({"PUT", "PATCH", "MERGE", "DELETE"})
"""A POST is not among them: Azure asks some questions by POST, and what a POST has changed shows in the world."""

_WRITING_POSTS = frozenset({"VMCheckPoints.Create"})
"""What System Center keeps when a program is gone is not looked for in the world, so the request tells."""


@dataclass(frozen=True)
class World:
    """Azure at one moment."""

    clock: datetime
    """The time of day on Azure's clock."""
    resources: Mapping[str, Mapping[str, Any]]
    """Each resource as the emulator tells it, under its ARM id in lower case: ARM compares ids without case. What
    System Center has is under its path there."""
    subscription_id: str = ""
    tenant_id: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The emulator's settings by name."""

    def holds(self, arm_id: str) -> bool:
        """Whether *arm_id* exists, whatever its case."""
        return arm_id.lower() in self.resources


@dataclass(frozen=True)
class Request:
    """One request that the emulator answered."""

    number: int
    at: datetime
    """When, on Azure's clock."""
    method: str
    operation: str
    """The operation of Azure's API, such as `RestorePoints.CreateOrUpdate`."""
    path: str
    """The path, without any signed query."""
    status: int

    @property
    def writes(self) -> bool:
        """Whether the request is there to change something."""
        return self.method in _WRITES or self.operation in _WRITING_POSTS


class ControlClient:
    """Reads the emulator's world and request log, and puts faults into force.

    Args:
        endpoint: `http://127.0.0.1:PORT`, where the emulator listens.
    """

    def __init__(self, endpoint: str) -> None:
        # A proxy of the caller's environment has no business between two ends of one loopback.
        self._http = httpx.Client(base_url=f"{endpoint}/_emulator", trust_env=False, timeout=10)

    def world(self) -> World:
        """Return what exists now, and Azure's time."""
        answer = self._get("/world")
        return World(
            clock=_time(answer["clock"]),
            resources={str(resource["id"]).lower(): resource for resource in answer["resources"]},
            subscription_id=str(answer["subscription_id"]),
            tenant_id=str(answer["tenant_id"]),
            settings=answer["settings"],
        )

    def requests(self) -> list[Request]:
        """Return every request since the emulator started, oldest first; token requests are among them."""
        return [
            Request(
                number=int(entry["n"]),
                at=_time(entry["at"]),
                method=str(entry["method"]),
                operation=str(entry["operation"] or "unknown"),
                path=str(entry["path"]),
                status=int(entry["status"]),
            )
            for entry in self._get("/requests")["requests"]
        ]

    def put_fault(self, fault: str) -> int:
        """Put `NAME[:KEY=VALUE,…]` into force and return its number."""
        answer = self._http.post("/faults", json=fault)
        answer.raise_for_status()
        return int(answer.json()["id"])

    def faults(self) -> dict[int, dict[str, Any]]:
        """Return the faults in force by their numbers, each with `fired` and `over`; lifted ones are not shown."""
        return {int(fault["id"]): fault for fault in self._get("/faults")["faults"]}

    def lift_faults(self) -> None:
        """Take all faults away; requests that they hold go on."""
        self._http.delete("/faults").raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _get(self, path: str) -> Any:
        answer = self._http.get(path)
        answer.raise_for_status()
        return answer.json()


def strings(value: Any) -> Iterable[str]:
    """Yield every string within a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
