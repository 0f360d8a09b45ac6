"""What the wire models of Microsoft.DataProtection have in common: they read what the service really writes.

- The same property comes in several casings: `datasourceInfo` in a restore, `dataSourceInfo` in an instance,
  `resourceId` for the documented `resourceID`. So the models are `LenientModel`s.
- "Not yet" is sometimes a null and sometimes the first day of the year 1.
- A duration is ISO 8601 in recorded jobs and `hh:mm:ss` in documented ones.

Source: recorded restore of a disk, api-version 2023-01-01; examples of Jobs_Get, 2025-07-01; restore page.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from azure_recovery.rest.bodies import Time


def _not_the_year_one(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().startswith("0001-01-01") else value


Moment = Annotated[Time | None, BeforeValidator(_not_the_year_one)]
"""A time, or None for a null and for the year 1, by which the service says that it has not come."""

_DAYS = re.compile(r"(\d+)\.(\d+:\d\d:\d\d(?:\.\d+)?)")
_TIMEDELTA = TypeAdapter(timedelta)


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, timedelta) else None
    try:
        return _TIMEDELTA.validate_python(_DAYS.sub(r"\1 days, \2", value.strip()))
    except ValidationError:
        return None


Duration = Annotated[timedelta | None, BeforeValidator(_duration)]
"""`PT3M34.28S`, `00:03:34` or `1.00:03:34`; None for what cannot be read, because nothing is decided by it."""


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


Number = Annotated[float | None, BeforeValidator(_number)]
"""A count for people; None for what is no number."""


def _texts(value: Any) -> Any:
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return [text for text in value if text is not None]
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
"""A list of sentences, which may come as one sentence, or null."""
