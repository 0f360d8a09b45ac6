"""Waiting for copies: until every disk is replicated, or until nothing more can be expected.

A look that fails is no news about the copy. A region that answers 503, a right that was taken away for an hour, a lost
network: they are told, and the copy is looked at again at the next pace until the deadline passes. Only ARM's own word
that the copy, its collection or its group does not exist ends the wait before that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from operator import attrgetter

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operation_states import OperationState
from azure_recovery.rest.asking import together
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.calls import RESTORE_POINT, RestorePoints
from azure_recovery.rest.compute.errors import (
    CopyFailedError,
    CopyTimedOutError,
    CopyVanishedError,
    DiskReplicationFailedError,
)
from azure_recovery.rest.compute.replication import CopyStatus, copy_status
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError, OperationFailedError, OperationTimedOutError
from azure_recovery.rest.looking import Looking
from azure_recovery.rest.pacing import pause_s
from azure_recovery.rest.retrying import OnWait

OnProgress = Callable[[ResourceId, CopyStatus], None]
"""Told of each look that brought a status, the last one included."""

LOOKS_AT_A_TIME = 16
"""Requests under way at a time for any number of copies: half of the connections, so that others get through."""


async def follow_copies(
    api: RestorePoints,
    ids: Iterable[ResourceId],
    *,
    deadline: Deadline,
    on_progress: OnProgress | None = None,
    on_wait: OnWait | None = None,
) -> dict[str, CopyStatus]:
    """Wait until every copy is usable.

    Each copy is looked at by its own pace. The first one that cannot become usable ends the wait for all: what the
    others had reached was told to *on_progress*, and the copying goes on in Azure.

    The same id twice, however spelled, is looked at once. *deadline*, *on_progress* and *on_wait* as of `follow_copy`.

    Returns:
        `ResourceId.key` → the last status, usable.

    Raises:
        CopyError: As `follow_copy`.
    """
    slots = asyncio.Semaphore(LOOKS_AT_A_TIME)
    wanted = {id_.key: id_ for id_ in ids}
    statuses = await together(
        follow_copy(api, id_, deadline=deadline, on_progress=on_progress, on_wait=on_wait, slots=slots)
        for id_ in wanted.values()
    )
    return dict(zip(wanted, statuses, strict=True))


async def follow_copy(
    api: RestorePoints,
    id: ResourceId,  # noqa: A002 - ARM's word
    *,
    deadline: Deadline,
    on_progress: OnProgress | None = None,
    on_wait: OnWait | None = None,
    slots: AbstractAsyncContextManager[object] | None = None,
    until: Callable[[CopyStatus], bool] = attrgetter("usable"),
) -> CopyStatus:
    """Wait until every disk of a copy is replicated, or for less.

    Args:
        api: The calls.
        id: `/subscriptions/…/restorePointCollections/{c}/restorePoints/{p}`.
        deadline: Until when; the last look is taken when it passes.
        on_progress: Told of each status.
        on_wait: Told of each look that failed, and of throttling.
        slots: Taken for the time of each look.
        until: What is waited for; `CopyStatus.accepted` is the least that makes sense.

    Returns:
        The status, which is what *until* asks for.

    Raises:
        DiskReplicationFailedError: A disk failed to replicate.
        CopyFailedError: The copy ended Failed or Canceled, or its replication failed without naming a disk.
        CopyVanishedError: ARM says that it, its collection or its group is gone.
        CopyTimedOutError: It is not usable yet, and the deadline has passed.
    """
    percents: dict[str, float | None] = {}
    looking = Looking(api.transport, deadline, on_wait, pause_s)
    while True:
        trouble: AzureRecoveryError | None = None
        try:
            async with slots or nullcontext():
                point = await api.get_restore_point(id, instance_view=True, deadline=deadline, on_wait=on_wait)
        except AzureRecoveryError as error:
            if is_gone(error):
                raise CopyVanishedError(restore_point_id=str(id), percents=percents) from None
            trouble = error
        else:
            status = copy_status(point)
            # Azure takes the percentage away when a disk fails; the last one seen is what helps.
            percents |= {disk: now for disk, now in status.percents.items() if now is not None or disk not in percents}
            if on_progress:
                on_progress(id, status)
            if until(status):
                return status
            raise_if_over(id, status, percents)
            # Hundreds of copies are waited for in one process: what Azure answered is not kept through the pause.
            del point, status
        if deadline.passed:
            raise CopyTimedOutError(
                restore_point_id=str(id), percents=percents, waited_s=deadline.waited_s, trouble=str(trouble or "")
            )
        await looking.pause(trouble)


def raise_if_over(
    id: ResourceId,  # noqa: A002
    status: CopyStatus,
    percents: Mapping[str, float | None] | None = None,
) -> None:
    """Raise what is to be told about a copy that will not become usable by itself; else do nothing.

    Args:
        id: The copy. status: What is known of it.
        percents: Disk name to the last percentage seen, where more was seen than *status* holds.

    Raises:
        DiskReplicationFailedError: A disk failed to replicate.
        CopyFailedError: The copy ended Failed or Canceled, or its replication failed without naming a disk.
    """
    seen = status.percents if percents is None else percents
    if status.failed_disks:
        raise DiskReplicationFailedError(
            restore_point_id=str(id),
            percents=seen,
            failed_disks={disk.name: disk.words for disk in status.failed_disks},
        )
    if status.state in {OperationState.FAILED, OperationState.CANCELED}:
        raise CopyFailedError(restore_point_id=str(id), percents=seen, words=status.provisioning_state)
    if status.failure:
        raise CopyFailedError(restore_point_id=str(id), percents=seen, words=f"with {status.failure!r}")


async def wait_until_gone(
    api: RestorePoints,
    id: ResourceId,  # noqa: A002
    *,
    deadline: Deadline,
    on_wait: OnWait | None = None,
) -> None:
    """Wait until a restore point or a collection that is Deleting is gone.

    Raises:
        OperationFailedError: It is there and not Deleting any more: the deletion failed.
        OperationTimedOutError: It is still there when the deadline passes.
    """
    get = api.get_restore_point if id.type.lower() == RESTORE_POINT.lower() else api.get_collection
    what = f"DELETE {id}"
    looking = Looking(api.transport, deadline, on_wait, pause_s)
    while True:
        trouble: AzureRecoveryError | None = None
        try:
            found = await get(id, deadline=deadline, on_wait=on_wait)
        except AzureRecoveryError as error:
            if is_gone(error):
                return
            trouble = error
        else:
            state = found.properties.provisioning_state or "in no state"
            if state.lower() != "deleting":
                raise OperationFailedError(what=what, waited_s=deadline.waited_s, text=f"it is there and {state}")
        if deadline.passed:
            raise OperationTimedOutError(what=what, waited_s=deadline.waited_s, text=str(trouble or ""))
        await looking.pause(trouble)


def is_gone(error: AzureRecoveryError) -> bool:
    """Say whether *error* is ARM's own word that the thing, its parent or its group does not exist."""
    return isinstance(error, NotFoundError) and error.is_gone
