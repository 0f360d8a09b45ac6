"""`$filter` of lists, as far as the lists here know it: comparisons joined by `and`.

`startDate eq '2026-01-01T00:00:00Z' and endDate eq '…'`; values are text in single quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Call

_COMPARISON: Final = re.compile(r"^\s*(?P<name>\w+)\s+(?P<verb>eq|ge|le)\s+'(?P<value>[^']*)'\s*$", re.IGNORECASE)
_AND: Final = re.compile(r"\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Comparison:
    """One comparison: name and verb in lower case."""

    name: str
    verb: str
    value: str

    def moment(self) -> float:
        """Return the value as seconds since 1970.

        Raises:
            ArmError: It is no time.
        """
        try:
            parsed = datetime.fromisoformat(self.value)
        except ValueError:
            raise _invalid(f"'{self.value}' is no time") from None
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def read(call: Call, *known: tuple[str, str]) -> list[Comparison]:
    """Return the comparisons of a request; none if there is no filter, or an empty one.

    Args:
        call: The request.
        known: The names, lower case, and verbs that the list understands.

    Raises:
        ArmError: It is written otherwise, or compares something else.
    """
    text = call.query.get("$filter", "")
    found = []
    for part in _AND.split(text) if text.strip() else []:
        match = _COMPARISON.match(part)
        if match is None:
            raise _invalid(f"'{part}' is not NAME eq 'VALUE'")
        comparison = Comparison(match["name"].lower(), match["verb"].lower(), match["value"])
        if (comparison.name, comparison.verb) not in known:
            raise _invalid(f"'{part.strip()}' is not supported")
        found.append(comparison)
    return found


def _invalid(problem: str) -> ArmError:
    return ArmError(400, "InvalidFilter", f"The value of $filter is invalid: {problem}.", target="$filter")
