"""What goes wrong on demand: the two places where a request can be held up, refused or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from azure_recovery.emulator.exchange import Cloud

if TYPE_CHECKING:
    from azure_recovery.emulator.gateway import Exchange


class Cut(Exception):  # noqa: N818 - an event, not a mistake
    """The connection is to be cut without an answer."""


class Faults:
    """The faults in force."""

    async def before_effect(self, exchange: Exchange, cloud: Cloud) -> None:
        """Hold up, refuse or lose a request that has not had any effect."""

    async def after_effect(self, exchange: Exchange, cloud: Cloud) -> None:
        """Hold up or lose a request whose effect is there for good."""

    async def spoil(self, exchange: Exchange, response: Response) -> Response:
        """Change an answer that is about to be sent."""
        return response
