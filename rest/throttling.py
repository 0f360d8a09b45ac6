"""What throttling one call tells the others.

Azure counts in several places at once: ARM keeps a token bucket for the reads, the writes and the deletes of a
principal in a subscription; a resource provider counts each of its operations; and some limits belong to one resource,
such as three copies an hour into one collection. A refusal slows exactly those calls that share its limit, and every
answer that says how much is left slows them before it comes to a refusal.

After a refusal calls come back as TCP does: one, and then more with each success. A hundred tasks that wake up in the
same second would only be refused again.

Source: ARM request limits (token buckets since 2024: reads 250 and 25/s, writes and deletes 200 and 10/s).
"""

from __future__ import annotations

import asyncio
import math
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from azure_recovery.rest.clock import Clock, Deadline
from azure_recovery.rest.headers import Remaining

_PER_SECOND = {"reads": 25.0, "writes": 10.0, "deletes": 10.0}
_LOW = 20
"""Left in ARM's bucket when calls begin to keep to the rate at which it fills: a second or two of it."""
_LOW_OF_PROVIDER = 5
_WINDOW_S = 60.0
"""Over which a provider's last few requests are spread; the windows of restore points are not documented."""
_WIDE_OPEN = 32
"""Calls at a time at which a limit counts as recovered."""
_WORTH_TELLING_S = 1.0

_ARM_CODES = frozenset({"subscriptionrequeststhrottled", "tenantrequeststhrottled", "resourcerequeststhrottled"})
_BUSY = "retryableerrorduetoanotheroperation"


class DeadlineTooShortError(Exception):
    """A shared pause ends after the caller's deadline, or no place came free before it. Never leaves the transport.

    Attributes:
        pause_s: Azure's seconds of the pause; 0 where only a place was missing.
    """

    def __init__(self, pause_s: float) -> None:
        super().__init__(pause_s)
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class Keys:
    """The limits that one request counts against.

    Attributes:
        kind: `reads`, `writes` or `deletes`. bucket: ARM's, `reads <subscription id>`.
        operation: The resource provider's, `GET microsoft.compute/disks <subscription id>`, or "" without one.
        own: What the caller named, such as `copies:<collection id>`, or "".
    """

    kind: str
    bucket: str
    operation: str = ""
    own: str = ""

    @classmethod
    def of(cls, method: str, path: str, own: str = "") -> Keys:
        """Return the limits of a request to *path* (`/subscriptions/…`, query ignored)."""
        kind = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(method, "writes")
        plain = path.partition("?")[0].lower()
        found = re.match(r"/subscriptions/([^/]+)", plain)
        subscription = found[1] if found else "tenant"
        _, provider, after = plain.rpartition("/providers/")
        operation = ""
        if provider:
            namespace, *rest = after.split("/")
            types = "/".join(rest[::2])
            # Status URLs of Compute live under a location, and Compute counts by region.
            where = f" {rest[1]}" if rest[:1] == ["locations"] and len(rest) > 1 else ""
            operation = f"{method} {namespace}/{types} {subscription}{where}"
        return cls(kind, f"{kind} {subscription}", operation, own)

    def present(self) -> Iterator[str]:
        """Yield those that there are."""
        return (key for key in (self.bucket, self.operation, self.own) if key)

    def refused_by(self, code: str, *, from_gateway: bool) -> str:
        """Return which limit a 429 is about; "" when it is about one busy resource, which nobody else waits for."""
        if code.lower() == _BUSY:
            return ""
        if from_gateway or code.lower() in _ARM_CODES:
            return self.bucket
        return self.own or self.operation or self.bucket


@dataclass(slots=True)
class _Limit:
    closed_until: float = 0.0
    width: int = _WIDE_OPEN
    inside: int = 0
    refusals: int = 0
    pace_s: float = 0.0
    last_start: float = -math.inf
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def opens_at(self) -> float:
        return max(self.closed_until, self.last_start + self.pace_s)

    @property
    def is_full(self) -> bool:
        return self.width < _WIDE_OPEN and self.inside >= self.width


class Throttle:
    """The limits of one transport, shared by its tasks on one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits: defaultdict[str, _Limit] = defaultdict(_Limit)

    @asynccontextmanager
    async def turn(
        self, keys: Keys, *, deadline: Deadline | None, on_pause: Callable[[float], None]
    ) -> AsyncIterator[Turn]:
        """Wait until a request with *keys* may be sent, and count it as under way for the length of the block.

        Args:
            keys: The limits it counts against.
            deadline: Never waited past.
            on_pause: Told Azure's seconds of each pause worth telling.

        Raises:
            DeadlineTooShortError: The pause would outlast *deadline*, or it passed before there was a place.
        """
        limits = {key: self._limits[key] for key in keys.present()}
        while True:
            now = self._clock.monotonic()
            pause = max(limit.opens_at for limit in limits.values()) - now
            full = next((limit for limit in limits.values() if limit.is_full), None)
            if pause <= 0.0 and full is None:
                break
            if deadline is not None and (pause > deadline.left_s or deadline.passed):
                raise DeadlineTooShortError(max(pause, 0.0))
            if pause > 0.0:
                if pause >= _WORTH_TELLING_S:
                    on_pause(pause)
                await self._clock.sleep(pause)
            elif full is not None:
                full.changed.clear()
                await self._change(full, deadline)
        for limit in limits.values():
            limit.inside += 1
            limit.last_start = now
        turn = Turn(self._clock, keys, limits)
        try:
            yield turn
        finally:
            for limit in limits.values():
                limit.inside -= 1
                limit.changed.set()

    async def _change(self, limit: _Limit, deadline: Deadline | None) -> None:
        """Wait until a place at *limit* may be free, or *deadline* has passed."""
        if deadline is None or deadline.seconds is None:
            await limit.changed.wait()
            return
        waits = [asyncio.create_task(limit.changed.wait()), asyncio.create_task(self._clock.sleep(deadline.left_s))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


class Turn:
    """One request under way. Tell it how the service answered."""

    def __init__(self, clock: Clock, keys: Keys, limits: dict[str, _Limit]) -> None:
        self._clock = clock
        self._keys = keys
        self._limits = limits
        self._refusals = {key: limit.refusals for key, limit in limits.items()}

    def answered(self, left: Iterable[Remaining]) -> None:
        """Count an answer that is no refusal, and keep to what it says is *left*."""
        left = tuple(left)
        self._keep_pace(left)
        for key, limit in self._limits.items():
            # A request that was under way when another was refused says nothing about what is allowed now.
            if limit.refusals == self._refusals[key]:
                limit.width = min(2 * limit.width, _WIDE_OPEN)

    def refused(self, key: str, pause_s: float, left: Iterable[Remaining] = ()) -> None:
        """Close the limit *key* for Azure's *pause_s* seconds; with "" none."""
        self._keep_pace(tuple(left))
        if key:
            limit = self._limits[key]
            limit.refusals += 1
            limit.width = 1
            limit.closed_until = max(limit.closed_until, self._clock.monotonic() + pause_s)

    def _keep_pace(self, left: tuple[Remaining, ...]) -> None:
        of_arm = [each.count for each in left if each.name.endswith(f"-{self._keys.kind}")]
        if of_arm:
            self._limits[self._keys.bucket].pace_s = 1 / _PER_SECOND[self._keys.kind] if min(of_arm) <= _LOW else 0.0
        of_provider = [each.count for each in left if each.of_resource_provider]
        if of_provider and self._keys.operation:
            least = max(min(of_provider), 0)
            pace_s = _WINDOW_S / (least + 1) if least <= _LOW_OF_PROVIDER else 0.0
            self._limits[self._keys.operation].pace_s = pace_s
