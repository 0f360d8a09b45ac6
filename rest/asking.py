"""Asking for several things at the same time, and for what may not be there any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import Any, TypeVar

from azure_recovery.rest.errors import NotFoundError

T = TypeVar("T")


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Do all of *work* at the same time and return what each brings, in its order.

    The first error ends the rest and is raised once that has ended too: nothing of it goes on after the call, as it
    would after `asyncio.gather`. So does the end of the caller.
    """
    tasks = [asyncio.create_task(one) for one in work]
    if not tasks:
        return []
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def unless_gone(asked: Awaitable[T]) -> T | None:
    """Return what *asked* brings, or None if ARM says that it, its parent or its group does not exist.

    Raises:
        NotFoundError: A 404 that is not ARM's own, which says nothing about the resource.
    """
    try:
        return await asked
    except NotFoundError as error:
        if error.is_gone:
            return None
        raise
