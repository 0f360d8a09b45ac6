"""A checkpoint that is deleted: there until its job has ended, and what followed it follows its parent."""

from __future__ import annotations

from tests.emulator.system_center import AFTER, BEFORE, STAMP, key


def test_checkpoint_is_deleted(system_center):
    """204; then a job, at whose end the checkpoint is gone and its child has no parent."""
    answer = system_center.call("DELETE", f"VMCheckPoints{key(BEFORE)}")
    system_center.advance(seconds=30)
    meanwhile = (system_center.machine()["Status"], len(system_center.found("VMCheckPoints")))
    system_center.advance(minutes=1)
    (job,) = system_center.jobs()
    (left,) = system_center.found("VMCheckPoints")

    assert (204, b"", "DeletingCheckpoint", 2) == (answer.status_code, answer.content, *meanwhile)
    assert ("Remove-SCVMCheckpoint", "Completed") == (job["CmdletName"], job["Status"])
    assert (AFTER, None) == (left["ID"], left["ParentCheckpointID"])
    assert (404, "Resource not found for the segment 'VMCheckPoints'.") == system_center.refusal(
        system_center.restore()
    )


def test_nothing_is_rolled_back(system_center):
    """The machine keeps what it was last restored to, also when that checkpoint is gone."""
    system_center.restored()
    system_center.call("DELETE", f"VMCheckPoints{key(BEFORE)}")
    system_center.advance(minutes=10)

    assert (BEFORE, {AFTER: 0}) == (system_center.machine()["LastRestoredCheckpointID"], system_center.restores())


def test_checkpoint_that_is_not_there(system_center):
    """404, and no job."""
    answer = system_center.call("DELETE", f"VMCheckPoints{key(STAMP)}")

    assert (404, "Resource not found for the segment 'VMCheckPoints'.") == system_center.refusal(answer)
    assert {} == system_center.shown("Job")


def test_deletion_while_a_job_runs_may_fail(make_system_center):
    """Its job fails, and the checkpoint stays."""
    system_center = make_system_center(spf_restore_while_busy="fails")
    system_center.restore(AFTER)
    system_center.call("DELETE", f"VMCheckPoints{key(BEFORE)}")
    system_center.advance(minutes=10)

    assert ["Completed", "Failed"] == [job["Status"] for job in system_center.jobs()]
    assert BEFORE == system_center.get("VMCheckPoints", AFTER)["ParentCheckpointID"]
