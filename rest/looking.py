"""The pauses between the looks of one wait, and which trouble with a look is borne.

A look that fails is no news about what is looked at: a region that answers 503, a right that was taken away for an
hour, a lost network. It is told, and the next look is taken at the usual pace.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    ConfigurationError,
    NoAnswerError,
    ServiceError,
    UnexpectedAnswerError,
)
from azure_recovery.rest.retrying import LONGEST_ASKED_S, OnWait, Wait
from azure_recovery.rest.transport import Transport

LOOKS_WITHOUT_TOKEN = 5
"""Looks that may fail in a row for want of a token, once there was one: a login service that is down for half an hour
ends no wait of hours, a credential that has expired for good does."""


class Patience:
    """Which trouble with a look is borne, in every wait alike.

    Args:
        had_token: Whether a token was there before the first look, as for what was sent and accepted: then a sign-in
            service that is down is borne from the first look on.
    """

    def __init__(self, *, had_token: bool = False) -> None:
        self._tokenless = 0 if had_token else LOOKS_WITHOUT_TOKEN

    def bear(self, trouble: AzureRecoveryError | None) -> None:
        """Take note of how a look went, None for well; raise *trouble* if it is not the kind that passes."""
        if trouble is None:
            self._tokenless = 0
        elif isinstance(trouble, ConfigurationError):
            self._tokenless += 1
            if self._tokenless > LOOKS_WITHOUT_TOKEN:
                raise trouble
        elif not isinstance(trouble, (ServiceError, NoAnswerError, UnexpectedAnswerError)):
            raise trouble


class Looking:
    """One wait.

    Args:
        transport: For its clock.
        deadline: Past which no pause goes.
        on_wait: Told of each look that failed.
        pace: Seconds that the wait has lasted, and a random number from 0 to 1 → seconds until the next look.
    """

    def __init__(
        self, transport: Transport, deadline: Deadline, on_wait: OnWait | None, pace: Callable[[float, float], float]
    ) -> None:
        self._transport = transport
        self._deadline = deadline
        self._on_wait = on_wait
        self._pace = pace
        self._begun = transport.clock.monotonic()
        self._patience = Patience()

    @property
    def waited_s(self) -> float:
        """Azure's seconds since the wait began."""
        return self._transport.clock.monotonic() - self._begun

    async def pause(self, trouble: AzureRecoveryError | None = None, lasted_s: float = 0.0) -> None:
        """Pause until the next look.

        Args:
            trouble: What went wrong with the last one; raised if it is not the kind that passes.
            lasted_s: How long that which is waited for has lasted, where it began before the wait.
        """
        self._patience.bear(trouble)
        asked_s = (trouble.retry_after_s if isinstance(trouble, ServiceError) else None) or 0.0
        pace_s = self._pace(max(self.waited_s, lasted_s), random.random())  # noqa: S311 - no secret is made of it
        seconds = min(max(pace_s, min(asked_s, LONGEST_ASKED_S)), self._deadline.left_s)
        if trouble and self._on_wait:
            until = self._transport.service_now() + timedelta(seconds=seconds)
            self._on_wait(Wait(reason=f"could not look ({trouble})", seconds=seconds, until=until))
        await self._transport.clock.sleep(seconds)
