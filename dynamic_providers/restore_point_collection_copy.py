"""The collection in the target region that receives copies of a restore point collection's restore points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckFailure
from pulumi.output import UNKNOWN

from azure_recovery.dynamic_providers import bridge, inputs
from azure_recovery.dynamic_providers.found_states import Found, Move, move_for
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, Input, all_known
from azure_recovery.dynamic_providers.names import physical_name
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen, forcing_known, same_forcing
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.arm.ids import ResourceGroupId, ResourceId, id_key, normal_location, same_location
from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from azure_recovery.rest.compute.models import RestorePointCollection

_TYPE = "Microsoft.Compute/restorePointCollections"
_NAME = "restore_point_collection_name"
_TIMEOUT_S = 3_600.0
"""Azure's seconds for a create, update or delete without `custom_timeouts`; the calls are short, waits are not."""


class RestorePointCollectionCopyProvider(LifecycleProvider):
    """PUT, PATCH and DELETE of a restore point collection whose source is a collection. Source: seeds 000, 001."""

    fields = (
        Input(
            "resource_group_name", inputs.resource_group_name, required=True, forcing=True, normal=inputs.normal_name
        ),
        Input("location", inputs.location, required=True, forcing=True, normal=normal_location),
        Input("source_collection_id", inputs.arm_id(_TYPE), required=True, forcing=True, normal=inputs.normal_id),
        Input(_NAME, inputs.new_name("restorePointCollections"), forcing=True, normal=inputs.normal_name),
        Input("subscription_id", inputs.subscription_id, forcing=True, normal=inputs.normal_id),
        Input("tags", inputs.tags),
        Input("force_delete", inputs.switch, default=False),
    )

    def settle(self, _call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Complete subscription, name and ARM id."""
        if "subscription_id" not in inputs:
            if not self.session.settings.subscription_id:
                reason = "is required: set it here, as azure-native:subscriptionId, or as ARM_SUBSCRIPTION_ID"
                return [CheckFailure("subscription_id", reason)]
            inputs["subscription_id"] = self.session.settings.subscription_id
        unmoved = bool(olds) and same_forcing(self.fields, olds, inputs, but=_NAME)
        if _NAME in inputs:
            if olds and not unmoved and inputs[_NAME] == olds.get(_NAME):
                return [CheckFailure(_NAME, _name_stays("collection"))]
        elif unmoved:
            inputs[_NAME] = olds[_NAME]
        else:
            forcing = forcing_known(self.fields, inputs, but=_NAME)
            inputs[_NAME] = UNKNOWN if forcing is None else physical_name(inputs[NAME_SEED], forcing)
        known = all_known(inputs, ("subscription_id", "resource_group_name", _NAME))
        inputs[ARM_ID] = str(_arm_id(inputs)) if known else UNKNOWN
        return []

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """PUT the collection, or adopt the one that is there, then make its tags what they should be."""
        from azure_recovery.rest.compute.following import wait_until_gone

        api = self.session.restore_points
        id_ = ResourceId.parse(inputs[ARM_ID])
        source = ResourceId.parse(inputs["source_collection_id"])
        deadline = Deadline(self.session.transport.clock, call.timeout_s or _TIMEOUT_S)
        tags = inputs.get("tags", {})
        while True:
            try:
                found = await api.get_collection(id_, deadline=deadline)
            except NotFoundError as error:
                if not error.is_gone:
                    raise
                found = None
            match move_for(_found(found), same_source=_same(found, source, inputs["location"])):
                case Move.START:
                    found = await api.put_collection(
                        id_, location=inputs["location"], source_id=source, tags=tags, deadline=deadline
                    )
                case Move.WAIT_UNTIL_GONE:
                    bridge.say(call, "waiting until the collection that is being deleted is gone")
                    await wait_until_gone(api, id_, deadline=deadline)
                    continue
                case Move.FOLLOW | Move.ADOPT if found is not None:
                    if not attempt.outputs.get("collection_guid"):
                        bridge.say(call, "adopted: this collection was already there", ephemeral=False)
                    if (found.tags or {}) != tags:
                        found = await api.set_collection_tags(id_, tags, deadline=deadline)
                case _:
                    raise RefusedError(
                        f"{id_} exists {_described(found)}; it is left alone: choose another {_NAME}, or delete it"
                    )
            attempt.started = True
            attempt.outputs |= _outputs(found)
            return

    async def look(self, _call: bridge.Call, id_: str, props: Mapping[str, Any]) -> Seen | None:
        """GET the target collection; the source is not asked."""
        arm_id = ResourceId.parse(id_, property="id", expect=_TYPE)
        try:
            found = await self.session.restore_points.get_collection(arm_id)
        except NotFoundError as error:
            if error.is_gone:
                return None
            raise
        actual = {
            "subscription_id": arm_id.subscription_id,
            "resource_group_name": arm_id.resource_group,
            _NAME: arm_id.name,
            "location": found.location,
            "source_collection_id": _source_of(found),
            "tags": dict(found.tags or {}) or None,
        }
        # Azure answers ids and locations in another casing than they were written in: that is no drift.
        kept = {f.name: props[f.name] for f in self.fields if f.name in props}
        drifted = {
            f.name: actual[f.name]
            for f in self.fields
            if f.name in actual and not f.same(kept.get(f.name), actual[f.name])
        }
        fresh = {name: value for name, value in (kept | drifted).items() if value is not None}
        known = {name: props[name] for name in (NAME_SEED,) if name in props} | {ARM_ID: props.get(ARM_ID, str(arm_id))}
        stored = fresh | known
        return Seen(outputs=stored | _outputs(found), inputs=stored)

    async def remove(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> None:
        """DELETE the collection, unless it holds restore points: Azure would delete them with it."""
        api = self.session.restore_points
        arm_id = ResourceId.parse(id_)
        deadline = Deadline(self.session.transport.clock, call.timeout_s or _TIMEOUT_S)
        if not props.get("force_delete"):
            try:
                found = await api.get_collection(arm_id, with_restore_points=True, deadline=deadline)
            except NotFoundError as error:
                if error.is_gone:
                    return
                raise
            if found.properties.restore_points:
                held = ", ".join(point.name or point.id or "?" for point in found.properties.restore_points)
                raise RefusedError(
                    f"{arm_id} still holds restore points ({held}), which would be deleted with it: delete them first, "
                    "or set force_delete=True and run up before destroy"
                )
        operation = await api.delete_collection(arm_id, deadline=deadline)
        if operation is not None:
            await operation.finish(deadline)


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


def _source_of(collection: RestorePointCollection) -> str | None:
    return collection.properties.source.id if collection.properties.source else None


def _same(collection: RestorePointCollection | None, source: ResourceId, location: str) -> bool:
    if collection is None:
        return False
    found = _source_of(collection)
    return found is not None and id_key(found) == source.key and same_location(collection.location, location)


def _described(collection: RestorePointCollection | None) -> str:
    if collection is None:
        return ""
    state = collection.properties.provisioning_state
    return f"with source {_source_of(collection)} in {collection.location}, provisioning state {state}"


def _outputs(collection: RestorePointCollection) -> dict[str, Any]:
    source = collection.properties.source
    outputs = {
        "source_location": source.location if source else None,
        "provisioning_state": collection.properties.provisioning_state,
        "collection_guid": collection.properties.collection_guid,
    }
    return {name: value for name, value in outputs.items() if value is not None}


def _arm_id(inputs: Mapping[str, Any]) -> ResourceId:
    return ResourceGroupId(inputs["subscription_id"], inputs["resource_group_name"]).resource(_TYPE, inputs[_NAME])


def _name_stays(what: str) -> str:
    return (
        f"stays while another input asks for a new {what}, and two cannot share a name: give the new one another name, "
        "or leave the name out"
    )


class RestorePointCollectionCopy(DynamicResource):
    """A restore point collection in another region whose source is a restore point collection.

    Creating it copies nothing; `RestorePointCopy` does. Deleting it is refused while it holds restore points, because
    Azure deletes them with it.

    Args:
        name: The resource's name in the program.
        resource_group_name: Resource group of the copy. A change makes a new collection.
        location: Region of the copy, as `northeurope` or `North Europe`. A change makes a new collection.
        source_collection_id: `/subscriptions/…/restorePointCollections/{name}` of the collection to copy from, itself
            not a copy. A change makes a new collection.
        restore_point_collection_name: Name of the copy, 1 to 80 letters, digits, `_`, `.`, `-`. Made from the
            resource's name when left out, which is what lets a changed collection stand beside the old one.
        subscription_id: Subscription of the copy, a GUID; the stack's when left out.
        tags: Tags of the collection; the only thing that Azure lets be changed.
        force_delete: Whether deleting it may delete the restore points in it. Counts as of the last `up`.
        opts: Options of the resource.

    Source: Microsoft.Compute restorePointCollections, api-version 2021-03-01 and later; seeds 000 and 001.
    """

    _recipe = "azure_recovery.dynamic_providers.restore_point_collection_copy:RestorePointCollectionCopyProvider"
    _type_name = "RestorePointCollectionCopy"
    _inputs = tuple(field.name for field in RestorePointCollectionCopyProvider.fields)
    _outputs = (ARM_ID, "source_location", "provisioning_state", "collection_guid")

    arm_id: pulumi.Output[str]
    """ARM id of the collection, known in previews."""
    resource_group_name: pulumi.Output[str]
    location: pulumi.Output[str]
    source_collection_id: pulumi.Output[str]
    restore_point_collection_name: pulumi.Output[str]
    subscription_id: pulumi.Output[str]
    tags: pulumi.Output[Mapping[str, str] | None]
    force_delete: pulumi.Output[bool]
    source_location: pulumi.Output[str | None]
    """Region of the source collection, as Azure spells it."""
    provisioning_state: pulumi.Output[str | None]
    collection_guid: pulumi.Output[str | None]
    """Azure's `restorePointCollectionId`."""

    def __init__(
        self,
        name: str,
        *,
        resource_group_name: pulumi.Input[str],
        location: pulumi.Input[str],
        source_collection_id: pulumi.Input[str],
        restore_point_collection_name: pulumi.Input[str] | None = None,
        subscription_id: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        force_delete: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            name,
            {
                "resource_group_name": resource_group_name,
                "location": location,
                "source_collection_id": source_collection_id,
                "restore_point_collection_name": restore_point_collection_name,
                "subscription_id": subscription_id,
                "tags": tags,
                "force_delete": force_delete,
            },
            opts,
        )
