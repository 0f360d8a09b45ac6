"""Long-running operations, as the sequences of answers that Azure gives."""

import asyncio
from urllib.parse import urlsplit

import pytest

from azure_recovery.rest.arm.operation_steps import Finished, Running
from azure_recovery.rest.arm.operations import Operation
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import (
    ConfigurationError,
    NotFoundError,
    OperationCanceledError,
    OperationFailedError,
    OperationTimedOutError,
    UnexpectedAnswerError,
)
from tests.wire.tokens import Tokens

RESOURCE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/restorePointCollections/c/restorePoints/p"
HOST = "https://arm.example"
SIGNATURE = "&t=638&c=" + "MIIH%2Fplanted-signature" * 150 + "&s=a+b%3d~&h=_-x"
STATUS = (
    f"{HOST}/subscriptions/s/providers/Microsoft.Compute/locations/x/operations/1?api-version=2026-04-01{SIGNATURE}"
)
LOCATION = STATUS.replace("/operations/1?", "/results/1?")
LOOK = f"GET {STATUS.removeprefix(HOST)}"
READ = f"GET {RESOURCE}?api-version=2026-04-01"


def begin(arm, method="PUT"):
    """Send the request to which the first of the answers is the acceptance."""

    async def send():
        return Operation(arm.transport, await arm.transport.send(method, RESOURCE, query={"api-version": "2026-04-01"}))

    return asyncio.run(send())


def finish(arm, method="PUT", seconds=None, on_wait=None, read_result=True):
    """Send the request, follow it, and return its result; the first request is not listed in `arm.sent` after it."""

    async def follow():
        accepted = await arm.transport.send(method, RESOURCE, query={"api-version": "2026-04-01"})
        arm.requests.clear()
        deadline = Deadline(arm.clock, seconds)
        return await Operation(arm.transport, accepted).finish(deadline, on_wait=on_wait, read_result=read_result)

    return asyncio.run(follow())


def resource(state):
    return {"id": RESOURCE, "properties": {"provisioningState": state}}


def test_accepted_then_running_then_succeeded(arm):
    """The status URL is followed byte for byte, and the resource read at the end."""
    arm.say(201, resource("Creating"), azure_asyncoperation=STATUS, location=LOCATION)
    arm.say(200, {"status": "InProgress"})
    arm.say(200, {"status": "Succeeded"})
    arm.say(200, resource("Succeeded"))

    result = finish(arm)

    assert resource("Succeeded") == result.body
    assert [LOOK, LOOK, READ] == arm.sent


def test_the_result_is_left_to_the_caller(arm):
    """Who looks at the resource next anyway saves a request."""
    arm.say(201, resource("Creating"), azure_asyncoperation=STATUS)
    arm.say(200, {"status": "Succeeded"})

    assert finish(arm, read_result=False) is None
    assert [LOOK] == arm.sent


def test_nothing_asks_for_a_pause(arm, clock):
    """The first look is soon, and then they come at the contract's minute."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    for _ in range(6):
        arm.say(200, {"status": "Running"})
    arm.say(200, {"status": "Succeeded"})

    finish(arm, read_result=False)

    assert [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0] == clock.sleeps


@pytest.mark.parametrize(("asked", "slept"), [("25", 25.0), ("0", 1.0), ("99999", 600.0)])
def test_retry_after(arm, clock, asked, slept):
    """It is kept to, within bounds."""
    arm.say(201, None, azure_asyncoperation=STATUS, retry_after=asked)
    arm.say(200, {"status": "InProgress"}, retry_after=asked)
    arm.say(200, {"status": "Succeeded"})

    finish(arm, read_result=False)

    assert [slept, slept] == clock.sleeps


@pytest.mark.parametrize("word", ["Inprogress", "WaitingForSomething", "Creating"])
def test_words_that_are_not_final(arm, word):
    """All of them mean running."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.say(200, {"status": word})
    arm.say(200, {"status": "SUCCEEDED"})

    finish(arm, read_result=False)

    assert 2 == len(arm.sent)


def test_looks_that_fail(arm):
    """5xx, a lost connection and a body without status say nothing about the operation; each is told."""
    told = []
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.refuse(500, "InternalServerError")
    arm.lose()
    arm.say(200, {})
    arm.say(200, {"status": "InProgress"})
    arm.say(200, {"status": "Succeeded"})

    finish(arm, on_wait=told.append, read_result=False)

    assert [LOOK] * 5 == arm.sent
    assert 3 == len(told)
    assert "InternalServerError" in told[0].reason
    assert "planted-signature" not in "".join(map(str, told))


def test_no_token_for_a_while(arm):
    """A sign-in service that is down does not end the wait for what was accepted, not even at the first looks."""
    told = []
    arm.say(201, resource("Creating"), azure_asyncoperation=STATUS)
    arm.say(200, {"status": "InProgress"})
    arm.say(200, {"status": "Succeeded"})
    arm.transport._token = Tokens(1, 0, 0, 0, 0, 0, 1, 0, 1)

    assert finish(arm, read_result=False, on_wait=told.append) is None
    assert 6 == len(told)
    assert "no token" in told[0].reason


def test_no_token_any_more(arm):
    """A credential that has expired for good is told."""
    arm.say(201, resource("Creating"), azure_asyncoperation=STATUS)
    arm.transport._token = Tokens(1, 0, 0, 0, 0, 0, 0)

    with pytest.raises(ConfigurationError, match="no token"):
        finish(arm)


def test_throttled_looks(arm, clock):
    """A 429 is a failed look, and its Retry-After is kept to."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.refuse(429, "OperationNotAllowed", retry_after="45")
    arm.say(200, {"status": "Succeeded"})

    finish(arm, read_result=False)

    assert clock.monotonic() >= 5 + 45


@pytest.mark.parametrize(("status", "code"), [(404, "NotFound"), (403, "AuthorizationFailed"), (410, "Gone")])
def test_a_status_that_cannot_be_read_any_more(arm, status, code):
    """After three such looks the resource itself is asked."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    for _ in range(3):
        arm.refuse(status, code)
    arm.say(200, resource("Creating"))
    arm.say(200, resource("Succeeded"))

    result = finish(arm)

    assert resource("Succeeded") == result.body
    assert [LOOK] * 3 + [READ] * 2 == arm.sent


def test_accepted_then_404_then_in_progress_then_succeeded(arm):
    """A status URL that is not known yet comes to be known; the count starts again."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    for _ in range(2):
        arm.refuse(404, "NotFound")
        arm.refuse(404, "NotFound")
        arm.say(200, {"status": "InProgress"})
    arm.say(200, {"status": "Succeeded"})

    finish(arm, read_result=False)

    assert [LOOK] * 7 == arm.sent


def test_the_operation_failed(arm):
    """The service's words are told, details and additional information included."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.say(
        200,
        {
            "status": "Failed",
            "error": {
                "code": "OperationNotAllowed",
                "message": "Not allowed.",
                "details": [{"code": "Inner", "message": "VM is changing."}],
                "additionalInfo": [{"type": "UserFacingError", "info": {"code": "Deep", "message": "Try later."}}],
            },
        },
        x_ms_request_id="request-7",
    )

    with pytest.raises(OperationFailedError) as caught:
        finish(arm)

    said = str(caught.value)
    assert f"PUT {RESOURCE} was accepted and failed after 5 s (OperationNotAllowed): Not allowed." in said
    assert "VM is changing." in said
    assert "Try later." in said
    assert "[request id request-7]" in said
    assert ("OperationNotAllowed", "request-7") == (caught.value.code, caught.value.request_id)


@pytest.mark.parametrize("word", ["Canceled", "Cancelled", "canceled"])
def test_the_operation_was_canceled(arm, word):
    """It has an error of its own."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.say(200, {"status": word})

    with pytest.raises(OperationCanceledError, match="was canceled"):
        finish(arm)


def test_the_deadline_passes(arm, clock):
    """A last look is taken when it does, and what went wrong with it is told."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.say(200, {"status": "InProgress"})
    arm.say(200, {"status": "InProgress"})
    arm.refuse(503, "ServerBusy")

    with pytest.raises(OperationTimedOutError, match=r"is still running after 30 s: last look: .*ServerBusy") as caught:
        finish(arm, seconds=30.0)
    assert [5.0, 10.0, 15.0] == clock.sleeps
    assert "planted-signature" not in str(caught.value)


def test_a_moved_resource(arm):
    """`resourceLocation` names where the result is."""
    moved = f"{HOST}/subscriptions/s/moved?x=1"
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.say(200, {"status": "Succeeded", "resourceLocation": moved})
    arm.say(200, {"moved": True})

    assert {"moved": True} == finish(arm).body
    assert "GET /subscriptions/s/moved?x=1" == arm.sent[-1]


def test_the_result_is_gone(arm):
    """An operation that succeeded, and a resource that somebody deleted since."""
    arm.say(201, None, azure_asyncoperation=STATUS)
    arm.say(200, {"status": "Succeeded"})
    arm.refuse(404, "ResourceNotFound")

    with pytest.raises(NotFoundError):
        finish(arm)


def test_a_post_with_both_urls(arm):
    """The status says when, the Location what."""
    arm.say(202, None, azure_asyncoperation=STATUS, location=LOCATION)
    arm.say(200, {"status": "Succeeded"})
    arm.say(200, {"jobId": "j"})

    assert {"jobId": "j"} == finish(arm, "POST").body
    assert [LOOK, f"GET {LOCATION.removeprefix(HOST)}"] == arm.sent


def test_a_post_that_names_no_url(arm):
    """Nobody could follow what it started."""
    arm.say(202)

    with pytest.raises(UnexpectedAnswerError, match="names neither Azure-AsyncOperation nor Location"):
        begin(arm, "POST")


def test_a_location_alone(arm):
    """202 is running, with a new Location or without; then comes the result."""
    arm.say(202, None, location=LOCATION)
    arm.say(202, None, location=LOCATION + "2")
    arm.say(202)
    arm.say(200, {"done": True})

    assert {"done": True} == finish(arm, "POST").body
    look = f"GET {LOCATION.removeprefix(HOST)}"
    assert [look, look + "2", look + "2"] == arm.sent


def test_a_location_that_is_the_resource_itself(arm):
    """It answers 200 from the beginning; the provisioning state says when it is over."""
    arm.say(201, resource("Creating"), location=f"{HOST}{RESOURCE}?api-version=2026-04-01")
    arm.say(200, resource("Creating"))
    arm.say(200, resource("Succeeded"))

    assert resource("Succeeded") == finish(arm).body


def test_a_location_that_ends_without_a_body(arm):
    """The result of a PUT is then read from the resource."""
    arm.say(202, None, location=LOCATION)
    arm.say(204)
    arm.say(200, resource("Succeeded"))

    assert resource("Succeeded") == finish(arm).body
    assert READ == arm.sent[-1]


def test_a_location_that_refuses(arm):
    """A Location answers as the request would have: its 409 is the end of the operation."""
    arm.say(202, None, location=LOCATION)
    arm.refuse(409, "Locked", "The group is locked.")

    with pytest.raises(OperationFailedError, match=r"\(Locked\): The group is locked."):
        finish(arm, "DELETE")


def test_no_url_at_all(arm):
    """The resource is asked; 404 until it is there is no failure."""
    arm.say(201, {"id": RESOURCE})
    arm.refuse(404, "ResourceNotFound")
    arm.say(200, resource("Creating"))
    arm.say(200, resource("Succeeded"))

    assert resource("Succeeded") == finish(arm).body
    assert [READ] * 3 == arm.sent


@pytest.mark.parametrize(("status", "body"), [(200, {"id": RESOURCE}), (200, resource("Succeeded")), (204, None)])
def test_finished_at_once(arm, status, body):
    """Nothing is looked at."""
    arm.say(status, body)

    assert body == finish(arm).body
    assert [] == arm.sent


def test_failed_at_once(arm):
    """A resource that was accepted as Failed."""
    arm.say(201, resource("Failed"))

    with pytest.raises(OperationFailedError, match="failed after 0 s"):
        finish(arm)


def test_a_deletion_with_a_status(arm):
    """Nothing is read after it."""
    arm.say(202, None, azure_asyncoperation=STATUS, location=LOCATION)
    arm.say(200, {"status": "Succeeded"})

    assert finish(arm, "DELETE") is None
    assert [LOOK] == arm.sent


def test_a_deletion_without_a_url(arm):
    """It is over when ARM says that the resource is gone; a bare 404 does not say so."""
    arm.say(202)
    arm.say(200, resource("Succeeded"))
    arm.say(404)
    arm.say(200, resource("Deleting"))
    arm.refuse(404, "ResourceNotFound")

    assert finish(arm, "DELETE") is None
    assert [READ] * 4 == arm.sent


def test_a_deletion_that_failed(arm):
    """The resource says so where no status does."""
    arm.say(202)
    arm.say(200, resource("Failed"))

    with pytest.raises(OperationFailedError):
        finish(arm, "DELETE")


def test_a_deletion_whose_status_is_forbidden(arm):
    """The resource is asked instead, and its absence is the end."""
    arm.say(202, None, location=LOCATION)
    for _ in range(3):
        arm.refuse(403, "AuthorizationFailed")
    arm.refuse(404, "ResourceNotFound")

    assert finish(arm, "DELETE") is None


def test_a_status_url_of_another_host(arm):
    """Nothing is sent there, and the resource is asked instead."""
    arm.say(201, None, azure_asyncoperation="https://elsewhere.example/operations/1?s=planted-signature")
    arm.say(200, resource("Succeeded"))

    assert resource("Succeeded") == finish(arm).body
    assert {"arm.example"} == {request.url.host for request in arm.requests}


def test_signed_urls_stay_out_of_sight(arm):
    """Neither the operation nor its steps show them."""
    arm.say(201, None, azure_asyncoperation=STATUS, location=LOCATION)

    operation = begin(arm)

    assert len(STATUS) > 3_300
    assert isinstance(operation.step, Running)
    assert "planted-signature" not in repr(operation) + repr(operation.step) + repr(operation.accepted)
    assert "planted-signature" not in repr(Finished(result_url=STATUS))
    assert urlsplit(STATUS).path not in repr(operation.step)
