"""Each call on managed disks: the method, the path and the query that go over the wire, and each way it can end."""

import asyncio

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.compute.disks import DISK, ManagedDisks
from azure_recovery.rest.errors import ConflictError, NotFoundError, OperationFailedError, UnexpectedAnswerError
from azure_recovery.rest.retrying import RetryPolicy

ID = ResourceId.parse(
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/drill/providers/Microsoft.Compute/disks/restored",
    expect=DISK,
)
V = "api-version=2026-03-02"


@pytest.fixture
def call(arm):
    """Call one method and return what it returns."""
    api = ManagedDisks(arm.transport)

    def run(method, **options):
        return asyncio.run(getattr(api, method)(ID, **options))

    return run


def test_get_disk(arm, call):
    """By its id, in the version of disks."""
    arm.say(200, {"id": str(ID), "location": "westeurope", "properties": {"provisioningState": "Succeeded"}})

    disk = call("get_disk")

    assert [f"GET {ID}?{V}"] == arm.sent
    assert ("westeurope", "Succeeded", ()) == (disk.location, disk.properties.provisioning_state, disk.attached_to)


def test_another_version(arm):
    """Sovereign clouds lag behind."""
    arm.say(200, {"properties": {}})

    asyncio.run(ManagedDisks(arm.transport, api_version="2024-03-02").get_disk(ID))

    assert [f"GET {ID}?api-version=2024-03-02"] == arm.sent


@pytest.mark.parametrize(
    ("code", "gone"), [("ResourceNotFound", True), ("ResourceGroupNotFound", True), ("Odd", False)]
)
def test_no_disk(arm, call, code, gone):
    """Only ARM's own word means that it is gone."""
    arm.refuse(404, code)

    with pytest.raises(NotFoundError) as caught:
        call("get_disk")
    assert gone == caught.value.is_gone


def test_a_body_that_is_no_disk(arm, call):
    """A disk without properties is none."""
    arm.say(200, {"id": str(ID)})

    with pytest.raises(UnexpectedAnswerError, match="does not fit at properties"):
        call("get_disk")


def test_delete_disk(arm, call):
    """Its deletion is followed to the end."""
    arm.say(202, azure_asyncoperation="https://arm.example/operations/1?s=x", location="https://arm.example/l?s=x")
    arm.say(200, {"status": "InProgress"})
    arm.say(200, {"status": "Succeeded"})

    assert asyncio.run(call("delete_disk").finish()) is None
    assert [f"DELETE {ID}?{V}", *["GET /operations/1?s=x"] * 2] == arm.sent


@pytest.mark.parametrize("status", [200, 204])
def test_a_disk_that_is_deleted_at_once(arm, call, status):
    """Nothing is left to follow."""
    arm.say(status)

    assert call("delete_disk") is None


def test_a_disk_that_is_gone_already(arm, call):
    """That is what was asked for; a 404 of a proxy is not."""
    arm.refuse(404, "ResourceGroupNotFound")
    arm.say(404)

    assert call("delete_disk") is None
    with pytest.raises(NotFoundError):
        call("delete_disk")


def test_an_attached_disk(arm, call):
    """It stays, and the service's words say to which VM."""
    arm.refuse(409, "OperationNotAllowed", "Disk restored is attached to VM web-1.", x_ms_request_id="request-1")

    with pytest.raises(ConflictError) as caught:
        call("delete_disk")

    assert (
        f"DELETE https://arm.example{ID} answered 409 (OperationNotAllowed): Disk restored is attached to VM web-1. "
        "[request id request-1]"
    ) == str(caught.value)


def test_a_deletion_that_fails(arm, call):
    """Its words are told."""
    arm.say(202, azure_asyncoperation="https://arm.example/operations/1")
    arm.say(200, {"status": "Failed", "error": {"code": "OperationNotAllowed", "message": "ActiveSAS"}})

    with pytest.raises(OperationFailedError, match=r"\(OperationNotAllowed\): ActiveSAS"):
        asyncio.run(call("delete_disk").finish())


def test_a_deletion_is_sent_again(arm, call):
    """To delete twice is to delete once."""
    arm.transport._policy = RetryPolicy()
    arm.lose()
    arm.refuse(503, "ServerBusy")
    arm.say(204)

    assert call("delete_disk") is None
    assert [f"DELETE {ID}?{V}"] * 3 == arm.sent
