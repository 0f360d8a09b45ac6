"""The calls on checkpoints, machines and jobs over the wire: method, URL, headers and body, and what comes back."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import (
    ConflictError,
    InvalidInputError,
    NoAnswerError,
    NotFoundError,
    ServiceError,
    ThrottledError,
    UnexpectedAnswerError,
)
from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.spf.address import SPF_ROOT, service_root
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.connection import connect
from azure_recovery.rest.spf.models import Checkpoint
from azure_recovery.rest.spf.settings import SpfSettings

DATA = Path(__file__).parents[1] / "data" / "spf"
PAGE, MERGE, PUT, GET, OTHER = (
    json.loads((DATA / f"{name}.json").read_text())
    for name in ("page", "merge_restore_checkpoint", "put_restore_checkpoint", "get_checkpoint", "job_and_error")
)
ENTITY = GET["response"]["body"]
JOB, ERROR = OTHER["job"], OTHER["error"]
SUBSCRIPTION = "BA4146FA-FB41-41B6-A7C0-2B4FF4C3F7E3"
ROOT = f"/{SUBSCRIPTION}/services/systemcenter/vmm"
STAMP = "d70c1a9b-c241-48f5-880a-b6c36071e653"
VM = JOB["TargetObjectId"]
TOKEN = {"AZURE_RECOVERY_SPF_TOKEN": "token-of-a-test"}
READS = {
    "get_checkpoint": f"VMCheckPoints(ID=guid'{VM}',StampId=guid'{STAMP}')",
    "get_virtual_machine": f"VirtualMachines(ID=guid'{VM}',StampId=guid'{STAMP}')",
    "get_job": f"Jobs(ID=guid'{VM}',StampId=guid'{STAMP}')",
}


def key(checkpoint):
    return f"{ROOT}/VMCheckPoints(ID=guid'{checkpoint['ID']}',StampId=guid'{checkpoint['StampId']}')"


class Spf:
    """A service that gives its answers in order, to calls that are made by a configuration."""

    def __init__(self, clock):
        self.clock = clock
        self.answers = []
        self.requests = []
        self.waits = []

    def call(self, method, *args, options=None, **how):
        """Return what one method returns."""
        return self.run(lambda service: getattr(service, method)(*args, **(options or {})), **how)

    def run(self, work, *, env=TOKEN, root=None, principal_id="", retry=False):
        """Return what *work* returns for the calls that lead here."""
        policy = RetryPolicy(chance=lambda: 0.0) if retry else RetryPolicy(attempts=1)

        async def run():
            connection = connect(
                SpfSettings.load({}, env),
                root or service_root("https://wapserver:30006", SUBSCRIPTION),
                principal_id=principal_id,
                clock=self.clock,
                policy=policy,
                http=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            )
            try:
                return await work(CheckpointService(connection))
            finally:
                await connection.aclose()

        return asyncio.run(run())

    def note(self, wait):
        """Keep the reason of a wait."""
        self.waits.append(wait.reason)

    @property
    def sent(self):
        """Each request as it went over the wire."""
        return [f"{request.method} {request.extensions['target'].decode()}" for request in self.requests]

    def body(self):
        """Return what was sent last."""
        return json.loads(self.requests[-1].content)

    def _answer(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def spf(clock):
    scripted = Spf(clock)
    yield scripted
    assert [] == scripted.answers


def checkpoint(**changes):
    return Checkpoint.model_validate({**PUT["request"]["body"], **changes})


def test_the_restore_of_the_page(spf):
    """Method, URL and body are those of the page, and the body's properties come in its order."""
    spf.answers.append(httpx.Response(204, headers=PAGE["response_headers"]))
    id_, stamp = "a11cc636-5521-4f88-92b2-cad392911fe0", "ba4146fa-fb41-4f59-a193-ad00c52a138c"

    spf.call("restore", checkpoint(ID=id_, StampId=stamp), principal_id="user@contoso.com")

    assert ["MERGE " + MERGE["request"]["url"].removeprefix("https://wapserver:30006")] == spf.sent
    assert list(PAGE["request"].items()) == list(spf.body().items())


def test_the_headers_of_the_page(spf):
    """Each is sent as it stands there, but for the length of a body without line breaks, and what httpx cannot keep."""
    spf.answers.append(httpx.Response(204))

    spf.call("restore", checkpoint(), principal_id="user@contoso.com")

    [request] = spf.requests
    sent = {name: request.headers.get(name) for name in PAGE["request_headers"]}
    assert PAGE["request_headers"] | {"Content-Length": str(len(request.content)), "Expect": None} == sent
    of_httpx = {name.lower() for name in request.headers} - {name.lower() for name in PAGE["request_headers"]}
    assert {"accept-encoding", "connection", "authorization"} == of_httpx


def test_the_spelling_of_the_headers(spf):
    """Names that the page spells with capitals go over the wire with them: not every front end reads them without."""
    spf.answers.append(httpx.Response(204))

    spf.call("restore", checkpoint())

    spelled = {name.decode() for name, _ in spf.requests[0].headers.raw}
    assert {"DataServiceVersion", "MaxDataServiceVersion", "DataServiceUrlConventions", "Accept-Charset"} <= spelled


def test_headers_that_are_not_sent(spf):
    """Nothing is promised that httpx does not keep, and a read says nothing about a body."""
    spf.answers += [httpx.Response(204), httpx.Response(200, json=ENTITY)]

    spf.call("restore", checkpoint())
    spf.call("get_checkpoint", VM, STAMP)

    restore, read = spf.requests
    assert not {"expect", "x-ms-client-request-id"} & set(restore.headers)
    assert not {"content-type", "content-length"} & set(read.headers)


def test_the_answer_of_the_page(spf):
    """Both request ids and the service's time are kept; the answer itself has no body."""
    spf.answers.append(httpx.Response(204, headers=PAGE["response_headers"]))

    sent = spf.call("restore", checkpoint())

    assert PAGE["response_headers"]["x-ms-request-id"] == sent.request_id
    assert PAGE["response_headers"]["request-id"] == sent.activity_id
    assert "2013-08-19T22:13:09+00:00" == sent.date.isoformat()


def test_an_answer_without_ids_and_date(spf):
    """The time is the clock's then, and nothing is made up."""
    spf.answers.append(httpx.Response(204))

    sent = spf.call("restore", checkpoint())

    assert ("", "", spf.clock.start) == (sent.request_id, sent.activity_id, sent.date)


def test_one_request_id_of_two(spf):
    """The id of IIS serves where the service gives none."""
    spf.answers.append(httpx.Response(204, headers={"request-id": "of-iis"}))

    assert "of-iis" == spf.call("restore", checkpoint()).request_id


def test_principal_by_default(spf):
    """The service demands the header and takes any value."""
    spf.answers.append(httpx.Response(200, json=ENTITY))

    spf.call("get_checkpoint", VM, STAMP)

    assert "azure-recovery" == spf.requests[0].headers["x-ms-principal-id"]


@pytest.mark.parametrize("principal", ["two\nlines", "naïve@contoso.com", "a\x00b"])
def test_principal_that_fits_into_no_header(spf, principal):
    """It is refused by the name of its input, before anything is sent."""
    with pytest.raises(InvalidInputError, match=r"^principal_id: "):
        spf.call("get_checkpoint", VM, STAMP, principal_id=principal)


def test_put_sends_everything_back(spf):
    """Whatever came goes back, those properties that nobody documents included: a PUT resets what it leaves out."""
    spf.answers.append(httpx.Response(204))
    read = {"odata.metadata": "https://wapserver/$metadata#x", "FutureProperty": {"deep": [1]}, "AddedTime": None}

    spf.call("restore", checkpoint(**read), "put")

    expected = {**PUT["request"]["body"], "FutureProperty": {"deep": [1]}, "AddedTime": None}
    assert [f"PUT {key(PUT['request']['body'])}"] == spf.sent
    assert expected == spf.body()
    assert PUT["request"]["body"]["odata.type"] == spf.body()["odata.type"]


def test_put_of_what_was_read(spf):
    """Times keep the offset in which they came, names their casing, and types stand beside what they are of."""
    came = {
        **ENTITY,
        "odata.type": "VMM.Other",
        "vmcheckpointaction": None,
        "Size@odata.type": "Edm.Int64",
        "Size": "5",
        "parentcheckpointid": VM,
    }
    came["Owner@odata.navigationLinkUrl"] = "VMCheckPoints/Owner"
    spf.answers += [httpx.Response(200, json=came), httpx.Response(204)]

    read = spf.call("get_checkpoint", VM, STAMP)
    spf.call("restore", read, "put")

    left_out = {"odata.metadata", "Owner@odata.navigationLinkUrl", "vmcheckpointaction"}
    kept = {name: value for name, value in came.items() if name not in left_out}
    assert {**kept, "VMCheckPointAction": "Restore"} == spf.body()


@pytest.mark.parametrize("method", ["merge", "put"])
@pytest.mark.parametrize("status", [408, 409, 412, 429, 500, 502, 503, 504])
def test_a_restore_that_is_refused_is_sent_once(spf, method, status):
    """No status makes a second request, whatever `Retry-After` says: each one rolls the machine back."""
    spf.answers.append(httpx.Response(status, json=ERROR, headers={"retry-after": "1"}))
    kind = {409: ConflictError, 412: ConflictError, 429: ThrottledError}.get(status, ServiceError)

    with pytest.raises(kind, match=f"answered {status}: Resource not found for the segment"):
        spf.call("restore", checkpoint(), method, retry=True)

    assert 1 == len(spf.requests)


@pytest.mark.parametrize("failure", [httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.WriteError])
@pytest.mark.parametrize("what", ["merge", "put", "create"])
def test_a_lost_connection(spf, failure, what):
    """It is sent once, and the error says that it may have taken effect and where to look."""
    spf.answers.append(failure("connection reset"))
    call = ("create_checkpoint", VM, STAMP, "n") if what == "create" else ("restore", checkpoint(), what)

    with pytest.raises(NoAnswerError, match="; it may have taken effect: look at the machine's last task") as caught:
        spf.call(*call, retry=True)

    assert caught.value.may_have_taken_effect
    assert 1 == len(spf.requests)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_a_connection_that_was_never_opened(spf, failure):
    """Nothing was sent, and the error says so; it is not tried again either."""
    spf.answers.append(failure("[Errno 111] Connection refused"))

    with pytest.raises(NoAnswerError, match=r"Connection refused; it had no effect$") as caught:
        spf.call("restore", checkpoint(), retry=True)

    assert not caught.value.may_have_taken_effect
    assert 1 == len(spf.requests)


def test_a_restore_after_one_that_was_throttled(spf):
    """It waits for as long as the service asked; past its deadline nothing is sent, and the error says so."""
    spf.answers += [httpx.Response(429, headers={"retry-after": "600"}), httpx.Response(204)]

    async def restore_again(service):
        with pytest.raises(ThrottledError):
            await service.restore(checkpoint())
        with pytest.raises(
            NoAnswerError, match=r"not sent, because .* throttled until .*; it had no effect$"
        ) as caught:
            await service.restore(checkpoint(), deadline=Deadline(spf.clock, 60.0))
        await service.restore(checkpoint(), deadline=Deadline(spf.clock, 3_600.0), on_wait=spf.note)
        return caught.value

    assert not spf.run(restore_again).may_have_taken_effect
    assert (2, ["throttled"], [600.0]) == (len(spf.requests), spf.waits, spf.clock.sleeps)


@pytest.mark.parametrize("method", READS)
def test_reads(spf, method):
    """A checkpoint, a machine and a job are addressed by both parts of their key, with the service root before it."""
    spf.answers.append(httpx.Response(200, json={**ENTITY, **JOB}))

    found = spf.call(method, VM.upper(), f"{{{STAMP}}}")

    assert [f"GET {ROOT}/{READS[method]}"] == spf.sent
    assert JOB["ID"] == found.id


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_reads_are_repeated(spf, method, status):
    """What passes by itself is asked again after what the service asks for, and told."""
    spf.answers += [
        httpx.Response(status, headers={"retry-after": "7"}),
        httpx.ReadError("reset"),
        httpx.Response(200, json={**ENTITY, **JOB}),
    ]

    spf.call(method, VM, STAMP, retry=True, options={"on_wait": spf.note})

    assert [7.0, 2.0] == spf.clock.sleeps
    assert "no answer" == spf.waits[-1]


def test_a_redirect_is_not_followed(spf):
    """A login page elsewhere gets no credential."""
    spf.answers.append(httpx.Response(302, headers={"location": "https://login.example/"}))

    with pytest.raises(ServiceError, match="answered 302"):
        spf.call("get_checkpoint", VM, STAMP)

    assert 1 == len(spf.requests)


def test_a_checkpoint_that_is_not_there(spf):
    """The service's own words stand in the error; its empty code does not."""
    spf.answers.append(httpx.Response(404, json=ERROR, headers={"request-id": "of-iis"}))

    with pytest.raises(NotFoundError) as caught:
        spf.call("get_checkpoint", VM, STAMP)

    assert (
        f"GET https://wapserver:30006{ROOT}/VMCheckPoints(ID=guid'{VM}',StampId=guid'{STAMP}') answered 404: "
        f"{ERROR['odata.error']['message']['value']} [request id of-iis]"
    ) == str(caught.value)


@pytest.mark.parametrize("field", ["ID", "StampId", "VMId"])
@pytest.mark.parametrize("value", [None, "no-guid", 7])
def test_a_checkpoint_without_what_a_restore_needs(spf, field, value):
    """The error names the property and never its value."""
    spf.answers.append(httpx.Response(200, json={**ENTITY, field: value}))

    with pytest.raises(UnexpectedAnswerError, match=f"its body does not fit at {field}: ") as caught:
        spf.call("get_checkpoint", VM, STAMP)

    assert "no-guid" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html><title>Sign in</title></html>", b"[]", b""])
def test_a_body_that_is_no_entity(spf, body):
    """One line says what came instead."""
    spf.answers.append(httpx.Response(200, content=body))

    with pytest.raises(UnexpectedAnswerError, match=r"Sign in|is a JSON list|is empty"):
        spf.call("get_checkpoint", VM, STAMP)


def test_ids_that_are_none(spf):
    """Nothing is asked for them; the error names the input."""
    with pytest.raises(InvalidInputError, match=r"^checkpoint_id: 'before-patch' is no GUID"):
        spf.call("get_checkpoint", "before-patch", STAMP)
    with pytest.raises(InvalidInputError, match=r"^stamp_id: "):
        spf.call("get_job", VM, "")


def test_looking_for_a_checkpoint(spf):
    """The filter is the one that .NET clients send; what a service answers that takes no filter is left out."""
    spf.answers.append(httpx.Response(200, json={"value": [{**ENTITY, "ID": VM}, ENTITY]}))

    found = spf.call("find_checkpoints", VM)

    assert [f"GET {ROOT}/VMCheckPoints?$filter=ID%20eq%20guid%27{VM}%27"] == spf.sent
    assert [VM] == [one.id for one in found]


def test_checkpoints_of_two_stamps(spf):
    """The same id may come from several VMM servers; all of them are returned."""
    spf.answers.append(httpx.Response(200, json={"value": [ENTITY, {**ENTITY, "StampId": VM}]}))

    found = spf.call("find_checkpoints", ENTITY["ID"])

    assert [STAMP, VM] == [one.stamp_id for one in found]


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_service_that_looks_for_none_without_a_stamp(spf, status):
    """The error is about the input with which nothing has to be looked for, and has the service's words."""
    spf.answers.append(httpx.Response(status, json={"odata.error": {"code": "", "message": {"value": "No stamp."}}}))

    with pytest.raises(
        InvalidInputError, match=rf"^stamp_id: is needed: .*/VMCheckPoints answered {status}: No stamp\."
    ) as caught:
        spf.call("find_checkpoints", VM)

    assert "stamp_id" == caught.value.property


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_search_that_is_refused_for_another_reason(spf, status):
    """Naming the stamp would not help."""
    spf.answers.append(httpx.Response(status, json={"odata.error": {"code": "", "message": {"value": "No."}}}))

    with pytest.raises(ServiceError, match=rf"answered {status}: No\."):
        spf.call("find_checkpoints", VM)


def test_checkpoints_of_a_machine(spf):
    """They are asked for with their stamp; those of others, from a service that takes no filter, are left out."""
    others = [{**ENTITY, "VMId": STAMP}, {**ENTITY, "StampId": VM}]
    spf.answers.append(httpx.Response(200, json={"value": [*others, ENTITY]}))

    found = spf.call("checkpoints_of", ENTITY["VMId"], STAMP)

    both = f"StampId%20eq%20guid%27{STAMP}%27%20and%20VMId%20eq%20guid%27{ENTITY['VMId']}%27"
    assert [f"GET {ROOT}/VMCheckPoints?$filter={both}"] == spf.sent
    assert [(ENTITY["ID"], STAMP)] == [(one.id, one.stamp_id) for one in found]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (f"https://wapserver:30006{ROOT}/VMCheckPoints?$skiptoken=a'b", f"{ROOT}/VMCheckPoints?$skiptoken=a'b"),
        ("VMCheckPoints?$skiptoken=2", f"{ROOT}/VMCheckPoints?$skiptoken=2"),
        (f"{ROOT}/VMCheckPoints?$skiptoken=2", f"{ROOT}/VMCheckPoints?$skiptoken=2"),
    ],
)
def test_several_pages(spf, link, target):
    """A link may be whole or relative to the service root, and has its own query."""
    spf.answers += [
        httpx.Response(200, json={"value": [ENTITY], "odata.nextLink": link}),
        httpx.Response(200, json={"value": [{**ENTITY, "StampId": VM}], "odata.nextLink": None}),
    ]

    found = spf.call("find_checkpoints", ENTITY["ID"])

    assert f"GET {target}" == spf.sent[-1]
    assert 2 == len(found)


def test_a_link_to_another_host(spf):
    """The credential stays here: the request is not made."""
    spf.answers.append(httpx.Response(200, json={"value": [], "odata.nextLink": "https://contoso.com:30005/x"}))

    with pytest.raises(UnexpectedAnswerError, match="leads away from https://wapserver:30006"):
        spf.call("find_checkpoints", VM)

    assert 1 == len(spf.requests)


def test_pages_without_end(spf):
    """A link that was followed before is an error, and no endless loop."""
    page = {"value": [], "odata.nextLink": "VMCheckPoints?$skiptoken=1"}
    spf.answers += [httpx.Response(200, json=page), httpx.Response(200, json=page)]

    with pytest.raises(UnexpectedAnswerError, match="its pages do not end"):
        spf.call("find_checkpoints", VM)


@pytest.mark.parametrize("page", [{"value": {}}, ENTITY, {"value": [1]}, {"value": [], "odata.nextLink": 5}])
def test_a_page_that_is_none(spf, page):
    """One entity, a list of numbers and a link that is none are told as what they are."""
    spf.answers.append(httpx.Response(200, json=page))

    with pytest.raises(UnexpectedAnswerError, match=r"no collection|no entity|no text"):
        spf.call("find_checkpoints", VM)


def test_jobs_of_a_machine(spf):
    """Newest first; jobs of other machines and stamps, from a service that takes no filter, are left out."""
    jobs = [
        {**JOB, "ID": VM, "StartTime": "2014-09-04T05:00:00Z"},
        {**JOB, "StartTime": "2014-09-04T06:00:00Z"},
        {**JOB, "ID": STAMP, "StartTime": None},
        {**JOB, "TargetObjectId": STAMP},
        {**JOB, "TargetObjectId": None},
        {**JOB, "StampId": VM},
    ]
    spf.answers.append(httpx.Response(200, json={"value": jobs}))

    found = spf.call("jobs_of", VM, STAMP)

    both = f"StampId%20eq%20guid%27{STAMP}%27%20and%20TargetObjectId%20eq%20guid%27{VM}%27"
    assert [f"GET {ROOT}/Jobs?$filter={both}"] == spf.sent
    assert [STAMP, JOB["ID"], VM] == [job.id for job in found]


def test_a_service_that_lists_no_jobs(spf):
    """Its refusal gets out as it is: the caller asks for the machine's last task then."""
    for word in ("No filter.", "No property."):
        spf.answers.append(httpx.Response(400, json={"odata.error": {"code": "", "message": {"value": word}}}))

    with pytest.raises(ServiceError, match=r"answered 400: No filter\."):
        spf.call("jobs_of", VM, STAMP)


def test_jobs_by_the_other_spelling_of_their_machine(spf):
    """Asked for when the first is refused, and first of all from then on."""
    refused = {"odata.error": {"code": "", "message": {"value": "Could not find a property named 'TargetObjectId'."}}}
    spf.answers += [httpx.Response(400, json=refused), *(httpx.Response(200, json={"value": [JOB]}) for _ in range(2))]

    async def twice(service):
        return [await service.jobs_of(VM, STAMP) for _ in range(2)]

    found = spf.run(twice)

    assert [[JOB["ID"]]] * 2 == [[job.id for job in jobs] for jobs in found]
    asked = [re.search(r"and%20(\w+)%20eq", sent)[1] for sent in spf.sent]
    assert ["TargetObjectId", "TargetObjectID", "TargetObjectID"] == asked


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_jobs_that_are_refused_whatever_they_are_asked_by(spf, status):
    """Only a 400 can be about the name of a property: nothing is asked twice."""
    spf.answers.append(httpx.Response(status, json={"odata.error": {"code": "", "message": {"value": "No."}}}))

    with pytest.raises(ServiceError, match=rf"answered {status}: No\."):
        spf.call("jobs_of", VM, STAMP)
    assert 1 == len(spf.sent)


def test_a_new_checkpoint(spf):
    """It is asked for with the confirmation that the service demands, and comes back as far as it exists."""
    spf.answers.append(httpx.Response(201, json=ENTITY, headers={"x-ms-request-id": "r-1"}))

    created = spf.call("create_checkpoint", VM, STAMP, "before restore", "made by a restore")

    assert [f"POST {ROOT}/VMCheckPoints"] == spf.sent
    assert {
        "odata.type": "VMM.VMCheckPoint",
        "VMId": VM,
        "StampId": STAMP,
        "Name": "before restore",
        "Description": "made by a restore",
        "Confirm": True,
    } == spf.body()
    assert ("r-1", 201, ENTITY["ID"]) == (created.sent.request_id, created.sent.status, created.checkpoint.id)


@pytest.mark.parametrize("body", [None, {}, {**ENTITY, "VMId": None}])
def test_a_new_checkpoint_that_does_not_show_yet(spf, body):
    """The request has taken effect, so what is missing in the answer is no error."""
    spf.answers.append(httpx.Response(201, json=body) if body is not None else httpx.Response(204))

    assert spf.call("create_checkpoint", VM, STAMP, "n").checkpoint is None


def test_below_spf_itself(spf):
    """The same entities stand below the root of the service that Windows Azure Pack asks."""
    spf.answers.append(httpx.Response(200, json=ENTITY))
    root = service_root("https://spf:8090", SUBSCRIPTION, SPF_ROOT)

    spf.call("get_checkpoint", VM, STAMP, root=root)

    below = f"/SC2012R2/VMM/{SUBSCRIPTION}/Microsoft.Management.Odata.svc"
    assert [f"GET {below}/{READS['get_checkpoint']}"] == spf.sent


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (TOKEN, "Bearer token-of-a-test"),
        (
            {"AZURE_RECOVERY_SPF_USERNAME": "CONTOSO\\operator", "AZURE_RECOVERY_SPF_PASSWORD": "of a tést"},
            "Basic Q09OVE9TT1xvcGVyYXRvcjpvZiBhIHTDqXN0",
        ),
        ({"AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": "client.pem"}, None),
    ],
)
def test_each_way_to_log_in(spf, env, expected):
    """A token and a password stand in the header that they belong to; a certificate is the connection's own."""
    spf.answers.append(httpx.Response(200, json=ENTITY))

    spf.call("get_checkpoint", VM, STAMP, env=env)

    assert expected == spf.requests[0].headers.get("authorization")


def test_a_token_that_is_refused(spf):
    """It is fixed, so it is not tried again; the page of IIS is told in a line, without the token."""
    spf.answers.append(
        httpx.Response(
            401,
            html="<html><head><title>401 - Unauthorized: Access is denied.</title></head><body>Bearer token-of-a-test",
        )
    )

    with pytest.raises(ServiceError, match=r"answered 401: 401 - Unauthorized: Access is denied\.$") as caught:
        spf.call("get_checkpoint", VM, STAMP, retry=True)

    assert "token-of-a-test" not in str(caught.value)
    assert 1 == len(spf.requests)
