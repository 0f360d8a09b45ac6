"""Paging: `value`, and a `nextLink` while there is more, whose `$skipToken` says where to go on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.store import Row


def page(cloud: Cloud, call: Call, kind: str, group: str | None, shown: Callable[[Row], dict[str, Any]]) -> Answer:
    """Answer one page of the resources of a type, in a resource group or in the whole subscription.

    Args:
        cloud: Where.
        call: Its `$skiptoken` says where the page begins.
        kind: Resource type, lower case.
        group: Resource group, or None.
        shown: Writes one entry.

    Raises:
        ArmError: 400 for a token that was not given out.
    """
    token = call.query.get("$skiptoken")
    after = 0 if token is None else _position(token)
    if token is None and cloud.settings.flag("empty_first_page"):
        return Answer(200, {"value": [], "nextLink": _link(call, 0)})
    subscription = call.target.subscription.lower()
    size = max(cloud.settings.whole("page_size"), 1)
    rows, more = cloud.store.page(kind, subscription, None if group is None else group.lower(), after, size)
    body: dict[str, Any] = {"value": [shown(row) for row in rows]}
    if more is not None:
        body["nextLink"] = _link(call, more)
    return Answer(200, body)


def _link(call: Call, position: int) -> str:
    token = base64.urlsafe_b64encode(f"{position}".encode()).decode()
    query = urlencode({"api-version": call.api_version, "$skipToken": token}, quote_via=quote, safe="$")
    return f"{call.base_url}{quote(call.path)}?{query}"


def _position(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError):
        raise ArmError(400, "InvalidSkipToken", f"The skip token '{token}' is invalid.") from None
