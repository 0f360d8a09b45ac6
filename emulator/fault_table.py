"""Faults in force, and how one is asked for. What there is to ask for is in `fault_kinds`.

On the command line: `--fault NAME[:key=value,key=value…]`. Over the control API: the same as JSON,
`{"name": "throttled", "path": "*/restorePoints/*", "count": 2, "retry_after": 30}`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from azure_recovery.emulator import backup_oddities
from azure_recovery.emulator.fault_kinds import KINDS, Kind, Parameter

_STATUSES: Final = (200, 599)


class FaultError(ValueError):
    """A fault that does not exist, or is asked for wrongly. The message is one line."""


BY_NAME: Final = {kind.name: kind for kind in KINDS}


@dataclass
class Fault:
    """One fault in force.

    Attributes:
        id: Given out in order, from 1.
        path: Pattern of paths, case-insensitive; `*` is any run of characters.
        operation: Pattern of operations, `RestorePoints.*` for one.
        method: HTTP method, or `*`.
        count: How many requests it strikes; 0 is every one.
        skip: How many matching requests pass before the first.
        for_seconds: Azure's seconds after which it is over; 0 is never.
        parameters: Those of its kind.
        seen: Matching requests so far.
        fired: Requests struck so far.
        held: Lets go of each request that it holds, from any thread.
    """

    kind: Kind
    id: int = 0
    path: str = "*"
    operation: str = "*"
    method: str = "*"
    count: int = 1
    skip: int = 0
    for_seconds: float = 0.0
    parameters: dict[str, Parameter] = field(default_factory=dict)
    since: float = 0.0
    seen: int = 0
    fired: int = 0
    lifted: bool = False
    held: list[Callable[[], object]] = field(default_factory=list, repr=False)

    def lift(self) -> None:
        """Take it away, and let go of the requests that it holds; from any thread."""
        self.lifted = True
        for release in list(self.held):
            release()

    def strikes(self, method: str, path: str, operation: str, now: float) -> bool:
        """Count a request if it matches, and tell whether it is struck."""
        if self.over(now) or not self._matches(method, path, operation):
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        self.fired += 1
        return True

    def _matches(self, method: str, path: str, operation: str) -> bool:
        return (
            (not self.kind.operations or operation in self.kind.operations)
            and fnmatchcase(method.upper(), self.method.upper())
            and fnmatchcase(path.lower(), self.path.lower())
            and fnmatchcase(operation.lower(), self.operation.lower())
        )

    def over(self, now: float) -> bool:
        """Tell whether it strikes nothing any more."""
        spent = self.count > 0 and self.fired >= self.count
        return self.lifted or spent or (self.for_seconds > 0 and now >= self.since + self.for_seconds)

    def shown(self, now: float) -> dict[str, Any]:
        """Return it as the control API shows it."""
        return {
            "id": self.id,
            "name": self.kind.name,
            "path": self.path,
            "operation": self.operation,
            "method": self.method,
            "count": self.count,
            "skip": self.skip,
            "for_seconds": self.for_seconds,
            **self.parameters,
            "seen": self.seen,
            "fired": self.fired,
            "over": self.over(now),
        }


_COMMON: Final[Mapping[str, Parameter]] = {
    "path": "*", "operation": "*", "method": "*", "count": 1, "skip": 0, "for_seconds": 0.0,
}  # fmt: skip


def from_mapping(given: Mapping[str, Any]) -> Fault:
    """Return the fault that a JSON object asks for.

    Raises:
        FaultError: There is no such fault or key, or a value does not fit.
    """
    name = given.get("name")
    kind = BY_NAME.get(str(name))
    if kind is None:
        raise FaultError(f"fault {name}: there is none of that name; known are {', '.join(BY_NAME)}")
    values: dict[str, Any] = {"count": kind.count}
    parameters: dict[str, Parameter] = dict(kind.parameters)
    for key, value in given.items():
        if key == "name":
            continue
        if key in kind.parameters:
            parameters[key] = _fitted(kind.name, key, value, kind.parameters[key])
        elif key in _COMMON:
            values[key] = _fitted(kind.name, key, value, _COMMON[key])
        else:
            known = ", ".join([*_COMMON, *kind.parameters])
            raise FaultError(f"fault {kind.name}: there is no '{key}'; known are {known}")
    if problem := backup_oddities.wrong(kind.name, parameters):
        raise FaultError(f"fault {kind.name}: {problem}")
    return Fault(kind, parameters=parameters, **values)


def _fitted(name: str, key: str, value: Any, default: Parameter) -> Parameter:
    if isinstance(default, str):
        if isinstance(value, str) and value:
            return value
        raise FaultError(f"fault {name}: {key}={value!r} is not text")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise FaultError(f"fault {name}: {key}={value!r} is not a number") from None
    if not 0.0 <= number < math.inf:
        raise FaultError(f"fault {name}: {key}={value!r} is not a number from 0")
    if isinstance(default, float):
        return number
    if not number.is_integer():
        raise FaultError(f"fault {name}: {key}={value!r} is not a whole number")
    if key == "status" and not _STATUSES[0] <= number <= _STATUSES[1]:
        raise FaultError(f"fault {name}: {key}={value!r} is no HTTP status from {_STATUSES[0]} to {_STATUSES[1]}")
    return int(number)


def from_argument(text: str) -> Fault:
    """Return the fault that `NAME[:key=value,…]` asks for.

    Raises:
        FaultError: It is written otherwise, or see `from_mapping`.
    """
    name, _, rest = text.partition(":")
    given: dict[str, Any] = {"name": name}
    for pair in filter(None, rest.split(",")):
        key, separator, value = pair.partition("=")
        if not separator:
            raise FaultError(f"fault {text}: write NAME:key=value,key=value")
        given[key.strip()] = value.strip()
    return from_mapping(given)
