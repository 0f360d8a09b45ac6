"""The copy of one restore point to another region, done when every disk has replicated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure
from pulumi.output import UNKNOWN, contains_unknowns

from azure_recovery.dynamic_providers import bridge, inputs
from azure_recovery.dynamic_providers.copied_disk import CopiedDisk
from azure_recovery.dynamic_providers.found_states import ONE_COPY_A_REGION
from azure_recovery.dynamic_providers.inputs import ARM_ID, EXPOSE, NAME_SEED, SOURCE_METADATA, Input, all_known
from azure_recovery.dynamic_providers.names import physical_name
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen, forcing_known, same_forcing
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import InvalidInputError

COLLECTION_TYPE = "Microsoft.Compute/restorePointCollections"
POINT_TYPE = f"{COLLECTION_TYPE}/restorePoints"

_COLLECTION = "restore_point_collection_id"
_SOURCE = "source_restore_point_id"
_NAME = "restore_point_name"
REPLICATION_TIMEOUT_S = 15 * 86_400.0
"""Azure's seconds without `custom_timeouts`: Azure itself ends a copy after two weeks."""

START_TIMEOUT_S = 86_400.0
"""Azure's seconds to get a copy accepted, and to delete one: three an hour are taken for each target collection."""


class RestorePointCopyProvider(LifecycleProvider):
    """PUT of a restore point with `sourceRestorePoint`, and the wait for its disks. Source: copy page."""

    fields = (
        Input(_COLLECTION, inputs.arm_id(COLLECTION_TYPE), required=True, forcing=True, normal=inputs.normal_id),
        Input(_SOURCE, inputs.arm_id(POINT_TYPE), required=True, forcing=True, normal=inputs.normal_id),
        Input(_NAME, inputs.new_name("restorePoints"), forcing=True, normal=inputs.normal_name),
        Input("disk_encryption", inputs.disk_encryption, forcing=True, normal=inputs.normal_encryption),
        Input("wait", inputs.one_of("replicated", "accepted"), default="replicated"),
        Input("recopy_failed", inputs.switch, default=False),
        Input(EXPOSE, inputs.switch, default=False),
    )

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Complete name and ARM id; refuse what Azure would refuse while the old copy stands, or at all."""
        failures = _impossible_source(inputs)
        unmoved = isinstance(olds.get(_NAME), str) and same_forcing(self.fields, olds, inputs, but=_NAME)
        if _NAME not in inputs:
            forcing = forcing_known(self.fields, inputs, but=_NAME)
            derived = UNKNOWN if forcing is None else physical_name(inputs[NAME_SEED], forcing)
            inputs[_NAME] = olds[_NAME] if unmoved else derived
        elif (
            olds
            and self._same(_NAME, olds, inputs)
            and self._same(_COLLECTION, olds, inputs)
            and self._moved(_SOURCE, olds, inputs)
        ):
            failures.append(
                CheckFailure(
                    _NAME,
                    "stays while another input asks for a new copy, which must stand before the old one goes: give the "
                    "new one another name, or leave the name out",
                )
            )
        if olds and self._same(_COLLECTION, olds, inputs) and self._same(_SOURCE, olds, inputs):
            failures += [
                CheckFailure(f, f"cannot change: {ONE_COPY_A_REGION}")
                for f in (_NAME, "disk_encryption")
                if self._moved(f, olds, inputs)
            ]
        known = all_known(inputs, (_COLLECTION, _NAME))
        inputs[ARM_ID] = (
            str(ResourceId.parse(inputs[_COLLECTION]).child("restorePoints", inputs[_NAME])) if known else UNKNOWN
        )
        if failures or (olds and same_forcing(self.fields, olds, inputs, but="")):
            return failures
        from azure_recovery.dynamic_providers.preflight import look_ahead_of_copy

        return look_ahead_of_copy(self.session, call, olds, inputs)

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Start, follow or adopt the copy, then wait for as much as `wait` asks for."""
        from azure_recovery.dynamic_providers.copy_lifecycle import CopyLifecycle

        limit = REPLICATION_TIMEOUT_S if inputs["wait"] == "replicated" else START_TIMEOUT_S
        deadline = Deadline(self.session.transport.clock, call.timeout_s or limit)
        try:
            await CopyLifecycle(self.session, call, inputs[ARM_ID], deadline).bring(inputs, attempt)
        finally:
            self.session.lookups.changed()

    async def look(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> Seen | None:
        """GET the copy with its instance view; the source is not asked."""
        from azure_recovery.dynamic_providers.copy_lifecycle import CopyLifecycle, describe

        arm_id = ResourceId.parse(id_, property="id", expect=POINT_TYPE)
        looked = await CopyLifecycle(
            self.session, call, str(arm_id), Deadline(self.session.transport.clock, None)
        ).look(props)
        if looked is None:
            return None
        outputs, status = looked
        only_read = ARM_ID not in props  # by `get`, which waits for nothing, now or in a later refresh
        if only_read and not outputs["source_restore_point_id"]:
            raise InvalidInputError(property="id", reason=f"{arm_id} is no copy, and only copies are read here")
        unready = "" if status.usable else f"copy {arm_id} is not usable yet: {describe(status)}"
        actual = {_COLLECTION: str(arm_id.parent), _NAME: arm_id.name, _SOURCE: outputs.pop("source_restore_point_id")}
        stored = {f.name: props[f.name] for f in self.fields if f.name in props}
        # Azure answers ids in another casing than they were written in: that is no drift.
        stored |= {
            f.name: actual[f.name]
            for f in self.fields
            if f.name in actual and not f.same(stored.get(f.name), actual[f.name])
        }
        if only_read:
            stored["wait"] = "accepted"
        stored |= {f.name: f.default for f in self.fields if f.default is not None and f.name not in stored}
        stored |= {name: props[name] for name in (NAME_SEED,) if name in props} | {
            ARM_ID: props.get(ARM_ID, str(arm_id))
        }
        waited_for = stored["wait"] == "replicated"
        if unready and not waited_for:
            bridge.say(call, unready, warning=status.terminated)
        return Seen(outputs=stored | outputs, inputs=stored, unready=unready if waited_for else "")

    async def remove(self, call: bridge.Call, id_: str, _props: Mapping[str, Any]) -> None:
        """DELETE the copy and wait until Azure says that it is done."""
        from azure_recovery.dynamic_providers.copy_lifecycle import CopyLifecycle

        deadline = Deadline(self.session.transport.clock, call.timeout_s or START_TIMEOUT_S)
        await CopyLifecycle(self.session, call, id_, deadline).remove()

    def unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Return whether a copy that is waited for is not usable yet: a clean refresh would make it look whole."""
        return news.get("wait", "replicated") == "replicated" and olds.get("usable") is False

    def _field(self, name: str) -> Input:
        return next(field for field in self.fields if field.name == name)

    def _same(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        return self._field(name).same(olds.get(name), news.get(name))

    def _moved(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        return not contains_unknowns(news.get(name)) and not self._same(name, olds, news)


def _impossible_source(inputs: Mapping[str, Any]) -> list[CheckFailure]:
    if not all_known(inputs, (_COLLECTION, _SOURCE)):
        return []
    if ResourceId.parse(inputs[_SOURCE]).parent.same_as(ResourceId.parse(inputs[_COLLECTION])):
        return [CheckFailure(_SOURCE, f"is in {_COLLECTION} itself; a copy goes to a collection in another region")]
    return []


class RestorePointCopy(DynamicResource):
    """A copy of a restore point in another region, usable when it is created.

    Azure reports a copy as Succeeded when its data has only begun to move, and lets disks be built from half of it.
    With `wait="replicated"` this resource is created when every disk has arrived. A wait that ends early (Ctrl-C, a
    deadline, a lost network) leaves the copy in the state, and the next `up` follows it.

    Args:
        name: The resource's name in the program.
        restore_point_collection_id: ARM id of the target collection, `RestorePointCollectionCopy.arm_id`.
        source_restore_point_id: `/subscriptions/…/restorePointCollections/{collection}/restorePoints/{name}`, in the
            collection that the target collection names as its source.
        restore_point_name: Name of the copy, 1 to 80 letters, digits, `_`, `.`, `-`; made from the resource's name when
            left out.
        disk_encryption: Disk name to ARM id of the disk encryption set that encrypts its copy. Disks left out get what
            Azure gives them, which `disks` shows.
        wait: `"replicated"`, or `"accepted"` to be done when Azure has begun; a `ReplicationGate` can wait for many.
        recopy_failed: Whether a copy that failed is deleted and made again, unless a later one is in the way.
        expose_source_metadata: Whether `source_metadata` is an output. It may hold keys and passwords of the machine.
        opts: Options of the resource. `custom_timeouts` bound the wait; 15 days without.

    A change of source or collection makes a new copy before the old one is deleted. Any other forcing change is
    refused: Azure keeps one copy of a restore point in a region.

    Source: Microsoft.Compute restorePoints, api-version 2021-03-01 and later; copy page.
    """

    _recipe = "azure_recovery.dynamic_providers.restore_point_copy:RestorePointCopyProvider"
    _type_name = "RestorePointCopy"
    _inputs = tuple(field.name for field in RestorePointCopyProvider.fields)
    _outputs = (
        ARM_ID,
        "provisioning_state",
        "consistency_mode",
        "time_created",
        "source_vm_id",
        "source_location",
        "hyper_v_generation",
        "disks",
        "usable",
        "usable_at",
        "requested_at",
        "rpo_seconds",
        SOURCE_METADATA,
    )
    _secret_outputs = (SOURCE_METADATA,)

    arm_id: pulumi.Output[str]
    """ARM id of the copy, known in previews."""
    restore_point_collection_id: pulumi.Output[str]
    source_restore_point_id: pulumi.Output[str]
    restore_point_name: pulumi.Output[str]
    disk_encryption: pulumi.Output[Mapping[str, str] | None]
    wait: pulumi.Output[str]
    recopy_failed: pulumi.Output[bool]
    expose_source_metadata: pulumi.Output[bool]
    provisioning_state: pulumi.Output[str | None]
    consistency_mode: pulumi.Output[str | None]
    time_created: pulumi.Output[str | None]
    """When the *source* restore point was made, ISO 8601 in UTC: Azure shows no other time for a copy."""
    source_vm_id: pulumi.Output[str | None]
    """GUID of the virtual machine; once the source restore point is deleted, Azure no longer tells it."""
    source_location: pulumi.Output[str | None]
    hyper_v_generation: pulumi.Output[str | None]
    disks: pulumi.Output[Sequence[CopiedDisk]]
    usable: pulumi.Output[bool]
    """Whether every disk has replicated."""
    usable_at: pulumi.Output[str | None]
    """When it was first seen usable, on the service's clock, ISO 8601 in UTC."""
    requested_at: pulumi.Output[str | None]
    """When Azure accepted the copy; none for one that was adopted."""
    rpo_seconds: pulumi.Output[float | None]
    """Seconds from `time_created` to `usable_at`: how old the data was when it could first be used."""
    source_metadata: pulumi.Output[Mapping[str, Any] | None]
    """`osProfile`, `userData` and `diagnosticsProfile` of the machine, as Azure spells them; a secret, and there with
    `expose_source_metadata` alone."""

    def __init__(
        self,
        name: str,
        *,
        restore_point_collection_id: pulumi.Input[str],
        source_restore_point_id: pulumi.Input[str],
        restore_point_name: pulumi.Input[str] | None = None,
        disk_encryption: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        wait: pulumi.Input[str] | None = None,
        recopy_failed: pulumi.Input[bool] | None = None,
        expose_source_metadata: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            name,
            {
                "restore_point_collection_id": restore_point_collection_id,
                "source_restore_point_id": source_restore_point_id,
                "restore_point_name": restore_point_name,
                "disk_encryption": disk_encryption,
                "wait": wait,
                "recopy_failed": recopy_failed,
                EXPOSE: expose_source_metadata,
            },
            opts,
        )
