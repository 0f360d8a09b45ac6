"""One request over httpx, once: the exact bytes of its target, and what a failure of the connection proves.

httpx normalises URLs, which breaks Azure's signatures, and logs them, which publishes those. Both are dealt with here
and nowhere else, as is every exception that httpx has.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx

from azure_recovery.rest.clouds import no_origin
from azure_recovery.rest.errors import NoAnswerError, UnexpectedAnswerError
from azure_recovery.rest.redaction import redacted

TIMEOUT = httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=120.0)
"""Wall time: a connection is no faster in a rehearsal."""
LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=30.0)

FAILURES: Mapping[type[Exception], bool] = {
    # False: the request cannot have taken effect, because no connection was opened or no request was made.
    httpx.ConnectError: False,
    httpx.ConnectTimeout: False,
    httpx.PoolTimeout: False,
    httpx.ProxyError: False,
    httpx.UnsupportedProtocol: False,
    httpx.InvalidURL: False,
    # True: it was under way, or an answer was, and nobody knows how far.
    httpx.ReadError: True,
    httpx.ReadTimeout: True,
    httpx.WriteError: True,
    httpx.WriteTimeout: True,
    httpx.CloseError: True,
    httpx.LocalProtocolError: True,
    httpx.RemoteProtocolError: True,
    httpx.DecodingError: True,
    # Not raised by a plain request today; whoever adds streaming, cookies or redirects finds them mapped.
    httpx.TooManyRedirects: True,
    httpx.CookieConflict: True,
    httpx.StreamConsumed: True,
    httpx.StreamClosed: True,
    httpx.ResponseNotRead: True,
    httpx.RequestNotRead: True,
    httpx.HTTPStatusError: True,
}
"""Every exception of httpx that is raised as itself, to whether the request may have taken effect."""

_CAUGHT: tuple[type[Exception], ...] = (*FAILURES, ssl.SSLError)
"""httpcore lets errors of TLS through that come while it reads."""

_CERTIFICATE_REFUSED = re.compile(
    r"ALERT_(NO_|BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_(UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)"
)
"""What OpenSSL calls a service's refusal of who we are. Source: RFC 8446, 6.2."""

_OURS = contextvars.ContextVar("azure_recovery_request", default=False)
_LEAKY = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")
"""Loggers that write URLs or headers: httpx at INFO, httpcore at DEBUG."""

_ABSOLUTE = re.compile(r"(?P<origin>https?://[^/?#\\@\s]+)(?P<target>(?:[/?][!-~]*)?)", re.IGNORECASE)
_PATH_SAFE = "/:@!$&'()*+,;=~%?"


class _NotOurs(logging.Filter):
    """Drops the records of our own requests; an application's other requests are logged as before."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - the signature is logging's
        return not _OURS.get()


_NOT_OURS = _NotOurs()


def keep_quiet() -> None:
    """Keep the URLs and headers of our requests out of the logs of httpx and httpcore. Harmless when repeated."""
    for name in _LEAKY:
        logging.getLogger(name).addFilter(_NOT_OURS)


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Mark the requests made in the block as ours, which `keep_quiet` keeps out of the logs."""
    mark = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(mark)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Attributes:
        origin: The endpoint. path: All that follows it, query included, as it goes over the wire.
    """

    origin: httpx.URL
    path: str

    @property
    def url(self) -> str:
        """The absolute URL, signature included: for `redaction.unsigned`, never for a message."""
        return f"{_shown(self.origin)}{self.path}"


class Endpoint:
    """The one host that is sent requests and tokens.

    Args:
        url: An origin such as `https://management.azure.com`; a final slash is allowed.

    Raises:
        ConfigurationError: *url* is no origin.
    """

    def __init__(self, url: str) -> None:
        origin = _origin(url)
        if origin is None:
            raise no_origin(url)
        self.origin = origin

    def __str__(self) -> str:
        """Return the origin."""
        return _shown(self.origin)

    def resolve(self, method: str, target: str, query: Mapping[str, str] | None = None) -> Target:
        """Return where *target* goes.

        Args:
            method: For the error.
            target: A path, in which only what HTTP forbids is encoded, or an absolute URL, kept byte for byte.
            query: Added behind what *target* has of its own.

        Raises:
            UnexpectedAnswerError: An absolute URL of another scheme, host or port, or one that HTTP cannot carry.
        """
        if target.startswith("/") and not target.startswith("//"):
            path = quote(target, safe=_PATH_SAFE)
        else:
            found = _ABSOLUTE.fullmatch(target.partition("#")[0])
            if found is None or _origin(found["origin"]) != self.origin:
                raise UnexpectedAnswerError(method=method, url=target, status=0, reason=f"it leads away from {self}")
            path = found["target"]
            path = path if path.startswith("/") else f"/{path}"
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query, quote_via=quote, safe="$,:/")
        return Target(self.origin, path)


async def exchange(
    http: httpx.AsyncClient,
    method: str,
    target: Target,
    *,
    headers: Mapping[str, str],
    body: object | None,
    waited_s: Callable[[], float],
) -> httpx.Response:
    """Send a request once and return whatever answer comes.

    Args:
        http: Sends it.
        method: In capitals.
        target: Where to.
        headers: Beside those that HTTP itself needs.
        body: Sent as JSON unless None.
        waited_s: Tells Azure's seconds spent until now, for the error.

    Raises:
        NoAnswerError: None came.
    """
    content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        request = http.build_request(
            method,
            target.url,
            headers=dict(headers),
            content=content,
            # httpcore sends this instead of what httpx made of the URL.
            extensions={"target": target.path.encode("ascii")},
        )
        with unlogged():
            return await http.send(request, follow_redirects=False)
    except _CAUGHT as error:
        raise NoAnswerError(
            method=method,
            url=target.url,
            waited_s=waited_s(),
            reason=_words(error),
            may_have_taken_effect=may_have_taken_effect(error),
        ) from error


def may_have_taken_effect(error: Exception) -> bool:
    """Return what *error* leaves open; an exception that a later httpx derives from a known one counts as that.

    In TLS 1.3 a service refuses our certificate after the handshake has ended for us, so that the request is on its
    way by then; who does not know us yet has not acted on it.
    """
    if certificate_refused(error):
        return False
    return next((FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES), True)


def certificate_refused(error: BaseException) -> bool:
    """Return whether the service ended a handshake because it does not take our certificate, or the lack of one."""
    trouble = tls_trouble(error)
    reason = getattr(trouble, "reason", None) or ""  # absent where Python raised it, not OpenSSL
    return _CERTIFICATE_REFUSED.search(reason) is not None


def passes_by_itself(error: BaseException) -> bool:
    """Return whether the next connection may do better: not where one of the two certificates is not accepted."""
    return not isinstance(tls_trouble(error), ssl.SSLCertVerificationError) and not certificate_refused(error)


def tls_trouble(error: BaseException) -> ssl.SSLError | None:
    """Return what TLS said about a failure of the connection, or None."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen


def _words(error: Exception) -> str:
    """Return what went wrong in words: timeouts of httpx have none of their own."""
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    return f"{name}: {redacted(str(error))}" if str(error) else name


def _origin(url: str) -> httpx.URL | None:
    found = _ABSOLUTE.fullmatch(url)
    if found is None or found["target"] not in {"", "/"}:
        return None
    try:
        # In lower case, because httpx knows the default port of `https` but not of `HTTPS`.
        return httpx.URL(found["origin"].lower())
    except httpx.InvalidURL:
        return None


def _shown(origin: httpx.URL) -> str:
    return str(origin).rstrip("/")
