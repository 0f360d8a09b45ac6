"""The calls on restore point collections, restore points and disk restore points, one method each.

- A collection is made synchronously; its only property that a later PUT or PATCH may change is its tags.
- A restore point cannot be changed and not be listed: `get_collection(with_restore_points=True)` is the list.
- A second PUT of a restore point is refused or starts a second copy, so it is never sent again without looking.
- Deleting a collection deletes its restore points with it.
- Disk restore points have API versions of their own.

Source: ComputeRP 2026-04-01, DiskRP 2026-03-02; copy page. That page prints `&api-version=` where `?` belongs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operations import Operation, delete
from azure_recovery.rest.arm.paging import pages
from azure_recovery.rest.bodies import fitted
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.disk_models import DiskRestorePoint
from azure_recovery.rest.compute.encryption import DiskEncryption, storage_profile
from azure_recovery.rest.compute.models import RestorePoint, RestorePointCollection
from azure_recovery.rest.retrying import OnWait, Repeat
from azure_recovery.rest.settings import COMPUTE_API_VERSION, DISK_API_VERSION
from azure_recovery.rest.transport import Transport

COLLECTION = "Microsoft.Compute/restorePointCollections"
RESTORE_POINT = f"{COLLECTION}/restorePoints"


class RestorePoints:
    """Restore points of Microsoft.Compute.

    Every method takes *deadline*, past which nothing is waited for, and *on_wait*, told of each pause before it begins,
    and raises what `Transport.send` raises, and UnexpectedAnswerError where a body is not as documented.

    Args:
        transport: To the cloud's ARM endpoint.
        api_version: Of collections and restore points. disk_api_version: Of disk restore points.
    """

    def __init__(
        self, transport: Transport, *, api_version: str = COMPUTE_API_VERSION, disk_api_version: str = DISK_API_VERSION
    ) -> None:
        self.transport = transport
        self.api_version = api_version
        self.disk_api_version = disk_api_version

    async def get_collection(
        self,
        id: ResourceId,  # noqa: A002 - ARM's word
        *,
        with_restore_points: bool = False,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> RestorePointCollection:
        """Return the collection *id*, `/subscriptions/…/restorePointCollections/{c}`.

        Its `properties.restore_points` are None unless asked for *with_restore_points*; they come without their
        instance views.

        Raises:
            NotFoundError: It is not there; `is_gone` tells whether ARM says so.
        """
        query = self._query(expand="restorePoints" if with_restore_points else "")
        answer = await self.transport.send("GET", str(id), query=query, deadline=deadline, on_wait=on_wait)
        return fitted(RestorePointCollection, answer)

    async def list_collections(
        self,
        subscription_id: str,
        resource_group: str | None = None,
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> list[RestorePointCollection]:
        """Return all collections of a subscription, or of one of its resource groups, without restore points."""
        scope = f"/subscriptions/{subscription_id}"
        if resource_group is not None:
            scope += f"/resourceGroups/{resource_group}"
        found = []
        async for answer, items in pages(
            self.transport,
            f"{scope}/providers/{COLLECTION}",
            query=self._query(),
            deadline=deadline,
            on_wait=on_wait,
        ):
            found += [fitted(RestorePointCollection, answer, item) for item in items]
        return found

    async def put_collection(
        self,
        id: ResourceId,  # noqa: A002
        *,
        location: str,
        source_id: ResourceId,
        tags: Mapping[str, str] | None = None,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> RestorePointCollection:
        """Create a collection for copies, or set the tags of one that has the same source and location.

        The collection *id* lies in *location*, the target region, such as `northeurope`; *source_id* is the collection
        whose restore points will be copied. *tags* are all its tags; None sends none.

        Raises:
            ConflictError: It exists with another source or location.
        """
        body: dict[str, Any] = {"location": location, "properties": {"source": {"id": str(source_id)}}}
        if tags is not None:
            body["tags"] = dict(tags)
        answer = await self.transport.send(
            "PUT", str(id), query=self._query(), body=body, repeat=Repeat.SAFE, deadline=deadline, on_wait=on_wait
        )
        return fitted(RestorePointCollection, answer)

    async def set_collection_tags(
        self,
        id: ResourceId,  # noqa: A002
        tags: Mapping[str, str],
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> RestorePointCollection:
        """Replace all tags of a collection."""
        answer = await self.transport.send(
            "PATCH",
            str(id),
            query=self._query(),
            body={"tags": dict(tags)},
            repeat=Repeat.SAFE,
            deadline=deadline,
            on_wait=on_wait,
        )
        return fitted(RestorePointCollection, answer)

    async def delete_collection(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Operation | None:
        """Delete a collection **and every restore point in it**.

        Returns:
            The deletion to follow, or None when nothing is left to delete.
        """
        return await delete(self.transport, str(id), query=self._query(), deadline=deadline, on_wait=on_wait)

    async def get_restore_point(
        self,
        id: ResourceId,  # noqa: A002
        *,
        instance_view: bool = False,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> RestorePoint:
        """Return the restore point *id*, `/subscriptions/…/restorePointCollections/{c}/restorePoints/{p}`.

        Only an *instance_view* tells how far each disk is replicated.

        Raises:
            NotFoundError: It is not there; `is_gone` tells whether ARM says so.
        """
        query = self._query(expand="instanceView" if instance_view else "")
        answer = await self.transport.send("GET", str(id), query=query, deadline=deadline, on_wait=on_wait)
        return fitted(RestorePoint, answer)

    async def start_copy(
        self,
        id: ResourceId,  # noqa: A002
        source_id: ResourceId,
        *,
        encryption: Sequence[DiskEncryption] = (),
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Operation:
        """Ask for a copy of a restore point in the region of the target's collection.

        The operation ends when the copying has begun; the disks replicate afterwards, for minutes to two weeks: see
        `following`. The request is sent again only where that cannot start a second copy.

        The copy *id* is `/subscriptions/…/restorePointCollections/{c}/restorePoints/{p}`; its collection must exist and
        name the collection of *source_id* as its source. *source_id* has the same form and is itself no copy.
        Disks without an *encryption* are encrypted as Azure decides.

        Raises:
            NoAnswerError: With `may_have_taken_effect`, look for the copy before asking again.
            ConflictError: A restore point of that name exists, or a rule of copying forbids it.
            ThrottledError: More than three copies in an hour for that collection, and the deadline is sooner.
        """
        properties: dict[str, Any] = {"sourceRestorePoint": {"id": str(source_id)}}
        if encryption:
            properties["sourceMetadata"] = {"storageProfile": storage_profile(encryption)}
        answer = await self.transport.send(
            "PUT",
            str(id),
            query=self._query(),
            body={"properties": properties},
            repeat=Repeat.REFUSED,
            deadline=deadline,
            limit=f"copies:{id.parent.key}",
            on_wait=on_wait,
        )
        return Operation(self.transport, answer)

    async def delete_restore_point(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Operation | None:
        """Delete a restore point.

        Returns:
            The deletion to follow, or None when nothing is left to delete.
        """
        return await delete(self.transport, str(id), query=self._query(), deadline=deadline, on_wait=on_wait)

    async def list_disk_restore_points(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> list[DiskRestorePoint]:
        """Return all disk restore points of the restore point *id*."""
        found = []
        async for answer, items in pages(
            self.transport,
            f"{id}/diskRestorePoints",
            query={"api-version": self.disk_api_version},
            deadline=deadline,
            on_wait=on_wait,
        ):
            found += [fitted(DiskRestorePoint, answer, item) for item in items]
        return found

    async def get_disk_restore_point(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> DiskRestorePoint:
        """Return one disk restore point, `…/restorePoints/{p}/diskRestorePoints/{d}`."""
        answer = await self.transport.send(
            "GET", str(id), query={"api-version": self.disk_api_version}, deadline=deadline, on_wait=on_wait
        )
        return fitted(DiskRestorePoint, answer)

    def _query(self, *, expand: str = "") -> dict[str, str]:
        query = {"api-version": self.api_version}
        return {**query, "$expand": expand} if expand else query
