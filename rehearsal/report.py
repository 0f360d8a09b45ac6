"""What a rehearsal has shown: as lines for people, and the same as JSON.

Durations are told twice, on Azure's clock and on the wall: the first is what a recovery will take, the second what the
rehearsal took. Requests are told by operation and by ten minutes of Azure's clock, because a burst is what gets
throttled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from azure_recovery.rehearsal.azure_native import TypesSeen
from azure_recovery.rehearsal.checks import Finding
from azure_recovery.rehearsal.faults import Strikes
from azure_recovery.rehearsal.world import Request

BUCKET_S = 600
"""A row of the timeline: Azure refreshes a copy's progress every ten minutes."""

RESUMED = " resumed"
"""Follows the name of a phase that is run once more because it failed while a fault struck."""

_MAX_ROWS = 18
_BAR = 40
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


@dataclass(frozen=True)
class Phase:
    """One operation of the engine."""

    name: str
    ok: bool
    changes: Mapping[str, int]
    azure_s: float
    wall_s: float
    requests: int
    errors: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @property
    def line(self) -> str:
        """The phase on one line."""
        counts = ", ".join(f"{count} {op}" for op, count in self.changes.items() if count) or "nothing to do"
        verdict = "ok" if self.ok else "FAILED"
        took = f"{duration(self.azure_s)} on Azure's clock, {self.wall_s:.1f} s on the wall"
        return f"{self.name:<16} {verdict:<6}  {counts}; {took}; {self.requests} requests"

    @property
    def error_lines(self) -> list[str]:
        """What went wrong, one line each."""
        return [f"{self.name}: {' '.join(error.split())}" for error in self.errors]


@dataclass(frozen=True)
class Copy:
    """A restore point copy, as the state held it after `up`."""

    name: str
    arm_id: str
    usable: bool
    usable_at: str | None
    requested_at: str | None
    rpo_seconds: float | None
    """Age of the data at the moment the copy became usable."""
    disks: Sequence[str]

    @property
    def line(self) -> str:
        """The copy on one line."""
        if not self.usable:
            return f"{self.name}: not usable yet"
        parts = [f"{self.name}: usable"]
        if self.usable_at and self.requested_at:
            waited = datetime.fromisoformat(self.usable_at) - datetime.fromisoformat(self.requested_at)
            parts.append(f"{duration(waited.total_seconds())} after it was asked for")
        if self.rpo_seconds is not None:
            parts.append(f"data {duration(self.rpo_seconds)} old by then")
        return f"{', '.join(parts)}; {len(self.disks)} disks: {', '.join(self.disks)}"


@dataclass(frozen=True)
class Rollback:
    """A virtual machine that was rolled back to a checkpoint, as the state held it after `up`."""

    name: str
    checkpoint_id: str
    job_status: str | None
    requested_at: str | None
    ended_at: str | None

    @property
    def line(self) -> str:
        """The rollback on one line."""
        told = f"{self.name}: to checkpoint {self.checkpoint_id}, {self.job_status or 'its job is not known'}"
        if not self.requested_at or not self.ended_at:
            return told
        took = datetime.fromisoformat(self.ended_at) - datetime.fromisoformat(self.requested_at)
        return f"{told} {duration(took.total_seconds())} after it was asked for"


@dataclass(frozen=True)
class Requests:
    """What was asked of Azure, token requests included."""

    total: int
    by_operation: Mapping[str, int]
    by_status: Mapping[str, int]
    timeline: Sequence[Mapping[str, int]]
    """For each ten minutes of Azure's clock since the first phase in which anything was asked: `from_minute`,
    `requests`, and how many of them are there to change something, `writes`."""


@dataclass
class Report:
    """Everything that a rehearsal has to say."""

    program: str
    engine: str
    speed: float
    phases: list[Phase] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    rollbacks: list[Rollback] = field(default_factory=list)
    native: TypesSeen = field(default_factory=TypesSeen)
    """What there was of azure-native."""
    requests: Requests | None = None
    findings: list[Finding] = field(default_factory=list)
    faults: list[Strikes] = field(default_factory=list)
    faults_from: str = "up"
    interrupted: bool = False
    kept: str | None = None
    """The folder with state, emulator's state and log, if they were kept."""

    @property
    def ok(self) -> bool:
        """Whether all of it held; a phase that failed by a fault and went on well when it was run again, too."""
        return bool(self.phases) and not self.findings and not self.interrupted and not self._lost()

    @property
    def recovered(self) -> list[Phase]:
        """The phases that failed while a fault struck, and went on well when they were run again."""
        well = {phase.name for phase in self.phases if phase.ok}
        return [phase for phase in self.phases if not phase.ok and phase.name + RESUMED in well]

    @property
    def nothing_left(self) -> bool:
        """Whether Azure and the state were left as they were found."""
        return (
            bool(self.phases)
            and self.phases[-1].ok
            and self.phases[-1].name.removesuffix(RESUMED) == "destroy"
            and not any(finding.where == "destroy" for finding in self.findings)
        )

    @property
    def azure_s(self) -> float:
        """Azure's seconds that the phases took together."""
        return sum(phase.azure_s for phase in self.phases)

    @property
    def wall_s(self) -> float:
        """Wall seconds that the phases took together."""
        return sum(phase.wall_s for phase in self.phases)

    def failures(self) -> list[str]:
        """Return one line for each thing that did not hold."""
        said = [line for phase in self._lost() for line in phase.error_lines]
        return [*said, *(finding.line for finding in self.findings)]

    def _lost(self) -> list[Phase]:
        recovered = self.recovered
        return [phase for phase in self.phases if not phase.ok and phase not in recovered]

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "ok": self.ok,
            "program": self.program,
            "engine": self.engine,
            "speed": self.speed,
            "interrupted": self.interrupted,
            "azure_seconds": round(self.azure_s, 3),
            "wall_seconds": round(self.wall_s, 3),
            "phases": [asdict(phase) for phase in self.phases],
            "copies": [asdict(copy) for copy in self.copies],
            "rollbacks": [asdict(rollback) for rollback in self.rollbacks],
            "azure_native": {"echoed": dict(self.native.echoed), "served": dict(self.native.served)},
            "faults": [asdict(fault) for fault in self.faults],
            "faults_from": self.faults_from if self.faults else None,
            "recovered": [line for phase in self.recovered for line in phase.error_lines],
            "requests": asdict(self.requests) if self.requests else None,
            "failures": self.failures(),
            "kept": self.kept,
        }

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        lines = [f"Rehearsed {self.program} on the {self.engine}, at {self.speed:g} times Azure's speed", ""]
        lines += [f"  {phase.line}" for phase in self.phases]
        lines += [f"  {'together':<25}{duration(self.azure_s)} on Azure's clock, {self.wall_s:.1f} s on the wall"]
        for phase in self.phases:
            lines += [f"  {phase.name}: warning: {warning}" for warning in phase.warnings]
        if self.faults:
            lines += ["", f"Faults, from `{self.faults_from}` on:", *(f"  {fault.line}" for fault in self.faults)]
        if self.native.any:
            lines += ["", *self.native.lines()]
        if self.copies:
            lines += ["", "Usable in the target region after `up`:", *(f"  {copy.line}" for copy in self.copies)]
        if self.rollbacks:
            lines += ["", "Rolled back during `up`, each once:", *(f"  {one.line}" for one in self.rollbacks)]
        if self.requests:
            lines += [
                "",
                f"Requests: {self.requests.total}",
                *_table(self.requests),
                *_timeline(self.requests.timeline),
            ]
        if self.kept:
            lines += ["", f"Kept in {self.kept}: the engine's state, the emulator's state, the log"]
        return [*lines, "", *self._verdict()]

    def _verdict(self) -> list[str]:
        if self.interrupted:
            return ["Interrupted; nothing is left running"]
        if self.ok and not self.recovered:
            return ["All of it held"]
        if self.ok:
            failed = [f"  {line}" for phase in self.recovered for line in phase.error_lines]
            return ["Failed at first:", *failed, "All of it held when it was run again"]
        left = ["Nothing of it is left in Azure"] if self.nothing_left else []
        return ["Did not hold:", *(f"  {failure}" for failure in self.failures()), *left]


def count_requests(requests: Sequence[Request], start: datetime) -> Requests:
    """Count *requests* by operation, by status and by ten minutes since *start* on Azure's clock."""
    rows: dict[int, list[int]] = {}
    for request in requests:
        row = rows.setdefault(max(int((request.at - start).total_seconds()), 0) // BUCKET_S, [0, 0])
        row[0] += 1
        row[1] += request.writes
    return Requests(
        total=len(requests),
        by_operation=dict(Counter(request.operation for request in requests).most_common()),
        by_status=dict(sorted(Counter(str(request.status) for request in requests).items())),
        timeline=[
            {"from_minute": row * BUCKET_S // 60, "requests": counts[0], "writes": counts[1]}
            for row, counts in sorted(rows.items())
        ],
    )


def _table(requests: Requests) -> list[str]:
    width = max(map(len, requests.by_operation), default=0)
    lines = [f"  {operation:<{width}}  {count:>5}" for operation, count in requests.by_operation.items()]
    refused = {status: count for status, count in requests.by_status.items() if int(status) >= 400}  # noqa: PLR2004
    if refused:
        lines.append("  answered " + ", ".join(f"{status}: {count}" for status, count in refused.items()))
    return lines


def _timeline(timeline: Sequence[Mapping[str, int]]) -> list[str]:
    if not timeline:
        return []
    last = timeline[-1]["from_minute"] + 10
    minutes = next(size for size in (10, 30, 60, 360, 1440, 10080, last) if last / size <= _MAX_ROWS)
    rows: dict[int, list[int]] = {index: [0, 0] for index in range(-(-last // minutes))}
    for entry in timeline:
        rows[entry["from_minute"] // minutes][0] += entry["requests"]
        rows[entry["from_minute"] // minutes][1] += entry["writes"]
    most = max(total for total, _ in rows.values())
    # Reading and starting the program takes minutes of Azure's clock, in which nothing is asked.
    first = timeline[0]["from_minute"] // minutes
    lines = ["", f"  from minute  requests  writes   ({minutes} minutes of Azure's clock a row)"]
    lines += [
        f"  {index * minutes:>11}  {total:>8}  {writes:>6}   {'#' * -(-total * _BAR // most)}".rstrip()
        for index, (total, writes) in rows.items()
        if index >= first
    ]
    return lines


def duration(seconds: float) -> str:
    """Return a span as people say it, in two units: `45 s`, `7 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    total = max(round(seconds), 0)
    for (unit, size), (small_unit, small_size) in pairwise(_UNITS):
        if total >= size:
            count, rest = divmod(total, size)
            return f"{count} {unit} {rest // small_size} {small_unit}" if rest // small_size else f"{count} {unit}"
    return f"{total} s"
