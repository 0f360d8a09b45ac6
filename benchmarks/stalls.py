"""While gates wait, does the rest of the stack go on? A resource of another provider beside three of them."""

from __future__ import annotations

import re
import sys
import time

import _cli
from _bench import REGIONS, check_speed, stage, timed, verdict, world

from azure_recovery.engine import Event, StepFinished, StepStarted

SPEED = 240.0
BAR_S = 2.0
GATES = 3


class Times:
    """When what began and ended, by lines of output or by events."""

    def __init__(self) -> None:
        self.gates: list[float] = []
        self.first_gate_done = float("inf")
        self.unrelated = 0.0
        self._seen: set[tuple[str, ...]] = set()

    def note(self, kind: str, name: str, *, begun: bool) -> None:
        """Take note of a step."""
        now = time.perf_counter()
        if kind == "ReplicationGate" and begun:
            self.gates.append(now)
        elif kind == "ReplicationGate":
            self.first_gate_done = min(self.first_gate_done, now)
        elif name == "unrelated" and not begun:
            self.unrelated = now

    def told(self, event: Event) -> None:
        """Take note of an event of the embedded engine."""
        if isinstance(event, StepStarted | StepFinished):
            parts = event.urn.split("::")
            self.note(parts[-2].rsplit(":", 1)[-1], parts[-1], begun=isinstance(event, StepStarted))

    def line(self, line: str) -> None:
        """Take note of a line of the CLI, as ` +  pulumi-python:dynamic/…:ReplicationGate vm-00 created (15s)`."""
        found = re.search(r":(\w+) (\S+) (creating|created) \(", line)
        # It repeats `creating` with each status line: the first one counts.
        if found and (found[3] == "created" or found.group(1, 2) not in self._seen):
            self._seen.add(found.group(1, 2))
            self.note(found[1], found[2], begun=found[3] == "creating")

    def verdict(self, name: str) -> bool:
        """Print how long the other resource took after the last gate began to wait."""
        if len(self.gates) != GATES or not max(self.gates) < self.unrelated < self.first_gate_done:
            sys.exit(f"{name}: the unrelated resource did not come while {GATES} gates waited: nothing was measured")
        print(f"{name}: three gates waited {self.first_gate_done - max(self.gates):.1f} s")
        what = f"{name}: unrelated resource of another provider created while 3 gates wait, after"
        return verdict(what, self.unrelated - max(self.gates), BAR_S, unit=" s")


def main() -> int:
    """Measure on the embedded engine, and on the Pulumi CLI where it is there; return 1 above the bar."""
    sizes = {"COMPONENTS": GATES, "REGIONS": REGIONS[0], "GATES": "own"}
    times = Times()
    with stage(world(GATES), speed=SPEED, copy_accept_seconds=2) as here:
        check_speed(here)
        timed(here.engine("beside", sizes, on_event=times.told).up)
    held = [times.verdict("embedded engine")]
    if _cli.is_there():
        times = Times()
        with stage(world(GATES), speed=SPEED, copy_accept_seconds=2) as here:
            check_speed(here)
            _cli.up(here, "beside", sizes, on_line=times.line)
        held.append(times.verdict("Pulumi CLI"))
    else:
        print("Pulumi CLI: not on PATH, not measured")
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
