"""What is done about each thing that a checkpoint restore can find: a cell of the table each."""

from datetime import UTC, datetime, timedelta

import pytest

from azure_recovery.dynamic_providers.checkpoint_found import (
    Baseline,
    FoundRestore,
    Move,
    worth_keeping,
)
from azure_recovery.dynamic_providers.checkpoint_kinds import Kind, kind_of
from azure_recovery.rest.spf.models import Job, VirtualMachine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAMP, MACHINE, THIS, OTHER_CHECKPOINT = (f"00000000-0000-0000-0000-0000000000{n}" for n in ("05", "01", "11", "12"))
RESTORE, CREATE = "Restore-SCVMCheckpoint", "New-SCVMCheckpoint"


def job(number, status="Running", cmdlet=RESTORE, *, started=1.0, **more):
    """Return a job that began *started* minutes ago."""
    return Job.model_validate(
        {
            "ID": f"00000000-0000-0000-0001-{number:012}",
            "StampId": STAMP,
            "Status": status,
            "IsCompleted": status != "Running",
            "CmdletName": cmdlet,
            "TargetObjectId": MACHINE,
            "StartTime": None if started is None else (NOW - timedelta(minutes=started)).isoformat(),
            **more,
        }
    )


def machine(last_restored=None, newest=None):
    return VirtualMachine.model_validate(
        {
            "ID": MACHINE,
            "StampId": STAMP,
            "Name": "web-1",
            "LastRestoredCheckpointID": last_restored,
            "MostRecentTaskId": newest,
        }
    )


OLD = job(1, "Completed", started=5.0)


def baseline(**more):
    known = {
        "trigger": "one",
        "vm_id": MACHINE,
        "stamp_id": STAMP,
        "taken_at": (NOW - timedelta(minutes=2)).isoformat(),
        "last_task_id": OLD.id,
        "job_ids": frozenset({OLD.id}),
    }
    return Baseline(**{**known, **more})


def found(*jobs, last_restored=None, listed=True, **before):
    return FoundRestore(THIS, baseline(**before), machine(last_restored), jobs, listed)


RUNNING = job(2)
DONE = job(2, "Completed")
FAILED = job(2, "Failed")
CANCELED = job(2, "Canceled")
SECOND = job(3)
CHECKPOINTED = job(2, "Completed", CREATE)
CHECKPOINTING = job(2, "Running", CREATE)
SILENT_RUNNING = job(2, cmdlet=None)
SILENT_DONE = job(2, "Completed", None)
SILENT_FAILED = job(2, "Failed", None)
EVEN_OLDER = job(7, "Completed", started=3_000.0)

LATE = {"may_send": False, "late_enough": True}
EARLY = {"may_send": False, "late_enough": False}
PERMITTED = {"may_send": True, "late_enough": False}
PERMITTED_LATE = {"may_send": True, "late_enough": True}

TABLE = [
    ("nothing, with a permit", found(), PERMITTED, Move.SEND),
    ("nothing yet, without", found(), EARLY, Move.LOOK_AGAIN),
    ("nothing, without", found(), LATE, Move.STOP),
    ("a job of the baseline, with a permit", found(OLD), PERMITTED, Move.SEND),
    ("a job of the baseline that runs, with a permit", found(job(1, cmdlet=CREATE)), PERMITTED, Move.LOOK_AGAIN),
    ("a job of days ago that runs, with a permit", found(job(7, started=3_000.0)), PERMITTED, Move.LOOK_AGAIN),
    ("a job of the baseline, without", found(OLD), LATE, Move.STOP),
    ("a job of days ago that the baseline left out", found(EVEN_OLDER), PERMITTED, Move.SEND),
    ("a restore that runs", found(RUNNING, OLD), LATE, Move.FOLLOW),
    ("a restore that runs, with a permit", found(RUNNING), PERMITTED, Move.LOOK_AGAIN),
    ("a restore of this, with a permit", found(DONE, last_restored=THIS), PERMITTED, Move.FOLLOW),
    (
        "a restore of this again, with a permit",
        found(DONE, last_restored=THIS, last_restored_checkpoint_id=THIS),
        PERMITTED,
        Move.FOLLOW,
    ),
    ("a restore of something, with a permit", found(DONE), PERMITTED, Move.LOOK_AGAIN),
    ("a restore of something, with a permit, late", found(DONE), PERMITTED_LATE, Move.STOP),
    (
        "a restore of another checkpoint, with a permit",
        found(DONE, last_restored=OTHER_CHECKPOINT),
        PERMITTED_LATE,
        Move.STOP,
    ),
    ("a restore that failed, with a permit", found(FAILED, last_restored=THIS), PERMITTED, Move.STOP),
    ("a restore that is done", found(DONE), EARLY, Move.FOLLOW),
    ("a restore that failed", found(FAILED), LATE, Move.FOLLOW),
    ("a restore that was cancelled", found(CANCELED), LATE, Move.FOLLOW),
    ("two restores", found(SECOND, FAILED), LATE, Move.STOP),
    ("two restores, with a permit", found(SECOND, DONE), PERMITTED, Move.STOP),
    ("another kind of job, with a permit", found(CHECKPOINTED), PERMITTED, Move.SEND),
    ("another kind of job that runs, with a permit", found(CHECKPOINTING), PERMITTED, Move.LOOK_AGAIN),
    ("another kind of job, without", found(CHECKPOINTED), LATE, Move.STOP),
    ("a restore beside another kind of job", found(CHECKPOINTED, SECOND), LATE, Move.FOLLOW),
    ("a silent job that runs", found(SILENT_RUNNING), LATE, Move.LOOK_AGAIN),
    ("a silent job that runs, with a permit", found(SILENT_RUNNING), PERMITTED, Move.LOOK_AGAIN),
    ("a silent job that is done", found(SILENT_DONE), LATE, Move.STOP),
    ("a silent job that is done, with a permit", found(SILENT_DONE), PERMITTED, Move.STOP),
    ("a silent job, and the machine shows this checkpoint", found(SILENT_DONE, last_restored=THIS), LATE, Move.FOLLOW),
    (
        "a silent job, and the machine showed this checkpoint before",
        found(SILENT_DONE, last_restored=THIS, last_restored_checkpoint_id=THIS),
        LATE,
        Move.STOP,
    ),
    ("a silent job that failed", found(SILENT_FAILED, last_restored=THIS), LATE, Move.STOP),
    ("a silent job, and another checkpoint", found(SILENT_DONE, last_restored=OTHER_CHECKPOINT), LATE, Move.STOP),
    ("no job, and the machine shows this checkpoint", found(last_restored=THIS), LATE, Move.STOP),
    ("the newest job is a restore", found(RUNNING, listed=False), LATE, Move.FOLLOW),
    ("the newest job is of the baseline", found(OLD, listed=False), PERMITTED, Move.SEND),
    ("the newest job is of the baseline, without", found(OLD, listed=False), LATE, Move.STOP),
    ("the newest job may hide a restore", found(CHECKPOINTED, listed=False), PERMITTED, Move.STOP),
    ("no job at all is known", found(listed=False), PERMITTED, Move.SEND),
]


@pytest.mark.parametrize(("situation", "seen", "known", "move"), TABLE, ids=[row[0] for row in TABLE])
def test_what_is_done(situation, seen, known, move):
    """Nothing is sent unless it is certain that nothing was."""
    assert move is seen.move(**known), situation


def test_nothing_is_sent_without_a_permit():
    """Whatever is found, in the whole table."""
    for situation, seen, _, _ in TABLE:
        for late_enough in (True, False):
            assert Move.SEND is not seen.move(may_send=False, late_enough=late_enough), situation


def test_a_baseline_without_a_list():
    """Where jobs were not listed when the baseline was taken, a job of another kind may have come after a restore."""
    seen = FoundRestore(THIS, baseline(listed=False), machine(), (CHECKPOINTED,), listed=True)

    assert Move.STOP is seen.move(**PERMITTED)


@pytest.mark.parametrize(
    ("cmdlet", "name", "kind"),
    [
        ("Restore-SCVMCheckpoint", None, Kind.RESTORE),
        (" restore-scvmcheckpoint", None, Kind.RESTORE),
        ("Restore-VMCheckpoint", None, Kind.RESTORE),
        ("New-SCVMCheckpoint", "Restore checkpoint", Kind.OTHER),
        ("Remove-SCVMCheckpoint", None, Kind.OTHER),
        ("Start-SCVirtualMachine", None, Kind.OTHER),
        ("Apply-SCVMCheckpoint", None, Kind.UNCLEAR),
        ("something of its own", None, Kind.UNCLEAR),
        (None, "Restore virtual machine checkpoint", Kind.RESTORE),
        (None, "Prüfpunkt wiederherstellen", Kind.UNCLEAR),
        (None, None, Kind.UNCLEAR),
    ],
)
def test_what_a_job_does(cmdlet, name, kind):
    """Its cmdlet says it; where there is none its name may."""
    assert kind is kind_of(job(1, cmdlet=cmdlet, Name=name))


def test_the_job_of_what_was_just_sent():
    """The one restore that was not there before."""
    for late_enough in (True, False):
        assert RUNNING == found(OLD, RUNNING).sent(frozenset({OLD.id}), late_enough=late_enough)
        assert RUNNING == found(RUNNING, job(4, cmdlet=None)).sent(frozenset(), late_enough=late_enough)
        assert found(RUNNING).sent(frozenset({RUNNING.id}), late_enough=late_enough) is None
        assert found(CHECKPOINTED).sent(frozenset(), late_enough=late_enough) is None
        assert found(RUNNING, SECOND).sent(frozenset(), late_enough=late_enough) is None


def test_a_silent_job_of_what_was_just_sent():
    """It is taken where the machine proves the restore, once one that says what it does would show."""
    proven = found(SILENT_DONE, last_restored=THIS)
    assert SILENT_DONE == proven.sent(frozenset(), late_enough=True)
    assert proven.sent(frozenset(), late_enough=False) is None
    for seen in (
        found(SILENT_DONE),
        found(SILENT_DONE, last_restored=OTHER_CHECKPOINT),
        found(SILENT_DONE, last_restored=THIS, last_restored_checkpoint_id=THIS),
        found(SILENT_RUNNING, last_restored=THIS),
        found(SILENT_FAILED, last_restored=THIS),
        found(SILENT_DONE, job(4, "Completed", None), last_restored=THIS),
    ):
        assert seen.sent(frozenset(), late_enough=True) is None


def test_a_silent_job_that_may_tell_later():
    """While it runs nobody knows whether the machine will show the restore."""
    assert found(SILENT_RUNNING).may_tell_later(frozenset())
    assert not found(SILENT_RUNNING).may_tell_later(frozenset({SILENT_RUNNING.id}))
    assert not found(SILENT_DONE).may_tell_later(frozenset())
    assert not found(CHECKPOINTING).may_tell_later(frozenset())


def test_a_baseline_in_the_state():
    """It comes back as it was, and its jobs are in an order of their own."""
    taken = baseline(job_ids=frozenset({"b", "a"}), last_restored_checkpoint_id=THIS, listed=False)

    assert taken == Baseline.of(taken.as_output())
    assert ["a", "b"] == taken.as_output()["job_ids"]


@pytest.mark.parametrize("change", [{"trigger": None}, {"taken_at": "yesterday"}, {"vm_id": 5}, {"stamp_id": ""}])
def test_a_baseline_that_was_edited(change):
    """One that does not say what it is of is none."""
    with pytest.raises((ValueError, TypeError)):
        Baseline.of(baseline().as_output() | change)


@pytest.mark.parametrize(
    ("started", "cmdlet", "kept"),
    [(5.0, RESTORE, True), (None, RESTORE, True), (5.0, None, True), (5.0, CREATE, False), (3_000.0, RESTORE, False)],
)
def test_which_jobs_a_baseline_knows(started, cmdlet, kept):
    """Those that could be taken for a restore of later: times may be a time zone apart."""
    assert kept is worth_keeping(job(1, "Completed", cmdlet, started=started), NOW)
