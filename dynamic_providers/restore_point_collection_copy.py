"""The collection in the target region that receives copies of a restore point collection's restore points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure
from pulumi.output import UNKNOWN, contains_unknowns

from azure_recovery.dynamic_providers import bridge, inputs, provider
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, Input, all_known, normal_id
from azure_recovery.dynamic_providers.names import physical_name
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen, forcing_known, same_forcing
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.arm.ids import ResourceGroupId, ResourceId, normal_location
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import ConfigurationError, RefusedError

_TYPE = "Microsoft.Compute/restorePointCollections"
_NAME = "restore_point_collection_name"
_TIMEOUT_S = 3_600.0
"""Azure's seconds for a create, update or delete without `custom_timeouts`; the calls are short, waits are not."""


class RestorePointCollectionCopyProvider(LifecycleProvider):
    """PUT, PATCH and DELETE of a restore point collection whose source is a collection. Source: copy page."""

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

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Complete subscription, name and ARM id; refuse what Azure would refuse whatever happens."""
        if "subscription_id" not in inputs:
            configured, before = self.session.settings.subscription_id, olds.get("subscription_id")
            try:
                # A collection stays where it is when somebody changes the default of the Azure CLI.
                inputs["subscription_id"] = configured or before or self.session.default_subscription(call)
            except ConfigurationError as error:
                reason = (
                    f"is required: set it here, as azure-native:subscriptionId, or as ARM_SUBSCRIPTION_ID ({error})"
                )
                return [CheckFailure("subscription_id", reason)]
        unmoved = isinstance(olds.get(_NAME), str) and same_forcing(self.fields, olds, inputs, but=_NAME)
        if _NAME not in inputs and unmoved:
            inputs[_NAME] = olds[_NAME]
        elif _NAME not in inputs:
            forcing = forcing_known(self.fields, inputs, but=_NAME)
            inputs[_NAME] = UNKNOWN if forcing is None else physical_name(inputs[NAME_SEED], forcing)
        known = all_known(inputs, ("subscription_id", "resource_group_name", _NAME))
        inputs[ARM_ID] = str(_arm_id(inputs)) if known else UNKNOWN
        if olds and same_forcing(self.fields, olds, inputs, but=""):
            return []
        if known and normal_id(inputs[ARM_ID]) == normal_id(olds.get(ARM_ID)) and self._is_made_anew(olds, inputs):
            return [CheckFailure(_NAME, _name_stays("collection"))]
        from azure_recovery.dynamic_providers.preflight import look_ahead_of_collection

        return look_ahead_of_collection(self.session, call, olds, inputs)

    def _is_made_anew(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Return whether a forcing input is known to differ; the ARM id, which is made of the others, is not asked."""
        forcing = [f for f in self.fields if f.forcing and not contains_unknowns(news.get(f.name))]
        return any(not f.same(olds.get(f.name), news.get(f.name)) for f in forcing)

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """PUT the collection, or adopt the one that is there, then make its tags what they should be."""
        from azure_recovery.dynamic_providers.collection_lifecycle import CollectionLifecycle

        deadline = Deadline(self.session.transport.clock, call.timeout_s or _TIMEOUT_S)
        try:
            await CollectionLifecycle(self.session, call, inputs[ARM_ID], deadline).bring(inputs, attempt)
        finally:
            self.session.lookups.changed()

    async def look(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> Seen | None:
        """GET the target collection; the source is not asked."""
        from azure_recovery.dynamic_providers.collection_lifecycle import CollectionLifecycle

        arm_id = ResourceId.parse(id_, property="id", expect=_TYPE)
        deadline = Deadline(self.session.transport.clock, None)
        looked = await CollectionLifecycle(self.session, call, str(arm_id), deadline).look()
        if looked is None:
            return None
        found, outputs = looked
        actual = {
            "subscription_id": arm_id.subscription_id,
            "resource_group_name": arm_id.resource_group,
            _NAME: arm_id.name,
            "location": found.location,
            "source_collection_id": found.properties.source.id if found.properties.source else None,
            # No tags and an empty map of tags are the same to Azure, and not to the engine.
            "tags": dict(found.tags or {}) or ({} if "tags" in props else None),
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
        return Seen(outputs=stored | outputs, inputs=stored)

    async def remove(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> None:
        """DELETE the collection, unless it holds restore points: Azure would delete them with it.

        With `force_delete` those go too, but for the copies that this run's program still asks for.
        """
        from azure_recovery.dynamic_providers.collection_lifecycle import CollectionLifecycle

        if kept := [ResourceId.parse(one).name for one in provider.wanted.within(id_)]:
            raise RefusedError(
                f"{id_} holds what the program still asks for ({', '.join(kept)}), "
                "and Azure deletes it with the collection: take those out of the program first, or keep the collection"
            )
        deadline = Deadline(self.session.transport.clock, call.timeout_s or _TIMEOUT_S)
        try:
            await CollectionLifecycle(self.session, call, id_, deadline).remove(force=bool(props.get("force_delete")))
        finally:
            self.session.lookups.changed()


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

    Source: Microsoft.Compute restorePointCollections, api-version 2021-03-01 and later; copy page.
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
