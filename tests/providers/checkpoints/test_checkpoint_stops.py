"""Restores of which nobody can tell: what the error names, and what a person says who has looked."""

import re

import pytest

from azure_recovery.dynamic_providers import bridge
from tests.providers.checkpoint_worlds import (
    AFTER_PATCH,
    BEFORE_PATCH,
    MACHINE,
    MERGE,
    STAMP,
    Moment,
    Restore,
)
from tests.waiting import wait_until


@pytest.fixture
def unsent(system_center, restore):
    """A stack whose process was killed right before it sent."""
    restore.killed(system_center, "MERGE", Moment.BEFORE)
    assert 0 == system_center.sent
    return restore


@pytest.fixture
def unseen(system_center, restore):
    """A stack whose restore was accepted and whose job never shows."""
    system_center.fault("checkpoint-job-missing")
    with pytest.raises(Exception, match="the service accepted the restore and shows no job of it"):
        restore.up()
    assert 1 == system_center.sent
    system_center.new_process()
    return restore


def test_what_the_error_says(system_center, unsent):
    """What is not known, what was seen, where to look, and each way out."""
    with pytest.raises(Exception, match="trigger") as failure:
        unsent.up()

    assert (
        "trigger 'one': whether a restore was sent is not known; no job shows since; the machine does not show which "
        "checkpoint was last restored. Nothing is sent again. Look at the jobs of machine web-1 "
        f"({MACHINE} in stamp {STAMP}) since 2026-11-22T10:00:00+00:00, for Restore-SCVMCheckpoint of checkpoint "
        f"{BEFORE_PATCH}: if one did it, set confirmed_job_id to its id; if it was done without one, set "
        "confirmed_done='one'; to have it restored, or restored again, change trigger"
    ) == str(failure.value)


def test_what_the_error_says_of_a_machine_that_shows_the_checkpoint(system_center, unseen):
    """It is no proof of a job, and still what a person wants to know."""
    system_center.clock.advance(minutes=10)

    with pytest.raises(Exception, match="the machine shows this checkpoint as the last restored"):
        unseen.up()
    assert 1 == system_center.sent


def test_what_the_error_says_of_a_machine_that_showed_it_before(make_system_center):
    """Then it says nothing about this restore."""
    system_center, restore = make_system_center(machine={"last_restored_checkpoint": "before-patch"}), Restore()
    restore.killed(system_center, "MERGE", Moment.BEFORE)

    with pytest.raises(Exception, match="shows this checkpoint as the last restored, as it did before"):
        restore.up()


def test_what_the_error_says_of_jobs(make_system_center):
    """Those since the baseline, and that others may be hidden."""
    system_center, restore = make_system_center(spf_jobs_filter="refused"), Restore()
    restore.killed(system_center, "MERGE", Moment.BEFORE)
    system_center.create_checkpoint()
    system_center.clock.advance(minutes=10)

    with pytest.raises(Exception, match="jobs since") as failure:
        restore.up()
    [job] = system_center.jobs
    assert (
        f"jobs since: {job['ID']} (Create virtual machine checkpoint: Completed), of which only the most recent can be "
        "seen"
    ) in str(failure.value)


def test_what_the_error_says_of_others_who_were_faster(system_center, restore):
    """This run has taken the baseline and knows that it has sent nothing; whose restores these are it does not know."""
    before_the_run = iter((False, False, True))

    async def restore_twice():
        if next(before_the_run):
            system_center.restore()
            system_center.restore()
            system_center.clock.advance(minutes=1)

    system_center.faults.delay("GET", "/VirtualMachines(", restore_twice, times=3)

    with pytest.raises(Exception, match="nothing was sent, because others may have restored the machine") as failure:
        restore.up()
    assert all(job["ID"] in str(failure.value) for job in system_center.jobs)
    assert 2 == system_center.sent


def test_it_was_done(system_center, unseen):
    """The user has looked: it is taken as restored, once and for this trigger."""
    assert ("same", "update") == unseen.up(confirmed_done="one")
    assert "restored" == unseen.run.outputs["outcome"]
    system_center.new_process()
    assert ("same", "same") == unseen.up(confirmed_done="one")
    assert 1 == system_center.sent


def test_it_was_done_of_another_trigger(system_center, unseen):
    """What was said of one trigger says nothing of the next: it is restored."""
    unseen.up(confirmed_done="one")
    system_center.clock.advance(minutes=10)

    unseen.up(confirmed_done="one", trigger="two")

    assert 2 == system_center.sent


def test_it_is_said_in_advance(system_center, restore):
    """Where it can be told, what a person says does not count: the machine is rolled back."""
    restore.up(confirmed_done="one")

    assert 1 == system_center.sent
    assert "Completed" == restore.run.outputs["job_status"]


def test_it_is_said_of_a_job_that_shows(system_center, restore):
    """It is followed to its end all the same."""
    restore.killed(system_center, "MERGE", Moment.AFTER_EFFECT)

    restore.up(confirmed_done="one")
    assert "Completed" == restore.run.outputs["job_status"]


@pytest.mark.parametrize("said", ["job", "done"])
def test_it_was_another_checkpoint_as_far_as_the_machine_shows(system_center, restore, said):
    """Somebody restored another one afterwards, whose job is gone: the user knows what happened before."""
    restore.killed(system_center, "MERGE", Moment.BEFORE)
    system_center.restore(AFTER_PATCH)
    with pytest.raises(Exception, match="restored another checkpoint"):
        restore.up()

    job_id = system_center.jobs[0]["ID"]
    restore.up(**({"confirmed_job_id": job_id} if said == "job" else {"confirmed_done": "one"}))
    assert "restored" == restore.run.outputs["outcome"]
    assert 1 == system_center.sent


def test_it_was_not_done(system_center, unsent):
    """Another trigger restores."""
    assert ("update", "create") == unsent.up(trigger="two")
    assert 1 == system_center.sent


def test_the_job_that_did_it(make_system_center):
    """Of two that may have done it the user names one: that is followed, whatever the machine shows."""
    system_center, restore = make_system_center(), Restore()
    restore.killed(system_center, "MERGE", Moment.AFTER_EFFECT)
    system_center.clock.advance(minutes=10)
    system_center.restore(AFTER_PATCH)
    system_center.clock.advance(minutes=10)
    with pytest.raises(Exception, match="whether a restore was sent is not known; jobs since"):
        restore.up()

    restore.up(confirmed_job_id=system_center.jobs[0]["ID"])

    assert system_center.jobs[0]["ID"] == restore.run.outputs["job_id"]
    assert "restored" == restore.run.outputs["outcome"]
    assert 2 == system_center.sent


def test_a_job_that_cannot_have_done_it(system_center, restore):
    """One of before the baseline is not taken, and the row says why."""
    system_center.restore()
    system_center.clock.advance(minutes=10)
    old = system_center.jobs[0]["ID"]
    restore.killed(system_center, "MERGE", Moment.BEFORE)
    sent = system_center.sent

    with pytest.raises(Exception, match="whether a restore was sent is not known"):
        restore.up(confirmed_job_id=old)
    assert sent == system_center.sent
    assert any(f"confirmed_job_id {old} is not used" in warning for warning in system_center.warnings)


def test_a_job_of_the_trigger_before(make_system_center):
    """Left in the program with another trigger it says nothing of that: it is restored."""
    system_center, restore = make_system_center(spf_jobs_filter="refused"), Restore()
    restore.up()
    first = restore.run.outputs["job_id"]
    _let_another_job_be_the_newest(system_center)

    restore.up(trigger="two", confirmed_job_id=first)

    assert 2 == system_center.sent
    assert first != restore.run.outputs["job_id"]


def test_a_job_of_the_trigger_before_that_is_forgotten(system_center, restore):
    """It is not asked for: where everything can be told, what is confirmed is not looked at."""
    restore.up()
    system_center.new_process()

    restore.up(trigger="two", confirmed_job_id=MACHINE)

    assert 2 == system_center.sent


def test_a_job_of_the_trigger_before_after_a_kill(make_system_center):
    """It was over when the baseline was taken, although that does not know it: it did not do it."""
    system_center, restore = make_system_center(spf_jobs_filter="refused"), Restore()
    restore.up()
    first = restore.run.outputs["job_id"]
    _let_another_job_be_the_newest(system_center)
    restore.killed(system_center, "MERGE", Moment.BEFORE, trigger="two", confirmed_job_id=first)

    with pytest.raises(Exception, match="trigger 'two': whether a restore was sent is not known"):
        restore.up(trigger="two", confirmed_job_id=first)
    assert any(f"confirmed_job_id {first} is not used" in warning for warning in system_center.warnings)
    assert 1 == system_center.sent


def test_a_job_that_does_not_exist(system_center, unsent):
    """The service's own words."""
    with pytest.raises(Exception, match=re.escape(f"Jobs(ID=guid'{MACHINE}'")) as failure:
        unsent.up(confirmed_job_id=MACHINE)
    assert "answered 404" in str(failure.value)
    assert 0 == system_center.sent


def test_confirmations_are_not_needed(system_center, restore):
    """Where everything can be told, what is confirmed is not looked at."""
    restore.up()
    system_center.new_process()

    assert ("same", "update") == restore.up(confirmed_done="one", confirmed_job_id=MACHINE)
    assert [] == system_center.requests()


def test_a_refresh_of_what_nobody_knows(system_center, unseen):
    """It stays unfinished, and an up looks again."""
    unseen.run.refresh()

    assert "no job of the restore was seen: run up, which looks again" in unseen.run.unready


def test_ctrl_c(system_center, restore, monkeypatch):
    """The wait ends, the restore goes on, and the next up follows it."""
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.faults.rewrite("GET", "/Jobs(", _stop_if_it_runs)

    with pytest.raises(Exception, match="interrupted before it was done"):
        restore.up()
    assert restore.run.outputs["job_id"]
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.faults.clear()
    system_center.new_process()

    assert ("same", "update") == restore.up()
    assert 1 == system_center.sent


def test_ctrl_c_while_it_is_sent(system_center, restore, monkeypatch):
    """Nobody knows whether it arrived: the state has the trigger, and the next up finds the job."""
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.faults.take_effect_and_then("MERGE", "VMCheckPoints", bridge._cancellation.come)

    with pytest.raises(Exception, match="interrupted before it was done"):
        restore.up()
    assert "one" == restore.run.outputs["trigger"]
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.new_process()

    assert ("same", "update") == restore.up()
    assert 1 == system_center.sent
    assert 0 == system_center.requests().count(MERGE)


def test_ctrl_c_before_it_is_sent(system_center, restore, monkeypatch):
    """The state says that nothing was sent for this trigger, and another one restores."""
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.faults.take_effect_and_then("GET", "VMCheckPoints(ID=", bridge._cancellation.come)

    with pytest.raises(Exception, match="interrupted before it was done"):
        restore.up()
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.new_process()
    with pytest.raises(Exception, match="trigger 'one': nothing was restored: interrupted before it was sent"):
        restore.up()

    restore.up(trigger="two")
    assert 1 == system_center.sent


def test_ctrl_c_while_it_is_throttled(system_center, restore, monkeypatch):
    """Every request so far had no effect, and the state says so."""
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.fault("throttled", operation="VMCheckPoints.Merge", count=0)
    monkeypatch.setattr(bridge, "say", _stop_at("not taken yet", bridge.say))

    with pytest.raises(Exception, match="interrupted before it was done"):
        restore.up()
    monkeypatch.setattr(bridge, "_cancellation", bridge._Cancellation())
    system_center.new_process()
    with pytest.raises(Exception, match="trigger 'one': nothing was restored: interrupted before it was sent"):
        restore.up()
    assert 0 == system_center.sent


def test_a_job_that_vanishes(system_center, restore):
    """After a quarter of an hour in which the service knows no such job it says so; the job may come back."""
    with pytest.raises(Exception, match="is still Running"):
        restore.up(timeout=60.0)
    system_center.faults.answer("GET", "/Jobs(", 404, "")

    with pytest.raises(Exception, match="the service has known no such job for") as failure:
        restore.up()
    assert "if it was restored, set confirmed_done='one'" in str(failure.value)
    assert "one" == restore.run.outputs["trigger"]
    system_center.faults.clear()
    assert ("same", "update") == restore.up()
    assert 1 == system_center.sent


def test_a_job_that_is_forgotten(system_center, restore):
    """Who has looked at the machine says that it was restored."""
    with pytest.raises(Exception, match="is still Running"):
        restore.up(timeout=60.0)
    system_center.faults.answer("GET", "/Jobs(", 404, "")

    assert ("same", "update") == restore.up(confirmed_done="one")
    assert "restored" == restore.run.outputs["outcome"]
    assert 1 == system_center.sent


def test_a_confirmation_does_not_end_a_wait(system_center, restore):
    """While the job can be looked at, that counts."""
    with pytest.raises(Exception, match="is still Running"):
        restore.up(timeout=60.0)

    restore.up(confirmed_done="one")
    assert "Completed" == restore.run.outputs["job_status"]


def _stop_if_it_runs(job):
    if job["Status"] == "Running":
        bridge._cancellation.come()


def _stop_at(words, say):
    """Return a `say` that is followed by Ctrl-C where it says *words*."""

    def said(call, message, **how):
        say(call, message, **how)
        if words in message:
            wait_until(lambda: bridge._cancellation._stops, pause_s=0.001)  # the thread of the test is about to listen
            bridge._cancellation.come()

    return said


def _let_another_job_be_the_newest(system_center):
    system_center.clock.advance(minutes=10)
    system_center.create_checkpoint()
    system_center.clock.advance(minutes=10)
    system_center.new_process()
