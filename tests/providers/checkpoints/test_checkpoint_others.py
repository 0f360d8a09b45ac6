"""Restores and other jobs of somebody else: what they did is not ours, and nothing is sent beside them."""

import pytest

from tests.providers.checkpoint_worlds import AFTER_PATCH, BEFORE_PATCH, Restore


def restore_before_the_request(system_center, checkpoint_id=BEFORE_PATCH):
    """Let somebody restore the machine after the baseline was taken and before anything is sent."""
    looks = iter(range(3))

    async def theirs():
        if next(looks) == 2:
            system_center.restore(checkpoint_id)
            system_center.clock.advance(seconds=30)

    system_center.faults.delay("GET", "/VirtualMachines(", theirs, times=3)


def test_somebody_restores_the_same_checkpoint(system_center, restore):
    """The machine shows it: their job is adopted, and nothing is sent."""
    restore_before_the_request(system_center)

    restore.up()

    assert 1 == system_center.sent
    assert system_center.said("adopted: job")
    assert "Completed" == restore.run.outputs["job_status"]
    assert "request_id" not in restore.run.outputs


@pytest.mark.parametrize(
    ("settings", "checkpoint_id", "fault"),
    [
        ({}, AFTER_PATCH, ""),
        ({"spf_last_restored_checkpoint": "hidden"}, AFTER_PATCH, ""),
        ({}, BEFORE_PATCH, "checkpoint-job-fails"),
    ],
    ids=["another checkpoint", "a checkpoint that the machine does not show", "in vain"],
)
def test_somebody_restores(make_system_center, settings, checkpoint_id, fault):
    """It is neither our success nor our failure: nothing was sent, and no later up takes it for ours either."""
    system_center, restore = make_system_center(**settings), Restore()
    if fault:
        system_center.fault(fault)
    restore_before_the_request(system_center, checkpoint_id)

    for _ in range(3):
        with pytest.raises(Exception, match="trigger 'one': nothing was sent, because others may have") as failure:
            restore.up()
        assert f"jobs since: {system_center.jobs[0]['ID']}" in str(failure.value)
        assert "set confirmed_done='one'" in str(failure.value)
        assert ("one", "unsent") == (restore.run.outputs["trigger"], restore.run.outputs["outcome"])
        system_center.new_process()
    restore.run.refresh()
    assert "nothing was sent" in restore.run.unready
    assert 1 == system_center.sent


@pytest.mark.parametrize("said", ["job", "done"])
def test_it_was_what_we_wanted(make_system_center, said):
    """Who has looked says so."""
    system_center, restore = make_system_center(spf_last_restored_checkpoint="hidden"), Restore()
    restore_before_the_request(system_center)
    assert "nothing was sent" in restore.error_of_up()
    system_center.new_process()

    job_id = system_center.jobs[0]["ID"]
    restore.up(**({"confirmed_job_id": job_id} if said == "job" else {"confirmed_done": "one"}))

    assert "restored" == restore.run.outputs["outcome"]
    assert "failure" not in restore.run.outputs
    assert (said == "job") == (restore.run.outputs.get("job_id") == job_id)
    assert 1 == system_center.sent


def test_it_was_not_what_we_wanted(system_center, restore):
    """Another trigger restores."""
    restore_before_the_request(system_center, AFTER_PATCH)
    assert "nothing was sent" in restore.error_of_up()

    assert ("update", "update") == restore.up(trigger="two")

    assert 2 == system_center.sent
    assert ("two", "restored") == (restore.run.outputs["trigger"], restore.run.outputs["outcome"])


def test_somebody_restores_before_an_update(system_center, restore):
    """The state keeps the new trigger, and that nothing was sent for it."""
    restore.up()
    system_center.clock.advance(minutes=10)
    restore_before_the_request(system_center, AFTER_PATCH)

    for _ in range(2):
        with pytest.raises(Exception, match="trigger 'two': nothing was sent"):
            restore.up(trigger="two")
        assert ("two", "unsent") == (restore.run.outputs["trigger"], restore.run.outputs["outcome"])
        assert not {"job_id", "request_id", "requested_at"} & set(restore.run.outputs)
        system_center.new_process()
    assert 2 == system_center.sent


@pytest.mark.parametrize("settings", [{}, {"spf_most_recent_task": "hidden"}], ids=str)
def test_two_jobs_of_others_run(make_system_center, settings):
    """Each of them is waited for before the baseline is taken."""
    system_center, restore = make_system_center(machine={"restore_minutes": 20}, **settings), Restore()
    system_center.restore(AFTER_PATCH)
    system_center.create_checkpoint()
    system_center.clock.advance(seconds=30)

    restore.up()

    *theirs, ours = system_center.jobs
    assert ["Restore-SCVMCheckpoint", "New-SCVMCheckpoint"] == [job["CmdletName"] for job in theirs]
    assert max(job["EndTime"] for job in theirs) <= ours["StartTime"]
    assert ours["ID"] == restore.run.outputs["job_id"]


@pytest.mark.parametrize("settings", [{}, {"spf_most_recent_task": "hidden"}], ids=str)
@pytest.mark.parametrize("kind", ["checkpoint", "restore"])
def test_a_job_begins_while_the_baseline_is_taken(make_system_center, settings, kind):
    """The baseline knows it, and it is waited for all the same before anything is sent."""
    system_center, restore = make_system_center(**settings), Restore()
    looks = iter(range(2))

    async def theirs():
        if next(looks) == 1:
            system_center.create_checkpoint() if kind == "checkpoint" else system_center.restore(AFTER_PATCH)
            system_center.clock.advance(seconds=30)

    system_center.faults.delay("GET", "/VirtualMachines(", theirs, times=2)

    restore.up()

    other, ours = system_center.jobs
    assert other["EndTime"] <= ours["StartTime"]
    assert ours["ID"] == restore.run.outputs["job_id"]
    assert "restored" == restore.run.outputs["outcome"]
