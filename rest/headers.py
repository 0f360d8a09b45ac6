"""What Azure says in headers, as values: when to come back, what is left of a limit, what time it is, which request.

Pure functions; none of them raises, because a header that cannot be read must never turn a good answer into an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from azure_recovery.rest.redaction import one_line

_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_REQUEST_IDS = ("x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id", "request-id")
_LONGEST_ID = 100
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_REMAINING = "x-ms-ratelimit-remaining-"
_REMAINING_RESOURCE = "x-ms-ratelimit-remaining-resource"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What one answer says is left of one limit.

    Attributes:
        name: `subscription-reads` for ARM's token buckets, `Microsoft.Compute/GetOperationResource` for a limit of a
            resource provider.
        count: Requests left.
    """

    name: str
    count: int

    @property
    def of_resource_provider(self) -> bool:
        """Whether the resource provider counts it, not ARM."""
        return "/" in self.name


def answer_date(headers: httpx.Headers) -> datetime | None:
    """Return the service's time of day from `Date`, aware, in UTC; None when absent or unreadable."""
    return _http_date(headers.get("date", ""))


def request_id(headers: httpx.Headers) -> str:
    """Return the id to give to Azure's support, or "".

    `x-ms-request-id` may be there and empty, as Data Protection sends it: then the correlation id serves.
    """
    return next((found for name in _REQUEST_IDS if (found := one_line(headers.get(name, ""), _LONGEST_ID))), "")


def retry_after_s(headers: httpx.Headers, *, now: datetime | None = None) -> float | None:
    """Return the seconds after which to ask again, never negative; None when nothing readable was said.

    Understands `Retry-After` in seconds and as an HTTP date, `retry-after-ms` and `x-ms-retry-after-ms`. A date is
    measured from the answer's own `Date`, because the machine's clock may be minutes off.

    Args:
        headers: Of the answer.
        now: The service's time of day, for an answer that has a date to return at but no `Date`; without either the
            date says nothing.

    Source: ARM documents integer seconds alone; azure-core 1.41 reads the other forms too.
    """
    for name in _MILLISECONDS:
        milliseconds = _number(headers.get(name, ""))
        if milliseconds is not None:
            return max(milliseconds / 1000, 0.0)
    said = headers.get("retry-after", "")
    seconds = _number(said)
    if seconds is not None:
        return max(seconds, 0.0)
    moment, since = _http_date(said), answer_date(headers) or now
    if moment is None or since is None:
        return None
    return max((moment - since).total_seconds(), 0.0)


def remaining(headers: httpx.Headers) -> tuple[Remaining, ...]:
    """Return what is left of each limit that the answer mentions.

    Understands `x-ms-ratelimit-remaining-subscription-reads: 249` and its siblings, and
    `x-ms-ratelimit-remaining-resource: Microsoft.Compute/PutRestorePoint;14,Microsoft.Compute/Other;44`.
    """
    return tuple(_remaining(headers))


def _remaining(headers: httpx.Headers) -> Iterator[Remaining]:
    for name, value in headers.multi_items():
        if name == _REMAINING_RESOURCE:
            for part in value.split(","):
                policy, _, left = part.strip().rpartition(";")
                count = _number(left)
                if policy and count is not None:
                    yield Remaining(policy, int(count))
        elif name.startswith(_REMAINING):
            count = _number(value)
            if count is not None:
                yield Remaining(name.removeprefix(_REMAINING), int(count))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _http_date(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        # RFC 9110 5.6.7: the obsolete forms carry no zone and mean GMT.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, IndexError, OverflowError):
        return None
    # Others sum with them: a year at either end of the calendar is no time of day, and would overflow there.
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None
