"""Values in bodies: times as three generations of the protocol write them.

Source: OData 3.0, JSON format ("minimal metadata": ISO 8601) and JSON verbose format (`/Date(…)/`).
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from azure_recovery.rest.arm.bodies import Time

_TICKS = re.compile(r"/Date\((?P<ms>-?\d+)(?P<offset>[+-]\d{1,4})?\)/")
_LITERAL = re.compile(r"(?i:datetimeoffset|datetime)'(?P<value>[^']*)'")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if found := _LITERAL.fullmatch(text):
        text = found["value"]
    if found := _TICKS.fullmatch(text):
        # The milliseconds are of UTC; the offset only tells where they were written down.
        with contextlib.suppress(OverflowError):
            return _EPOCH + timedelta(milliseconds=int(found["ms"]))
        return None
    return None if not text or text.startswith("0001-01-01") else text


Moment = Annotated[Time | None, BeforeValidator(_moment)]
"""An aware time in UTC, or None for a null and for the year 1, by which .NET says that it has not come.

`2014-09-04T05:15:58.733-07:00` comes for properties that are declared as `Edm.DateTime`, which has no offset.
"""
