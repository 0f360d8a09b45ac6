"""Azure Resource Manager, and System Center, as a list of answers: no socket, and nothing may be left unsaid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.transport import Transport
from tests.wire.scripted_spf import Spf

ENDPOINT = "https://arm.example"


class _Token:
    async def token(self) -> str:
        return "token-of-a-test"


class ScriptedArm:
    """Answers requests in the order in which the answers were given, and keeps the requests.

    Attributes:
        requests: Those that came. transport: The transport that leads here.
        by_request: Answers instead of the list, where a test sets it.
    """

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.requests: list[httpx.Request] = []
        self.answers: list[Callable[[httpx.Request], httpx.Response]] = []
        self.by_request: Callable[[httpx.Request], httpx.Response] | None = None
        self.transport = Transport(
            endpoint=ENDPOINT,
            token=_Token(),
            clock=clock,
            http=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            # Repeating is the transport's own matter and has its own tests.
            policy=RetryPolicy(attempts=1),
        )

    def say(self, status: int, body: Any = None, **headers: str) -> None:
        """Answer the next request; `retry_after="5"` is the header `retry-after`."""
        self.answers.append(lambda _: self.response(status, body, **headers))

    def refuse(self, status: int, code: str, message: str = "no", **headers: str) -> None:
        """Answer the next request with an ARM error."""
        self.say(status, {"error": {"code": code, "message": message}}, **headers)

    def lose(self) -> None:
        """Lose the connection of the next request after it was sent."""

        def lost(request: httpx.Request) -> httpx.Response:
            raise httpx.ReadError("connection reset", request=request)

        self.answers.append(lost)

    def response(self, status: int, body: Any = None, **headers: str) -> httpx.Response:
        """Return an answer with the `Date` of the test's clock."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        date = format_datetime(self.clock.now(), usegmt=True)
        return httpx.Response(status, headers={"date": date, **named}, content=content)

    @property
    def sent(self) -> list[str]:
        """Each request as `GET /path?query`, as it went over the wire."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.by_request is not None:
            return self.by_request(request)
        assert self.answers, f"nothing to say to {request.method} {request.url.path}"
        return self.answers.pop(0)(request)


@pytest.fixture
def arm(clock: Any) -> Iterator[ScriptedArm]:
    """A scripted ARM; the test fails if an answer was not asked for."""
    scripted = ScriptedArm(clock)
    yield scripted

    assert [] == scripted.answers


@pytest.fixture
def spf(clock: Any) -> Iterator[Spf]:
    """A scripted System Center; the test fails if an answer was not asked for."""
    scripted = Spf(clock)
    yield scripted

    assert [] == scripted.answers
