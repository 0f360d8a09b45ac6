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
    """Return whether requests of this kind only look: what one does, its answer does."""
    return match.operation.endswith((".Get", ".List", ".ListLocations"))


def cells(program: str, *positions: Position) -> list[Cell]:
    """Return the moments of every position, each place of the run once.

    A look has no effect that could come before its answer. Before it is after the answer to the request before it, if
    that is a position too; not so after the last request for something, which the engine notes down between the two.
    """
    found = []
    for position, previous in zip(positions, (None, *positions), strict=False):
        moments = list(Moment)
        if is_look(position.match):
            moments.remove(Moment.AFTER_EFFECT)
            if previous and not previous.ends and not position.until:
                moments.remove(Moment.BEFORE)
        found += [Cell(program, position, moment) for moment in moments]
    return found


COLLECTION_GET = "RestorePointCollections.Get"
COLLECTION_PUT = "RestorePointCollections.CreateOrUpdate"
COPY_GET = "RestorePoints.Get"
COPY_PUT = "RestorePoints.CreateOrUpdate"
OPERATION_GET = "Operations.Get"
DISK_GET = "Disks.Get"
DISK_DELETE = "Disks.Delete"
INSTANCE_GET = "BackupInstances.Get"
POINTS_LIST = "RecoveryPoints.List"
VALIDATION_POST = "BackupInstances.ValidateForRestore"
RESTORE_POST = "BackupInstances.TriggerRestore"
STATUS_GET = "OperationStatusBackupVaultContext.Get"
JOBS_LIST = "Jobs.List"
JOB_GET = "Jobs.Get"
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


def before_a_restore() -> list[Position]:
    """Return the requests until a restore is started: the look-ups of the preview, and both looks of the create."""
    validation = Match(VALIDATION_POST)
    return [
        Position("preflight-look-at-the-instance", Match(INSTANCE_GET)),
        Position("preflight-look-at-the-points", Match(POINTS_LIST)),
        Position("preflight-look-at-the-disk", Match(DISK_GET)),
        Position("first-look-at-the-disk", Match(DISK_GET, nth=2)),
        Position("first-look-at-the-jobs", Match(JOBS_LIST)),
        Position("look-at-the-instance", Match(INSTANCE_GET, nth=2)),
        Position("look-at-the-points", Match(POINTS_LIST, nth=2)),
        Position("validation", validation),
        Position("first-poll-of-the-validation", Match(STATUS_GET), after=validation),
        Position("second-look-at-the-disk", Match(DISK_GET), after=validation),
        Position("second-look-at-the-jobs", Match(JOBS_LIST), after=validation),
    ]


def of_a_restore() -> list[Position]:
    """Return the requests that start a restore and follow it to its disk."""
    post, job = Match(RESTORE_POST), Match(JOB_GET)
    until = ("drill", "restored")
    return [
        Position("restore", post, making="drill", starts=True, stands=True),
        Position("first-poll-of-the-restore", Match(STATUS_GET), after=post, making="drill", stands=True),
        Position("first-look-at-the-job", job, making="drill", stands=True),
        Position("last-look-at-the-job", job, until=until, making="drill", stands=True),
        Position("look-at-the-restored-disk", Match(DISK_GET), after=post, making="drill", ends=True, stands=True),
    ]


def of_the_deletion_of_a_disk() -> list[Position]:
    """Return the requests of a destroy of a restored disk."""
    delete = Match(DISK_DELETE)
    return [
        Position("delete-of-the-disk", delete),
        Position("first-poll-of-the-delete-of-the-disk", Match(OPERATION_GET), after=delete),
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

NOT_STARTED = cells("restored", *before_a_restore())
"""Every request of a program that restores a disk, until it is started."""

STARTED = cells("restored", *of_a_restore())
"""Every request from the start of a restore on."""

STARTED_AGAIN = cells("restored", *(position for position in of_a_restore() if position.starts))
"""The start of a restore that came to nothing in the run before."""

DISK_DELETIONS = cells("restored", *of_the_deletion_of_a_disk())
"""Every request of a destroy of a restored disk."""

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

_SAMPLE_OF_RESTORES = {
    "validation-after-its-effect-and-before-its-answer",
    "restore-before-it-took-effect",
    "restore-after-its-effect-and-before-its-answer",
    "last-look-at-the-job-after-its-answer",
}
SAMPLE_OF_RESTORES = [cell for cell in (*NOT_STARTED, *STARTED) if str(cell) in _SAMPLE_OF_RESTORES]
"""The four that are tried on the Pulumi CLI as well."""
