"""The copy documentation's page, call by call, between our client and the emulator: neither knows the other's words."""

import asyncio
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from azure_recovery.emulator.server import application, open_cloud
from azure_recovery.emulator.world import load
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.calls import RestorePoints
from azure_recovery.rest.compute.errors import CopyFailedError
from azure_recovery.rest.compute.following import follow_copy, raise_if_over
from azure_recovery.rest.compute.replication import copy_status
from azure_recovery.rest.errors import NotFoundError
from azure_recovery.rest.transport import Transport

PAGE = json.loads((Path(__file__).parents[1] / "data" / "compute" / "copy_page.json").read_text())
GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
SOURCE = ResourceId.parse(
    f"{GROUPS}/production/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"
)
TARGET = ResourceId.parse(f"{GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections/web-1-copies")
COPY = TARGET.child("restorePoints", "daily-1")
VERSION = {"api-version": "2026-04-01"}

INVENTED = {"properties.optionalProperties", "properties.provisioningDetails.creationTime"}
NOT_SERVED = re.compile(r"properties\.sourceMetadata\.(osProfile\..*|diagnosticsProfile\.bootDiagnostics\.storageUri)")
"""Of the guest's settings the emulator has a few; the client reads none of them."""


class _Token:
    async def token(self):
        return "emulator-token-not-a-secret"


class Cloud:
    """Client and emulator in one process and on one clock, which jumps wherever somebody sleeps."""

    def __init__(self, clock, world, settings):
        self.clock = clock
        self.cloud = open_cloud(world, None, 1.0, settings, wall=lambda: clock.now().timestamp())
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(application(self.cloud)))
        self.answers = []
        self.http.event_hooks["response"].append(self._keep)
        transport = Transport(endpoint="http://azure.test", token=_Token(), clock=clock, http=self.http)
        self.api = RestorePoints(transport)

    async def _keep(self, answer):
        await answer.aread()
        self.answers.append(answer)

    async def raw(self, method, target, body=None):
        """Send a request as it is, past the client."""
        headers = {"Authorization": f"Bearer {await _Token().token()}"}
        return await self.http.request(method, f"http://azure.test{target}", json=body, headers=headers)

    async def start(self):
        """Make the collection and ask for the copy."""
        await self.api.put_collection(TARGET, location="northeurope", source_id=SOURCE, tags={"department": "finance"})
        return await self.api.start_copy(COPY, SOURCE.child("restorePoints", "daily-1"))

    async def follow(self, on_progress=None):
        """Wait until the copy is usable."""
        return await follow_copy(self.api, COPY, deadline=Deadline(self.clock, 86_400.0), on_progress=on_progress)


@pytest.fixture
def play(clock):
    """Play a scene between client and emulator and return what it returns."""

    def run(scene, *, world=None, **settings):
        azure = Cloud(clock, world, settings)

        async def whole():
            try:
                return await scene(azure)
            finally:
                await azure.http.aclose()

        try:
            return asyncio.run(whole())
        finally:
            azure.cloud.store.close()

    return run


def paths(value, path=""):
    """Return the paths of all properties that hold no others; `properties.dataDisks[].lun`."""
    if isinstance(value, dict):
        return {found for name, inner in value.items() for found in paths(inner, f"{path}.{name}".lstrip("."))}
    if isinstance(value, list):
        return {found for inner in value for found in paths(inner, f"{path}[]")}
    return {path}


def test_a_collection_made_and_changed(play):
    """201 the first time and 200 after that; the answer has every property of the page."""

    async def scene(azure):
        for department in ("finance", "sales"):
            made = await azure.api.put_collection(
                TARGET, location="northeurope", source_id=SOURCE, tags={"department": department}
            )
        return [answer.status_code for answer in azure.answers], azure.answers[-1].json(), made

    statuses, body, made = play(scene)

    assert [201, 200] == statuses
    assert set() == paths(PAGE["collection"]) - paths(body)
    assert ("web-1-copies", "Microsoft.Compute/restorePointCollections") == (made.name, made.type)
    assert {"department": "sales"} == made.tags
    assert (str(SOURCE), "WestEurope") == (made.properties.source.id, made.properties.source.location)


def test_a_copy_is_accepted(play):
    """201, both URLs to poll, and Creating: there is no disk restore point yet."""

    async def scene(azure):
        await azure.start()
        return azure.answers[-1], await azure.api.get_restore_point(COPY, instance_view=True)

    answer, point = play(scene)

    assert 201 == answer.status_code
    assert all(answer.headers[name].startswith("http://azure.test/") for name in ("Azure-AsyncOperation", "Location"))
    assert "Creating" == answer.json()["properties"]["provisioningState"] == point.properties.provisioning_state
    assert point.properties.source_metadata.storage_profile.os_disk.disk_restore_point is None
    assert not copy_status(point).usable


def test_a_copy_has_begun_and_is_not_usable(play):
    """Succeeded says that copying has begun; then follow the disks, and the whole is usable when each of them is."""
    seen = []

    async def scene(azure):
        operation = await azure.start()
        await operation.finish()
        begun = copy_status(await azure.api.get_restore_point(COPY, instance_view=True))
        return begun, await azure.follow(lambda _, status: seen.append(status))

    begun, usable = play(scene)

    assert "Succeeded" == begun.provisioning_state
    assert begun.accepted
    assert not begun.usable
    assert not begun.terminated
    assert any(0 < sum(disk.replicated for disk in status.disks) < len(status.disks) for status in seen)
    assert not any(status.usable for status in seen[:-1])
    assert [("web-1-os", True), ("web-1-data-0", True), ("web-1-data-1", True)] == [
        (disk.name, disk.replicated) for disk in usable.disks
    ]


def test_a_usable_copy(play):
    """The emulator serves every property of the page but those that do not exist and the guest's settings."""

    async def scene(azure):
        await (await azure.start()).finish()
        await azure.follow()
        return azure.answers[-1].json()

    missing = paths(PAGE["restore_point"]) - paths(play(scene))

    assert {path for path in missing if not NOT_SERVED.match(path)} == INVENTED


def test_the_requests_of_the_page(play):
    """Bodies as printed are taken, `name` included; it changes nothing, and where it is refused ours still work."""
    requests = PAGE["put_collection"], PAGE["put_restore_point"]

    async def as_printed(azure):
        collection, point = json.loads(json.dumps(requests))
        collection["properties"]["source"]["id"] = str(SOURCE)
        point["properties"]["sourceRestorePoint"]["id"] = f"{SOURCE}/restorePoints/daily-1"
        first = await azure.raw("PUT", f"{TARGET}?api-version=2026-04-01", collection)
        return first, await azure.raw("PUT", f"{COPY}?api-version=2026-04-01", point)

    first, second = play(as_printed)
    refused, _ = play(as_printed, read_only_members="refused")
    ours = play(Cloud.start, read_only_members="refused")

    assert [201, 201] == [first.status_code, second.status_code]
    assert "web-1-copies" == first.json()["name"]
    assert 400 == refused.status_code
    assert ours.accepted.status == 201


def test_the_url_of_the_page(play):
    """With `&` where `?` belongs the api-version is part of the name, and ARM says that there is none."""

    async def scene(azure):
        return await azure.raw("PUT", f"{TARGET}&api-version=2026-04-01", PAGE["put_collection"])

    answer = play(scene)

    assert (400, "MissingApiVersionParameter") == (answer.status_code, answer.json()["error"]["code"])


def test_a_property_that_does_not_exist(play):
    """A request that takes `optionalProperties` from the page is refused, and the property is named."""

    async def scene(azure):
        await azure.api.put_collection(TARGET, location="northeurope", source_id=SOURCE)
        body = {"properties": {**PAGE["put_restore_point"]["properties"], "optionalProperties": "opaque"}}
        return await azure.raw("PUT", f"{COPY}?api-version=2026-04-01", body)

    answer = play(scene)

    assert 400 == answer.status_code
    assert "optionalProperties" in answer.json()["error"]["message"]


def test_a_copy_that_failed(play):
    """Failed is an end: it is told as such, and no disk is waited for."""
    world = load(None)
    world["restore_point_collections"].append(
        {
            "name": TARGET.name,
            "resource_group": "recovery",
            "location": "northeurope",
            "source": {"restore_point_collection": SOURCE.name, "resource_group": "production"},
            "restore_points": [
                {"name": "daily-1", "source_restore_point": "daily-1", "provisioning_state": "Failed"},
            ],
        }
    )

    async def scene(azure):
        return copy_status(await azure.api.get_restore_point(COPY, instance_view=True))

    status = play(scene, world=world)

    assert "Failed" == status.provisioning_state
    with pytest.raises(CopyFailedError):
        raise_if_over(COPY, status)


@pytest.mark.parametrize(("id_", "get"), [(COPY, "get_restore_point"), (TARGET, "get_collection")])
def test_a_deletion(play, id_, get):
    """202, Deleting while it lasts, and then ARM's own word that nothing is there; 204 for who asks again."""

    async def scene(azure):
        await (await azure.start()).finish()
        deletion = await (azure.api.delete_restore_point(id_) if id_ is COPY else azure.api.delete_collection(id_))
        accepted = azure.answers[-1].status_code
        state = (await getattr(azure.api, get)(id_)).properties.provisioning_state
        await deletion.finish()
        with pytest.raises(NotFoundError) as gone:
            await getattr(azure.api, get)(id_)
        return accepted, state, gone.value, (await azure.raw("DELETE", f"{id_}?api-version=2026-04-01")).status_code

    accepted, state, gone, again = play(scene)

    assert (202, "Deleting", 204) == (accepted, state, again)
    assert gone.is_gone


def test_a_copy_without_a_target_collection(play):
    """The collection comes first: without it the copy has no parent."""

    async def scene(azure):
        with pytest.raises(NotFoundError) as refused:
            await azure.api.start_copy(COPY, SOURCE.child("restorePoints", "daily-1"))
        return refused.value

    assert "ParentResourceNotFound" == play(scene).code


def test_signed_urls_of_an_operation(play):
    """Both lead to the emulator's own host and are longer than a client that rebuilds URLs would make them."""

    async def scene(azure):
        await azure.start()
        return azure.answers[-1].headers

    for name in ("Azure-AsyncOperation", "Location"):
        url = play(scene)[name]
        assert "azure.test" == urlsplit(url).netloc
        assert 3_000 < len(url) < 4_096


def test_what_the_page_does_not_show(play):
    """No `type`, regions in another spelling, groups in capitals, a source without its slash; the client reads on."""

    async def scene(azure):
        operation = await azure.start()
        made = azure.answers[0].json()
        await operation.finish()
        status = await azure.follow()
        return made, azure.answers[-1].json(), status

    made, body, status = play(scene)

    metadata = body["properties"]["sourceMetadata"]
    assert f"{SOURCE}".lstrip("/") == made["properties"]["source"]["id"]
    assert "type" not in body
    assert "WestEurope" == metadata["location"]
    assert "/resourceGroups/RECOVERY/" in metadata["storageProfile"]["osDisk"]["diskRestorePoint"]["id"]
    assert status.usable


def test_three_copies_an_hour(play):
    """The fourth waits as long as Azure asks for, and is then accepted."""
    world = load(None)
    world["restore_point_collections"][0]["restore_points"].append({"name": "daily-4", "age_hours": 12})

    async def scene(azure):
        await azure.api.put_collection(TARGET, location="northeurope", source_id=SOURCE)
        deadline, waits = Deadline(azure.clock, 86_400.0), []
        for number in range(1, 5):
            name = f"daily-{number}"
            await azure.api.start_copy(
                TARGET.child("restorePoints", name),
                SOURCE.child("restorePoints", name),
                deadline=deadline,
                on_wait=waits.append,
            )
        puts = [answer.status_code for answer in azure.answers if "/restorePoints/" in answer.url.path]
        return puts, [wait.seconds for wait in waits], azure.clock.monotonic()

    puts, waits, took = play(scene, world=world)

    assert [201, 201, 201, 429, 201] == puts
    assert 3_599.0 <= sum(waits) <= took <= 3_601.0
