"""One request to one service, asked again where that is harmless, answered or refused in one typed way.

The service is Azure Resource Manager or System Center's; `dialect` says in what they differ. What they do, ARM above
all, and what a reader would otherwise learn in an outage:

- ARM replays its last 409 for a client request id that it has seen: each sending has an id of its own.
- Status URLs are signed, 3.3 kB long, and refused after any re-encoding: they are sent byte for byte.
- An answer may name any URL. The token goes to the configured host alone; everything else is refused before sending.
- A lost connection says nothing about what has happened. Whoever starts work with a request asks for
  `Repeat.REFUSED` and looks before sending again.

Not in here: what an answer means (`arm/`), how a token is got (`credentials`), when to ask again (`retrying`), who else
must slow down (`throttling`).
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import httpx

from azure_recovery.rest import wire
from azure_recovery.rest.clock import Clock, Deadline
from azure_recovery.rest.clouds import is_loopback
from azure_recovery.rest.dialect import ARM, Dialect
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    NoAnswerError,
    NotSentError,
    ThrottledError,
    UnexpectedAnswerError,
)
from azure_recovery.rest.headers import answer_date, remaining, request_id
from azure_recovery.rest.redaction import unsigned
from azure_recovery.rest.retrying import OnWait, Repeat, RetryPolicy, Wait
from azure_recovery.rest.throttling import DeadlineTooShortError, Keys, Throttle, Turn

_LOG = logging.getLogger("azure_recovery.rest")
_UNAUTHORIZED = 401
_FRESH_S = 1.0
"""Azure's seconds for which a token that was just handed out is not asked for again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer.

    Attributes:
        method: As sent. url: Absolute, as sent, *with* its query: show it through `redaction.unsigned` alone.
        status: 200 to 299. headers: As received.
        body: Parsed JSON; None when the body was empty.
        request_id: For Azure's support, or "". date: The service's time of day, aware, in UTC.
    """

    method: str
    url: str
    status: int
    headers: httpx.Headers
    body: Any
    request_id: str
    date: datetime | None

    def __repr__(self) -> str:
        """Return it without query, headers and body, any of which may hold a signature."""
        return f"<Answer {self.status} to {self.method} {unsigned(self.url)}>"

    def object(self) -> dict[str, Any]:
        """Return the body.

        Raises:
            UnexpectedAnswerError: It is no JSON object.
        """
        if isinstance(self.body, dict):
            return self.body
        found = "is empty" if self.body is None else f"is a JSON {type(self.body).__name__}"
        raise self.unexpected(f"its body {found} where an object belongs")

    def unexpected(self, reason: str) -> UnexpectedAnswerError:
        """Return the error that says what is wrong with it: *reason* goes on after `answered 200, but`."""
        return UnexpectedAnswerError(
            method=self.method, url=self.url, status=self.status, reason=reason, request_id=self.request_id
        )


class TokenSource(Protocol):
    """Where bearer tokens come from; keeps one until it is about to expire."""

    async def token(self) -> str:
        """Return a token that is valid now.

        Raises:
            ConfigurationError: The credential gave none.
        """
        ...


@runtime_checkable
class Refreshable(TokenSource, Protocol):
    """A source that can be told that the service does not take a token any more."""

    def forget(self, token: str) -> None:
        """Never return *token* again."""
        ...


class Transport:
    """Requests to one endpoint, with one credential, for all tasks of one event loop.

    Args:
        endpoint: `https://management.azure.com`, without path.
        token: Asked before each sending; None where the connection itself says who asks.
        clock: The only source of time.
        http: A client of one's own, for tests and proxies; it is closed with the transport.
        policy: How often and how patiently requests are repeated.
        user_agent: Names the caller to Azure.
        dialect: How the service is spoken to.

    Attributes:
        clock: As given.

    Raises:
        ConfigurationError: *endpoint* is no origin.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        token: TokenSource | None,
        clock: Clock,
        http: httpx.AsyncClient | None = None,
        policy: RetryPolicy | None = None,
        user_agent: str | None = None,
        dialect: Dialect = ARM,
    ) -> None:
        self._endpoint = wire.Endpoint(endpoint)
        self._token = token
        self._dialect = dialect
        self.clock = clock
        self._policy = policy or RetryPolicy()
        self._user_agent = user_agent or _user_agent()
        self._throttle = Throttle(clock)
        self._seen: tuple[datetime, float] | None = None
        wire.keep_quiet()
        # A proxy of the environment is for the world outside, not for an emulator on this machine.
        use_proxy = not is_loopback(self._endpoint.origin.host)
        self._http = http or httpx.AsyncClient(timeout=wire.TIMEOUT, limits=wire.LIMITS, trust_env=use_proxy)

    def __repr__(self) -> str:
        """Return it without its token."""
        return f"<Transport to {self._endpoint}>"

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def service_now(self) -> datetime:
        """Return the service's time of day: its newest `Date` and what has passed since; before it, the clock's."""
        if self._seen is None:
            return self.clock.now()
        date, at = self._seen
        return date + timedelta(seconds=self.clock.monotonic() - at)

    async def send(
        self,
        method: str,
        target: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object | None = None,
        headers: Mapping[str, str] | None = None,
        repeat: Repeat = Repeat.SAFE,
        deadline: Deadline | None = None,
        limit: str = "",
        on_wait: OnWait | None = None,
    ) -> Answer:
        """Send a request and return its 2xx answer.

        Args:
            method: In capitals.
            target: A path such as `/subscriptions/…`, or an absolute URL of the endpoint, followed byte for byte.
            query: Added to *target*, for instance `{"api-version": "2026-04-01"}`.
            body: Sent as JSON unless None.
            headers: Beside the usual ones.
            repeat: What a second sending could do.
            deadline: No pause goes past it; what was last known is raised instead.
            limit: A limit of the service that this request shares with others, such as `copies:<collection id>`.
            on_wait: Told each pause before it begins.

        Raises:
            NoAnswerError: Nothing came back; as NotSentError, a shared pause outlasts *deadline*.
            ServiceError: Or one of its kinds: the service said no.
            UnexpectedAnswerError: *target* leaves the endpoint (nothing was sent), or a 2xx answer holds no JSON.
            ConfigurationError: There is no token.
        """
        place = self._endpoint.resolve(method, target, query)
        call = _Call(
            method=method,
            place=place,
            body=body,
            headers={"user-agent": self._user_agent, **(headers or {})},
            keys=Keys.of(method, place.path, limit),
            repeat=repeat,
            begun=self.clock.monotonic(),
        )

        def tell(reason: str, pause: float) -> None:
            if on_wait is not None:
                on_wait(Wait(reason, pause, self.service_now() + timedelta(seconds=pause)))

        def tell_throttled(pause: float) -> None:
            tell("throttled", pause)

        last: AzureRecoveryError | None = None
        while True:
            try:
                outcome = await self._attempt(call, deadline, tell_throttled)
            except DeadlineTooShortError as error:
                raise last or self._not_sent(call, error.pause_s) from None
            if isinstance(outcome, Answer):
                return outcome
            last = outcome.error
            call.pauses_s += outcome.pause_s
            counted_out = self._policy.is_counted_out(
                call.sent,
                throttled=outcome.throttled,
                under_deadline=deadline is not None and deadline.seconds is not None,
                pauses_s=call.pauses_s,
            )
            if not outcome.may_repeat or counted_out or (deadline is not None and outcome.pause_s >= deadline.left_s):
                raise last
            if outcome.pause_s > 0.0:
                tell(outcome.reason, outcome.pause_s)
                await self.clock.sleep(outcome.pause_s)

    async def _attempt(
        self, call: _Call, deadline: Deadline | None, on_pause: Callable[[float], None]
    ) -> Answer | _Setback:
        call.sent += 1
        # Before the turn: after a refusal everybody else waits for the end of it, and a sign-in may take a minute.
        token = await self._some_token(call)
        if isinstance(token, _Setback):
            return token
        begun = self.clock.monotonic()
        async with self._throttle.turn(call.keys, deadline=deadline, on_pause=on_pause) as turn:
            if self.clock.monotonic() - begun > _FRESH_S:
                token = await self._some_token(call)  # the same one, unless it has expired or was refused meanwhile
                if isinstance(token, _Setback):
                    return token
            return await self._exchange(call, turn, token)

    async def _some_token(self, call: _Call) -> str | _Setback:
        try:
            return await self._token.token() if self._token else ""
        except NoAnswerError as silence:
            return self._silence(call, silence)

    def _silence(self, call: _Call, silence: NoAnswerError) -> _Setback:
        may_repeat = wire.passes_by_itself(silence) and self._policy.may_repeat_silence(
            may_have_taken_effect=silence.may_have_taken_effect, repeat=call.repeat
        )
        return _Setback(silence, "no answer", self._policy.pause_s(call.sent - 1), may_repeat)

    async def _exchange(self, call: _Call, turn: Turn, token: str) -> Answer | _Setback:
        try:
            response = await wire.exchange(
                self._http,
                call.method,
                call.place,
                headers=self._dialect.headers(token=token, has_body=call.body is not None, more=call.headers),
                body=call.body,
                waited_s=lambda: self.clock.monotonic() - call.begun,
            )
        except NoAnswerError as silence:
            return self._silence(call, silence)
        date = answer_date(response.headers)
        if date is not None:
            self._seen = (date, self.clock.monotonic())
        left = remaining(response.headers)
        if response.is_success:
            turn.answered(left)
            return self._answer(call, response)
        refusal = self._dialect.refusal(call.method, call.place.url, response, self.service_now())
        pause = self._policy.pause_s(call.sent - 1, refusal.retry_after_s)
        if isinstance(refusal, ThrottledError):
            key = call.keys.refused_by(refusal.code, from_gateway=refusal.from_gateway)
            turn.refused(key, pause, left)
            _LOG.info("throttled for %.0f s: %s", pause, key or refusal.code)
            reason = "throttled" if key else "busy with another operation"
            may_repeat = self._policy.may_repeat_status(refusal.status, call.repeat)
            return _Setback(refusal, reason, pause, may_repeat, throttled=True)
        turn.answered(left)
        if refusal.status == _UNAUTHORIZED and not call.renewed and isinstance(self._token, Refreshable):
            self._token.forget(token)
            call.renewed = True
            return _Setback(refusal, "token refused", 0.0, call.repeat is not Repeat.NEVER)
        reason = f"answered {refusal.status}" + (f" ({refusal.code})" if refusal.code else "")
        return _Setback(refusal, reason, pause, self._policy.may_repeat_status(refusal.status, call.repeat))

    def _answer(self, call: _Call, response: httpx.Response) -> Answer:
        body = None
        if response.content.strip():
            try:
                body = json.loads(response.content.decode("utf-8-sig"))
            except (ValueError, RecursionError):
                shown = self._dialect.said(response).text
                raise UnexpectedAnswerError(
                    method=call.method,
                    url=call.place.url,
                    status=response.status_code,
                    reason=f"its body is no JSON: {shown}",
                    request_id=request_id(response.headers),
                ) from None
        return Answer(
            method=call.method,
            url=call.place.url,
            status=response.status_code,
            headers=response.headers,
            body=body,
            request_id=request_id(response.headers),
            date=answer_date(response.headers),
        )

    def _not_sent(self, call: _Call, pause_s: float) -> NotSentError:
        until = self.service_now() + timedelta(seconds=pause_s)
        throttled = f"throttled until {until:%H:%M:%S} UTC" if pause_s > 0.0 else "let through a few at a time"
        return NotSentError(
            method=call.method,
            url=call.place.url,
            waited_s=self.clock.monotonic() - call.begun,
            reason=f"not sent, because calls of this kind are {throttled}",
            pause_s=pause_s,
        )


@dataclass(slots=True)
class _Call:
    """What one `send` knows across its sendings."""

    method: str
    place: wire.Target
    body: object | None
    headers: Mapping[str, str]
    keys: Keys
    repeat: Repeat
    begun: float
    sent: int = 0
    pauses_s: float = 0.0
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class _Setback:
    """A sending that brought no 2xx answer."""

    error: AzureRecoveryError
    reason: str
    pause_s: float
    may_repeat: bool
    throttled: bool = False


@functools.cache
def _user_agent() -> str:
    # Loaded by whoever sends, because it would be a fifth of what importing this module costs.
    from importlib.metadata import version  # noqa: PLC0415

    return f"azure-recovery/{version('azure-recovery')}"
