"""What has to hold after a kill in a restore, whichever way the stack is taken from there."""

from __future__ import annotations

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.rehearsal.checks import after_destroy, after_up, no_secrets
from tests.kills.azure import jobs, ours, restored
from tests.kills.endings import Killed, names
from tests.kills.restoring import RESTORE_POST
from tests.kills.stacks import Run

NEWEST = "b" * 32
"""The recovery point that is restored."""


def the_kill_was_noticed(killed: Killed) -> None:
    """The run says in one line that its provider is gone, and lost nothing but the restore."""
    if killed.run.outcome.ok:
        assert [] in killed.cell.orphans  # the last answer was the run's last word
    else:
        [error] = killed.run.outcome.errors
        assert "\n" not in error
        assert "Traceback" not in error
    assert names(killed.orphans) in killed.cell.orphans


def up_restores_once(killed: Killed) -> None:
    """The next `up` ends well: one restore was started and one job ran, whose disk is there and in the state."""
    up = killed.ends.up

    assert up.outcome.ok, up.outcome.errors
    assert [] == after_up(up.start, up.world, up.deployment, up.outputs)
    assert 1 == started(killed.run) + started(up)
    [(disk_id, disk)] = ours(up.world).items()
    assert ["drill"] == names([disk_id])
    assert disk["visible"]
    assert "Succeeded" == disk["properties"]["provisioningState"]
    assert disk["properties"]["creationData"]["sourceResourceId"].endswith(f"/{NEWEST}")
    [job] = jobs(up.world)
    assert "Completed" == job["properties"]["status"]
    assert disk_id == job["properties"]["extendedInfo"]["recoveryDestination"].lower()
    assert {"disk_id": disk["id"], "job_id": job["name"], "recovery_point_id": NEWEST} == up.outputs


def up_keeps_what_is_there(killed: Killed) -> None:
    """Nothing is deleted on the way; a `destroy` then takes the disk."""
    up, later = killed.ends.up, killed.ends.later

    assert [] == [entry["path"] for entry in up.log if entry["method"] == "DELETE"]
    assert killed.run.ours <= up.ours
    nothing_is_left(later)


def destroy_leaves_nothing(killed: Killed) -> None:
    """A `destroy` straight after the kill takes the disk that the state knows; none comes to be later.

    The window: a restore that was accepted while the process was killed is in Azure alone, and its job goes on. Once
    that is over and the disk is deleted by hand, nothing is left.
    """
    destroy, cleaned = killed.ends.destroy, killed.ends.cleaned

    if not killed.orphans:
        nothing_is_left(destroy)
        return
    assert destroy.outcome.ok, destroy.outcome.errors
    assert set(killed.orphans) == destroy.ours
    assert cleaned is not None
    nothing_is_left(cleaned)


def nothing_secret_is_written(killed: Killed) -> None:
    """State, outputs, messages and logs hold neither the token nor a part of a signed URL."""
    for run in (killed.run, *killed.ends.runs):
        assert [] == no_secrets(run.texts, [TOKEN])
        assert [] == [place for place, text in run.texts if "&s=" in text or "&c=" in text or "\\u0026s=" in text]


def nothing_is_left(destroy: Run) -> None:
    """State and Azure are as before everything, and no job will make a disk after it."""
    assert destroy.outcome.ok, destroy.outcome.errors
    assert [] == after_destroy(destroy.start, destroy.world, destroy.deployment)
    assert restored(destroy.world) or not jobs(destroy.world)


def started(run: Run) -> int:
    """Return how many restores took effect; one whose answer was lost is among them."""
    return sum(
        entry["operation"] == RESTORE_POST
        and (entry["status"] == 202 or (entry["status"] == 0 and entry["fault"] == "hang-after"))
        for entry in run.log
    )
