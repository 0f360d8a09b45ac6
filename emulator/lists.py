"""Paging: `value`, and a `nextLink` while there is more, whose `$skipToken` says where to go on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import quote, urlencode

from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.store import Row

_ROWS: Final = 2.0**53
"""More than any list has; a token is text that anybody can write."""


def page(
    cloud: Cloud, call: Call, kind: str, group: str | None, shown: Callable[[Row], dict[str, Any] | None]
) -> Answer:
    """Answer one page of the resources of a type, in a resource group or in the whole subscription.

    Args:
        cloud: Where.
        call: Its `$skiptoken` says where the page begins.
        kind: Resource type, lower case.
        group: Resource group, or None.
        shown: Writes one entry; None leaves it out, so that a page may be short or empty.

    Raises:
        ArmError: 400 for a token that was not given out.
    """
    token = call.query.get("$skiptoken")
    after = 0 if token is None else _row_number(token)
    if token is None and cloud.settings.flag("empty_first_page"):
        return Answer(200, {"value": [], "nextLink": _link(call, "0")})
    subscription = call.target.subscription.lower()
    size = max(cloud.settings.whole("page_size"), 1)
    rows, more = cloud.store.page(kind, subscription, None if group is None else group.lower(), after, size)
    entries = [entry for entry in map(shown, rows) if entry is not None]
    body: dict[str, Any] = {"value": entries}
    if more is not None:
        body["nextLink"] = _link(call, str(more))
    return Answer(200, body)


def newest_first(cloud: Cloud, call: Call, entries: Iterable[tuple[float, dict[str, Any]]]) -> Answer:
    """Answer one page of what grows at its beginning: the next page goes on behind the last entry, whatever came since.

    Args:
        cloud: For the size of a page.
        call: Its `$skiptoken` says where the page begins.
        entries: Moment and body of each.

    Raises:
        ArmError: 400 for a token that was not given out.
    """
    token = call.query.get("$skiptoken")
    if token is None and cloud.settings.flag("empty_first_page"):
        return Answer(200, {"value": [], "nextLink": _link(call, "1e99")})
    ordered = sorted(((at, str(body["name"]), body) for at, body in entries), key=lambda entry: entry[:2], reverse=True)
    if token is not None:
        last = _position(token)
        ordered = [entry for entry in ordered if entry[:2] < last]
    size = max(cloud.settings.whole("page_size"), 1)
    page_of = ordered[:size]
    body: dict[str, Any] = {"value": [entry[2] for entry in page_of]}
    if len(ordered) > size:
        body["nextLink"] = _link(call, f"{page_of[-1][0]!r} {page_of[-1][1]}")
    return Answer(200, body)


def _link(call: Call, position: str) -> str:
    token = base64.urlsafe_b64encode(position.encode()).decode()
    kept = {"$filter": call.query["$filter"]} if call.query.get("$filter") else {}
    query = urlencode({"api-version": call.api_version, **kept, "$skipToken": token}, quote_via=quote, safe="$")
    return f"{call.base_url}{quote(call.path)}?{query}"


def _row_number(token: str) -> int:
    at, _ = _position(token)
    if not 0.0 <= at < _ROWS:
        raise _invalid(token)
    return int(at)


def _position(token: str) -> tuple[float, str]:
    try:
        at, _, name = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
        return float(at), name
    except (binascii.Error, ValueError):
        raise _invalid(token) from None


def _invalid(token: str) -> ArmError:
    return ArmError(400, "InvalidSkipToken", f"The skip token '{token}' is invalid.")
