"""One copy, from whatever is found under its name to the last replicated disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.found_states import Found, Move, move_for
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId, id_key
from azure_recovery.rest.arm.operation_states import OperationState
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.encryption import DiskEncryption, disk_encryption
from azure_recovery.rest.compute.following import follow_copy, wait_until_gone
from azure_recovery.rest.compute.models import RestorePoint, RestorePointProperties
from azure_recovery.rest.compute.replication import CopyStatus, copy_status
from azure_recovery.rest.errors import NoAnswerError, NotFoundError, RefusedError, ServiceError
from azure_recovery.rest.retrying import Wait

_UNCLEAR_ENDS = 6
"""How often a start may end unclear (a lost answer, a 5xx) before it is given up; each is followed by a look."""

_LOOK_AGAIN_S = 15.0
"""Azure's seconds between an unclear end and the look whether it took effect."""

_HTTP_INTERNAL = 500


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
            attempt.outputs |= _disks(status)
            bridge.say(self._call, describe(status))

        until = attrgetter("usable" if inputs["wait"] == "replicated" else "accepted")
        status = await follow_copy(
            self._api, self._id, deadline=self._deadline, on_progress=progress, on_wait=self._waiting, until=until
        )
        attempt.outputs |= self._outputs(status, attempt.outputs)

    async def look(self, before: Mapping[str, Any]) -> tuple[dict[str, Any], str] | None:
        """Return the outputs as they are now and why the copy is not usable yet, or None if it is gone."""
        point = await self._get()
        if point is None:
            return None
        status = copy_status(point)
        outputs = self._outputs(status, before) | {"source_restore_point_id": _source_of(point)}
        return outputs, "" if status.usable else f"copy {self._id} is not usable yet: {describe(status)}"

    async def remove(self) -> None:
        """Delete the copy and follow the deletion; one that is gone is done."""
        operation = await self._api.delete_restore_point(self._id, deadline=self._deadline, on_wait=self._waiting)
        if operation is not None:
            await operation.finish(self._deadline)

    async def _begin(self, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        source = ResourceId.parse(inputs["source_restore_point_id"])
        unclear = 0
        while True:
            point = await self._get()
            same = point is not None and _is_copy_of(point, source)
            match move_for(_found(point), same_source=same, recopy_failed=bool(inputs.get("recopy_failed"))):
                case Move.START:
                    try:
                        await self._start(inputs, source, attempt)
                    except (NoAnswerError, ServiceError) as error:
                        if not _may_have_taken_effect(error):
                            raise
                        # The answer is lost and the work may have begun: look, never send again blindly.
                        attempt.started = True
                        unclear += 1
                        if unclear >= _UNCLEAR_ENDS or self._deadline.passed:
                            raise
                        bridge.say(self._call, f"the start ended unclear, looking whether it took effect: {error}")
                        await self._session.transport.clock.sleep(min(_LOOK_AGAIN_S, self._deadline.left_s))
                    else:
                        return
                case Move.FOLLOW:
                    attempt.started = True
                    return
                case Move.ADOPT:
                    attempt.started = True
                    if "usable" not in attempt.outputs:
                        bridge.say(self._call, "adopted: this copy was already there", ephemeral=False)
                    return
                case Move.START_AGAIN if point is not None:
                    await self._refuse_if_later_copies(point)
                    bridge.say(self._call, "deleting the failed copy, to copy again")
                    await self.remove()
                case Move.WAIT_UNTIL_GONE:
                    bridge.say(self._call, "waiting until the copy that is being deleted is gone")
                    await wait_until_gone(self._api, self._id, deadline=self._deadline)
                case _:
                    raise RefusedError(self._refusal(point, same_source=same))

    async def _start(self, inputs: Mapping[str, Any], source: ResourceId, attempt: Attempt) -> None:
        encryption = await self._encryption(source, inputs.get("disk_encryption"))
        operation = await self._api.start_copy(
            self._id, source, encryption=encryption, deadline=self._deadline, on_wait=self._waiting
        )
        attempt.started = True
        attempt.outputs["requested_at"] = _iso(self._session.transport.service_now())
        bridge.say(self._call, "accepted, the copy is being created")
        await operation.finish(self._deadline)

    async def _encryption(self, source: ResourceId, wanted: Mapping[str, str] | None) -> Sequence[DiskEncryption]:
        if not wanted:
            return ()
        # Azure takes the disks of the source by their ids; a user knows their names.
        return disk_encryption(await self._api.get_restore_point(source, deadline=self._deadline), wanted)

    async def _get(self) -> RestorePoint | None:
        try:
            return await self._api.get_restore_point(self._id, instance_view=True, deadline=self._deadline)
        except NotFoundError as error:
            if error.is_gone:
                return None
            raise

    async def _refuse_if_later_copies(self, point: RestorePoint) -> None:
        collection = await self._api.get_collection(self._id.parent, with_restore_points=True, deadline=self._deadline)
        later = [
            other.name or "?"
            for other in collection.properties.restore_points or ()
            if _time_created(other) > _time_created(point)
        ]
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
        source = _source_of(point) if point is not None else None
        what = f"a copy of {source}" if source else "a restore point that is no copy"
        return f"{self._id} is {what}; it is left alone: choose another restore_point_name, or delete it"

    def _outputs(self, status: CopyStatus, before: Mapping[str, Any]) -> dict[str, Any]:
        properties = status.point.properties if status.point else RestorePointProperties()
        metadata = properties.source_metadata
        usable_at = before.get("usable_at") or _iso(self._session.transport.service_now()) if status.usable else None
        outputs = {
            "provisioning_state": properties.provisioning_state,
            "consistency_mode": properties.consistency_mode,
            "time_created": _iso(properties.time_created) if properties.time_created else None,
            "source_vm_id": metadata.vm_id if metadata else None,
            "source_location": metadata.location if metadata else None,
            "hyper_v_generation": metadata.hyper_v_generation if metadata else None,
            "usable_at": usable_at,
            "requested_at": before.get("requested_at"),
            "rpo_seconds": None,
        }
        if usable_at and properties.time_created:
            age = datetime.fromisoformat(usable_at) - properties.time_created
            outputs["rpo_seconds"] = round(age.total_seconds())
        return {name: value for name, value in outputs.items() if value is not None} | _disks(status)

    def _waiting(self, wait: Wait) -> None:
        bridge.say(self._call, str(wait))


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


def _disks(status: CopyStatus) -> dict[str, Any]:
    shown = [
        {
            "name": disk.name,
            "lun": disk.lun,
            "os_type": disk.os_type,
            "source_disk_id": disk.source_disk_id,
            "disk_restore_point_id": disk.disk_restore_point_id,
            "encryption_type": disk.encryption_type,
            "disk_encryption_set_id": disk.disk_encryption_set_id,
            "percent": disk.percent,
            "replicated": disk.replicated,
        }
        for disk in status.disks
    ]
    present = [{name: value for name, value in disk.items() if value not in (None, "")} for disk in shown]
    return {"usable": status.usable, "disks": present}


def _found(point: RestorePoint | None) -> Found:
    if point is None:
        return Found.NOTHING
    status = copy_status(point)
    if status.deleting:
        return Found.DELETING
    if status.terminated:
        return Found.FAILED
    return Found.DONE if status.usable else Found.UNDERWAY


def _is_copy_of(point: RestorePoint, source: ResourceId) -> bool:
    found = _source_of(point)
    return found is not None and id_key(found) == source.key


def _source_of(point: RestorePoint) -> str | None:
    source = point.properties.source_restore_point
    return source.id if source else None


def _time_created(point: RestorePoint) -> datetime:
    return point.properties.time_created or datetime.min.replace(tzinfo=UTC)


def _may_have_taken_effect(error: NoAnswerError | ServiceError) -> bool:
    if isinstance(error, NoAnswerError):
        return error.may_have_taken_effect
    return error.status >= _HTTP_INTERNAL or error.status == 408  # noqa: PLR2004 - Request Timeout


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
