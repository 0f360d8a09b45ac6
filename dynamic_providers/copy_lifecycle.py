"""One copy, from whatever is found under its name to the last replicated disk."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.copy_outputs import copy_outputs, disk_outputs
from azure_recovery.dynamic_providers.copy_start import (
    CopyStart,
    is_copy_of,
    later_than,
    source_of,
)
from azure_recovery.dynamic_providers.found_states import Found, Move, move_for
from azure_recovery.dynamic_providers.inputs import EXPOSE, SOURCE_METADATA
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.dynamic_providers.rights import READ_POINT, once_allowed
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operation_states import OperationState
from azure_recovery.rest.asking import unless_gone
from azure_recovery.rest.clock import Deadline, iso
from azure_recovery.rest.compute.following import follow_copy, wait_until_gone
from azure_recovery.rest.compute.models import RestorePoint
from azure_recovery.rest.compute.replication import CopyStatus, copy_status
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    OperationTimedOutError,
    RefusedError,
    may_have_taken_effect,
)

_UNCLEAR_ENDS = 6
"""How often a start may end unclear (a lost answer, a 5xx) before it is given up; each is followed by a look."""

_LOOK_AGAIN_S = 15.0
"""Azure's seconds between the first unclear end and the look whether it took effect; they double with each."""


class CopyLifecycle:
    """What create, update, read and delete do about one copy.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        arm_id: ARM id of the copy. deadline: When to stop.
    """

    def __init__(self, session: Session, call: bridge.Call, arm_id: str, deadline: Deadline) -> None:
        self._session = session
        self._api = session.restore_points
        self._call = call
        self._id = ResourceId.parse(arm_id)
        self._deadline = deadline

    async def bring(self, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Start, follow or adopt the copy; return when it is as finished as `inputs["wait"]` asks for.

        Raises:
            RefusedError: Something else stands under the name, or a failed copy that is not to be made again.
            CopyError: The copy failed, vanished, or is still replicating at the deadline.
        """
        await self._begin(inputs, attempt)

        def progress(_id: ResourceId, status: CopyStatus) -> None:
            attempt.outputs |= disk_outputs(status)
            bridge.say(self._call, describe(status))

        until = attrgetter("usable" if inputs["wait"] == "replicated" else "accepted")
        status = await follow_copy(
            self._api, self._id, deadline=self._deadline, on_progress=progress, on_wait=self._call.tell, until=until
        )
        attempt.outputs.pop(SOURCE_METADATA, None)  # it may have been asked for until now
        attempt.outputs |= self._outputs(status, attempt.outputs, inputs)

    async def look(self, before: Mapping[str, Any]) -> tuple[dict[str, Any], CopyStatus] | None:
        """Return the outputs as they are now and what Azure says of the copy, or None if it is gone."""
        point = await self._get()
        if point is None:
            return None
        status = copy_status(point)
        return self._outputs(status, before, before) | {"source_restore_point_id": source_of(point)}, status

    async def remove(self) -> None:
        """Delete the copy and follow the deletion; one that is gone is done."""
        operation = await self._api.delete_restore_point(self._id, deadline=self._deadline, on_wait=self._call.tell)
        if operation is not None:
            await operation.finish(self._deadline, on_wait=self._call.tell)

    async def _begin(self, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        source = ResourceId.parse(inputs["source_restore_point_id"])
        unclear: list[AzureRecoveryError] = []
        removed = False
        while True:
            point = await self._found()
            same = point is not None and is_copy_of(point, source)
            match move_for(_found(point), same_source=same, recopy_failed=bool(inputs.get("recopy_failed"))):
                case Move.START:
                    if len(unclear) == _UNCLEAR_ENDS:
                        raise unclear[-1]
                    error = await self._start(inputs, source, attempt)
                    if error is None:
                        return
                    unclear.append(error)
                    await self._pause_after(error, len(unclear))
                case Move.FOLLOW:
                    if "usable" not in attempt.outputs and not attempt.started:
                        bridge.say(self._call, "adopted: this copy was already under way", ephemeral=False)
                    attempt.started = True
                    return
                case Move.ADOPT:
                    if "usable" not in attempt.outputs and not attempt.started:
                        bridge.say(self._call, "adopted: this copy was already there", ephemeral=False)
                    attempt.started = True
                    return
                case Move.START_AGAIN if point is not None:
                    if removed:  # and shown all the same: look again before deleting again
                        await self._pause_while_shown()
                    else:
                        await self._refuse_if_later_copies(point)
                        bridge.say(self._call, "deleting the failed copy, to copy again")
                        await self.remove()
                    removed = not removed
                case Move.WAIT_UNTIL_GONE:
                    bridge.say(self._call, "waiting until the copy that is being deleted is gone")
                    await wait_until_gone(self._api, self._id, deadline=self._deadline, on_wait=self._call.tell)
                case _:
                    raise RefusedError(self._refusal(point, same_source=same))

    async def _start(
        self, inputs: Mapping[str, Any], source: ResourceId, attempt: Attempt
    ) -> AzureRecoveryError | None:
        """Start the copy; return the error if nobody can tell whether it was started."""
        start = CopyStart(self._session, self._call, self._id, source, self._deadline)
        encryption = await start.encryption(inputs.get("disk_encryption"))
        before, attempt.started = attempt.started, True  # whoever is stopped from here on may leave a copy behind
        try:
            operation = await start.send(encryption)
        except AzureRecoveryError as error:
            if not may_have_taken_effect(error):
                attempt.started = before
                raise
            attempt.outputs["requested_at"] = iso(self._session.transport.service_now())
            return error
        attempt.outputs["requested_at"] = iso(self._session.transport.service_now())
        bridge.say(self._call, "accepted, the copy is being created")
        await operation.finish(self._deadline, on_wait=self._call.tell, read_result=False)
        return None

    async def _pause_after(self, error: AzureRecoveryError, ends: int) -> None:
        if self._deadline.passed:
            raise error
        bridge.say(self._call, f"the start ended unclear, looking whether it took effect: {error}")
        pause_s = _LOOK_AGAIN_S * 2.0 ** (ends - 1)
        await self._session.transport.clock.sleep(min(pause_s, self._deadline.left_s))

    async def _pause_while_shown(self) -> None:
        if self._deadline.passed:
            text = "the failed copy is deleted and still shows"
            raise OperationTimedOutError(what=f"DELETE {self._id}", waited_s=self._deadline.waited_s, text=text)
        bridge.say(self._call, "waiting until the failed copy is gone")
        await self._session.transport.clock.sleep(min(_LOOK_AGAIN_S, self._deadline.left_s))

    async def _found(self) -> RestorePoint | None:
        return await once_allowed(
            self._session, self._call, self._deadline, needs=(READ_POINT, str(self._id)), work=self._get
        )

    async def _get(self) -> RestorePoint | None:
        return await unless_gone(
            self._api.get_restore_point(self._id, instance_view=True, deadline=self._deadline, on_wait=self._call.tell)
        )

    async def _refuse_if_later_copies(self, point: RestorePoint) -> None:
        collection = await self._api.get_collection(self._id.parent, with_restore_points=True, deadline=self._deadline)
        later = later_than(point, collection)
        if later:
            raise RefusedError(
                f"copy {self._id} failed and is not made again, though recopy_failed is set: Azure copies in order, "
                f"and later restore points are copied already ({', '.join(later)}); delete those first"
            )

    def _refusal(self, point: RestorePoint | None, *, same_source: bool) -> str:
        if point is not None and same_source:
            status = copy_status(point)
            return (
                f"copy {self._id} is there and failed ({describe(status)}); set recopy_failed=True to delete it and "
                "copy again, or delete it"
            )
        source = source_of(point) if point is not None else None
        what = f"a copy of {source}" if source else "a restore point that is no copy"
        return f"{self._id} is {what}; it is left alone: choose another restore_point_name, or delete it"

    def _outputs(self, status: CopyStatus, before: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        now = self._session.transport.service_now()
        return copy_outputs(status, before, now, expose=bool(inputs.get(EXPOSE)))


def describe(status: CopyStatus) -> str:
    """Return one line on a copy: `replicating: 40 % of 3 disks, slowest web-1-data-1 (20 %)`."""
    if status.failed_disks:
        return f"replication failed for {', '.join(disk.name for disk in status.failed_disks)}"
    if status.usable:
        return f"usable: {len(status.disks)} disks replicated"
    if not status.disks or status.state is not OperationState.SUCCEEDED:
        return f"provisioning state {status.provisioning_state}"
    percents = [100.0 if disk.replicated else disk.percent or 0.0 for disk in status.disks]
    slowest = min(status.disks, key=lambda disk: (disk.replicated, disk.percent or 0.0))
    mean = sum(percents) / len(percents)
    return f"replicating: {mean:.0f} % of {len(percents)} disks, slowest {slowest.name} ({slowest.percent or 0:g} %)"


def _found(point: RestorePoint | None) -> Found:
    if point is None:
        return Found.NOTHING
    status = copy_status(point)
    if status.deleting:
        return Found.DELETING
    if status.terminated:
        return Found.FAILED
    return Found.DONE if status.usable else Found.UNDERWAY
