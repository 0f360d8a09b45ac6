"""One row of the table of settings: a name, a default, and what may be said instead."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

Value = bool | int | float | str


class SettingsError(ValueError):
    """A setting that does not exist, or a value that it cannot have. The message is one line."""


@dataclass(frozen=True)
class Setting:
    """One row: a name, what it is when nobody says otherwise, what it means, and where that comes from.

    Attributes:
        choices: The values there are; any if empty.
        pattern: What text has to be; any if empty.
    """

    name: str
    default: Value
    meaning: str
    source: str
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def parse(self, given: object) -> Value:
        """Return *given* as this setting's type; text is read as the command line writes it.

        Raises:
            SettingsError: It is of another type, negative, none of the choices, or written otherwise.
        """
        value = _coerced(given, self.default)
        if value is None:
            expected = type(self.default).__name__
            raise SettingsError(f"setting {self.name}: {given!r} is not {_ARTICLES[expected]}")
        if self.choices and value not in self.choices:
            raise SettingsError(f"setting {self.name}: {given!r} is none of {', '.join(self.choices)}")
        if self.pattern and not re.fullmatch(self.pattern, str(value)):
            raise SettingsError(f"setting {self.name}: {given!r} is not written as in {self.default}")
        if isinstance(value, (int, float)) and value < 0:
            raise SettingsError(f"setting {self.name}: {given!r} is negative")
        if isinstance(value, float) and not math.isfinite(value):
            raise SettingsError(f"setting {self.name}: {given!r} is no finite number")
        return value


_ARTICLES: Final = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"}
_BOOLEANS: Final = {"true": True, "false": False}


def _coerced(given: object, default: Value) -> Value | None:
    if isinstance(default, bool):
        return given if isinstance(given, bool) else _BOOLEANS.get(str(given).lower())
    if isinstance(default, str):
        return given if isinstance(given, str) else None
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        return None
    try:
        number = float(given)
    except ValueError:
        return None
    if isinstance(default, float):
        return number
    return int(number) if number.is_integer() else None
