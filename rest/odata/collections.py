"""Collections, page by page: `{"value": […], "odata.nextLink": "…"}`.

A link may be relative to the service root, and may name the host by which the service knows itself, which behind a
gateway is another one. Such a link is refused: it would take the credential away.

Source: OData 3.0, JSON format.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from azure_recovery.rest.transport import Answer

MOST_PAGES = 100
"""Pages that are read of one collection: a filtered one has a handful."""


async def items(
    ask: Callable[[str, dict[str, str] | None], Awaitable[Answer]], collection: str, query: dict[str, str] | None
) -> AsyncIterator[tuple[Answer, dict[str, Any]]]:
    """Yield each entity of a collection with the answer that held it.

    Args:
        ask: Sends a GET to what stands below the service root, to a path or to an absolute URL.
        collection: The entity set.
        query: Options of the first request; a link has its own.

    Raises:
        UnexpectedAnswerError: A page is no collection, or its links go on for ever or lead elsewhere.
    """
    target, followed = collection, set[str]()
    while True:
        answer = await ask(target, query)
        page = answer.object()
        value = page.get("value")
        if not isinstance(value, list):
            raise answer.unexpected("it is no collection: it has no list 'value'")
        for item in value:
            if not isinstance(item, dict):
                raise answer.unexpected("its collection holds what is no entity")
            yield answer, item
        link = page.get("odata.nextLink")
        if link is None or link == "":
            return
        if not isinstance(link, str):
            raise answer.unexpected("its 'odata.nextLink' is no text")
        if link in followed or len(followed) >= MOST_PAGES:
            raise answer.unexpected(f"its pages do not end: 'odata.nextLink' goes on after {len(followed) + 1} pages")
        followed.add(link)
        target, query = link, None
