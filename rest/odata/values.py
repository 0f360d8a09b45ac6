"""Values in bodies: guids, and times as three generations of the protocol write them.

`Edm.DateTime` has no offset, and the services print one all the same: `2014-09-04T05:15:58.733-07:00`. Where it is
missing the time is of a server whose zone nobody knows. Taken for UTC it would put a job that has just begun hours
before what it followed; so it counts as not told.

Source: OData 3.0, JSON format ("minimal metadata": ISO 8601) and JSON verbose format (`/Date(…)/`).
"""

from __future__ import annotations

import contextlib
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from azure_recovery.rest.bodies import Time
from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.odata.keys import read_guid

_TICKS = re.compile(r"/Date\((?P<ms>-?\d+)(?:[+-]\d{1,4})?\)/")
_WITHOUT_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_GUID = str(uuid.UUID(int=0))


def _guid(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_guid(value)
    except InvalidInputError:
        raise ValueError("this is no GUID") from None


def _maybe(value: Any) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    read = _guid(value)
    return None if read == _NO_GUID else read


Guid = Annotated[str, BeforeValidator(_guid)]
"""A GUID in lower case, so that two of them can be compared."""

MaybeGuid = Annotated[str | None, BeforeValidator(_maybe)]
"""A GUID, or None for a null and for the GUID of zeros, by which .NET says that there is none."""


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if found := _TICKS.fullmatch(text):
        # The milliseconds are of UTC; an offset behind them only tells where they were written down.
        with contextlib.suppress(OverflowError):
            return _EPOCH + timedelta(milliseconds=int(found["ms"]))
        return None
    is_none = not text or text.startswith("0001-01-01") or _WITHOUT_OFFSET.fullmatch(text)
    return None if is_none else text


Moment = Annotated[Time | None, BeforeValidator(_moment)]
"""An aware time in UTC; None for a null, for the year 1, by which .NET says that it has not come, and for a time
without offset."""
