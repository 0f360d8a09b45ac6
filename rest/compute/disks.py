"""The two calls on managed disks that a restore needs: whether one is there, and its end.

Source: DiskRP 2026-03-02.
"""

from __future__ import annotations

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operations import Operation, delete
from azure_recovery.rest.bodies import fitted
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.managed_disk_models import ManagedDisk
from azure_recovery.rest.retrying import OnWait
from azure_recovery.rest.settings import DISK_API_VERSION
from azure_recovery.rest.transport import Transport

DISK = "Microsoft.Compute/disks"


class ManagedDisks:
    """Managed disks of Microsoft.Compute.

    Every method takes *deadline*, past which nothing is waited for, and *on_wait*, told of each pause before it begins,
    and raises what `Transport.send` raises.

    Args:
        transport: To the cloud's ARM endpoint.
        api_version: Of disks, a train of its own.
    """

    def __init__(self, transport: Transport, *, api_version: str = DISK_API_VERSION) -> None:
        self.transport = transport
        self.api_version = api_version

    async def get_disk(
        self,
        id: ResourceId,  # noqa: A002 - ARM's word
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> ManagedDisk:
        """Return the disk *id*, `/subscriptions/…/providers/Microsoft.Compute/disks/{name}`.

        Raises:
            NotFoundError: It is not there; `is_gone` tells whether ARM says so.
            UnexpectedAnswerError: The body is not as documented.
        """
        query = {"api-version": self.api_version}
        answer = await self.transport.send("GET", str(id), query=query, deadline=deadline, on_wait=on_wait)
        return fitted(ManagedDisk, answer)

    async def delete_disk(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Operation | None:
        """Delete a disk and all its data.

        Returns:
            The deletion to follow, or None when nothing is left to delete.

        Raises:
            ConflictError: It is attached to a VM (`OperationNotAllowed`), locked, or being exported; nothing is lost.
        """
        query = {"api-version": self.api_version}
        return await delete(self.transport, str(id), query=query, deadline=deadline, on_wait=on_wait)
