"""A restore that goes well: sent once, followed to its end, and never again by itself."""

from tests.providers.checkpoint_worlds import MACHINE, MERGE


def test_a_restore(system_center, restore):
    """It is done when the machine's job has completed, and says which job that was."""
    assert ("create", "create") == restore.up()

    [job] = system_center.jobs
    outputs = restore.run.outputs
    assert "restored" == outputs["outcome"]
    assert (job["ID"], "Completed") == (outputs["job_id"], outputs["job_status"])
    assert MACHINE == outputs["vm_id"]
    assert outputs["request_id"]
    assert outputs["requested_at"] <= outputs["ended_at"]
    assert 1 == system_center.requests().count(MERGE)


def test_the_same_trigger_again(system_center, restore):
    """Nothing changes, and nobody is asked."""
    restore.up()
    system_center.new_process()

    assert ("same", "same") == restore.up()
    assert [] == system_center.requests()
