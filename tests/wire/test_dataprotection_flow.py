"""A restore of a disk as it was recorded against the real service, through our client to its end."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.calls import BackupVaults
from azure_recovery.rest.dataprotection.following import follow_job, started_job
from azure_recovery.rest.dataprotection.recovery_points import choose_recovery_point, point_name
from azure_recovery.rest.dataprotection.requests import disk_restore_request
from azure_recovery.rest.transport import Transport

RECORDING = Path(__file__).parents[1] / "data" / "dataprotection" / "wire" / "disk_restore_flow.json"
FLOW = json.loads(RECORDING.read_text())["interactions"]
HOST = "https://management.azure.com"


def test_the_recorded_flow(clock, service):
    """A restore that Azure's own client made replays to its end, every URL byte for byte as it was recorded.

    Two things differ, and are meant to: the recording sends an empty `$filter`, and spells `resourceID` with a small d.
    The job shown at its end is of a later run.
    """
    recorded = {one["name"]: one for one in FLOW}
    listed, restored = recorded["list recovery points (newest first, no nextLink)"], recorded["restore"]
    shown = recorded["job show, completed"]
    for one in FLOW:
        service.answers.append(_response(one["response"]))
    first = restored["request"]["body"]["restoreTargetInfo"]["datasourceInfo"]["resourceId"]
    path = listed["request"]["url"].partition(HOST)[2].partition("/recoveryPoints")[0]
    instance, disk = ResourceId.parse(path), ResourceId.parse(first)

    async def restore(transport: Transport):
        api = BackupVaults(transport, api_version="2023-01-01")
        points = await api.list_recovery_points(instance)
        chosen = choose_recovery_point(points, "latest", datetime(2023, 6, 27, tzinfo=UTC))
        request = disk_restore_request(point_name(chosen), disk, "centraluseuap")
        validation = await (await api.validate_restore(instance, request)).finish()
        job_id = await started_job(await api.restore(instance, request))
        done = await follow_job(
            api,
            instance.parent,
            shown["response"]["body"]["id"],
            deadline=Deadline(transport.clock, 3_600),
            disk_id=str(disk),
        )
        return validation, job_id, done

    validation, job_id, done = service.run(restore, endpoint=HOST)

    sent = [f"{request.method} {request.url}" for _, request in service.requests]
    as_recorded = [f"{one['request']['method']} {one['request']['url']}" for one in FLOW]
    assert [line.replace("?$filter=&", "?") for line in as_recorded] == sent
    for one, (_, request) in zip(FLOW, service.requests, strict=True):
        body = json.dumps(one["request"].get("body")).replace('"resourceId"', '"resourceID"')
        assert json.loads(body) == (json.loads(request.content) if request.content else None)
    assert {"objectType": "OperationJobExtendedInfo"} == validation.body
    assert "d5002098-c270-4599-8f84-e280304557cb" == job_id
    assert done.outcome.succeeded
    assert done.goes_to(disk)
    # The second look at the validation, one look at the restore, and none but the first at the job: 5 + 10 + 5 s.
    assert 20.0 == clock.monotonic()


def _response(recorded):
    body = recorded["body"]
    headers = {name: value for name, value in recorded.get("headers", {}).items() if name != "Content-Length"}
    return httpx.Response(
        recorded["status"], headers=headers, content=b"" if body is None else json.dumps(body).encode()
    )
