"""The calls against an emulated System Center that reads and writes what the pages say, on one clock."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from azure_recovery.emulator.server import Service, open_cloud
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import InvalidInputError, NotFoundError, ServiceError
from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.spf.address import SPF_ROOT, WAP_ROOT, service_root
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.connection import connect
from azure_recovery.rest.spf.errors import CheckpointJobFailedError
from azure_recovery.rest.spf.following import follow_job
from azure_recovery.rest.spf.settings import SpfSettings
from tests.emulator.system_center import AFTER, BEFORE, MACHINE, STAMP, SUBSCRIPTION, TOKEN

CERTIFICATE = {"AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": "asked for by TLS, not here.pem"}
WAYS = {
    "certificate": CERTIFICATE,
    "bearer": {"AZURE_RECOVERY_SPF_TOKEN": TOKEN},
    "basic": {"AZURE_RECOVERY_SPF_USERNAME": "emulator", "AZURE_RECOVERY_SPF_PASSWORD": TOKEN},
}


@pytest.fixture
def spf(clock):
    """Run work with the calls against an emulator with the given settings."""

    def run(work, *, env=CERTIFICATE, api_root=WAP_ROOT, **settings):
        async def serving():
            cloud = open_cloud(None, None, 1.0, settings, wall=lambda: clock.now().timestamp())
            connection = connect(
                SpfSettings.load({}, env),
                service_root("https://wapserver:30006", SUBSCRIPTION, api_root),
                clock=clock,
                policy=RetryPolicy(attempts=1),
                http=httpx.AsyncClient(transport=httpx.ASGITransport(Service(cloud).system_center())),
            )
            try:
                return await work(CheckpointService(connection))
            finally:
                await connection.aclose()
                cloud.store.close()

        return asyncio.run(serving())

    return run


async def newest_job(service, clock):
    """Return the job of what was just sent."""
    before = (await service.get_virtual_machine(MACHINE, STAMP)).most_recent_task_id
    for _ in range(20):
        await clock.sleep(1.0)
        machine = await service.get_virtual_machine(MACHINE, STAMP)
        if machine.most_recent_task_id != before:
            return machine.most_recent_task_id
    raise AssertionError("no job")


@pytest.mark.parametrize("method", ["merge", "put"])
@pytest.mark.parametrize("api_root", [WAP_ROOT, SPF_ROOT])
def test_a_restore(spf, clock, method, api_root):
    """Found, sent, followed to its end, and seen in the machine; the checkpoint is what it was."""

    async def restore(service):
        [found] = await service.find_checkpoints(BEFORE)
        before = await service.get_checkpoint(found.id, found.stamp_id)
        sent = await service.restore(before, method)
        job_id = await newest_job(service, clock)
        progress = []
        job = await follow_job(
            service,
            job_id,
            STAMP,
            deadline=Deadline(clock, 3_600.0),
            on_progress=lambda job: progress.append(job.status),
        )
        machine = await service.get_virtual_machine(MACHINE, STAMP)
        after = await service.get_checkpoint(BEFORE, STAMP)
        return before, sent, job, progress, machine, after

    before, sent, job, progress, machine, after = spf(restore, api_root=api_root)

    assert before.entity == after.entity
    assert (204, clock.start) == (sent.status, sent.date)
    assert len({sent.request_id, sent.activity_id, ""}) == 3
    assert ("Completed", 100.0, MACHINE, "") == (job.status, job.progress, job.target_object_id, job.words)
    assert clock.start <= job.start_time < job.end_time
    assert ("Running", "Completed") == (progress[0], progress[-1])
    assert (BEFORE, job.id) == (machine.last_restored_checkpoint_id, machine.most_recent_task_id)


def test_a_job_that_fails(spf, clock):
    """The error has VMM's words: the problem, its number, what to do."""

    async def restore_twice(service):
        found = await service.get_checkpoint(BEFORE, STAMP)
        await service.restore(found)
        await newest_job(service, clock)
        await service.restore(found)
        job_id = await newest_job(service, clock)
        await follow_job(service, job_id, STAMP, deadline=Deadline(clock, 3_600.0))

    with pytest.raises(
        CheckpointJobFailedError, match=r"ended Failed: .* locked by another job\. \(2606\) Wait for the other job"
    ):
        spf(restore_twice, spf_restore_while_busy="fails")


def test_a_new_checkpoint(spf, clock):
    """It can be read under the id that came back, and its job is followed like any other."""

    async def create(service):
        created = await service.create_checkpoint(MACHINE, STAMP, "before restore", "by a test")
        job = await follow_job(service, await newest_job(service, clock), STAMP, deadline=Deadline(clock, 3_600.0))
        return created, job, await service.get_checkpoint(created.checkpoint.id, STAMP)

    created, job, found = spf(create)

    assert (201, "New-SCVMCheckpoint") == (created.sent.status, job.cmdlet_name)
    assert ("before restore", "by a test", AFTER) == (found.name, found.description, found.parent_checkpoint_id)


@pytest.mark.parametrize("written", ["json", "wrapped", "xml"])
@pytest.mark.parametrize("codes", [True, False])
def test_refusals_in_each_shape(spf, written, codes):
    """The words are read out of all of them; a code is there only if the service has one."""

    async def look(service):
        with pytest.raises(NotFoundError) as caught:
            await service.get_checkpoint(MACHINE, STAMP)
        return caught.value

    error = spf(look, spf_error_format=written, spf_error_codes=codes)

    assert "Resource not found for the segment 'VMCheckPoints'." == error.text
    assert ("ResourceNotFound" if codes else "") == error.code


def test_a_refusal_as_a_page(spf):
    """Its title is told."""

    async def look(service):
        with pytest.raises(NotFoundError, match="answered 404: Not Found"):
            await service.get_job(MACHINE, STAMP)

    spf(look, spf_error_format="html")


@pytest.mark.parametrize(("way", "env"), WAYS.items(), ids=WAYS)
def test_each_way_to_log_in(spf, way, env):
    """A service that takes one of them takes ours."""
    found = spf(lambda service: service.get_checkpoint(BEFORE, STAMP), env=env, spf_authentication=way)

    assert BEFORE == found.id


@pytest.mark.parametrize(("way", "env"), [("bearer", WAYS["basic"]), ("basic", WAYS["bearer"]), ("basic", CERTIFICATE)])
def test_the_wrong_way_to_log_in(spf, way, env):
    """The page of IIS is told in one line."""

    async def look(service):
        with pytest.raises(ServiceError, match="answered 401: Unauthorized"):
            await service.get_checkpoint(BEFORE, STAMP)

    spf(look, env=env, spf_authentication=way)


def test_jobs_of_a_machine(spf, clock):
    """Those that show, newest first; a service that takes no such filter says so."""

    async def listed(service):
        for _ in range(2):
            await service.restore(await service.get_checkpoint(BEFORE, STAMP))
            await newest_job(service, clock)
        return await service.jobs_of(MACHINE, STAMP)

    newer, older = spf(listed)

    assert newer.start_time > older.start_time
    with pytest.raises(ServiceError, match="answered 400: Filtering by 'TargetObjectId' is not supported"):
        spf(lambda service: service.jobs_of(MACHINE, STAMP), spf_jobs_filter="refused")


def test_a_service_that_lists_nothing_without_a_stamp(spf, clock):
    """What a machine has is asked for with it; a checkpoint is looked for without, and the error says what to do."""

    async def listed(service):
        await service.restore(await service.get_checkpoint(BEFORE, STAMP))
        await newest_job(service, clock)
        return await service.checkpoints_of(MACHINE, STAMP), await service.jobs_of(MACHINE, STAMP)

    checkpoints, jobs = spf(listed, spf_stamp_filter="required")

    assert {BEFORE, AFTER} == {checkpoint.id for checkpoint in checkpoints}
    assert 1 == len(jobs)
    with pytest.raises(InvalidInputError, match=r"^stamp_id: is needed: .* answered 400: "):
        spf(lambda service: service.find_checkpoints(BEFORE), spf_stamp_filter="required")


def test_a_service_that_answers_in_pages(spf):
    """All of them are read."""
    found = spf(lambda service: service.checkpoints_of(MACHINE, STAMP), spf_page_size=1)

    assert {BEFORE, AFTER} == {checkpoint.id for checkpoint in found}


def test_a_service_that_spells_the_target_of_a_job_otherwise(spf, clock):
    """It refuses the one name and takes the other, by which it is asked from then on."""

    async def listed(service):
        none = await service.jobs_of(MACHINE, STAMP)
        await service.restore(await service.get_checkpoint(BEFORE, STAMP))
        await newest_job(service, clock)
        return none, await service.jobs_of(MACHINE, STAMP)

    none, [job] = spf(listed, spf_target_member="TargetObjectID")

    assert ([], MACHINE) == (none, job.target_object_id)


def test_an_older_service(spf):
    """Another spelling, and no word of the last restored checkpoint."""
    machine = spf(
        lambda service: service.get_virtual_machine(MACHINE, STAMP),
        spf_status_string_member="Statusstring",
        spf_last_restored_checkpoint="hidden",
    )

    assert ("Running", None) == (machine.status_string, machine.last_restored_checkpoint_id)
