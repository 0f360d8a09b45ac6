"""Jobs that do not say what they do: none is taken for a restore that the machine does not prove."""

import pytest

from tests.providers.checkpoint_worlds import Moment, Restore


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


@pytest.mark.parametrize("silent", ["New-SCVMCheckpoint", "Restore-SCVMCheckpoint"])
def test_a_safety_checkpoint_beside_silent_jobs(system_center, restore, silent):
    """Where its own job does not say so it is waited for all the same; one after it that does not is none of its."""
    silence(system_center, cmdlet=silent)

    restore.up(safety_checkpoint=True)

    creation, rollback = system_center.jobs
    assert creation["EndTime"] <= rollback["StartTime"]
    assert "restored" == restore.run.outputs["outcome"]


def test_a_silent_job_shows_before_that_of_a_safety_checkpoint(system_center, restore):
    """It is not taken for that, which fails: nothing is restored."""
    looks = iter(range(3))

    async def theirs():
        if next(looks) == 2:
            assert 1 == len(system_center.jobs)
            system_center.restore()
            system_center.clock.advance(seconds=30)

    system_center.faults.delay("GET", "/VirtualMachines(", theirs, times=3)
    silence(system_center)
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Create", problem="No space.")
    system_center.fault("checkpoint-job-late", operation="VMCheckPoints.Create", seconds=240)

    with pytest.raises(Exception, match=r"was not made: .*No space\..*; nothing was restored"):
        restore.up(safety_checkpoint=True)
    assert 1 == system_center.sent


def test_a_silent_job_shows_before_that_of_an_earlier_safety_checkpoint(system_center, restore):
    """An up after a kill does not take it for that either."""
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Create", problem="No space.")
    system_center.fault("checkpoint-job-late", operation="VMCheckPoints.Create", seconds=50)
    restore.killed(system_center, "POST", Moment.AFTER_EFFECT, safety_checkpoint=True)
    silence(system_center)
    looks = iter(range(2))

    async def theirs():
        if next(looks) == 1:
            system_center.restore()
            system_center.clock.advance(seconds=10)

    system_center.faults.delay("GET", "/VirtualMachines(", theirs, times=2)

    with pytest.raises(Exception, match=r"is there, but job .* ended Failed: delete it, then run up again"):
        restore.up(safety_checkpoint=True)
    assert 1 == system_center.sent
