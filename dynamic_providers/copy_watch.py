"""Any number of copies at once: what is usable now, and the wait until all are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.copy_lifecycle import describe
from azure_recovery.dynamic_providers.lookups import Answered, Lack, NotKnown
from azure_recovery.dynamic_providers.rights import READ_POINT
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId, id_key
from azure_recovery.rest.asking import together, unless_gone
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.errors import CopyError, CopyTimedOutError, CopyVanishedError
from azure_recovery.rest.compute.following import LOOKS_AT_A_TIME, follow_copies
from azure_recovery.rest.compute.replication import CopyStatus, copy_status
from azure_recovery.rest.errors import AzureRecoveryError

_WAY_OUT = (
    "take its id out of restore_point_ids (of a CrossRegionCopy: name it in not_waited_for), which ends the wait in "
    "the next up and leaves the copy as it is"
)


class CopyNotUsableError(AzureRecoveryError):
    """A copy that is waited for and that is not usable, or not there. The text names the ways on."""


def usable_now(session: Session, call: bridge.Call, ids: Sequence[str]) -> dict[str, Any]:
    """Return the entries of those *ids* that are usable, as far as it can be told within the budget of a check."""
    points = session.restore_points

    def question(id_: str) -> Callable[[], Coroutine[Any, Any, dict[str, Any] | None]]:
        async def entry() -> dict[str, Any] | None:
            # The look-ups remember what they are told for as long as the process lives: an entry, not the whole point.
            status = copy_status(await points.get_restore_point(ResourceId.parse(id_), instance_view=True))
            return _entry(session, status) if status.usable else None

        return entry

    names = {id_key(id_): f"GET {id_key(id_)}?$expand=instanceView" for id_ in ids}
    outcomes = session.lookups.ask(call, {names[id_key(id_)]: question(id_) for id_ in ids})
    usable = {}
    for key, name in names.items():
        outcome = outcomes[name]
        if isinstance(outcome, Answered):
            if outcome.value is not None:
                usable[key] = outcome.value
        elif isinstance(outcome, NotKnown):
            needs = {Lack.RIGHT: f"needs {READ_POINT}: ", Lack.CREDENTIALS: "needs credentials: "}.get(outcome.lack, "")
            message = f"not checked whether copies are usable: {needs}{outcome.reason}"
            session.lookups.warn_once(call, message, about=(usable_now.__name__, outcome.lack))
    return usable


async def watch(
    session: Session, call: bridge.Call, ids: Sequence[str], deadline: Deadline, usable: dict[str, Any]
) -> None:
    """Wait until every one of *ids* is usable; put each into *usable* as soon as it is.

    Raises:
        CopyNotUsableError: One of them will not become usable, is not there, or still replicates at the deadline.
    """
    newest: dict[str, CopyStatus] = {}

    def progress(id_: ResourceId, status: CopyStatus) -> None:
        newest[id_.key] = replace(status, point=None)
        if status.usable:
            usable[id_.key] = _entry(session, status)
        bridge.say(call, _summary(len(ids), len(usable), newest))

    wanted = [ResourceId.parse(id_) for id_ in ids if id_key(id_) not in usable]
    try:
        await follow_copies(session.restore_points, wanted, deadline=deadline, on_progress=progress, on_wait=call.tell)
    except CopyError as error:
        raise CopyNotUsableError(_sentence(error, newest)) from None


async def look_at_all(
    session: Session, ids: Sequence[str], before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the entries of those *ids* that are usable, and a line on each of the others.

    An entry that was there *before* keeps its `usable_at`.
    """
    slots = asyncio.Semaphore(LOOKS_AT_A_TIME)

    async def look(id_: str) -> CopyStatus | None:
        async with slots:
            point = await unless_gone(
                session.restore_points.get_restore_point(ResourceId.parse(id_), instance_view=True)
            )
        if point is None:
            return None
        return replace(copy_status(point), point=None)  # the whole answer of hundreds of copies is ten times as much

    usable, others = {}, []
    for id_, status in zip(ids, await together(map(look, ids)), strict=True):
        if status is not None and status.usable:
            usable[id_key(id_)] = before.get(id_key(id_)) or _entry(session, status)
        else:
            others.append(f"{id_} ({describe(status) if status else 'gone'})")
    return usable, others


def _sentence(error: CopyError, newest: Mapping[str, CopyStatus]) -> str:
    """Return what became of a copy and the ways on, as they are for somebody who lists copies and makes none."""
    copy = f"copy {error.restore_point_id}"
    if isinstance(error, CopyTimedOutError):
        return (
            f"{copy} is still replicating after {error.waited_s:.0f} s{error.unsure} (last seen: {error.last_seen}): "
            f"run up again to go on waiting, or {_WAY_OUT}"
        )
    first = id_key(error.restore_point_id)
    if isinstance(error, CopyVanishedError) and first not in newest:
        return f"{copy} does not exist: start it before the gate, or {_WAY_OUT}"
    others = [key for key, status in newest.items() if status.terminated and key != first]
    more = f"; nor will {', '.join(others)}" if others else ""
    return f"{error}{more}; or {_WAY_OUT}"


def _entry(session: Session, status: CopyStatus) -> dict[str, Any]:
    disks = [
        {
            "name": disk.name,
            "lun": disk.lun,
            "os_type": disk.os_type,
            "disk_restore_point_id": disk.disk_restore_point_id,
        }
        for disk in status.disks
    ]
    return {
        "usable_at": session.transport.service_now().isoformat(timespec="seconds"),
        "disks": [{name: value for name, value in disk.items() if value is not None} for disk in disks],
    }


def _summary(total: int, usable: int, newest: Mapping[str, CopyStatus]) -> str:
    """Return `12 of 64 copies usable, slowest daily-1-1f4a09c2: replicating: 40 % of 3 disks, …`."""
    running = {key: status for key, status in newest.items() if not status.usable}
    if not running:
        return f"{usable} of {total} copies usable"

    def progress(key: str) -> float:
        disks = running[key].disks
        return min((disk.percent or 0.0 for disk in disks if not disk.replicated), default=0.0)

    slowest = min(running, key=progress)
    return f"{usable} of {total} copies usable, slowest {slowest.rsplit('/', 1)[-1]}: {describe(running[slowest])}"
