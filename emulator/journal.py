"""The log of requests, for tests and for the rehearsal's report. In memory; status URLs without signature."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Final

from azure_recovery.emulator.clock import timestamp
from azure_recovery.emulator.signing import unsigned

_KEPT: Final = 200_000


@dataclass(frozen=True)
class Entry:
    """One request.

    Attributes:
        n: Counts from 1, over the life of the process.
        at: Azure's time at which it came.
        wall_ms: Milliseconds since the process began to serve.
        path: Without query.
        query: Without a signature.
        operation: As in the routing table; empty if there is none.
        status: Of the answer; 0 if the connection was cut before one.
        code: Azure's error code, if the answer is an error.
        client_request_id: What the caller sent as x-ms-client-request-id.
        fault: Name of the fault that changed the answer, if one did.
    """

    n: int
    at: str
    wall_ms: float
    method: str
    path: str
    query: str
    operation: str
    status: int
    code: str
    client_request_id: str
    fault: str


class Journal:
    """Requests in the order in which they were answered."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._count = 0
        self._entries: deque[Entry] = deque(maxlen=_KEPT)

    def add(
        self,
        *,
        at: float,
        method: str,
        path: str,
        query: str,
        operation: str,
        status: int,
        code: str = "",
        client_request_id: str = "",
        fault: str = "",
    ) -> None:
        """Write down one request."""
        self._count += 1
        wall_ms = round((time.monotonic() - self._began) * 1000.0, 3)
        self._entries.append(
            Entry(
                self._count,
                timestamp(at),
                wall_ms,
                method,
                path,
                unsigned(query),
                operation,
                status,
                code,
                client_request_id,
                fault,
            )
        )

    def entries(self) -> list[dict[str, Any]]:
        """Return the entries as the control API shows them."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all entries; the count goes on."""
        self._entries.clear()
