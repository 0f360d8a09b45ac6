"""What goes wrong in a rehearsal on purpose: put into force before a phase, counted, and taken away before the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from azure_recovery.emulator.fault_table import FaultError


class FaultControl(Protocol):
    """The emulator's control API, as far as faults go."""

    def put_fault(self, fault: str) -> int:
        """Put `NAME[:KEY=VALUE,…]` into force and return its number."""
        ...

    def faults(self) -> dict[int, dict[str, Any]]:
        """Return the faults in force by their numbers, each with `fired` and `over`."""
        ...

    def lift_faults(self) -> None:
        """Take all faults away."""
        ...


@dataclass(frozen=True)
class Strikes:
    """What became of one fault."""

    fault: str
    """As it was asked for: `throttled:count=2`."""
    struck: int
    """How many requests it struck."""

    @property
    def line(self) -> str:
        """The fault on one line."""
        if not self.struck:
            return f"{self.fault}: struck nothing"
        return f"{self.fault}: struck {self.struck} request{'s' if self.struck > 1 else ''}"


def phase_named(text: str, phases: Iterable[str]) -> str:
    """Return the one of *phases* that *text* names, `up-again` as well as `up again`.

    Raises:
        FaultError: None has that name. A fault that never begins would have proved nothing.
    """
    named, known = text.replace("-", " "), list(phases)
    if named not in known:
        shown = ", ".join(name.replace(" ", "-") for name in known)
        raise FaultError(f"faults from {text!r}: there is no phase of that name; known are {shown}")
    return named


class Faults:
    """The faults of one rehearsal.

    Args:
        control: The emulator's. faults: As on the command line.
    """

    def __init__(self, control: FaultControl, faults: Sequence[str]) -> None:
        self._control = control
        self._wanted = tuple(faults)
        self._numbers: list[int] = []
        self._struck: dict[int, int] = {}

    def begin(self) -> bool:
        """Put them into force, once; return whether that is news."""
        if self._numbers or not self._wanted:
            return False
        self._numbers = [self._control.put_fault(fault) for fault in self._wanted]
        return True

    def have_struck(self) -> bool:
        """Whether any of them struck a request until now."""
        return any(strikes.struck for strikes in self.strikes())

    def lift(self) -> bool:
        """Take them away, requests that they hold go on; return whether any was left."""
        self._count()
        left = bool(self._control.faults())
        self._control.lift_faults()
        return left

    def strikes(self) -> list[Strikes]:
        """Return what became of each until now, in the order in which they were asked for."""
        self._count()
        numbers = self._numbers or [0] * len(self._wanted)
        return [
            Strikes(fault, self._struck.get(number, 0)) for fault, number in zip(self._wanted, numbers, strict=True)
        ]

    def _count(self) -> None:
        # A fault that was lifted is not shown any more, and what it struck before stays.
        self._struck |= {number: int(fault["fired"]) for number, fault in self._control.faults().items()}
