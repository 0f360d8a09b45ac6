"""Restores whose answer was lost, that were refused or whose job failed: none is sent twice for its trigger."""

from datetime import timedelta

import pytest

from azure_recovery.dynamic_providers import bridge, session
from azure_recovery.dynamic_providers.inputs import NAME_SEED
from tests.providers.checkpoint_worlds import (
    AFTER_PATCH,
    BEFORE_PATCH,
    MERGE,
    RESTORE,
    UNCLEAR,
    Moment,
    Restore,
)


@pytest.mark.parametrize("name", ["cut-after", "error-after", "cut-body"])
def test_an_answer_that_is_lost(system_center, restore, name):
    """It took effect and nobody heard of it: its job is found and followed."""
    system_center.fault(name, operation="VMCheckPoints.Merge")

    restore.up()

    assert 1 == system_center.sent
    assert "restored" == restore.run.outputs["outcome"]
    assert 1 == system_center.requests().count(MERGE)


@pytest.mark.parametrize("name", ["cut-before", "unavailable", "html"])
def test_a_request_that_is_lost(system_center, restore, name):
    """Nobody can tell what became of it: the state keeps the trigger, and no up sends it again."""
    system_center.fault(name, operation="VMCheckPoints.Merge")
    if name == "html":
        system_center.fault("checkpoint-job-missing")

    with pytest.raises(Exception, match="whether the restore took effect is not known") as failure:
        restore.up()
    assert "set confirmed_done='one'" in str(failure.value)
    assert "one" == restore.run.outputs["trigger"]
    assert restore.run.outputs["requested_at"]
    for _ in range(2):
        system_center.new_process()
        with pytest.raises(Exception, match="Nothing is sent again"):
            restore.up()
        assert 0 == system_center.requests().count(MERGE)
    assert system_center.sent <= 1


@pytest.mark.parametrize(
    ("status", "code"), [(400, "BadRequest"), (401, ""), (403, "Forbidden"), (404, ""), (412, "Changed")]
)
def test_a_refusal(system_center, restore, status, code):
    """Nothing happened. The trigger is used up all the same: no later process may send what another one has tried."""
    system_center.faults.answer("MERGE", "VMCheckPoints", status, code, times=1)

    with pytest.raises(Exception, match=f"answered {status}") as failure:
        restore.up()
    assert "trigger 'one': nothing was restored" in str(failure.value)
    assert "refused" == restore.run.outputs["outcome"]
    system_center.new_process()
    with pytest.raises(Exception, match="correct that, then change trigger") as failure:
        restore.up()
    assert f"answered {status}" in str(failure.value)
    assert [] == system_center.requests()
    restore.run.refresh()
    assert f"answered {status}" in restore.run.unready

    assert ("update", "update") == restore.up(trigger="two")
    assert 1 == system_center.sent
    assert "failure" not in restore.run.outputs


def test_a_connection_that_is_not_opened(system_center, restore):
    """Nothing was sent: it is tried again while the permit holds."""
    system_center.faults.refuse("MERGE", "VMCheckPoints", times=3)

    restore.up()

    assert 1 == system_center.sent
    assert system_center.said("not taken yet")


def test_a_throttled_request(system_center, restore):
    """Nothing happened, so it is asked again when the service says."""
    system_center.fault("throttled", operation="VMCheckPoints.Merge", count=2, retry_after=120)

    restore.up()

    first, second, third = system_center.logged("VMCheckPoints.Merge")
    assert 1 == system_center.sent
    assert second - first >= 120
    assert third - second >= 120


def test_a_request_that_goes_on_to_be_throttled(system_center, restore):
    """After a quarter of an hour it is a refusal."""
    system_center.fault("throttled", operation="VMCheckPoints.Merge", count=0)

    with pytest.raises(Exception, match=r"nothing was restored: MERGE .* answered 429"):
        restore.up()
    assert 0 == system_center.sent


def test_a_certificate_that_is_not_trusted(system_center, restore):
    """Nothing was sent, and nothing changes by itself: it is told at once."""
    system_center.faults.distrust("MERGE", "VMCheckPoints")

    with pytest.raises(Exception, match=r"nothing was restored: MERGE .* name its authority in"):
        restore.up()
    assert ["MERGE VMCheckPoints"] == system_center.faults.met
    assert 0 == system_center.sent


@pytest.mark.parametrize("timeout", [0.0, 300.0])
def test_a_request_that_is_throttled_for_hours(system_center, restore, timeout):
    """Nobody's machine is rolled back when its owner has long stopped waiting: nothing is sent after the limit."""
    system_center.faults.answer("MERGE", "VMCheckPoints", 429, "", times=1, **{"Retry-After": "7200"})
    begun = system_center.clock.now()

    with pytest.raises(Exception, match=r"nothing was restored: MERGE .* not sent, because calls of this kind are"):
        restore.up(timeout=timeout)
    assert 0 == system_center.sent
    assert system_center.clock.now() - begun <= timedelta(seconds=timeout or 900.0)


def test_a_connection_that_is_never_opened(system_center, restore):
    """After a quarter of an hour it is given up, and the next up says that nothing was restored."""
    system_center.faults.refuse("MERGE", "VMCheckPoints", times=10**6)

    with pytest.raises(Exception, match="nothing was restored: MERGE"):
        restore.up()
    system_center.faults.clear()
    system_center.new_process()
    with pytest.raises(Exception, match="nothing was restored: MERGE"):
        restore.up()
    assert 0 == system_center.sent


def test_the_deadline_passes(system_center, restore):
    """The job goes on, the state keeps it, and the next up follows it."""
    with pytest.raises(Exception, match=r"is still Running after .* run up again to go on waiting"):
        restore.up(timeout=60.0)
    assert restore.run.unready
    assert "Running" == restore.run.outputs["job_status"]
    system_center.new_process()

    assert ("same", "update") == restore.up()
    assert 0 == system_center.requests().count(MERGE)
    assert "restored" == restore.run.outputs["outcome"]


def test_the_deadline_passes_in_an_update(system_center, restore):
    """The new trigger is in the state, although the update failed."""
    restore.up()
    with pytest.raises(Exception, match="is still Running"):
        restore.up(trigger="two", timeout=60.0)
    assert ("two", "Running") == (restore.run.outputs["trigger"], restore.run.outputs["job_status"])
    system_center.new_process()

    assert ("same", "update") == restore.up(trigger="two")
    assert 2 == system_center.sent


def test_a_job_that_fails(system_center, restore):
    """Its own words are the error; the next up repeats them and sends nothing."""
    system_center.fault("checkpoint-job-fails", problem="The disk is full.")

    for _ in range(2):
        with pytest.raises(Exception, match=r"The disk is full\.") as failure:
            restore.up()
        assert "change trigger to restore again" in str(failure.value)
        system_center.new_process()
    assert 1 == system_center.sent
    assert ("Failed", "failed") == (restore.run.outputs["job_status"], restore.run.outputs["outcome"])


def test_a_job_that_is_cancelled(system_center, restore):
    """It is no success."""
    system_center.fault("checkpoint-job-canceled")

    with pytest.raises(Exception, match="ended Canceled"):
        restore.up()


def test_a_job_that_was_restarted(system_center, restore):
    """A failed job that somebody has restarted in VMM counts: the state takes it as done."""
    system_center.fault("checkpoint-job-fails")
    with pytest.raises(Exception, match="the restore failed"):
        restore.up()
    system_center.faults.rewrite("GET", "/Jobs(", lambda job: job.update(Status="Completed", ErrorInfo=None))
    system_center.faults.rewrite(
        "GET", "/VirtualMachines(", lambda machine: machine.update(LastRestoredCheckpointID=BEFORE_PATCH)
    )

    assert ("same", "update") == restore.up()
    assert "restored" == restore.run.outputs["outcome"]
    assert "failure" not in restore.run.outputs
    assert 1 == system_center.sent


class TestWithoutTheBridge:
    """An engine that takes no unfinished resource: every failure of a create leaves nothing of it in the state."""

    @pytest.fixture(autouse=True)
    def _plain_errors(self, monkeypatch):
        monkeypatch.setattr(bridge, "current_call", bridge.Call)

    def test_a_restore(self, system_center, restore):
        """It works."""
        restore.up()

        assert 1 == system_center.sent

    @pytest.mark.parametrize("name", ["cut-before", "unavailable", "cut-after", "error-after"])
    def test_what_was_lost(self, system_center, restore, name):
        """What took effect is found, and what did not is never sent again."""
        system_center.fault(name, operation="VMCheckPoints.Merge")
        restore.error_of_up()
        for _ in range(2):
            system_center.new_process()
            restore.error_of_up()
            assert 0 == system_center.requests().count(MERGE)
        assert system_center.sent <= 1
        assert (system_center.sent == 1) == (restore.run.outputs.get("outcome") == "restored")

    @pytest.mark.parametrize("name", ["cut-before", "unavailable", "cut-after", "error-after", "checkpoint-job-fails"])
    def test_an_update(self, system_center, restore, name):
        """The state keeps the trigger before, and the baseline of the new one: no later up sends it a second time."""
        restore.up()
        first = dict(restore.run.outputs)
        system_center.clock.advance(minutes=10)
        system_center.new_process()
        system_center.fault(name, operation="VMCheckPoints.Merge")

        restore.error_of_up(trigger="two")
        assert 1 == system_center.requests().count(MERGE)
        for _ in range(2):
            system_center.new_process()
            error = restore.error_of_up(trigger="two")
            assert 0 == system_center.requests().count(MERGE)
            done = name in {"cut-after", "error-after"}
            assert done != bool(error)
            assert ("two" if done else "one") == restore.run.outputs["trigger"]
            assert "two" == restore.baseline.outputs["trigger"]
            assert done == (first["job_id"] != restore.run.outputs["job_id"])
        assert (1 if name in {"cut-before", "unavailable"} else 2) == system_center.sent

    def test_a_failed_job(self, system_center, restore):
        """It is found by the baseline in every up, and not sent again."""
        system_center.fault("checkpoint-job-fails")
        for _ in range(3):
            with pytest.raises(Exception, match="the restore failed"):
                restore.up()
            system_center.new_process()
        assert 1 == system_center.sent

    def test_a_refusal(self, system_center, restore):
        """Nothing is left of it, so the next up cannot tell, and says so."""
        system_center.faults.answer("MERGE", "VMCheckPoints", 403, "Forbidden", times=1)
        with pytest.raises(Exception, match="nothing was restored"):
            restore.up()
        assert "" == restore.run.id
        system_center.new_process()
        with pytest.raises(Exception, match=UNCLEAR):
            restore.up()
        assert 0 == system_center.sent


def test_jobs_that_are_listed_from_now_on(system_center, restore):
    """What was there before the baseline, and is shown only after it, is no news: the restore of another trigger."""
    restore.up()
    first = restore.run.outputs["job_id"]
    system_center.clock.advance(minutes=10)
    system_center.create_checkpoint()
    system_center.clock.advance(minutes=10)
    system_center.new_process()
    system_center.faults.list_none("Jobs", times=2)  # before the baseline, and for it

    restore.up(trigger="two")

    assert restore.run.outputs["baseline"]["listed"] is False
    assert 2 == system_center.sent
    assert first != restore.run.outputs["job_id"]


def test_a_second_resource_with_the_same_baseline(system_center, restore):
    """A baseline permits one restore."""
    restore.up()
    second = Restore()
    second.baseline = restore.baseline

    assert ("same", "create") == second.up()
    assert 1 == system_center.sent
    assert restore.run.outputs["job_id"] == second.run.outputs["job_id"]


def test_replaced_by_force(system_center, restore):
    """`--target-replace` of the run finds the job of its baseline."""
    restore.up()
    system_center.new_process()
    inputs = dict(restore.run.inputs)

    assert "replace" == restore.run.up(inputs | {"__provider": "x"}, replace=True)
    assert 1 == system_center.sent


def test_a_baseline_that_was_taken_anew_by_force(system_center, restore):
    """With the trigger in the state, a new baseline changes nothing."""
    restore.up()
    system_center.new_process()
    restore.baseline.up(dict(restore.baseline.inputs) | {"__provider": "x"}, replace=True)

    restore.up()
    assert 1 == system_center.sent


def test_a_process_that_lives_on(system_center, restore, monkeypatch):
    """An engine was killed, its provider was not: the next run sends nothing, and the one that may send does, once."""
    restore.baseline.up(RESTORE | {NAME_SEED: "p/s/rollback"})
    living = session._sessions
    system_center.new_process()

    with pytest.raises(Exception, match=UNCLEAR):
        restore.up()
    assert 0 == system_center.sent
    monkeypatch.setattr(session, "_sessions", living)
    restore.killed(system_center, "MERGE", Moment.ANSWERED)
    assert 1 == system_center.sent

    restore.up()
    assert 1 == system_center.sent
    assert "restored" == restore.run.outputs["outcome"]


def test_another_checkpoint_by_somebody_else(system_center, restore):
    """A restore that is not ours is no success, and no reason to send."""
    restore.killed(system_center, "MERGE", Moment.BEFORE)
    system_center.restore(AFTER_PATCH)

    with pytest.raises(Exception, match=f"restored another checkpoint, {AFTER_PATCH}"):
        restore.up()
    assert 1 == system_center.sent
    assert "one" == restore.run.outputs["trigger"]


def test_the_same_checkpoint_by_somebody_else(system_center, restore):
    """The machine is where it should be: the job is adopted, and nothing is sent."""
    restore.killed(system_center, "MERGE", Moment.BEFORE)
    system_center.restore()

    restore.up()

    assert 1 == system_center.sent
    assert system_center.said("adopted: job")
    assert "request_id" not in restore.run.outputs


def test_a_look_that_fails_before_it_is_sent(system_center, restore):
    """Nothing was sent, and the state says so: the next up need not wonder."""
    system_center.faults.answer("GET", "VMCheckPoints(ID=", 403, "Forbidden")

    with pytest.raises(Exception, match="trigger 'one': nothing was restored: GET"):
        restore.up()
    assert ("one", "refused") == (restore.run.outputs["trigger"], restore.run.outputs["outcome"])
    system_center.faults.clear()
    system_center.new_process()
    with pytest.raises(Exception, match="trigger 'one': nothing was restored: GET"):
        restore.up()
    assert [] == system_center.requests()

    assert ("update", "update") == restore.up(trigger="two")
    assert 1 == system_center.sent


def test_a_checkpoint_of_another_machine(system_center, restore):
    """One that was moved since the baseline is not restored."""
    system_center.faults.rewrite("GET", "VMCheckPoints(ID=", lambda checkpoint: checkpoint.update(VMId=AFTER_PATCH))

    with pytest.raises(Exception, match=f"is of machine {AFTER_PATCH}, and the baseline of"):
        restore.up()
    assert 0 == system_center.sent
