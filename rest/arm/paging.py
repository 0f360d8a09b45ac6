"""Lists, page by page.

A page is `{"value": […], "nextLink": "https://…"}`. The list ends where `nextLink` is absent or null, and nowhere else:
an empty page that has one is legal. The link carries its own api-version and skip token and is followed byte for byte.

Source: ARM common API details, paging.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.retrying import OnWait
from azure_recovery.rest.transport import Answer, Transport

MOST_PAGES = 10_000
"""Pages of a list that ends. A vault keeps the jobs of a month, some hundred on a page; a link that leads to ever new
pages of nothing would be followed for ever."""


async def pages(
    transport: Transport,
    target: str,
    *,
    query: Mapping[str, str] | None = None,
    deadline: Deadline | None = None,
    on_wait: OnWait | None = None,
) -> AsyncIterator[tuple[Answer, list[Any]]]:
    """Yield each page as its answer and the items of its `value`.

    The *target* is the path of the list, `/subscriptions/…/restorePointCollections`; *query* is of the first request
    alone.

    Raises:
        UnexpectedAnswerError: A page is not as documented, a `nextLink` was already followed, or the list has no end.
    """
    followed = set[str]()
    while True:
        answer = await transport.send("GET", target, query=query, deadline=deadline, on_wait=on_wait)
        body = answer.object()
        value = body.get("value")
        if not isinstance(value, list):
            raise answer.unexpected("its page has no list 'value'")
        yield answer, value
        link = body.get("nextLink")
        if link is None or link == "":
            return
        if not isinstance(link, str):
            raise answer.unexpected("its 'nextLink' is no text")
        if link in followed:
            raise answer.unexpected(f"its 'nextLink' leads back to a page already read, after {len(followed)} pages")
        followed.add(link)
        if len(followed) >= MOST_PAGES:
            raise answer.unexpected(f"its list has not ended after {len(followed)} pages")
        target, query = link, None
