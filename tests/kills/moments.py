"""Where a provider process is killed: requests of a run, and the three moments of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any


class Moment(Enum):
    """When, seen from a request."""

    BEFORE = "before-it-took-effect"
    AFTER_EFFECT = "after-its-effect-and-before-its-answer"
    ANSWERED = "after-its-answer"
    """Whatever the process asks next has no effect."""


@dataclass(frozen=True)
class Match:
    """Requests of a kind.

    Attributes:
        operation: As in the emulator's log. path: Pattern of the path.
        nth: Which of them, from 1.
    """

    operation: str
    path: str = "*"
    nth: int = 1

    def fault(self, name: str) -> dict[str, Any]:
        """Return the fault of this name for this one request."""
        return {"name": name, "operation": self.operation, "path": self.path, "skip": self.nth - 1, "count": 1}


@dataclass(frozen=True)
class Position:
    """One request of a run.

    Attributes:
        name: What the request is for.
        match: Which one it is, counted from the answer to `after`, or from the beginning.
        after: A request that comes before it.
        until: The request is held back until this copy (`accepted` or `usable`), disk (`restored`) or machine
            (`rolled-back`) is so: then it is the last of its kind.
        making: What has been made, or is being made, and is not in the state: name of the copy, or `copies`.
        starts: Whether it is made by this very request.
        ends: Whether nothing is asked after it to make it: with the answer it may be in the state, or not yet.
        stands: Whether Azure's clock stands from the kill until the next run's first step.
    """

    name: str
    match: Match
    after: Match | None = None
    until: tuple[str, str] | None = None
    making: str = ""
    starts: bool = False
    ends: bool = False
    stands: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Cell:
    """One place of the matrix."""

    program: str
    position: Position
    moment: Moment

    def __str__(self) -> str:
        return f"{self.position.name}-{self.moment.value}"

    @property
    def orphans(self) -> list[list[str]]:
        """What the kill may leave in Azure without the state knowing it."""
        position = self.position
        if not position.making or (position.starts and self.moment is Moment.BEFORE):
            return [[]]
        left = [[position.making]]
        return [*left, []] if position.ends and self.moment is Moment.ANSWERED else left


def is_look(match: Match) -> bool:
    """Return whether requests of this kind change nothing."""
    return match.operation.endswith((".Get", ".List", ".ListLocations"))


def cells(program: str, *positions: Position) -> list[Cell]:
    """Return every moment of every position; a look has no effect that could come before its answer."""
    return [
        Cell(program, position, moment)
        for position in positions
        for moment in Moment
        if moment is not Moment.AFTER_EFFECT or not is_look(position.match)
    ]


COLLECTION_GET = "RestorePointCollections.Get"
COLLECTION_PUT = "RestorePointCollections.CreateOrUpdate"
COPY_GET = "RestorePoints.Get"
COPY_PUT = "RestorePoints.CreateOrUpdate"
OPERATION_GET = "Operations.Get"
TARGET = "*/restorePointCollections/copies-*"
SOURCE = "*/restorePointCollections/web-1-restore-points"


def of_the_collection() -> list[Position]:
    """Return the requests before the first copy."""
    return [
        Position("preflight-look-at-the-target", Match(COLLECTION_GET, TARGET)),
        Position("preflight-look-at-the-source", Match(COLLECTION_GET, SOURCE)),
        Position("preflight-look-at-the-regions", Match("Subscriptions.ListLocations")),
        Position("look-before-the-put-of-the-collection", Match(COLLECTION_GET, TARGET, 2)),
        Position("put-of-the-collection", Match(COLLECTION_PUT, TARGET), making="copies", starts=True, ends=True),
        Position("preflight-look-of-the-copies", Match(COLLECTION_GET, TARGET, 3)),
    ]


def of_the_start(copy: str) -> list[Position]:
    """Return the requests until a copy is accepted."""
    path = f"*/restorePoints/{copy}-*"
    put = Match(COPY_PUT, path)
    return [
        Position(f"look-before-the-put-of-{copy}", Match(COPY_GET, path)),
        Position(f"put-of-{copy}", put, making=copy, starts=True),
        Position(f"first-poll-of-{copy}", Match(OPERATION_GET), after=put, making=copy),
        Position(f"last-poll-of-{copy}", Match(OPERATION_GET), after=put, until=(copy, "accepted"), making=copy),
    ]


def of_the_wait(copy: str) -> list[Position]:
    """Return the looks at a copy that its own resource waits for."""
    path = f"*/restorePoints/{copy}-*"
    return [
        Position(f"first-look-at-{copy}", Match(COPY_GET, path, 2), making=copy),
        Position(f"second-look-at-{copy}", Match(COPY_GET, path, 3), making=copy),
        Position(f"last-look-at-{copy}", Match(COPY_GET, path, 2), until=(copy, "usable"), making=copy, ends=True),
    ]


def of_the_acceptance(copy: str) -> list[Position]:
    """Return the one look at a copy that is only to be accepted."""
    look = Match(COPY_GET, f"*/restorePoints/{copy}-*", 2)
    return [Position(f"look-at-accepted-{copy}", look, making=copy, ends=True)]


def of_the_gate() -> list[Position]:
    """Return the looks of a gate at the second copy, after that of the copy's own resource."""
    path = "*/restorePoints/daily-2-*"
    after, first = Match(COPY_GET, path, 2), Match(COPY_GET, path, 2)
    return [
        Position("look-in-the-check-of-the-gate", Match(COPY_GET, path), after=after),
        Position("first-look-of-the-gate", first, after=after),
        Position("second-look-of-the-gate", Match(COPY_GET, path, 3), after=after),
        Position("last-look-of-the-gate", first, after=after, until=("daily-2", "usable")),
    ]


def of_the_deletion() -> list[Position]:
    """Return the requests of a destroy."""
    first, second = "*/restorePoints/daily-1-*", "*/restorePoints/daily-2-*"
    delete = "RestorePoints.Delete"
    collection = Match("RestorePointCollections.Delete", TARGET)
    return [
        Position("delete-of-daily-2", Match(delete, second)),
        Position("first-poll-of-the-delete-of-daily-2", Match(OPERATION_GET), after=Match(delete, second)),
        Position("delete-of-daily-1", Match(delete, first)),
        Position("first-poll-of-the-delete-of-daily-1", Match(OPERATION_GET), after=Match(delete, first)),
        Position("look-before-the-delete-of-the-collection", Match(COLLECTION_GET, TARGET)),
        Position("delete-of-the-collection", collection),
        Position("first-poll-of-the-delete-of-the-collection", Match(OPERATION_GET), after=collection),
    ]


def matches(match: Match, entry: Mapping[str, Any]) -> bool:
    """Return whether a request of the emulator's log is of this kind."""
    return entry["operation"] == match.operation and fnmatchcase(entry["path"].lower(), match.path.lower())


WAITED_FOR = cells(
    "waited_for",
    *of_the_collection(),
    *of_the_start("daily-1"),
    *of_the_wait("daily-1"),
    *of_the_start("daily-2"),
    *of_the_wait("daily-2"),
)
"""Every request of a program whose copies are waited for by their own resources."""

ACCEPTED = cells(
    "accepted",
    *of_the_acceptance("daily-1"),
    *of_the_start("daily-2"),
    *of_the_acceptance("daily-2"),
    *of_the_gate(),
)
"""Every request of a program with a gate, from where it asks something else."""

DELETIONS = cells("accepted", *of_the_deletion())
"""Every request of a destroy."""

_SAMPLE = {
    "put-of-the-collection-before-it-took-effect",
    "put-of-the-collection-after-its-effect-and-before-its-answer",
    "put-of-the-collection-after-its-answer",
    "put-of-daily-1-before-it-took-effect",
    "put-of-daily-1-after-its-effect-and-before-its-answer",
    "put-of-daily-1-after-its-answer",
    "first-look-at-daily-1-after-its-answer",
    "last-look-at-daily-1-after-its-answer",
    "put-of-daily-2-after-its-effect-and-before-its-answer",
}
_SAMPLE_WITH_A_GATE = {
    "look-at-accepted-daily-1-after-its-answer",
    "first-look-of-the-gate-after-its-answer",
    "last-look-of-the-gate-before-it-took-effect",
}
SAMPLE = [
    *(cell for cell in WAITED_FOR if str(cell) in _SAMPLE),
    *(cell for cell in ACCEPTED if str(cell) in _SAMPLE_WITH_A_GATE),
]
"""The twelve that are tried on the Pulumi CLI as well."""
