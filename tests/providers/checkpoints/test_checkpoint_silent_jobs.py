"""Jobs that do not say what they do: none is taken for a restore that the machine does not prove."""

import pytest

from tests.providers.checkpoint_worlds import Restore


def silence(system_center, *, cmdlet="Restore-SCVMCheckpoint"):
    """Let the jobs of a cmdlet show neither that nor a name."""

    def rewritten(body):
        for job in body.get("value", [body]):
            if job["CmdletName"] == cmdlet:
                job.update(CmdletName=None, Name=None)

    system_center.faults.rewrite("GET", "/Jobs", rewritten)


def checkpoint_after_the_request(system_center):
    """Let somebody make a checkpoint at the first look at the machine after the restore was accepted."""
    looks = iter(range(5))

    async def create():
        if next(looks) == 4:
            assert 1 == system_center.sent
            system_center.create_checkpoint()

    system_center.faults.delay("GET", "/VirtualMachines(", create, times=5)


def test_a_service_whose_jobs_say_nothing(system_center, restore):
    """The machine shows after the job that it was restored: that is enough."""
    silence(system_center)

    restore.up()

    assert "restored" == restore.run.outputs["outcome"]
    assert system_center.jobs[0]["ID"] == restore.run.outputs["job_id"]


def test_it_takes_longer_than_a_job_may_take_to_show(make_system_center):
    """A job that may be it is waited for."""
    system_center, restore = make_system_center(machine={"restore_minutes": 45}), Restore()
    silence(system_center)

    restore.up()

    assert "Completed" == restore.run.outputs["job_status"]
    assert len(system_center.requests()) < 400


@pytest.mark.parametrize(
    ("settings", "machine"),
    [
        ({"spf_last_restored_checkpoint": "hidden"}, {}),
        ({}, {"last_restored_checkpoint": "before-patch"}),
    ],
    ids=["the machine does not show it", "the machine showed it before"],
)
def test_nothing_proves_it(make_system_center, settings, machine):
    """Whether the silent job was the restore cannot be told: the error says how to confirm, and nothing is sent."""
    system_center, restore = make_system_center(machine=machine, **settings), Restore()
    silence(system_center)

    for _ in range(2):
        with pytest.raises(Exception, match=r"trigger 'one': .*set confirmed_done='one'") as failure:
            restore.up()
        assert system_center.jobs[0]["ID"] in str(failure.value)
        assert "one" == restore.run.outputs["trigger"]
        assert "restored" != restore.run.outputs.get("outcome")
        system_center.new_process()
    assert 1 == system_center.sent

    restore.up(confirmed_job_id=system_center.jobs[0]["ID"])
    assert "restored" == restore.run.outputs["outcome"]
    assert 1 == system_center.sent


def test_a_silent_job_of_somebody_else_shows_first(make_system_center):
    """It has completed before ours shows: ours is followed, and that has failed."""
    settings = {"spf_last_restored_checkpoint": "hidden", "spf_restore_while_busy": "runs"}
    system_center, restore = make_system_center(**settings), Restore()
    checkpoint_after_the_request(system_center)
    silence(system_center, cmdlet="New-SCVMCheckpoint")
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Merge")
    system_center.fault("checkpoint-job-late", operation="VMCheckPoints.Merge")

    with pytest.raises(Exception, match="the restore failed"):
        restore.up()
    ours, theirs = system_center.jobs
    assert "Restore-SCVMCheckpoint" == ours["CmdletName"]
    assert (ours["ID"], "Completed") == (restore.run.outputs["job_id"], theirs["Status"])


def test_a_silent_job_of_somebody_else_and_none_of_ours(make_system_center):
    """It is no proof of a restore whose job never shows."""
    system_center, restore = make_system_center(spf_last_restored_checkpoint="hidden"), Restore()
    checkpoint_after_the_request(system_center)
    silence(system_center, cmdlet="New-SCVMCheckpoint")
    system_center.fault("checkpoint-job-missing", operation="VMCheckPoints.Merge")

    with pytest.raises(Exception, match="the service accepted the restore and shows no job of it; jobs since: "):
        restore.up()
    assert "outcome" not in restore.run.outputs
    assert 1 == system_center.sent
