"""What has to hold after a kill, whichever way the stack is taken from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.rehearsal.checks import after_destroy, after_up, no_secrets
from tests.kills.azure import LOOK_S, copies, jobs, restored
from tests.kills.moments import COPY_PUT, Cell
from tests.kills.stacks import Run, Stack, situation
from tests.waiting import wait_until


@dataclass(frozen=True)
class Ends:
    """Where a kill was taken to.

    Attributes:
        up: The next `up`. later: A `destroy` after it. destroy: A `destroy` straight after the kill.
        cleaned: A second `destroy`, once what the kill had left was deleted by hand; None where it left nothing.
    """

    up: Run
    later: Run
    destroy: Run
    cleaned: Run | None

    @property
    def runs(self) -> list[Run]:
        """All of them."""
        return [run for run in (self.up, self.later, self.destroy, self.cleaned) if run is not None]


@dataclass(frozen=True)
class Killed:
    """A cell of the matrix that was carried out.

    Attributes:
        run: The operation whose provider process was killed. ends: What came of it, or of a kill that left the same.
    """

    cell: Cell
    run: Run
    ends: Ends

    @property
    def orphans(self) -> list[str]:
        """ARM ids of what is in Azure and not in the state, in lower case."""
        return sorted(self.run.ours - self.run.managed)


@dataclass
class Matrix:
    """Carries out cells, each in a folder of its own.

    Kills that leave the same state and the same world behind go on alike, so they share what comes after.
    """

    folder: Path
    engine: str = "embedded"
    _ends: dict[str, Ends] = field(default_factory=dict)
    _laters: dict[str, Run] = field(default_factory=dict)

    def kill(self, cell: Cell, left: Stack | None = None) -> Killed:
        """Kill the provider process in *cell*, of a new stack or of one that is *left*; take it to each of its ends."""
        stack = Stack(self.folder / str(cell), cell.program, self.engine) if left is None else left.fork(str(cell))
        with stack.running():
            run = stack.killed("up", cell)
        left = situation(run)
        if left not in self._ends:
            self._ends[left] = self._taken_on(stack, run)
        return Killed(cell, run, self._ends[left])

    def _taken_on(self, stack: Stack, killed: Run) -> Ends:
        with stack.fork("up").running() as one:
            up = one.run("up")
            left = situation(up)
            if left not in self._laters:
                self._laters[left] = one.run("destroy")
        with stack.fork("destroy").running() as one:
            destroy = one.run("destroy")
            cleaned = None
            orphans = sorted(killed.ours - killed.managed)
            if orphans:
                wait_until(lambda: restored(one.azure.world()) or not jobs(one.azure.world()), pause_s=LOOK_S)
                for orphan in orphans:
                    one.azure.delete(orphan)
                cleaned = one.run("destroy")
        return Ends(up, self._laters[left], destroy, cleaned)


def the_kill_was_noticed(killed: Killed) -> None:
    """The run says in one line that its provider is gone, and lost nothing but what was under way."""
    if killed.run.outcome.ok:
        assert [] in killed.cell.orphans  # the last answer was the run's last word
    else:
        [error] = killed.run.outcome.errors
        assert "\n" not in error
        assert "Traceback" not in error
    assert names(killed.orphans) in killed.cell.orphans
    assert killed.run.managed <= killed.run.world.resources.keys()


def up_makes_everything_usable(killed: Killed) -> None:
    """The next `up` ends well: each copy once, usable, started once, and the state holds what the world holds."""
    up = killed.ends.up

    assert up.outcome.ok, up.outcome.errors
    assert [] == after_up(up.start, up.world, up.deployment, up.outputs)
    assert {"usable": [True, True]} == up.outputs
    found = copies(up.world)
    assert ["daily-1", "daily-2"] == names(found)
    assert all(copy["usable"] for copy in found.values())
    assert ["daily-1", "daily-2"] == sorted(_source(copy) for copy in found.values())
    assert dict.fromkeys(found, 1) == Counter(_started(killed.run.log) + _started(up.log))


def up_keeps_what_is_there(killed: Killed) -> None:
    """Nothing is deleted on the way, least of all a copy that the state holds; a `destroy` then takes all."""
    up, later = killed.ends.up, killed.ends.later

    assert [] == [entry["path"] for entry in up.log if entry["method"] == "DELETE"]
    assert killed.run.ours <= up.ours
    assert later.outcome.ok, later.outcome.errors
    assert [] == after_destroy(later.start, later.world, later.deployment)


def destroy_leaves_nothing(killed: Killed) -> None:
    """A `destroy` straight after the kill takes all that the state knows; what it does not know it names, or is told.

    The window: what was accepted while the process was killed is in Azure alone. If it lies in the collection of the
    state, that is kept with it, and the error names it. Once it is deleted by hand, `destroy` leaves nothing.
    """
    destroy, cleaned = killed.ends.destroy, killed.ends.cleaned

    if not killed.orphans:
        assert destroy.outcome.ok, destroy.outcome.errors
        assert [] == after_destroy(destroy.start, destroy.world, destroy.deployment)
        return
    [orphan] = killed.orphans
    if "/restorepoints/" in orphan:
        [error] = destroy.outcome.errors
        assert orphan.rsplit("/", 1)[1] in error
        assert "still holds restore points" in error
        assert {orphan, orphan.rpartition("/restorepoints/")[0]} == destroy.ours
    else:
        assert destroy.outcome.ok, destroy.outcome.errors
        assert {orphan} == destroy.ours
    assert cleaned is not None
    assert cleaned.outcome.ok, cleaned.outcome.errors
    assert [] == after_destroy(cleaned.start, cleaned.world, cleaned.deployment)


def nothing_secret_is_written(killed: Killed) -> None:
    """State, outputs, messages and logs hold neither the token nor a part of a signed URL."""
    for run in (killed.run, *killed.ends.runs):
        assert [] == no_secrets(run.texts, [TOKEN])
        assert [] == [place for place, text in run.texts if "&s=" in text or "&c=" in text or "\\u0026s=" in text]


def names(ids: Sequence[str] | dict[str, Any] | set[str]) -> list[str]:
    """Return the names in the program of what `check` named after them."""
    return sorted(id_.rsplit("/", 1)[1].rpartition("-")[0] for id_ in ids)


def _source(copy: Any) -> str:
    return str(copy["properties"]["sourceRestorePoint"]["id"]).rsplit("/", 1)[1]


def _started(log: Sequence[dict[str, Any]]) -> list[str]:
    """Return the paths of the PUTs that started a copy, in lower case; one whose answer was lost is among them."""
    return [
        entry["path"].lower()
        for entry in log
        if entry["operation"] == COPY_PUT
        and (entry["status"] in (200, 201) or (entry["status"] == 0 and entry["fault"] == "hang-after"))
    ]
