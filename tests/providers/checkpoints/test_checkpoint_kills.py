"""Restores whose process was killed, at any of its requests: none is sent twice for its trigger."""

import pytest

from tests.providers.checkpoint_worlds import MERGE, UNCLEAR, Moment, Restore

KINDS_OF_SERVICE = {
    "it shows everything": {},
    "it lists no jobs": {"spf_jobs_filter": "refused"},
    "it does not show the last restored checkpoint": {"spf_last_restored_checkpoint": "hidden"},
    "it shows little": {"spf_jobs_filter": "refused", "spf_last_restored_checkpoint": "hidden"},
    "its jobs show late": {"spf_job_visible_seconds": 45},
}
SHORT = {"restore_minutes": 0.5}


def kills(make_system_center, settings, *, fault=None):
    """Yield a service and a stack, killed after each answer of an up, and before and after the effect of the restore.

    A look has no effect, so to be killed before it, or before its answer, is to be killed after the answer before it.
    What differs between services, or with a fault, differs from the end of the baseline on.
    """

    def begun():
        system_center = make_system_center(machine=SHORT, **settings)
        if fault:
            system_center.fault(fault)
        return system_center

    whole = begun()
    Restore().error_of_up()
    asked = whole.requests()
    whole.close()
    sending = asked.index(MERGE) + 1
    first = sending - 4 if settings or fault else 1
    cells = [(nth, Moment.ANSWERED) for nth in range(first, len(asked) if not fault else sending + 4)]
    for nth, moment in [*cells, (sending, Moment.BEFORE), (sending, Moment.AFTER_EFFECT)]:
        system_center, restore = begun(), Restore()
        assert restore.killed(system_center, nth, moment)
        yield system_center, restore
        system_center.close()


@pytest.mark.parametrize("settings", KINDS_OF_SERVICE.values(), ids=KINDS_OF_SERVICE)
def test_killed_at_any_request(make_system_center, settings):
    """The next up ends in a restore whose job was followed, or in the error that says what to look at."""
    ends = set()
    for system_center, restore in kills(make_system_center, settings):
        stops = bool(restore.baseline.id) and not system_center.sent  # nobody can tell, only then

        error = restore.error_of_up()

        assert stops == (UNCLEAR in error) == bool(error), error
        assert (0 if stops else 1) == system_center.sent
        if not stops:
            assert "restored" == restore.run.outputs["outcome"]
            assert [restore.run.outputs["job_id"]] == [job["ID"] for job in system_center.jobs]
        ends.add(stops)

    assert {True, False} == ends


def test_killed_in_an_update(make_system_center):
    """The state holds the trigger before: the next up ends as after a kill in a create, and never sends twice."""

    def restored_once():
        system_center, restore = make_system_center(machine=SHORT), Restore()
        restore.up()
        system_center.clock.advance(minutes=10)
        system_center.new_process()
        return system_center, restore

    whole, restore = restored_once()
    restore.up(trigger="two")
    cells = [(nth, Moment.ANSWERED) for nth in range(1, len(whole.requests()))]
    whole.close()
    ends = set()
    for at, moment in [*cells, ("MERGE", Moment.BEFORE), ("MERGE", Moment.AFTER_EFFECT)]:
        system_center, restore = restored_once()
        assert restore.killed(system_center, at, moment, trigger="two")
        assert "one" == restore.run.outputs["trigger"]
        stops = restore.baseline.outputs["trigger"] == "two" and system_center.sent == 1

        error = restore.error_of_up(trigger="two")

        assert stops == (UNCLEAR in error) == bool(error), error
        assert (1 if error else 2) == system_center.sent
        assert ("one" if error else "two") == restore.run.outputs["trigger"]
        assert "restored" == restore.run.outputs["outcome"]
        ends.add("stopped" if error else "restored")
        system_center.close()
    assert {"stopped", "restored"} == ends


def test_killed_where_jobs_never_show(make_system_center):
    """No number of ups sends it again."""
    for system_center, restore in kills(make_system_center, {}, fault="checkpoint-job-missing"):
        for _ in range(2):
            with pytest.raises(Exception, match="Nothing is sent again"):
                restore.up()
            system_center.new_process()
        assert system_center.sent <= 1


def test_killed_then_destroyed(make_system_center):
    """There is nothing to delete, and nothing is sent."""
    for system_center, restore in kills(make_system_center, {}):
        before = system_center.sent
        restore.destroy()

        assert before == system_center.sent <= 1
        assert [] == system_center.requests()


def test_killed_again_and_again(make_system_center):
    """The up after a restore that took effect unseen is killed as well, wherever: the third one does not send."""
    nth, killed = 0, True
    while killed:
        nth += 1
        system_center, restore = make_system_center(machine=SHORT), Restore()
        restore.killed(system_center, "MERGE", Moment.AFTER_EFFECT)
        assert 1 == system_center.sent
        killed = restore.killed(system_center, nth, Moment.ANSWERED)
        restore.up()
        assert 1 == system_center.sent
        assert "restored" == restore.run.outputs["outcome"]
        system_center.close()
    assert nth > 5


def test_another_trigger_after_a_kill(make_system_center):
    """It is the way out, and restores once."""
    for system_center, restore in kills(make_system_center, {}):
        system_center.clock.advance(minutes=10)
        before = system_center.sent

        restore.up(trigger="two")

        assert before + 1 == system_center.sent
        assert ("two", "restored") == (restore.run.outputs["trigger"], restore.run.outputs["outcome"])
