"""One wait for any number of copies, and the disks to build from once each copy is usable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import pulumi
from pulumi.dynamic import CheckFailure
from pulumi.output import UNKNOWN

from azure_recovery.dynamic_providers import bridge, inputs
from azure_recovery.dynamic_providers.inputs import GATE_ID, NAME_SEED, USABLE, Input
from azure_recovery.dynamic_providers.names import short_id
from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.dynamic_providers.restore_point_copy import POINT_TYPE, REPLICATION_TIMEOUT_S
from azure_recovery.rest.arm.ids import id_key
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import InvalidInputError

_IDS = "restore_point_ids"

_NONE_TO_GET = "a gate exists in the state alone, so there is none to get: declare one"


class ReplicationGateProvider(LifecycleProvider):
    """GET of restore points, until each is usable. Nothing is made in Azure, and nothing is deleted."""

    id_input = GATE_ID
    fields = (Input(_IDS, inputs.arm_ids(POINT_TYPE), required=True, normal=inputs.normal_id_set),)

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Carry over what is known to be usable, and look the rest up, so that a preview knows it.

        An update preview shows dependents the inputs alone. A copy that is added to the gate must not make the disks
        that were built from the others look replaced.
        """
        inputs[GATE_ID] = olds.get(GATE_ID) or short_id("replication-gate", inputs[NAME_SEED])
        known = olds.get(USABLE)
        before = known if isinstance(known, Mapping) else {}
        if not isinstance(inputs[_IDS], list):  # all of it is unknown: nothing says that an id was taken out
            inputs[USABLE] = dict(before)
            return []
        ids = [id_ for id_ in _listed(inputs) if isinstance(id_, str)]
        carried = {id_key(id_): before[id_key(id_)] for id_ in ids if id_key(id_) in before}
        missing = [id_ for id_ in ids if id_key(id_) not in carried]
        if missing:
            from azure_recovery.dynamic_providers.copy_watch import usable_now

            carried |= usable_now(self.session, call, missing)
        inputs[USABLE] = carried
        return []

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Wait for all copies at once, in one operation of the engine."""
        from azure_recovery.dynamic_providers.copy_watch import watch

        attempt.started = True
        # The map is an input and an output at once, and inputs win in what is stored: so it is filled in place.
        usable = inputs[USABLE]
        first_seen = attempt.outputs.get(USABLE) or {}
        usable |= {key: first_seen[key] for key in map(id_key, inputs[_IDS]) if key in first_seen}
        attempt.outputs[USABLE] = usable
        deadline = Deadline(self.session.transport.clock, call.timeout_s or REPLICATION_TIMEOUT_S)
        await watch(self.session, call, inputs[_IDS], deadline, usable)

    async def look(self, _call: bridge.Call, _id: str, props: Mapping[str, Any]) -> Seen | None:
        """GET each copy in its target region."""
        from azure_recovery.dynamic_providers.copy_watch import look_at_all

        if _IDS not in props:  # asked for by `get`, with an id alone
            raise InvalidInputError(property="id", reason=_NONE_TO_GET)
        before = props.get(USABLE) or {}
        usable, waiting = await look_at_all(self.session, props[_IDS], before)
        stored = {name: props[name] for name in (_IDS, NAME_SEED, GATE_ID) if name in props} | {USABLE: usable}
        unready = f"not usable: {', '.join(waiting)}" if waiting else ""
        return Seen(outputs=stored, inputs=stored, unready=unready)

    async def remove(self, _call: bridge.Call, _id: str, _props: Mapping[str, Any]) -> None:
        """Do nothing: the copies are not the gate's."""

    def unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Return whether a copy that is listed was not seen usable yet."""
        known = olds.get(USABLE)
        seen = known if isinstance(known, Mapping) else {}
        return any(isinstance(id_, str) and id_key(id_) not in seen for id_ in _listed(news))


def _listed(inputs: Mapping[str, Any]) -> Sequence[Any]:
    """Return the ids, known or not; none while the whole list is unknown."""
    ids = inputs.get(_IDS)
    return ids if isinstance(ids, list) else ()


class ReplicationGate(DynamicResource):
    """Created when every copy that it lists is usable.

    One gate waits for any number of copies in one of the engine's slots. Start the copies with `wait="accepted"`, list
    their `arm_id`s here, and take what is built from them out of `disks`, so that nothing is built from half a copy.

    Args:
        name: The resource's name in the program.
        restore_point_ids: ARM ids of copies, `RestorePointCopy.arm_id`, in any order. An id that is taken out is no
            longer waited for, and its copy stays as it is.
        opts: Options of the resource. `custom_timeouts` bound the wait; 15 days without.
    """

    _recipe = "azure_recovery.dynamic_providers.replication_gate:ReplicationGateProvider"
    _type_name = "ReplicationGate"
    _inputs = (_IDS,)
    _outputs = (USABLE, GATE_ID)

    restore_point_ids: pulumi.Output[Sequence[str]]
    gate_id: pulumi.Output[str]
    """The gate's id; a gate exists in the state alone."""
    usable: pulumi.Output[Mapping[str, Mapping[str, Any]]]
    """Lower-case ARM id of a copy to `usable_at` (ISO 8601 in UTC) and `disks` (`name`, `lun`, `os_type`,
    `disk_restore_point_id`)."""

    def __init__(
        self,
        name: str,
        *,
        restore_point_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {_IDS: restore_point_ids}, opts)

    @classmethod
    @in_one_line
    def get(cls, name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Self:  # noqa: A002
        """Refuse: a gate exists in the state of its own stack alone, and there is nothing to read it from.

        Declare a gate over the ids of the copies instead; `RestorePointCopy.get` reads a single copy.

        Raises:
            InvalidInputError: Always, in the program.
        """
        del name, id, opts
        raise InvalidInputError(property="id", reason=_NONE_TO_GET)

    def disks(self, restore_point_id: pulumi.Input[str]) -> pulumi.Output[Sequence[Mapping[str, Any]]]:
        """Return the disks of one copy; unknown in a preview until the copy is usable.

        Args:
            restore_point_id: ARM id of a copy that the gate lists.

        Returns:
            One map for each disk: `name`, `disk_restore_point_id`, and `os_type` of the OS disk or `lun` of a data
            disk. In an `up`, a `KeyError` for a copy that the gate does not list.
        """
        return pulumi.Output.all(self.usable, restore_point_id).apply(_disks_of)


def _disks_of(found: Sequence[Any]) -> Any:
    usable, restore_point_id = found
    entry = (usable or {}).get(id_key(restore_point_id))
    if entry is not None:
        # Whole numbers come from the engine as floats, and a LUN of 0.0 is none.
        return [{**disk, "lun": int(disk["lun"])} if "lun" in disk else dict(disk) for disk in entry["disks"]]
    if pulumi.runtime.is_dry_run():
        return UNKNOWN
    raise KeyError(f"{restore_point_id} is not among the restore_point_ids of this gate")
