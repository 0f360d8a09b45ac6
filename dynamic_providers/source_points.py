"""The restore points of a source collection, looked up while the program runs.

How many copies there are is part of the program, so it must be known before the first of them is declared: a resource
made inside an `apply` is missing from previews. The look-up runs in the program's own process, in `preview` and in
`up`, with the configuration and the environment of the stack.

The budget is wall time, and shared: with the source region down, a program of sixteen components must not hang for
sixteen times as long.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.session import Session, session_for
from azure_recovery.dynamic_providers.stack_config import stack_config
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError, ConfigurationError

if TYPE_CHECKING:
    from azure_recovery.rest.compute.models import RestorePointCollection
    from azure_recovery.rest.retrying import Wait

LONGEST_S = 15.0
"""Wall seconds for one collection, the token included: `az account get-access-token` alone may take five."""

BUDGET_S = 30.0
"""Wall seconds for all collections of a program together."""

_CREATING = "creating"


@dataclass(frozen=True, slots=True)
class SourcePoint:
    """A restore point of a source collection.

    Attributes:
        name: As Azure spells it. time_created: What Azure orders copies by, or None where it tells none.
        is_made: Whether it may have been copied already. One that is Creating was not; one that was Succeeded once may
            be Updating or Failed now, while its copies are as good as they were.
    """

    name: str
    time_created: datetime | None
    is_made: bool


class SourceUnknownError(AzureRecoveryError):
    """The restore points of a source collection could not be looked up; the text says why."""


class SourceReader:
    """The collections that one program copies from, each asked once.

    Args:
        session: Whom to ask. longest_s: Wall seconds for one collection. budget_s: For all of them.
    """

    def __init__(self, session: Session, *, longest_s: float = LONGEST_S, budget_s: float = BUDGET_S) -> None:
        self._session = session
        self._longest_s = longest_s
        self._left_s = budget_s
        self._known: dict[str, tuple[SourcePoint, ...] | SourceUnknownError] = {}

    def points(self, collection: ResourceId) -> tuple[SourcePoint, ...]:
        """Return the restore points of *collection*, in no order.

        Raises:
            SourceUnknownError: Azure does not say, or not in time.
        """
        if collection.key not in self._known:
            begun = time.monotonic()
            try:
                self._known[collection.key] = self._ask(collection, min(self._longest_s, self._left_s))
            except AzureRecoveryError as error:
                self._known[collection.key] = _unknown(collection, error)
            self._left_s = max(self._left_s - (time.monotonic() - begun), 0.0)
        found = self._known[collection.key]
        if isinstance(found, SourceUnknownError):
            raise found
        return found

    def _ask(self, collection: ResourceId, within_s: float) -> tuple[SourcePoint, ...]:
        if within_s <= 0.0:
            raise AzureRecoveryError("the time for looking is used up by collections that did not answer")
        trouble: list[str] = []

        def note(wait: Wait) -> None:
            trouble[:] = [f", {wait.reason}"]

        async def ask() -> RestorePointCollection:
            deadline = Deadline(self._session.transport.clock, within_s * self._session.settings.speed)
            asking = self._session.restore_points.get_collection(
                collection, with_restore_points=True, deadline=deadline, on_wait=note
            )
            try:
                return await asyncio.wait_for(asking, within_s)
            except TimeoutError:
                raise AzureRecoveryError(f"no answer within {within_s:.0f} s{''.join(trouble)}") from None

        return tuple(_points(self._session.run(bridge.Call(), ask)))


def _unknown(collection: ResourceId, error: AzureRecoveryError) -> SourceUnknownError:
    return SourceUnknownError(f"the restore points of {collection} could not be looked up: {error}")


def _points(collection: RestorePointCollection) -> list[SourcePoint]:
    return [
        SourcePoint(
            name=point.name or ResourceId.parse(point.id or "").name,
            time_created=point.properties.time_created,
            is_made=(point.properties.provisioning_state or "").lower() != _CREATING,
        )
        for point in collection.properties.restore_points or ()
    ]


_readers: dict[Session, SourceReader] = {}
_readers_lock = threading.Lock()


def source_points(collection_id: str) -> tuple[SourcePoint, ...]:
    """Return the restore points of a collection, for a program that decides by them what to declare.

    The answer is the same for the whole run of a program, and costs one GET.

    Args:
        collection_id: `/subscriptions/…/restorePointCollections/{name}`.

    Raises:
        InvalidInputError: It is no such id.
        SourceUnknownError: Azure does not say, or not in time, or the stack's configuration cannot work.

    Source: restorePointCollections/get with `$expand=restorePoints`; copy page.
    """
    collection = ResourceId.parse(
        collection_id, property="source_collection_id", expect="Microsoft.Compute/restorePointCollections"
    )
    try:
        session = session_for(stack_config())
    except ConfigurationError as error:
        raise _unknown(collection, error) from None
    with _readers_lock:
        reader = _readers.setdefault(session, SourceReader(session))
    return reader.points(collection)
