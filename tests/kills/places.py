"""At which position of a matrix each request of a run is, so that none is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.kills.moments import Position, matches

Log = Sequence[Mapping[str, Any]]


def position_of(log: Log, index: int, positions: Sequence[Position], polls: Sequence[Position]) -> Position | None:
    """Return the position that a request is at: of those that it fits, the one after the latest request.

    Args:
        log: All requests of the run. index: Which of them.
        positions: Those of the matrix; one that is the last of its kind is at none by its number.
        polls: Those among them that are asked again and again: the first stands for those between it and the last.
    """
    found: tuple[int, Position] | None = None
    for position in positions:
        begin = _begin(log, position)
        if position.until or begin > index or not matches(position.match, log[index]):
            continue
        nth = sum(matches(position.match, entry) for entry in log[begin : index + 1])
        fits = nth == position.match.nth or (position in polls and nth > position.match.nth)
        if fits and (found is None or begin >= found[0]):
            found = (begin, position)
    return found[1] if found else None


def _begin(log: Log, position: Position) -> int:
    """Return from which request on those of a position are counted."""
    after = position.after
    if after is None:
        return 0
    numbers = [number for number, entry in enumerate(log) if matches(after, entry)]
    return numbers[after.nth - 1] + 1 if len(numbers) >= after.nth else len(log)
