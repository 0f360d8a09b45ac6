"""The way to one moment of one request, by faults that hold requests back."""

from __future__ import annotations

from concurrent.futures import Future

from azure_recovery.rehearsal.engine_protocol import Outcome
from azure_recovery.rehearsal.world import World
from tests.kills.azure import LOOK_S, Azure, copies, provisioning_state, restored, rolled_back
from tests.kills.moments import Moment, Position
from tests.waiting import wait_until


class Reaching:
    """Holds a run at a moment.

    Args:
        azure: Whom the run asks; nothing was asked yet.
        position: The request. moment: When, seen from it.
    """

    def __init__(self, azure: Azure, position: Position, moment: Moment) -> None:
        self._azure, self._position, self._moment = azure, position, moment
        self._stone = azure.fault(position.after.fault("hang-after")) if position.after else None
        self._held = self._struck = self._barrier = 0
        if self._stone is None:
            self._arm()

    def _arm(self) -> None:
        position = self._position
        if position.until or self._moment is Moment.BEFORE:
            self._held = self._azure.fault(position.match.fault("hang-before"))
        if self._moment is not Moment.BEFORE:
            self._struck = self._azure.fault(position.match.fault("hang-after"))

    def reach(self, ending: Future[Outcome]) -> None:
        """Return when the moment has come; it lasts until `let_go`."""
        azure = self._azure
        if self._stone is not None:
            self._wait_for(self._stone, ending)
            self._arm()
            azure.lift(self._stone)
        if self._held:
            self._wait_for(self._held, ending)
            if (until := self._position.until) is not None:
                wait_until(lambda: _is(azure.world(), *until), pause_s=LOOK_S)
            if self._moment is Moment.BEFORE:
                return
            azure.lift(self._held)
        self._wait_for(self._struck, ending)
        if self._moment is Moment.ANSWERED:
            before = len(azure.log())
            self._barrier = azure.fault({"name": "hang-before", "count": 0})
            azure.lift(self._struck)
            wait_until(lambda: any(entry["fault"] == "hang-after" for entry in azure.log()[before:]), pause_s=LOOK_S)

    def let_go(self) -> None:
        """Take the faults away, once Azure knows that nobody waits for what it held: else that would take effect."""
        held = self._azure.fired(self._barrier) if self._barrier else 1
        wait_until(lambda: sum(entry["status"] == 0 for entry in self._azure.log()) == held, pause_s=LOOK_S)
        self._azure.lift()

    def _wait_for(self, fault: int, ending: Future[Outcome]) -> None:
        def struck() -> bool:
            assert not ending.done(), f"{self._position} did not come: {ending.result()}"
            return self._azure.fired(fault) > 0

        wait_until(struck, pause_s=0.005)


def _is(world: World, copy: str, wanted: str) -> bool:
    if wanted == "restored":
        return restored(world)
    if wanted == "rolled-back":
        return rolled_back(world)
    for id_, resource in copies(world).items():
        if id_.rsplit("/", 1)[1].startswith(f"{copy}-"):
            return bool(resource["usable"]) or (wanted == "accepted" and provisioning_state(resource) == "Succeeded")
    return False
