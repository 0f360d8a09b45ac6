"""The one request that starts a copy, and what its refusals mean.

Azure refuses a copy for reasons that its answer does not name: another collection of the region holds one, a later
restore point was copied before, an earlier one is still replicating. After a refusal the facts are looked up, and the
error names them and the way out.

Source of the rules: limitations of the cross-region copy of VM restore points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.found_states import ONE_COPY_A_REGION
from azure_recovery.dynamic_providers.rights import READ_POINT, WRITE_POINT, once_allowed
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId, id_key, same_location
from azure_recovery.rest.arm.operations import Operation
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.encryption import DiskEncryption, disk_encryption
from azure_recovery.rest.compute.following import follow_copy
from azure_recovery.rest.compute.models import RestorePoint, RestorePointCollection
from azure_recovery.rest.compute.replication import CopyStatus, copy_status
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError, RefusedError, ServiceError

_TARGET_APPEARS_S = 60.0
"""Azure's seconds for which a collection that was just made may not be seen by the next request."""

_LOOK_AGAIN_S = 15.0
_REFUSALS = frozenset({400, 409, 412})
_EARLIER_LOOKED_AT = 5
"""Earlier copies that are looked at after a refusal; Azure takes three an hour, so more are hardly under way."""


class CopyStart:
    """Starts one copy.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        id_: Of the copy. source: The restore point to copy. deadline: When to stop.
    """

    def __init__(
        self, session: Session, call: bridge.Call, id_: ResourceId, source: ResourceId, deadline: Deadline
    ) -> None:
        self._session = session
        self._api = session.restore_points
        self._call = call
        self._id = id_
        self._source = source
        self._deadline = deadline

    async def encryption(self, wanted: Mapping[str, str] | None) -> Sequence[DiskEncryption]:
        """Return *wanted*, disk name to disk encryption set, as Azure takes it: by the ids of the source's disks."""
        if not wanted:
            return ()
        point = await once_allowed(
            self._session,
            self._call,
            self._deadline,
            needs=(READ_POINT, str(self._source)),
            work=lambda: self._api.get_restore_point(self._source, deadline=self._deadline, on_wait=self._call.tell),
        )
        return disk_encryption(point, wanted)

    async def send(self, encryption: Sequence[DiskEncryption]) -> Operation:
        """Send the request until it is accepted or refused for good.

        Waited out are a right and a collection that do not show yet, throttling, and an earlier copy that Azure wants
        replicated first.

        Raises:
            RefusedError: A rule of copying forbids it; the text says which, and the way out.
            NoAnswerError: With `may_have_taken_effect`, look before sending again.
            ServiceError: As `RestorePoints.start_copy`.
        """
        clock = self._session.transport.clock
        appearing = Deadline(clock, min(_TARGET_APPEARS_S, self._deadline.left_s))
        while True:
            try:
                return await once_allowed(
                    self._session,
                    self._call,
                    self._deadline,
                    needs=(WRITE_POINT, str(self._id.parent)),
                    work=lambda: self._api.start_copy(
                        self._id, self._source, encryption=encryption, deadline=self._deadline, on_wait=self._call.tell
                    ),
                )
            except NotFoundError as error:
                if error.code.lower() != "parentresourcenotfound" or appearing.passed:
                    raise
                bridge.say(self._call, f"waiting for {self._id.parent}, which Azure does not show yet")
                await clock.sleep(min(_LOOK_AGAIN_S, appearing.left_s))
            except ServiceError as error:
                if error.status not in _REFUSALS:
                    raise
                await self._wait_or_explain(error)

    async def _wait_or_explain(self, refusal: ServiceError) -> None:
        """Wait for the earlier copy that is in the way, or raise what is known about *refusal*."""
        try:
            why, earlier = await self._facts()
        except AzureRecoveryError:
            raise refusal from None  # the refusal counts, not that nobody can tell more about it
        if why:
            raise RefusedError(f"{refusal}; {why}") from None
        if earlier is None:
            raise refusal

        def progress(_id: ResourceId, status: CopyStatus) -> None:
            shown = ", ".join(f"{disk} {percent or 0:g} %" for disk, percent in status.percents.items())
            bridge.say(self._call, f"refused while {earlier.name} replicates, waiting for it: {shown or 'no disk yet'}")

        await follow_copy(self._api, earlier, deadline=self._deadline, on_progress=progress, on_wait=self._call.tell)

    async def _facts(self) -> tuple[str, ResourceId | None]:
        """Return which rule forbids the copy, or "", and the earlier copy that Azure may want replicated first."""
        target = await self._collection(self._id.parent)
        for collection in (target, *await self._others_in_region(target)):
            same = next((point for point in points_of(collection) if is_copy_of(point, self._source)), None)
            if same is not None:
                later = later_than(same, collection)
                forbids = f"; copied already are {', '.join(later)}, which are later" if later else ""
                return f"it is copied already, as {same.id}. {ONE_COPY_A_REGION}{forbids}", None
        source = await self._api.get_restore_point(self._source, deadline=self._deadline)
        later = later_than(source, target)
        if later:
            return (
                f"later restore points are copied already ({', '.join(later)}) and Azure copies in order: delete those "
                "first, or leave this one out"
            ), None
        return "", await self._under_way(target)

    async def _under_way(self, target: RestorePointCollection) -> ResourceId | None:
        newest = sorted(points_of(target), key=time_created, reverse=True)[:_EARLIER_LOOKED_AT]
        for point in newest:
            id_ = self._id.parent.child("restorePoints", point.name or "")
            status = copy_status(await self._api.get_restore_point(id_, instance_view=True, deadline=self._deadline))
            if not (status.usable or status.terminated or status.deleting):
                return id_
        return None

    async def _others_in_region(self, target: RestorePointCollection) -> list[RestorePointCollection]:
        found = await self._api.list_collections(self._id.subscription_id, deadline=self._deadline)
        others = [
            ResourceId.parse(one.id)
            for one in found
            if one.id
            and id_key(one.id) != self._id.parent.key
            and same_location(one.location, target.location)
            and (source := source_of_collection(one)) is not None
            and id_key(source) == self._source.parent.key
        ]
        return [await self._collection(id_) for id_ in others]

    async def _collection(self, id_: ResourceId) -> RestorePointCollection:
        return await self._api.get_collection(id_, with_restore_points=True, deadline=self._deadline)


def source_of_collection(collection: RestorePointCollection) -> str | None:
    """Return the ARM id of the VM or collection that *collection* takes its restore points from."""
    return collection.properties.source.id if collection.properties.source else None


def points_of(collection: RestorePointCollection) -> tuple[RestorePoint, ...]:
    """Return the restore points of a collection that was read with them."""
    return collection.properties.restore_points or ()


def source_of(point: RestorePoint) -> str | None:
    """Return the ARM id of what *point* is a copy of, or None if it is no copy."""
    source = point.properties.source_restore_point
    return source.id if source else None


def is_copy_of(point: RestorePoint, source: ResourceId) -> bool:
    """Return whether *point* is a copy of *source*."""
    found = source_of(point)
    return found is not None and id_key(found) == source.key


def time_created(point: RestorePoint) -> datetime:
    """Return when the VM was captured; of a copy that is its source's time, and Azure orders copies by it."""
    return point.properties.time_created or datetime.min.replace(tzinfo=UTC)


def later_than(point: RestorePoint, collection: RestorePointCollection) -> list[str]:
    """Return the names of the copies in *collection* that are later than *point*."""
    return [
        other.name or other.id or "?"
        for other in points_of(collection)
        if source_of(other) is not None and time_created(other) > time_created(point)
    ]
