"""One collection for copies: made or adopted, read, and deleted only when nothing would be lost."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.copy_start import points_of, source_of_collection
from azure_recovery.dynamic_providers.found_states import Found, Move, move_for
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.dynamic_providers.rights import READ_COLLECTION, WRITE_COLLECTION, once_allowed
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId, id_key, same_location
from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.asking import unless_gone
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.compute.following import wait_until_gone
from azure_recovery.rest.compute.models import RestorePointCollection
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    OperationTimedOutError,
    RefusedError,
    may_have_taken_effect,
)

T = TypeVar("T")

_LOOK_AGAIN_S = 15.0


class CollectionLifecycle:
    """What create, update, read and delete do about one collection.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        arm_id: ARM id of the collection. deadline: When to stop.
    """

    def __init__(self, session: Session, call: bridge.Call, arm_id: str, deadline: Deadline) -> None:
        self._session = session
        self._api = session.restore_points
        self._call = call
        self._id = ResourceId.parse(arm_id)
        self._deadline = deadline

    async def bring(self, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Make the collection, or adopt the one that is there; then make its tags what they should be.

        Raises:
            RefusedError: Another collection stands under the name, or one that failed.
        """
        source, tags = ResourceId.parse(inputs["source_collection_id"]), inputs.get("tags", {})
        while True:
            found = await self._get_allowed()
            match move_for(_found(found), same_source=_is_ours(found, source, inputs["location"])):
                case Move.START:
                    found = await self._put(inputs["location"], source, tags, attempt)
                    if _found(found) is Found.DONE:
                        break
                    await self._pause(f"provisioning state {found.properties.provisioning_state}")
                case Move.WAIT_UNTIL_GONE:
                    bridge.say(self._call, "waiting until the collection that is being deleted is gone")
                    await wait_until_gone(self._api, self._id, deadline=self._deadline, on_wait=self._call.tell)
                case Move.FOLLOW if found is not None:
                    attempt.started = True
                    await self._pause(f"provisioning state {found.properties.provisioning_state}")
                case Move.ADOPT if found is not None:
                    if not attempt.started and not attempt.outputs.get("collection_guid"):
                        bridge.say(self._call, "adopted: this collection was already there", ephemeral=False)
                    attempt.started = True
                    break
                case _:
                    raise RefusedError(
                        f"{self._id} exists {_described(found)}; it is left alone: choose another "
                        "restore_point_collection_name, or delete it"
                    )
        attempt.outputs |= _outputs(found)
        if (found.tags or {}) != tags:
            attempt.outputs |= _outputs(await self._set_tags(tags))

    async def look(self) -> tuple[RestorePointCollection, dict[str, Any]] | None:
        """Return the collection and its outputs, or None if it is gone."""
        found = await self._get()
        return None if found is None else (found, _outputs(found))

    async def remove(self, *, force: bool) -> None:
        """Delete the collection and follow the deletion; one that is gone is done.

        Args:
            force: Whether the restore points in it may go with it.

        Raises:
            RefusedError: It holds restore points.
        """
        if not force:
            found = await self._get(with_restore_points=True)
            if found is None:
                return
            if points_of(found):
                held = ", ".join(point.name or point.id or "?" for point in points_of(found))
                raise RefusedError(
                    f"{self._id} still holds restore points ({held}), which would be deleted with it: delete them "
                    "first, which always works; or, if an up goes through, set force_delete=True and run up before "
                    "destroy"
                )
        operation = await self._api.delete_collection(self._id, deadline=self._deadline, on_wait=self._call.tell)
        if operation is not None:
            await operation.finish(self._deadline, on_wait=self._call.tell)

    async def _put(
        self, location: str, source: ResourceId, tags: Mapping[str, str], attempt: Attempt
    ) -> RestorePointCollection:
        async def put() -> RestorePointCollection:
            return await self._api.put_collection(
                self._id,
                location=location,
                source_id=source,
                tags=tags,
                deadline=self._deadline,
                on_wait=self._call.tell,
            )

        # Where nobody knows whether it is there, the state holds it: the next up or destroy finds out.
        attempt.started = True
        try:
            return await self._allowed(WRITE_COLLECTION, put)
        except AzureRecoveryError as error:
            attempt.started = may_have_taken_effect(error)
            raise

    async def _set_tags(self, tags: Mapping[str, str]) -> RestorePointCollection:
        async def patch() -> RestorePointCollection:
            return await self._api.set_collection_tags(self._id, tags, deadline=self._deadline, on_wait=self._call.tell)

        return await self._allowed(WRITE_COLLECTION, patch)

    async def _get_allowed(self) -> RestorePointCollection | None:
        return await self._allowed(READ_COLLECTION, self._get)

    async def _allowed(self, action: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return await once_allowed(self._session, self._call, self._deadline, needs=(action, str(self._id)), work=work)

    async def _get(self, *, with_restore_points: bool = False) -> RestorePointCollection | None:
        return await unless_gone(
            self._api.get_collection(
                self._id, with_restore_points=with_restore_points, deadline=self._deadline, on_wait=self._call.tell
            )
        )

    async def _pause(self, state: str) -> None:
        if self._deadline.passed:
            raise OperationTimedOutError(what=f"PUT {self._id}", waited_s=self._deadline.waited_s, text=state)
        bridge.say(self._call, f"waiting for the collection, {state}")
        await self._session.transport.clock.sleep(min(_LOOK_AGAIN_S, self._deadline.left_s))


def _found(collection: RestorePointCollection | None) -> Found:
    if collection is None:
        return Found.NOTHING
    state = collection.properties.provisioning_state or "Succeeded"
    if state.lower() == "deleting":
        return Found.DELETING
    return {
        OperationState.SUCCEEDED: Found.DONE,
        OperationState.FAILED: Found.FAILED,
        OperationState.CANCELED: Found.FAILED,
    }.get(state_of(state), Found.UNDERWAY)


def _is_ours(collection: RestorePointCollection | None, source: ResourceId, location: str) -> bool:
    if collection is None:
        return False
    found = source_of_collection(collection)
    return found is not None and id_key(found) == source.key and same_location(collection.location, location)


def _described(collection: RestorePointCollection | None) -> str:
    if collection is None:
        return ""
    state = collection.properties.provisioning_state
    return f"with source {source_of_collection(collection)} in {collection.location}, provisioning state {state}"


def _outputs(collection: RestorePointCollection) -> dict[str, Any]:
    source = collection.properties.source
    outputs = {
        "source_location": source.location if source else None,
        "provisioning_state": collection.properties.provisioning_state,
        "collection_guid": collection.properties.collection_guid,
    }
    return {name: value for name, value in outputs.items() if value is not None}
