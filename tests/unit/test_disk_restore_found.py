"""What is done about each thing that a restore can find: a cell of the table each."""

from datetime import UTC, datetime, timedelta

import pytest

from azure_recovery.dynamic_providers.disk_found import FoundRestore, Move, not_wanted
from azure_recovery.rest.compute.managed_disk_models import ManagedDisk
from azure_recovery.rest.dataprotection.following import FoundJobs
from azure_recovery.rest.dataprotection.jobs import JobStatus, outcome_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DISK_ID = "/subscriptions/0/resourceGroups/drills/providers/Microsoft.Compute/disks/restored"
POINT = "a" * 32


def ago(**length):
    return NOW - timedelta(**length)


def job(word, *, started=60.0, ended=None, **more):
    """Return a job that began *started* minutes ago and ended *ended* minutes ago."""
    return JobStatus(
        job_id=f"{word}-{started:g}",
        word=word,
        outcome=outcome_of(word),
        disk_id=DISK_ID,
        recovery_point_id=POINT,
        recovery_point_time=ago(days=1),
        started_at=None if started is None else ago(minutes=started),
        ended_at=None if ended is None else ago(minutes=ended),
        **more,
    )


def disk(*, made=50.0, state="Succeeded"):
    """Return a disk that was made *made* minutes ago."""
    properties = {"provisioningState": state, "timeCreated": ago(minutes=made).isoformat()}
    return ManagedDisk.model_validate({"id": DISK_ID, "properties": properties})


RUNNING = job("InProgress")
DONE = job("Completed", ended=40.0)
WARNED = job("CompletedWithWarnings", ended=40.0)
JUST_DONE = job("Completed", ended=0.5)
FAILED = job("Failed", ended=30.0)
CANCELLED = job("Cancelled", ended=30.0)

TABLE = [
    ("nothing", None, (), (), Move.START),
    ("a failed job", None, (FAILED,), (), Move.START),
    ("a cancelled job", None, (CANCELLED,), (), Move.START),
    ("a completed job whose disk was deleted", None, (DONE,), (), Move.START),
    ("a failed job after a completed one", None, (FAILED, JUST_DONE), (), Move.START),
    ("a job that has just completed", None, (JUST_DONE,), (), Move.AWAIT_DISK),
    ("a completed job that does not tell its end", None, (job("Completed"),), (), Move.AWAIT_DISK),
    ("a job of last week that does not tell its end", None, (job("Completed", started=10_000.0),), (), Move.START),
    ("a running job", None, (RUNNING,), (), Move.FOLLOW),
    ("a running job before the disk is done", disk(state="Creating"), (RUNNING,), (), Move.FOLLOW),
    ("a running job beside another's disk", disk(made=5_000.0), (RUNNING, FAILED), (), Move.FOLLOW),
    ("a running job after a failed one", None, (RUNNING, FAILED), (), Move.FOLLOW),
    ("a word that nobody knows", None, (job("Resting"),), (), Move.FOLLOW),
    ("a disk of a completed job", disk(), (DONE,), (), Move.ADOPT),
    ("a disk of a job with warnings", disk(), (WARNED,), (), Move.ADOPT),
    ("a disk of an older job than the failed one", disk(), (FAILED, DONE), (), Move.ADOPT),
    ("a disk of nobody", disk(), (), (), Move.REFUSE),
    ("a disk of a failed job", disk(), (FAILED,), (), Move.REFUSE),
    ("a disk made after the job", disk(made=5.0), (DONE,), (), Move.REFUSE),
    ("a disk made before the job", disk(made=500.0), (DONE,), (), Move.REFUSE),
    ("a disk that is being deleted", disk(state="Deleting"), (DONE,), (), Move.WAIT_UNTIL_GONE),
    ("a job that may go anywhere", None, (), (RUNNING,), Move.LOOK_AGAIN),
    ("a disk beside a job that may go anywhere", disk(made=5_000.0), (), (RUNNING,), Move.LOOK_AGAIN),
    ("a finished disk beside a job that may go anywhere", disk(), (DONE,), (RUNNING,), Move.ADOPT),
]


@pytest.mark.parametrize(
    ("found", "unclear", "move"), [((d, j), u, m) for _, d, j, u, m in TABLE], ids=[r[0] for r in TABLE]
)
def test_what_is_done(found, unclear, move):
    """Nothing is posted but where there is neither a disk nor a job that makes one."""
    there, to_disk = found

    assert move is FoundRestore(there, FoundJobs(to_disk, unclear), NOW).move


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("latest", ""),
        (POINT, ""),
        (POINT.upper(), ""),
        (f"/subscriptions/0/x/recoveryPoints/{POINT}", ""),
        ("b" * 32, f"from recovery point {POINT}"),
        (ago(hours=1), ""),
        (ago(days=2), "from 2026-11-21T12:00:00Z, which is later"),
    ],
)
def test_what_was_asked_for(wanted, says):
    """Any point will do for `latest`; an explicit one or a time must fit."""
    assert says == not_wanted(RUNNING, wanted)


def test_a_job_that_does_not_tell_its_point():
    """Nothing is held against it."""
    assert "" == not_wanted(JobStatus("x", "InProgress", outcome_of("InProgress")), "b" * 32)


def test_a_disk_of_a_moment_ago():
    """Its job may not show yet; a disk of last week has no such excuse."""
    assert FoundRestore(disk(made=1.0), FoundJobs(), NOW).disk_is_new
    assert not FoundRestore(disk(made=5_000.0), FoundJobs(), NOW).disk_is_new
    assert not FoundRestore(None, FoundJobs(), NOW).disk_is_new
