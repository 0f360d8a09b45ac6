"""ARM's token buckets and Compute's own windows, on Azure's clock.

The buckets are for a subscription and kind of request. Compute's limits are for an operation and the resource it is
about, or the subscription; what is left of them is told in `x-ms-ratelimit-remaining-resource`. Counts are not kept
over a restart, as a restarted gateway does not keep them.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from azure_recovery.emulator.errors import ArmError, too_many_requests
from azure_recovery.emulator.settings import Settings

_KINDS: Final = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


@dataclass(frozen=True)
class Limit:
    """One of Compute's limits.

    Attributes:
        name: As the header shows it.
        allowed: Requests in a window.
        per_resource: Counted for each resource rather than for the subscription.
    """

    name: str
    allowed: int
    per_resource: bool


# Recorded after one call of each: 14, 359 and 44 left. Their windows are not told.
COMPUTE_LIMITS: Final = {
    "RestorePointCollections.CreateOrUpdate": Limit("PutRestorePointCollectionResource", 15, per_resource=True),
    "RestorePoints.Delete": Limit("DeleteRestorePointSubscriptionMaximum", 360, per_resource=False),
    "Operations.Get": Limit("GetOperationResource", 45, per_resource=True),
}


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class Throttle:
    """Counts requests and refuses those above a limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._windows: dict[tuple[str, str], deque[float]] = {}

    def admit_to_arm(self, method: str, subscription: str, now: float) -> dict[str, str]:
        """Take a token and return the header that tells how many are left.

        Raises:
            ArmError: 429 SubscriptionRequestsThrottled, with Retry-After.
        """
        kind = _KINDS.get(method, "writes")
        size = self._settings.number(f"{kind}_bucket")
        rate = self._settings.number(f"{kind}_per_second")
        bucket = self._buckets.setdefault((subscription, kind), _Bucket(size, now))
        bucket.tokens = min(bucket.tokens + (now - bucket.filled_at) * rate, size)
        bucket.filled_at = now
        header = f"x-ms-ratelimit-remaining-subscription-{kind}"
        if bucket.tokens < 1.0:
            wait_s = math.ceil((1.0 - bucket.tokens) / rate) if rate else 3600
            raise ArmError(
                429,
                "SubscriptionRequestsThrottled",
                f"Number of requests for subscription '{subscription}' exceeded the limit of '{size:g}' for operation "
                f"type '{kind[:-1]}'. Please try again after '{wait_s}' seconds.",
                headers={"Retry-After": str(wait_s), header: "0", "x-ms-failure-cause": "gateway"},
            )
        bucket.tokens -= 1.0
        return {header: str(int(bucket.tokens))}

    def admit_to_compute(self, operation: str, subscription: str, resource: str, now: float) -> dict[str, str]:
        """Count a request against Compute's limits for it and return the header that tells what is left.

        Raises:
            ArmError: 429 OperationNotAllowed with the detail TooManyRequests, and Retry-After.
        """
        limit = COMPUTE_LIMITS.get(operation)
        if limit is None:
            return {}
        window_s = self._settings.number("compute_window_seconds")
        window = self._windows.setdefault((limit.name, resource if limit.per_resource else subscription), deque())
        while window and window[0] <= now - window_s:
            window.popleft()
        if self._settings.flag("compute_limits") and len(window) >= limit.allowed:
            wait_s = max(math.ceil(window[0] + window_s - now), 1)
            raise too_many_requests(limit.name, limit.allowed, f"PT{window_s:g}S", len(window) + 1, wait_s)
        window.append(now)
        return {
            "x-ms-ratelimit-remaining-resource": f"Microsoft.Compute/{limit.name};{max(limit.allowed - len(window), 0)}"
        }
