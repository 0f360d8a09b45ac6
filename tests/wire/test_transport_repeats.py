"""What is sent again, when, and what is raised in the end."""

from __future__ import annotations

import asyncio
import ssl
from typing import ClassVar

import httpx
import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import ConfigurationError, NoAnswerError, ServiceError, ThrottledError
from azure_recovery.rest.retrying import TRANSIENT, Repeat

DATE = {"Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
PATH = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d"
OK = 200


def ok():
    return httpx.Response(200, json={"name": "d"}, headers=DATE)


def refused(status, code="Code", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"error": {"code": code, "message": "Words."}}, headers={**DATE, **named})


@pytest.mark.parametrize("status", sorted(TRANSIENT - {429}))
def test_busy_then_well(service, status):
    """What is idempotent is repeated after each transient answer, and the row learns why and until when."""
    service.answers += [refused(status), refused(status), ok()]

    assert OK == service.send("GET", PATH).status
    assert [1.0, 2.0] == service.clock.sleeps
    assert [
        f"answered {status} (Code) until 12:00:01 UTC",
        f"answered {status} (Code) until 12:00:02 UTC",
    ] == service.waits


def test_each_sending_has_an_id_of_its_own(service):
    """ARM replays its answer to a client request id that it knows, so none is used twice."""
    service.answers += [refused(503), httpx.ReadError("reset"), ok()]

    service.send("GET", PATH)

    assert 3 == len({request.headers["x-ms-client-request-id"] for _, request in service.requests})


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 501])
def test_refusals_that_stay(service, status):
    """What does not pass by itself is asked once."""
    service.answers.append(refused(status, retry_after="1"))

    with pytest.raises(ServiceError):
        service.send("GET", PATH)


@pytest.mark.parametrize("status", sorted(TRANSIENT - {429}))
@pytest.mark.parametrize("repeat", [Repeat.REFUSED, Repeat.NEVER])
def test_start_of_work_that_ended_unclearly(service, status, repeat):
    """A request that starts work is not sent again after an unclear answer, with Retry-After or without."""
    service.answers.append(refused(status, retry_after="1"))

    with pytest.raises(ServiceError):
        service.send("POST", PATH, repeat=repeat)


def test_start_of_work_whose_answer_was_lost(service):
    """Nor after a connection that broke: the caller must look first, and is told so."""
    service.answers.append(httpx.RemoteProtocolError("closed"))

    with pytest.raises(NoAnswerError) as caught:
        service.send("PUT", PATH, repeat=Repeat.REFUSED)

    assert caught.value.may_have_taken_effect


def test_a_certificate_that_is_not_trusted(service):
    """Nobody comes to trust a certificate by being asked again: the error comes at once."""
    failure = httpx.ConnectError("certificate verify failed")
    failure.__cause__ = ssl.SSLCertVerificationError("certificate verify failed")
    service.answers.append(failure)

    with pytest.raises(NoAnswerError, match="certificate verify failed"):
        service.send("GET", PATH)
    assert [] == service.clock.sleeps


def test_start_of_work_that_never_got_there(service):
    """What proves that nothing was started may be repeated: no connection, a 429, a refused token."""
    service.answers += [httpx.ConnectError("no route"), refused(429, retry_after="7"), refused(401), ok()]

    assert OK == service.send("PUT", PATH, repeat=Repeat.REFUSED).status
    assert [1.0, 7.0] == service.clock.sleeps


@pytest.mark.parametrize("answer", [httpx.ConnectError("no route"), refused(429), refused(401)])
def test_never_means_never(service, answer):
    """A request that must not be repeated is sent once, whatever the answer proves."""
    service.answers.append(answer)

    with pytest.raises((NoAnswerError, ServiceError)):
        service.send("POST", PATH, repeat=Repeat.NEVER)

    assert [] == service.clock.sleeps


def test_down_for_good(service):
    """After six sendings the last error is raised, with the whole time waited."""
    service.answers += [httpx.ReadTimeout("")] * 6

    with pytest.raises(NoAnswerError, match="got no answer in 31 s: read timeout"):
        service.send("GET", PATH)

    assert [1.0, 2.0, 4.0, 8.0, 16.0] == service.clock.sleeps


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "17"},
        {"retry_after": "Sun, 22 Nov 2026 12:00:17 GMT"},
        {"retry_after_ms": "17000"},
        {"x_ms_retry_after_ms": "17000"},
    ],
)
def test_service_says_when(service, headers):
    """Retry-After is kept to in each of its forms."""
    service.answers += [refused(503, **headers), ok()]

    service.send("GET", PATH)

    assert [17.0] == service.clock.sleeps


def test_throttled_for_an_hour_under_a_deadline(service):
    """Under a deadline a 429 is outlasted however often it comes."""
    service.answers += [refused(429, retry_after="300") for _ in range(12)] + [ok()]

    service.send("GET", PATH, deadline=Deadline(service.clock, 4000.0))

    assert 3600.0 == service.clock.monotonic()
    assert "throttled until 12:05:00 UTC" == service.waits[0]


@pytest.mark.parametrize("deadline", [False, True])
def test_throttled_without_an_end(service, deadline):
    """Without a deadline, or with one that never ends, a 429 counts like any other failure."""
    service.answers += [refused(429, retry_after="300") for _ in range(6)]

    with pytest.raises(ThrottledError) as caught:
        service.send("GET", PATH, deadline=Deadline(service.clock, None) if deadline else None)

    assert 300.0 == caught.value.retry_after_s


def test_pause_that_would_outlast_the_deadline(service):
    """Nobody sleeps past a deadline: what was last known is raised at once."""
    service.answers.append(refused(503, retry_after="60"))

    with pytest.raises(ServiceError):
        service.send("GET", PATH, deadline=Deadline(service.clock, 60.0))

    assert 0.0 == service.clock.monotonic()


def test_deadline_that_has_passed(service):
    """A deadline forbids pauses, not the one look that a caller asks for."""
    service.answers.append(ok())

    assert OK == service.send("GET", PATH, deadline=Deadline(service.clock, 0.0)).status


def test_token_that_is_refused(service):
    """A token that the service does not take any more is replaced once."""
    service.answers += [refused(401, "ExpiredAuthenticationToken"), ok()]

    service.send("GET", PATH)

    assert ["Bearer token-1", "Bearer token-2"] == [r.headers["authorization"] for _, r in service.requests]
    assert [] == service.clock.sleeps


def test_token_that_is_refused_twice(service):
    """A second refusal is the answer."""
    service.answers += [refused(401), refused(401)]

    with pytest.raises(ServiceError, match="answered 401"):
        service.send("GET", PATH)


class _Fixed:
    """A source of one token, which cannot be told anything."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def token(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "token"


def test_token_that_cannot_be_replaced(service):
    """A source that cannot forget is asked no second time."""
    service.answers.append(refused(401))

    with pytest.raises(ServiceError, match="answered 401"):
        service.run(lambda transport: transport.send("GET", PATH), token=_Fixed())


class TestSignIn:
    """What happens when the sign-in service fails."""

    SILENT: ClassVar = {"method": "GET", "url": "token", "waited_s": 0.0, "reason": "x", "may_have_taken_effect": False}

    def test_sign_in_service_is_away_for_a_moment(self, service):
        """Nothing was sent without a token, so even what starts work is tried again."""
        service.answers.append(ok())

        service.run(
            lambda transport: transport.send("PUT", PATH, repeat=Repeat.REFUSED),
            token=_Fixed(NoAnswerError(**self.SILENT)),
        )

        assert [1.0] == service.clock.sleeps

    def test_credential_is_refused(self, service):
        """A credential that cannot work is said at once."""
        with pytest.raises(ConfigurationError, match="no such secret"):
            service.run(
                lambda transport: transport.send("GET", PATH), token=_Fixed(ConfigurationError("no such secret"))
            )

        assert 0 == service.sent


def test_cancelled_while_it_pauses(service):
    """Ctrl-C ends a pause at once and sends nothing more."""
    service.answers.append(refused(503, retry_after="3600"))

    async def cancelled(transport):
        task = asyncio.create_task(transport.send("GET", PATH))
        await service.clock.first_sleep()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    service.run(cancelled)

    assert 1 == service.sent
