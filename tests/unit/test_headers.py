"""What Azure says in headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from azure_recovery.rest.headers import Remaining, answer_date, remaining, request_id, retry_after_s

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DATE = {"Date": "Sun, 22 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"Retry-After": " 17 "}, 17.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "-250"}, 0.0),
        ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5),
        ({"retry-after-ms": "", "Retry-After": "2"}, 2.0),
        ({"Retry-After": "Sun, 22 Nov 2026 12:02:00 GMT", **DATE}, 120.0),
        ({"Retry-After": "Sun, 22 Nov 2026 11:59:00 GMT", **DATE}, 0.0),
        ({"Retry-After": "Sunday, 22-Nov-26 12:02:00 GMT", **DATE}, 120.0),
        ({"Retry-After": "Sun Nov 22 12:02:00 2026", **DATE}, 120.0),
        ({"Retry-After": "Sun, 99 Nov 2026 12:02:00 GMT", **DATE}, None),
    ],
)
def test_each_form_of_retry_after(said, seconds):
    """Seconds, dates of all three forms and milliseconds are understood; nonsense is as good as nothing."""
    assert seconds == retry_after_s(httpx.Headers(said), now=NOON)


def test_retry_after_date_beside_a_clock_that_is_wrong():
    """A date is measured from the answer's own Date, whatever the machine's clock says."""
    headers = httpx.Headers({"Retry-After": "Sun, 22 Nov 2026 12:02:00 GMT", **DATE})

    assert 120.0 == retry_after_s(headers, now=NOON + timedelta(hours=3))


def test_retry_after_date_without_a_date():
    """Without a Date the caller's idea of the service's time counts; without that the header says nothing."""
    headers = httpx.Headers({"Retry-After": "Sun, 22 Nov 2026 12:02:00 GMT"})

    assert 60.0 == retry_after_s(headers, now=NOON + timedelta(minutes=1))
    assert retry_after_s(headers) is None


def test_date_in_another_zone():
    """Times are in UTC, whatever zone was sent."""
    moment = answer_date(httpx.Headers({"Date": "Sun, 22 Nov 2026 13:00:00 +0100"}))

    assert moment == NOON
    assert moment is not None
    assert timezone.utc is moment.tzinfo  # noqa: UP017 - identity is what is asserted


@pytest.mark.parametrize("value", ["", "yesterday", "Sun, 22 Nov 999999999 12:00:00 GMT"])
def test_date_that_nobody_can_read(value):
    """An unreadable Date is no Date."""
    assert answer_date(httpx.Headers({"Date": value})) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"x-ms-request-id": "a", "x-ms-correlation-request-id": "b"}, "a"),
        ({"x-ms-request-id": "", "x-ms-correlation-request-id": "b"}, "b"),
        ({"x-ms-routing-request-id": "WESTEUROPE:1"}, "WESTEUROPE:1"),
        ({}, ""),
    ],
)
def test_request_id_that_is_empty(sent, expected):
    """An empty x-ms-request-id gives way to the correlation id."""
    assert expected == request_id(httpx.Headers(sent))


def test_what_is_left_of_each_limit():
    """ARM's counters and the list of the resource provider are both read."""
    headers = httpx.Headers(
        {
            "x-ms-ratelimit-remaining-subscription-reads": "249",
            "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
            "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/PutRestorePoint;14, Microsoft.Compute/Get3Min;44",
        }
    )

    assert [
        Remaining("subscription-reads", 249),
        Remaining("subscription-global-reads", 3749),
        Remaining("Microsoft.Compute/PutRestorePoint", 14),
        Remaining("Microsoft.Compute/Get3Min", 44),
    ] == list(remaining(headers))


@pytest.mark.parametrize("value", ["", ";", "Microsoft.Compute/Put", "Microsoft.Compute/Put;many", ";;;3"])
def test_limits_that_nobody_can_read(value):
    """A malformed list of limits is no limit that makes anybody wait."""
    found = remaining(httpx.Headers({"x-ms-ratelimit-remaining-resource": value}))

    assert not [each for each in found if each.of_resource_provider]
