"""Asking for several things at the same time, and for what may be gone."""

import asyncio

import pytest

from azure_recovery.rest.asking import together, unless_gone
from azure_recovery.rest.errors import ConfigurationError, NotFoundError


class Slow:
    """Work that never ends by itself, and notes how it did end."""

    def __init__(self):
        self.begun = asyncio.Event()
        self.ended = False

    async def work(self):
        """Go on for ever."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.ended = True


def not_found(code):
    return NotFoundError(method="GET", url="https://management.azure.com/x", status=404, code=code)


def test_everything_comes_back_in_its_order():
    """Whoever is done first."""

    async def after(turns, value):
        for _ in range(turns):
            await asyncio.sleep(0)
        return value

    async def asked():
        return await together([after(3, "a"), after(1, "b"), after(2, "c")]), await together([])

    assert (["a", "b", "c"], []) == asyncio.run(asked())


def test_the_first_error_ends_the_others():
    """They have ended when it arrives: no request is sent for a call that has failed."""

    async def asked():
        slow = Slow()

        async def fail():
            await slow.begun.wait()
            raise ConfigurationError("no token")

        with pytest.raises(ConfigurationError, match="no token"):
            await together([slow.work(), fail()])
        return slow.ended

    assert asyncio.run(asked())


def test_whoever_asked_is_stopped():
    """Nothing of it goes on."""

    async def asked():
        slow = Slow()
        asking = asyncio.create_task(together([slow.work()]))
        await slow.begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return slow.ended

    assert asyncio.run(asked())


@pytest.mark.parametrize("code", ["ResourceNotFound", "ParentResourceNotFound", "ResourceGroupNotFound"])
def test_arms_own_word_means_gone(code):
    """Of the thing, its parent or its group."""

    async def get():
        raise not_found(code)

    assert asyncio.run(unless_gone(get())) is None


@pytest.mark.parametrize("code", ["", "SubscriptionNotFound"])
def test_another_404_says_nothing(code):
    """A proxy's page, or a region that is down."""

    async def get():
        raise not_found(code)

    with pytest.raises(NotFoundError):
        asyncio.run(unless_gone(get()))
