"""Requests that roll a machine back or make a checkpoint, over the wire: sent once, whatever comes back."""

import httpx
import pytest

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import ConflictError, NoAnswerError, ServiceError, ThrottledError
from tests.wire.scripted_spf import ENTITY, ERROR, MERGE, PAGE, PUT, ROOT, STAMP, VM, checkpoint, key


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
