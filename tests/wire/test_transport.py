"""One request and its answer."""

from __future__ import annotations

import asyncio
import inspect
import logging
import subprocess
import sys
import uuid
from datetime import timedelta

import httpcore
import httpx
import pytest

from azure_recovery.rest import wire
from azure_recovery.rest.clock import SystemClock
from azure_recovery.rest.errors import (
    ConfigurationError,
    ConflictError,
    NoAnswerError,
    NotFoundError,
    ServiceError,
    ThrottledError,
    UnexpectedAnswerError,
)
from azure_recovery.rest.retrying import Repeat
from azure_recovery.rest.transport import Transport

DATE = {"Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
PATH = "/subscriptions/s/resourceGroups/g"
SIGNED = (
    "/subscriptions/s/providers/Microsoft.Compute/locations/NorthEurope/operations/x?p=%7e%2f%2F&api-version=1&t=638"
    f"&c=MII{'AbC-_d' * 500}&s=a%3db%3Dc+d%2Be~!$'()*,;:@/?[]|^`\"{{}}%zz%&h=MARKER=="
)


def test_answer_as_documented(service):
    """An answer carries body, status, date and request id; a request its token, ids of its own and its API version."""
    service.answers.append(httpx.Response(201, json={"name": "é"}, headers={**DATE, "x-ms-request-id": "r"}))

    answer = service.send("PUT", PATH, query={"api-version": "2026-04-01"}, body={"tags": {"a": "é"}})

    _, request = service.requests[0]
    assert ({"name": "é"}, 201, "r") == (answer.object(), answer.status, answer.request_id)
    assert timedelta(hours=2) == answer.date - service.clock.start
    assert "PUT https://management.example/subscriptions/s/resourceGroups/g?api-version=2026-04-01" == (
        f"{request.method} {request.url}"
    )
    assert '{"tags":{"a":"é"}}' == request.content.decode()
    assert "Bearer token-1" == request.headers["authorization"]
    assert "application/json" == request.headers["content-type"]
    assert "true" == request.headers["x-ms-return-client-request-id"]
    assert request.headers["user-agent"].startswith("azure-recovery/")
    assert uuid.UUID(request.headers["x-ms-client-request-id"])


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_answer_without_a_body(service, body):
    """An empty body is None, and asking for an object then is an error that says so."""
    service.answers.append(httpx.Response(202, content=body))

    answer = service.send("DELETE", PATH)

    assert answer.body is None
    with pytest.raises(UnexpectedAnswerError, match="answered 202, but its body is empty where an object belongs"):
        answer.object()


def test_answer_that_is_a_list(service):
    """A JSON list is a body, but no object."""
    service.answers.append(httpx.Response(200, json=[1]))

    answer = service.send("GET", PATH)

    assert [1] == answer.body
    with pytest.raises(UnexpectedAnswerError, match="is a JSON list"):
        answer.object()


def test_answer_with_a_byte_order_mark(service):
    """A byte order mark before JSON, which some front ends send, is no reason to fail."""
    service.answers.append(httpx.Response(200, content=b'\xef\xbb\xbf{"a":1}'))

    assert {"a": 1} == service.send("GET", PATH).object()


def test_success_that_is_a_page(service):
    """A sign-in page of a proxy with status 200 is no success."""
    page = "<html><title>Sign in to Example</title></html>"
    service.answers.append(httpx.Response(200, text=page, headers={"x-ms-request-id": "r"}))

    with pytest.raises(UnexpectedAnswerError) as caught:
        service.send("GET", PATH, query={"sig": "MARKER"})

    assert (
        "GET https://management.example/subscriptions/s/resourceGroups/g answered 200, but its body is no JSON: "
        "Sign in to Example [request id r]"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ServiceError),
        (400, ServiceError),
        (401, ServiceError),
        (403, ServiceError),
        (404, NotFoundError),
        (409, ConflictError),
        (412, ConflictError),
        (429, ThrottledError),
        (500, ServiceError),
    ],
)
def test_each_refusal(service, status, kind):
    """Each status has its error, with the service's words, its request id, and no query."""
    body = {"error": {"code": "Code", "message": "Words.", "target": "t", "details": [{"code": "In", "message": "x"}]}}
    headers = {"x-ms-request-id": "", "x-ms-correlation-request-id": "c", "x-ms-failure-cause": "gateway"}
    service.answers.append(
        httpx.Response(status, json=body, headers={**headers, "Location": "https://elsewhere.example"})
    )
    service.tokens = ["token-1"]

    with pytest.raises(ServiceError) as caught:
        service.send("GET", PATH, query={"sig": "MARKER"}, repeat=Repeat.NEVER)

    error = caught.value
    assert kind is type(error)
    assert (
        f"GET https://management.example/subscriptions/s/resourceGroups/g answered {status} (Code): "
        "Words. In: x [request id c]"
    ) == str(error)
    assert ("t", (("In", "x"),), True) == (error.target, error.details, error.from_gateway)


@pytest.mark.parametrize(
    "target",
    [
        "https://management.azure.com/subscriptions/s",
        "http://management.example/subscriptions/s",
        "https://management.example:8443/subscriptions/s",
        "https://management.example.evil.example/",
        "https://management.example@evil.example/",
        "https://user@management.example/",
        "https://evil.example\\@management.example/",
        "https://evil.example#@management.example/",
        "//evil.example/subscriptions/s",
        "ftp://management.example/",
        "subscriptions/s",
        "",
        "https://management.example/a b",
        "https://management.example/\r\nHost: evil.example",
        "https://management.example/é",
        "https://[bad/x",
    ],
)
def test_answer_names_another_host(service, target):
    """A URL of another scheme, host or port, or one that HTTP cannot carry, is refused, and nothing is sent."""
    with pytest.raises(UnexpectedAnswerError, match=r"was not sent: it leads away from https://management"):
        service.send("GET", target)

    assert 0 == service.sent


@pytest.mark.parametrize("origin", ["https://management.example", "HTTPS://MANAGEMENT.example:443"])
def test_same_host_in_other_words(service, origin):
    """Case and the default port make no other host, and the request goes where the token belongs."""
    service.answers.append(httpx.Response(200, json={}))

    service.send("GET", f"{origin}{PATH}?t=%2f#part")

    _, request = service.requests[0]
    assert "https://management.example" == f"{request.url.scheme}://{request.url.netloc.decode()}"
    assert f"{PATH}?t=%2f".encode() == request.extensions["target"]


class _Recorder(httpcore.AsyncNetworkBackend):
    """A network that keeps what is written to it and says one thing."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.written = b""
        self.where: list[tuple[str, int]] = []

    async def connect_tcp(self, host, port, **_):
        self.where.append((host, port))
        recorder = self

        class Stream(httpcore.AsyncMockStream):
            async def write(self, buffer, timeout=None):  # noqa: ASYNC109 - the signature is httpcore's
                recorder.written += buffer

        return Stream([self.said])


def test_signed_url_of_three_kilobytes(clock, service, caplog):
    """A signed URL goes over the wire byte for byte, and neither it nor the next one nor the token reaches a log."""
    caplog.set_level(logging.DEBUG)
    network = _Recorder(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n"
        b"Location: http://127.0.0.1:8080/x?s=MARKER\r\n\r\n{}"
    )
    http = httpx.AsyncHTTPTransport()
    http._pool = httpcore.AsyncConnectionPool(network_backend=network)
    service.tokens = ["token-MARKER"]
    assert len(SIGNED) > 3_000

    async def follow(transport):
        return await transport.send("GET", f"http://127.0.0.1:8080{SIGNED}")

    answer = service.run(follow, endpoint="http://127.0.0.1:8080/", http=httpx.AsyncClient(transport=http))

    assert f"GET {SIGNED} HTTP/1.1".encode() == network.written.split(b"\r\n")[0]
    assert [("127.0.0.1", 8080)] == network.where
    assert b"\r\nHost: 127.0.0.1:8080\r\n" in network.written
    assert f"http://127.0.0.1:8080{SIGNED}" == answer.url
    assert "MARKER" not in caplog.text
    assert "MARKER" not in repr(answer)


def test_requests_of_others_are_still_logged(service, caplog):
    """Only our own requests are kept out of the log of httpx; an application's are its own matter."""
    caplog.set_level(logging.INFO)
    service.answers += [httpx.Response(200, json={})]
    service.send("GET", PATH, query={"sig": "MARKER"})

    async def other() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as http:
            await http.get("https://other.example/visible")

    asyncio.run(other())

    assert "MARKER" not in caplog.text
    assert "https://other.example/visible" in caplog.text


@pytest.mark.parametrize(
    ("target", "query", "expected"),
    [
        ("/a b/é(1)#", None, "/a%20b/%C3%A9(1)%23"),
        ("/a%20b", None, "/a%20b"),
        ("/a", {"$expand": "instanceView", "f": "a eq 'b'&c"}, "/a?$expand=instanceView&f=a%20eq%20%27b%27%26c"),
        ("/a?b=%2f", {"c": "d"}, "/a?b=%2f&c=d"),
        ("https://management.example?b=c", None, "/?b=c"),
        ("https://management.example", None, "/"),
    ],
)
def test_paths_and_queries(target, query, expected):
    """Paths are encoded only where HTTP demands it; a query of our own is encoded whole."""
    assert expected == wire.Endpoint("https://management.example").resolve("GET", target, query).path


@pytest.mark.parametrize("endpoint", ["", "management.example", "ftp://a.example", "https://a.example/arm", "https://"])
def test_endpoint_that_is_none(clock, service, endpoint):
    """An endpoint is scheme and host, and anything else is said at once."""
    with pytest.raises(ConfigurationError, match=r"^endpoint "):
        service.transport(endpoint=endpoint)


def _exceptions() -> list[type[Exception]]:
    found = {thing for thing in vars(httpx).values() if inspect.isclass(thing) and issubclass(thing, Exception)}
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _exceptions())
def test_every_exception_of_httpx_is_mapped(kind):
    """Each exception of httpx is in the table, or is a mere base of some that are."""
    is_base = any(other is not kind and issubclass(other, kind) for other in wire.FAILURES)

    assert kind in wire.FAILURES or is_base


NEVER_OPENED = ["ConnectError", "ConnectTimeout", "InvalidURL", "PoolTimeout", "ProxyError", "UnsupportedProtocol"]


def test_failures_that_prove_that_nothing_happened():
    """Only what fails before a connection is open cannot have taken effect."""
    assert NEVER_OPENED == sorted(kind.__name__ for kind, effect in wire.FAILURES.items() if not effect)


@pytest.mark.parametrize("kind", [kind for kind in wire.FAILURES if issubclass(kind, httpx.TransportError)])
def test_lost_connection(service, kind):
    """No exception of httpx gets out, and the error says whether the request may have taken effect."""
    service.answers.append(kind("went wrong at https://x.example/?MARKER"))

    with pytest.raises(NoAnswerError) as caught:
        service.send("PUT", PATH, query={"sig": "MARKER"}, repeat=Repeat.NEVER)

    assert wire.FAILURES[kind] == caught.value.may_have_taken_effect
    assert isinstance(caught.value.__cause__, kind)
    assert str(caught.value).startswith(
        "PUT https://management.example/subscriptions/s/resourceGroups/g got no answer in 0 s: "
    )
    assert "MARKER" not in str(caught.value)


def test_timeout_without_words(service):
    """Timeouts of httpx have no text; the error names what timed out."""
    service.answers.append(httpx.ReadTimeout(""))

    with pytest.raises(NoAnswerError, match=r"got no answer in 0 s: read timeout$"):
        service.send("GET", PATH, repeat=Repeat.NEVER)


def test_exception_of_a_later_httpx():
    """An exception that a later httpx derives from a known one counts as that; an unknown one may have had effect."""
    derived = type("ConnectRefused", (httpx.ConnectError,), {})

    assert not wire.may_have_taken_effect(derived("no"))
    assert wire.may_have_taken_effect(httpx.HTTPError("no"))


def test_time_of_the_service(service):
    """Now is the newest Date and what has passed since, whatever the machine's own clock says."""
    service.answers += [httpx.Response(200, headers=DATE), httpx.Response(200)]

    async def ask(transport):
        before = transport.service_now()
        await transport.send("GET", PATH)
        service.clock.advance(90.0)
        await transport.send("GET", PATH)
        return before, transport.service_now()

    before, after = service.run(ask)

    assert service.clock.start == before
    assert "2026-11-22T12:01:30+00:00" == after.isoformat()


def test_nothing_secret_in_a_repr(service):
    """A transport shows where it leads and nothing else."""
    service.tokens = ["token-MARKER"]

    assert "<Transport to https://management.example>" == repr(service.transport())


@pytest.mark.parametrize(("endpoint", "uses_proxy"), [("http://127.0.0.1:1", False), ("https://a.example", True)])
def test_proxy_of_the_environment(monkeypatch, endpoint, uses_proxy):
    """A company's proxy is used for Azure, and not for an emulator on this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    transport = Transport(endpoint=endpoint, token=None, clock=SystemClock())
    mounts = transport._http._mounts
    asyncio.run(transport.aclose())

    assert uses_proxy == bool(mounts)


def test_what_the_import_loads():
    """Importing the transport loads neither azure-identity nor Pulumi."""
    code = (
        "import sys, azure_recovery.rest.transport, azure_recovery.rest.credentials\n"
        "print([m for m in sys.modules if m.startswith(('azure.', 'msal', 'pulumi', 'requests'))])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "[]" == shown.strip()
