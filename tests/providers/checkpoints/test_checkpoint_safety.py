"""The checkpoint that is made before a machine is rolled back."""

import re

import pytest

from tests.providers.checkpoint_worlds import CREATE, MACHINE, MERGE, STAMP, UNCLEAR, Moment, Restore


def checkpoints(system_center):
    """Return the names of the checkpoints, in the order in which they were made."""
    world = system_center.control("GET", "world").json()["resources"]
    return [one["properties"]["Name"] for one in world if "/VMCheckPoints(" in one["id"]]


def made(system_center):
    """Return those that were made for safety."""
    return [name for name in checkpoints(system_center) if name.startswith("before-") and name != "before-patch"]


@pytest.fixture
def safe(restore):
    """A program that asks for one."""

    def up(**given):
        return restore.up(safety_checkpoint=True, **given)

    return up


def test_it_is_made_first(system_center, restore, safe):
    """Its job has ended before the restore is sent, and the output names it."""
    safe()

    creation, rollback = system_center.jobs
    assert creation["EndTime"] <= rollback["StartTime"]
    assert rollback["ID"] == restore.run.outputs["job_id"]
    [name] = made(system_center)
    assert re.fullmatch(r"before-one-[0-9a-f]{8}", name)
    assert restore.baseline.outputs["safety_checkpoint_id"]


def test_it_is_made_once_for_each_trigger(system_center, restore, safe):
    """Another trigger makes another one."""
    safe()
    first = restore.baseline.outputs["safety_checkpoint_id"]
    assert ("same", "same") == safe()

    safe(trigger="two")

    assert 2 == len(made(system_center))
    assert first != restore.baseline.outputs["safety_checkpoint_id"]


def test_it_is_no_longer_asked_for(system_center, restore, safe):
    """The output of the trigger before is gone with the next one."""
    safe()

    restore.up(trigger="two")

    assert "safety_checkpoint_id" not in restore.baseline.outputs
    assert 1 == len(made(system_center))


def test_killed_at_any_request_of_it(make_system_center):
    """The next up finds what was made: one checkpoint, and one restore unless the baseline was in the state by then."""
    whole = make_system_center()
    Restore().up(safety_checkpoint=True)
    asked = whole.requests()
    cells = [(nth, Moment.ANSWERED) for nth in range(1, asked.index(MERGE))]
    ends = set()
    for at, moment in [*cells, ("POST", Moment.BEFORE), ("POST", Moment.AFTER_EFFECT)]:
        system_center, restore = make_system_center(), Restore()
        restore.killed(system_center, at, moment, safety_checkpoint=True)
        taken = bool(restore.baseline.id)
        ends.add(taken)

        error = restore.error_of_up(safety_checkpoint=True)

        assert 1 == len(made(system_center))
        assert (taken, 0 if taken else 1) == (UNCLEAR in error, system_center.sent)
        assert taken or not error
        system_center.close()
    assert {True, False} == ends


@pytest.mark.parametrize("name", ["cut-after", "error-after"])
def test_an_answer_that_is_lost(system_center, safe, name):
    """It is found by its name."""
    system_center.fault(name, operation="VMCheckPoints.Create")

    safe()

    assert 1 == len(made(system_center))
    assert 1 == system_center.sent


def test_a_request_that_is_lost(system_center, restore, safe):
    """It does not show, nothing is restored, and the next up makes it."""
    system_center.fault("cut-before", operation="VMCheckPoints.Create")

    with pytest.raises(Exception, match=r"safety checkpoint before-one-\w+ does not show 300 s after it was asked for"):
        safe()
    assert 0 == system_center.sent
    assert "" == restore.baseline.id
    system_center.new_process()

    safe()
    assert [1, 1] == [len(made(system_center)), system_center.sent]


def test_it_is_refused(system_center, safe):
    """The service's own words, and nothing is restored."""
    system_center.faults.answer("POST", "VMCheckPoints", 403, "Forbidden", text="Not here.")

    with pytest.raises(Exception, match=r"answered 403 \(Forbidden\): Not here\."):
        safe()
    assert 0 == system_center.sent


def test_its_job_fails(system_center, restore, safe):
    """The job's own words; what it left is not taken for a way back in the next up either."""
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Create", problem="No space.")

    with pytest.raises(Exception, match=r"was not made: .*No space\..*; nothing was restored"):
        safe()
    system_center.new_process()
    with pytest.raises(Exception, match=r"is there, but job .* ended Failed: delete it, then run up again"):
        safe()
    assert 0 == system_center.sent


def test_its_job_never_shows(system_center, safe):
    """The checkpoint does, after minutes: that is enough."""
    system_center.fault("checkpoint-job-missing", operation="VMCheckPoints.Create")

    safe()

    assert [1, 1] == [len(made(system_center)), system_center.sent]


def test_a_service_that_lists_no_jobs(make_system_center):
    """The machine's most recent job is that of the checkpoint."""
    system_center, restore = make_system_center(spf_jobs_filter="refused"), Restore()

    restore.up(safety_checkpoint=True)

    assert [CREATE, MERGE] == [one for one in system_center.requests() if not one.startswith("GET")]
    assert MACHINE == restore.run.outputs["vm_id"]


def test_a_service_that_lists_nothing_without_a_stamp(make_system_center):
    """With `stamp_id` in the program nothing is looked for without it, neither checkpoints nor jobs."""
    system_center, restore = make_system_center(spf_stamp_filter="required"), Restore()

    restore.up(safety_checkpoint=True, stamp_id=STAMP)

    assert [1, 1] == [len(made(system_center)), system_center.sent]


@pytest.mark.parametrize("preflight", [{}, {"preflight": "off"}])
def test_without_a_stamp_where_it_is_needed(make_system_center, preflight):
    """The refusal names the input to write, in a preview or in the up; nothing was made or sent."""
    system_center, restore = make_system_center(spf_stamp_filter="required"), Restore()

    with pytest.raises(Exception, match=r"\bstamp_id\W+is needed: the service finds no checkpoint without it"):
        restore.up(safety_checkpoint=True, **preflight)
    assert [0, 0] == [len(made(system_center)), system_center.sent]


def test_the_deadline_passes(make_system_center):
    """The job goes on, and the next up finds its checkpoint."""
    system_center, restore = make_system_center(machine={"checkpoint_minutes": 30}), Restore()

    with pytest.raises(Exception, match=r"was not made: .*is still Running after .*nothing was restored"):
        restore.up(safety_checkpoint=True, timeout=120.0)
    system_center.new_process()

    restore.up(safety_checkpoint=True)
    assert [1, 1] == [len(made(system_center)), system_center.sent]


def test_its_job_fails_and_nothing_stays(make_system_center):
    """Where the service takes a failed one away the next up makes it anew."""
    system_center, restore = make_system_center(spf_failed_checkpoint="goes"), Restore()
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Create")
    with pytest.raises(Exception, match="was not made"):
        restore.up(safety_checkpoint=True)
    system_center.new_process()

    restore.up(safety_checkpoint=True)
    assert [1, 1] == [len(made(system_center)), system_center.sent]


@pytest.mark.parametrize("size", [1, 2])
def test_answers_of_several_pages(make_system_center, size):
    """Checkpoints and jobs are all read."""
    system_center, restore = make_system_center(spf_page_size=size), Restore()

    restore.up(safety_checkpoint=True)
    restore.up(safety_checkpoint=True, trigger="two")

    assert [2, 2] == [len(made(system_center)), system_center.sent]


def test_killed_before_its_job_shows(make_system_center):
    """The next up waits for it: a restore meanwhile would be one without a way back."""
    system_center, restore = make_system_center(spf_job_visible_seconds=30), Restore()
    restore.killed(system_center, "POST", Moment.AFTER_EFFECT, safety_checkpoint=True)

    restore.up(safety_checkpoint=True)

    creation, rollback = system_center.jobs
    assert creation["EndTime"] <= rollback["StartTime"]
    assert 1 == len(made(system_center))


def test_its_job_is_done_and_listed_as_running(make_system_center):
    """The job itself counts: a list that lags is not asked over and over."""
    system_center, restore = make_system_center(spf_job_visible_seconds=30), Restore()
    restore.killed(system_center, "POST", Moment.AFTER_EFFECT, safety_checkpoint=True)
    system_center.faults.rewrite("GET", "/Jobs", _run_on)

    restore.error_of_up(safety_checkpoint=True, timeout=600.0)

    assert system_center.said("is there already")


def _run_on(body):
    for job in body.get("value", ()):
        job["Status"], job["IsCompleted"] = "Running", False


def test_killed_and_its_job_fails(make_system_center):
    """The next up says so, and restores nothing."""
    system_center, restore = make_system_center(spf_job_visible_seconds=30), Restore()
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Create", problem="No space.")
    restore.killed(system_center, "POST", Moment.AFTER_EFFECT, safety_checkpoint=True)

    with pytest.raises(Exception, match=r"is there, but job .* ended Failed: delete it, then run up again"):
        restore.up(safety_checkpoint=True)
    assert 0 == system_center.sent


@pytest.mark.parametrize("added", [None, "2026-11-22T10:00:00"], ids=["no time", "no offset"])
def test_killed_where_it_does_not_tell_when_it_was_made(system_center, restore, added):
    """Its job cannot be known by its time, and may have failed: nothing is restored without a way back."""
    system_center.fault("checkpoint-job-fails", operation="VMCheckPoints.Create")
    restore.killed(system_center, "POST", Moment.AFTER_EFFECT, safety_checkpoint=True)

    def changed(body):
        for checkpoint in body.get("value", [body]):
            checkpoint["AddedTime"] = added

    system_center.faults.rewrite("GET", "/VMCheckPoints", changed)

    with pytest.raises(
        Exception, match=r"does not tell when it was made: .*; delete it, or change trigger, then run up"
    ):
        restore.up(safety_checkpoint=True)
    assert 0 == system_center.sent
    system_center.clock.advance(minutes=10)
    system_center.control("DELETE", "faults")

    restore.up(safety_checkpoint=True, trigger="two")
    assert [2, 1] == [len(made(system_center)), system_center.sent]
