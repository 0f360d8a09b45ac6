"""Anything that a service, a proxy or a network can answer, and what an outcome of it has to be."""

from __future__ import annotations

import asyncio
import copy
import json
from email.utils import format_datetime
from pathlib import Path

import httpx
from hypothesis import strategies as st

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operations import Operation
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.calls import RestorePoints
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.compute.replication import copy_status
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError
from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.transport import Transport

ENDPOINT = "https://arm.example"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/recovery/providers/Microsoft.Compute"
COLLECTION = ResourceId.parse(f"{GROUP}/restorePointCollections/web-1-copies")
COPY = COLLECTION.child("restorePoints", "daily-1")
DISK = COPY.child("diskRestorePoints", "os")
SOURCE = ResourceId.parse(f"{GROUP}/restorePointCollections/web-1".replace("recovery", "production"))
SIGNED = f"{ENDPOINT}/subscriptions/{SUBSCRIPTION}/operations/1?t=1&c=PLANTED-CERTIFICATE&s=PLANTED-SIGNATURE"
DATA = Path(__file__).parents[1] / "data" / "compute"
BODIES = {
    name: json.loads((DATA / f"{name}.json").read_text())
    for name in ("collection", "copy_accepted", "restore_point_with_instance_view", "disk_restore_point")
}
USABLE_COPY = copy.deepcopy(BODIES["restore_point_with_instance_view"])
for _disk in USABLE_COPY["properties"]["instanceView"]["diskRestorePoints"]:
    _disk["replicationStatus"]["status"]["code"] = "ReplicationState/succeeded"

LONGEST_S = 1_800.0
LONG = 10_000
"""Bytes from which a body takes its time."""
MOST_REQUESTS = 600
"""More than any wait of half an hour needs: whoever sends more is in a busy loop."""


STATUSES = (200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 404, 408, 409, 410, 412, 413, 418, 429)
STATUSES += (500, 501, 502, 503, 504, 511, 599)

GONE = {"error": {"code": "ResourceNotFound", "message": "The Resource was not found."}}
WORDS = "Denied for Bearer PLANTED-TOKEN-01234567890, see https://x.example/a?sv=1&sig=PLANTED-SIGNATURE\nand\r\nso on"
RAW = {
    "empty": b"",
    "blank": b" \r\n ",
    "null": b"null",
    "true": b"true",
    "number": b"7",
    "text": b'"PLANTED"'.replace(b"PLANTED", b"text"),
    "list": b"[]",
    "empty object": b"{}",
    "HTML": b"<html><head><title>502 Bad\nGateway</title></head><body>proxy</body></html>",
    "XML": b'\xef\xbb\xbf<?xml version="1.0"?><Error><Code>ServerBusy</Code><Message>Busy\nnow</Message></Error>',
    "open markup": b"<" * 20_000,
    "deep lists": b"[" * 40_000,
    "deep objects": b'{"error":' * 20_000,
    "deep and closed": b'{"error":' * 900 + b"{}" + b"}" * 900,
    "huge": b'{"error":{"code":"X","message":"' + b"long words " * 100_000 + b'"}}',
    "huge code": b'{"error":{"code":"' + b"X" * 100_000 + b'","message":"m"}}',
    "huge number": b'{"properties":' + b"9" * 5_000 + b"}",
    "invalid UTF-8": b'{"error":{"code":"\xff\xfe","message":"\xc3\x28"}}',
    "UTF-16": '{"error":{"code":"X"}}'.encode("utf-16"),
    "NaN": b'{"properties":NaN,"error":{"code":NaN,"message":Infinity}}',
    "half a surrogate pair": b'{"error":{"code":"\\ud800","message":"\\udfff and \\u0085 and \\u2028"},"id":"\\ud800"}',
    "control characters": b'{"error":{"code":"A\\u001b[31mB","message":"\\u0000\\u0007\\u009b"}}',
    "ARM error": json.dumps({"error": {"code": "Code", "message": WORDS, "target": WORDS, "details": None}}).encode(),
    "wrong types": b'{"error":{"code":[],"message":{},"details":7,"innererror":true,"additionalInfo":"x"}}',
    "error is text": json.dumps({"error": WORDS}).encode(),
    "operation failed": b'{"status":"Failed","error":{"code":"Inner","message":"no"}}',
    "unknown status": b'{"status":"Thinking","properties":{"provisioningState":"Pondering"}}',
    "status is a number": b'{"status":7,"properties":{"provisioningState":7}}',
    "null properties": b'{"properties":null,"value":null,"status":null,"id":null,"name":null}',
    "gone": json.dumps(GONE).encode(),
}
"""Bodies that stand for a class of their own; PLANTED must never be shown."""

RETRY_AFTER = ("0", "-5", "17", "1e9", "inf", "nan", "", " ", "soon", "Sun, 22 Nov 2026 10:00:30 GMT", "Sun, 99 Foo")
RETRY_AFTER += ("Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 22 Nov 2026 10:00:30 +9999", "9" * 400, "1,2", "²")

odd_headers = st.fixed_dictionaries(
    {},
    optional={
        "retry-after": st.sampled_from(RETRY_AFTER),
        "x-ms-retry-after-ms": st.sampled_from(("1500", "-1", "x")),
        "content-type": st.sampled_from(("text/html", "application/json; charset=utf-7", "x", "")),
        "date": st.sampled_from(
            ("", "yesterday", "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2300")
        ),
        "azure-asyncoperation": st.sampled_from(
            (
                SIGNED,
                "https://elsewhere.example/op?sig=PLANTED",
                "//x",
                "op",
                "",
                "https://arm.example:x/",
                "\xe4",
                "http://[",
            )
        ),
        "location": st.sampled_from(
            (
                SIGNED,
                f"{ENDPOINT}{COPY}",
                "https://elsewhere.example/op?sig=PLANTED",
                "ftp://x",
                "?",
                "/relative?sig=PLANTED",
            )
        ),
        "x-ms-request-id": st.sampled_from(("", "a" * 9_000, "id\x85two", "0f3c")),
        "x-ms-ratelimit-remaining-subscription-reads": st.sampled_from(("0", "-1", "x", "1e400", "nan")),
        "x-ms-ratelimit-remaining-resource": st.sampled_from(("Microsoft.Compute/X;0", ";;;", "a;b,c", "M/x;-9")),
        "x-ms-failure-cause": st.sampled_from(("gateway", "")),
    },
)

LOST = tuple(
    kind("reset by PLANTED peer".replace("PLANTED ", ""))
    for kind in (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
    )
)

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["Creating", "Failed", "Deleting", "Unheard-of", "ReplicationState/failed", "ReplicationState/", ""]
    ),
    st.sampled_from(["0001-01-01T00:00:00", "9999-12-31T23:59:59-23:59", "2026-13-40T99:00:00Z", "PT1H"]),
    st.sampled_from([[], {}, [None], [[]], {"id": None}]),
)
REMOVE = object()


def paths(value, at=()):
    """Yield the place of each value in a JSON document."""
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(inner, (*at, key))


def spoilt(document, place, instead):
    """Return *document* with another value, or none, in one place."""
    if not place:
        return None if instead is REMOVE else instead
    changed = copy.deepcopy(document)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    if instead is REMOVE:
        del holder[place[-1]]
    else:
        holder[place[-1]] = instead
    return changed


@st.composite
def spoilt_bodies(draw, document):
    """Return *document* with up to three fields of another type, null, or missing; sometimes cut."""
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(list(paths(document))))
        document = spoilt(document, place, draw(st.one_of(leaves, st.just(REMOVE))))
    content = json.dumps(document).encode()
    if draw(st.integers(0, 5)) == 0:
        return content[: draw(st.integers(0, len(content)))]
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + content


def answers_about(document):
    """Return anything that may come back for a request whose right answer is *document*."""
    contents = st.one_of(st.sampled_from(sorted(RAW)).map(RAW.get), spoilt_bodies(document))
    responses = st.tuples(st.sampled_from(STATUSES), odd_headers, contents)
    return st.one_of(responses, responses, responses, st.sampled_from(LOST))


class Wire:
    """Answers with what it was given, the last one for ever, and with the right thing after *odd* of them."""

    def __init__(self, clock, answers, *, right=None, forever=False):
        self.clock = clock
        self.answers = list(answers)
        self.right = right
        self.forever = forever
        self.requests = []
        self.served = []

    async def token(self):
        """Return that of whoever asks."""
        return "token-of-a-test"

    def answer(self, request):
        """Answer a request, or lose it."""
        self.requests.append(request)
        assert len(self.requests) <= MOST_REQUESTS, "a busy loop"
        assert request.url.host == "arm.example"
        number = len(self.requests) - 1
        if number < len(self.answers):
            said = self.answers[number]
        elif self.forever:
            said = self.answers[-1]
        else:
            said = (200, {}, json.dumps(self.right).encode())
        if isinstance(said, Exception):
            raise said
        status, headers, content = said
        self.served.append((request, status, content))
        date = {"date": format_datetime(self.clock.now(), usegmt=True)}
        encoded = [(k.encode(), v.encode("latin-1")) for k, v in {**date, **headers}.items()]
        return httpx.Response(status, headers=encoded, content=content)

    def run(self, work):
        """Return what *work* returns, or the error of this library that it raises."""

        async def worked():
            transport = Transport(
                endpoint=ENDPOINT,
                token=self,
                clock=self.clock,
                http=httpx.AsyncClient(transport=httpx.MockTransport(self.answer)),
                policy=RetryPolicy(chance=lambda: 0.0),
            )
            try:
                return await work(RestorePoints(transport), Deadline(self.clock, LONGEST_S))
            except AzureRecoveryError as error:
                return error
            finally:
                await transport.aclose()

        return asyncio.run(worked())


async def finished(started, deadline):
    """Follow an operation to its end."""
    operation = await started
    assert operation is None or isinstance(operation, Operation)
    if operation is not None:
        await operation.finish(deadline)


def says_usable(content):
    """Return whether an answer says, read by nobody's model, that a copy is provisioned and each disk replicated."""
    try:
        properties = json.loads(content.decode("utf-8-sig"))["properties"]
        profile, view = properties["sourceMetadata"]["storageProfile"], properties["instanceView"]
        disks = [profile["osDisk"]] if profile.get("osDisk") else []
        disks += profile.get("dataDisks") or []
        reported = {}
        for disk in view["diskRestorePoints"]:
            status = (disk.get("replicationStatus") or {}).get("status") or {}
            word = (status.get("code") or "").strip().lower()
            reported.setdefault("/" + (disk.get("id") or "").strip().strip("/").lower(), set()).add(word)
        wanted = ["/" + disk["diskRestorePoint"]["id"].strip().strip("/").lower() for disk in disks]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return (
        properties["provisioningState"].strip().lower() == "succeeded"
        and bool(wanted)
        and all(reported.get(disk) == {"replicationstate/succeeded"} for disk in wanted)
        and not any(
            word.startswith("replicationstate/") and word != "replicationstate/succeeded"
            for words in reported.values()
            for word in words
        )
    )


def judge(wire, outcome, fit_to_show):
    """Fail unless *outcome* is a right result or a typed error of one line."""
    if isinstance(outcome, AzureRecoveryError):
        fit_to_show(str(outcome))
        if isinstance(outcome, NotFoundError) and outcome.is_gone:
            assert any(status == 404 and b"NotFound" in content for _, status, content in wire.served)
        return
    if isinstance(outcome, RestorePoint):
        assert not copy_status(outcome).usable or says_usable(wire.served[-1][2])
        assert json.dumps(copy_status(outcome).percents)
