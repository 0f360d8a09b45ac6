"""Each call on restore points: the method, the path, the query and the body that go over the wire."""

import asyncio
import json
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operations import Operation
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.calls import RestorePoints
from azure_recovery.rest.compute.encryption import disk_encryption
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.errors import ConflictError, InvalidInputError, NoAnswerError, NotFoundError, ServiceError

DATA = Path(__file__).parents[1] / "data" / "compute"
COMPUTE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/{}/providers/Microsoft.Compute"
SOURCE = ResourceId.parse(COMPUTE.format("production") + "/restorePointCollections/web-1")
TARGET = ResourceId.parse(COMPUTE.format("recovery") + "/restorePointCollections/web-1-copy")
COPY = TARGET.child("restorePoints", "daily-1")
V, DISK_V = "api-version=2026-04-01", "api-version=2026-03-02"


def body(name):
    return json.loads((DATA / f"{name}.json").read_text())


@pytest.fixture
def call(arm):
    """Call one method and return what it returns."""
    api = RestorePoints(arm.transport)

    def run(method, *args, **options):
        return asyncio.run(getattr(api, method)(*args, **options))

    return run


def sent_body(arm, number=-1):
    return json.loads(arm.requests[number].content)


def test_get_collection(arm, call):
    """Restore points are brought only when asked for."""
    arm.say(200, body("collection"))
    arm.say(200, body("collection") | {"properties": {"restorePoints": [body("copy_accepted")]}})

    plain = call("get_collection", TARGET)
    full = call("get_collection", TARGET, with_restore_points=True)

    assert [f"GET {TARGET}?{V}", f"GET {TARGET}?{V}&$expand=restorePoints"] == arm.sent
    assert plain.properties.restore_points is None
    assert ["rpName"] == [point.name for point in full.properties.restore_points]


def test_list_collections(arm, call):
    """Of a subscription or of a group, all pages."""
    link = f"https://arm.example/subscriptions/s/next?{V}&$skipToken=x"
    arm.say(200, {"value": [body("collection")], "nextLink": link})
    arm.say(200, {"value": [body("collection")]})
    arm.say(200, {"value": []})

    assert 2 == len(call("list_collections", TARGET.subscription_id))
    assert [] == call("list_collections", TARGET.subscription_id, "recovery")
    assert [
        f"GET /subscriptions/{TARGET.subscription_id}/providers/Microsoft.Compute/restorePointCollections?{V}",
        f"GET /subscriptions/s/next?{V}&$skipToken=x",
        f"GET {TARGET.group}/providers/Microsoft.Compute/restorePointCollections?{V}",
    ] == arm.sent


def test_put_collection(arm, call):
    """The body names the source collection, and the answer may come without its leading slash."""
    arm.say(201, body("collection"))

    made = call("put_collection", TARGET, location="northeurope", source_id=SOURCE, tags={"department": "finance"})

    assert [f"PUT {TARGET}?{V}"] == arm.sent
    assert {
        "location": "northeurope",
        "tags": {"department": "finance"},
        "properties": {"source": {"id": str(SOURCE)}},
    } == sent_body(arm)
    assert made.properties.source.id.startswith("subscriptions/")


def test_put_collection_without_tags(arm, call):
    """None sends none: tags that somebody else set would be lost by an empty object."""
    arm.say(200, body("collection"))

    call("put_collection", TARGET, location="northeurope", source_id=SOURCE)

    assert "tags" not in sent_body(arm)


def test_set_collection_tags(arm, call):
    """Nothing but the tags is sent."""
    arm.say(200, body("collection"))

    call("set_collection_tags", TARGET, {})

    assert [f"PATCH {TARGET}?{V}"] == arm.sent
    assert {"tags": {}} == sent_body(arm)


def test_get_restore_point(arm, call):
    """The instance view is brought only when asked for."""
    arm.say(200, body("copy_accepted"))
    arm.say(200, body("restore_point_with_instance_view"))

    assert call("get_restore_point", COPY).properties.instance_view is None
    assert call("get_restore_point", COPY, instance_view=True).properties.instance_view is not None
    assert [f"GET {COPY}?{V}", f"GET {COPY}?{V}&$expand=instanceView"] == arm.sent


def test_start_copy(arm, call):
    """Nothing but the source is sent, and the operation can be followed."""
    arm.say(201, body("copy_accepted"), azure_asyncoperation="https://arm.example/operations/1?s=x")
    arm.say(200, {"status": "Succeeded"})

    operation = call("start_copy", COPY, SOURCE.child("restorePoints", "daily-1"))
    asyncio.run(operation.finish(read_result=False))

    assert [f"PUT {COPY}?{V}", "GET /operations/1?s=x"] == arm.sent
    assert {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/daily-1"}}} == sent_body(arm, 0)
    assert f"PUT {COPY}" == operation.what


def test_start_copy_with_keys(arm, call):
    """Each disk is named by its source disk restore point, the OS disk in its own place."""
    source = RestorePoint.model_validate(body("restore_point_with_instance_view"))
    os_disk, data_disk = (
        source.properties.source_metadata.storage_profile.os_disk,
        source.properties.source_metadata.storage_profile.data_disks[0],
    )
    chosen = disk_encryption(source, {os_disk.name.upper(): "/des/os", data_disk.name: "/des/data"})
    arm.say(201, body("copy_accepted"))

    call("start_copy", COPY, SOURCE.child("restorePoints", "daily-1"), encryption=chosen)

    def disk(key, source_disk):
        return {
            "diskRestorePoint": {
                "encryption": {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSet": {"id": key}},
                "sourceDiskRestorePoint": {"id": source_disk.disk_restore_point.id},
            }
        }

    assert {
        "storageProfile": {"osDisk": disk("/des/os", os_disk), "dataDisks": [disk("/des/data", data_disk)]}
    } == sent_body(arm)["properties"]["sourceMetadata"]


def test_a_key_for_a_disk_that_is_not_there():
    """The message names the disks that are."""
    source = RestorePoint.model_validate(body("restore_point_with_instance_view"))

    with pytest.raises(InvalidInputError, match="holds no disk 'data-9'; it holds testingexcludedisk_datadisk_1, "):
        disk_encryption(source, {"data-9": "/des"})


def test_a_lost_answer_to_the_start_of_a_copy(arm, call):
    """It is not sent again: the copy may have begun."""
    arm.lose()

    with pytest.raises(NoAnswerError) as caught:
        call("start_copy", COPY, SOURCE.child("restorePoints", "daily-1"))
    assert caught.value.may_have_taken_effect
    assert 1 == len(arm.requests)


def test_the_copy_limit_of_one_collection(arm, clock):
    """A fourth copy in an hour is sent again when Azure says, and only copies into that collection wait for it."""
    api = RestorePoints(arm.transport)
    other = COPY.group.resource(TARGET.type, "other").child("restorePoints", "daily-1")
    at = []

    def answer(request):
        at.append((request.url.path.split("/")[8], clock.monotonic()))
        if len(at) == 1:
            return arm.response(429, {"error": {"code": "OperationNotAllowed", "message": "limit"}}, retry_after="1200")
        return arm.response(201, body("copy_accepted"))

    arm.by_request = answer

    async def both():
        source, deadline = SOURCE.child("restorePoints", "daily-1"), Deadline(clock, 3_600.0)
        first = asyncio.create_task(api.start_copy(COPY, source, deadline=deadline))
        await asyncio.sleep(0)
        await api.start_copy(other, source, deadline=deadline)
        await first

    asyncio.run(both())

    assert [("web-1-copy", 0.0), ("other", 0.0), ("web-1-copy", 1200.0)] == at


@pytest.mark.parametrize(("method", "id_"), [("delete_collection", TARGET), ("delete_restore_point", COPY)])
def test_deletions(arm, call, method, id_):
    """What is gone or done at once leaves nothing to follow; 202 does."""
    arm.say(202, None, location="https://arm.example/operations/1")
    arm.say(200)
    arm.say(204)
    arm.refuse(404, "ResourceNotFound")
    arm.refuse(404, "ResourceGroupNotFound")

    assert isinstance(call(method, id_), Operation)
    assert [None] * 4 == [call(method, id_) for _ in range(4)]
    assert [f"DELETE {id_}?{V}"] * 5 == arm.sent


def test_a_404_that_is_not_arms_own(arm, call):
    """It does not say that anything is gone."""
    arm.say(404)

    with pytest.raises(NotFoundError):
        call("delete_restore_point", COPY)


@pytest.mark.parametrize(
    ("status", "code", "error"), [(409, "Conflict", ConflictError), (403, "AuthorizationFailed", ServiceError)]
)
def test_refusals(arm, call, status, code, error):
    """They come through as they are."""
    arm.refuse(status, code, "The service's own words.")

    with pytest.raises(error, match="The service's own words"):
        call("start_copy", COPY, SOURCE.child("restorePoints", "daily-1"))


def test_disk_restore_points(arm, call):
    """They have an API version of their own."""
    arm.say(200, {"value": [body("disk_restore_point")]})
    arm.say(200, body("disk_restore_point"))

    listed = call("list_disk_restore_points", COPY)
    got = call("get_disk_restore_point", COPY.child("diskRestorePoints", "os"))

    assert [got] == listed
    assert [f"GET {COPY}/diskRestorePoints?{DISK_V}", f"GET {COPY}/diskRestorePoints/os?{DISK_V}"] == arm.sent


def test_other_api_versions(arm):
    """Sovereign clouds lag: both trains can be set."""
    api = RestorePoints(arm.transport, api_version="2024-11-01", disk_api_version="2024-03-02")
    arm.say(200, body("copy_accepted"))
    arm.say(200, body("disk_restore_point"))

    asyncio.run(api.get_restore_point(COPY))
    asyncio.run(api.get_disk_restore_point(COPY.child("diskRestorePoints", "os")))

    assert ["2024-11-01", "2024-03-02"] == [request.url.params["api-version"] for request in arm.requests]
