"""A right that is missing, or was granted a moment ago and has not reached every region yet."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError, ServiceError

T = TypeVar("T")

READ_LOCATIONS = "Microsoft.Resources/subscriptions/locations/read"
READ_COLLECTION = "Microsoft.Compute/restorePointCollections/read"
WRITE_COLLECTION = "Microsoft.Compute/restorePointCollections/write"
READ_POINT = "Microsoft.Compute/restorePointCollections/restorePoints/read"
WRITE_POINT = "Microsoft.Compute/restorePointCollections/restorePoints/write"
ASK_BACKUP_STATUS = "Microsoft.RecoveryServices/locations/backupStatus/action"
"""Reader does not hold it."""

SPREADING_S = 300.0
"""Azure's seconds that a right is waited for. Source: Azure RBAC troubleshooting, where role assignments take up to
ten minutes, and usually far less; a deployment that grants a right and uses it loses no more than this when it forgot
to."""

_LOOK_AGAIN_S = 15.0
_FORBIDDEN = 403
_MISSING = frozenset({"authorizationfailed", "linkedauthorizationfailed", "linkedaccesscheckfailed"})
"""Codes of a 403 that a role assignment cures. Others, such as RequestDisallowedByPolicy, stay as they are."""


class MissingRightError(AzureRecoveryError):
    """The identity may not do what is asked, and waiting did not help.

    Attributes:
        action: Action of Azure RBAC that a role must hold, as `Microsoft.Compute/restorePointCollections/write`.
    """

    def __init__(self, action: str, scope: str, refusal: ServiceError) -> None:
        self.action = action
        super().__init__(
            f"needs {action} on {scope}: grant a role that holds it, then run up again; {refusal}",
        )


def lacks_right(error: AzureRecoveryError) -> bool:
    """Return whether *error* is ARM's word that a role assignment is missing."""
    return isinstance(error, ServiceError) and error.status == _FORBIDDEN and error.code.lower() in _MISSING


async def once_allowed(
    session: Session,
    call: bridge.Call,
    deadline: Deadline,
    *,
    needs: tuple[str, str],
    work: Callable[[], Coroutine[Any, Any, T]],
) -> T:
    """Return what *work* returns, waiting a bounded time for the right to do it.

    Args:
        session: The conversation with Azure. call: Whose row shows the wait. deadline: When to stop in any case.
        needs: Action and scope that *work* needs: the ARM id that is asked.
        work: One request. A 403 says that it had no effect, so it is sent again.

    Raises:
        MissingRightError: The right did not come.
    """
    clock = session.transport.clock
    spreading = Deadline(clock, min(SPREADING_S, deadline.left_s))
    until = session.transport.service_now() + timedelta(seconds=spreading.left_s)
    while True:
        try:
            return await work()
        except ServiceError as error:
            if not lacks_right(error):
                raise
            if spreading.passed:
                raise MissingRightError(*needs, error) from None
        bridge.say(call, f"waiting until {until:%H:%M:%S} UTC for a right that may still spread: needs {needs[0]}")
        await clock.sleep(min(_LOOK_AGAIN_S, spreading.left_s))
