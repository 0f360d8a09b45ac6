"""The restore points of one virtual machine in other regions, usable when the deployment is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi

from azure_recovery.components.shared_gate import SharedGate
from azure_recovery.components.source_order import names_in_order
from azure_recovery.components.targets import Target, checked_targets
from azure_recovery.dynamic_providers import ReplicationGate, RestorePointCollectionCopy, RestorePointCopy
from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.rest.arm.ids import normal_location
from azure_recovery.rest.errors import InvalidInputError


class CrossRegionCopy(pulumi.ComponentResource):
    """Copies the restore points of a collection to any number of regions.

    For each region there is one `RestorePointCollectionCopy`, named `{name}-{region}`, and in it one `RestorePointCopy`
    for each restore point, named `{name}-{region}-{restore point}`. The copies of a region start one after another in
    the order in which the restore points were made, which Azure demands; a `ReplicationGate` waits for all of them. So
    a list that loses its oldest and gains a newest entry is one deletion and one creation in each region.

    Args:
        name: The component's name in the program.
        source_collection_id: `/subscriptions/…/restorePointCollections/{name}`, itself no copy. As text its restore
            points are looked up while the program runs; of an output they are not.
        targets: The regions, each once.
        restore_points: Names of the restore points to copy; all that the source has when left out, and then a restore
            point that is deleted at the source loses its copies in the next `up`. In the caller's order, oldest first,
            where the source cannot be asked; else in any order.
        wait: `"replicated"`: done when every copy is usable. `"accepted"`: done when every copy has begun, without a
            gate.
        gate: A gate that several components share; one of its own, named like the component, when left out.
        not_waited_for: Restore points whose copies the gate leaves out, as `daily-1` or, for one region, as
            `northeurope/daily-1`. It ends the wait for a copy that will never arrive, and leaves the copy as it is.
        recopy_failed: Whether a copy that failed is deleted and made again, unless a later one is in the way.
        opts: Options of the component. `custom_timeouts` bound the wait of its own gate; 15 days without.

    Attributes:
        collections: Region, as `northeurope`, to its collection.
        copies: Region to restore point name to its copy, oldest first.
        gate: What waits, or None with `wait="accepted"`.

    Raises:
        InvalidInputError: An argument cannot work.
        pulumi.RunError: `restore_points` is left out, and the source does not say which there are.
    """

    collection_ids: pulumi.Output[Mapping[str, str]]
    """Region to ARM id of its collection."""
    restore_point_ids: pulumi.Output[Mapping[str, Mapping[str, str]]]
    """Region to restore point name to ARM id of the copy."""

    @in_one_line
    def __init__(
        self,
        name: str,
        *,
        source_collection_id: pulumi.Input[str],
        targets: Sequence[Target],
        restore_points: Sequence[str] | None = None,
        wait: Literal["replicated", "accepted"] = "replicated",
        gate: SharedGate | None = None,
        not_waited_for: Sequence[str] = (),
        recopy_failed: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        regions = checked_targets(targets)
        if wait not in ("replicated", "accepted"):
            raise InvalidInputError(property="wait", reason=f"is {wait!r}; write 'replicated' or 'accepted'")
        if wait == "accepted" and gate is not None:
            raise InvalidInputError(
                property="gate", reason='waits, and wait="accepted" does not: leave one of them out'
            )
        super().__init__("azure-recovery:components:CrossRegionCopy", name, {}, opts)
        self._name = name
        self._source = pulumi.Output.from_input(source_collection_id)
        self._recopy_failed = recopy_failed
        names = names_in_order(
            source_collection_id, restore_points, lambda message: pulumi.log.warn(message, resource=self)
        )
        left_out = _left_out(not_waited_for, [target.region for target in regions], names)
        self.collections: dict[str, RestorePointCollectionCopy] = {}
        self.copies: dict[str, dict[str, RestorePointCopy]] = {}
        for target in regions:
            self._copy_to(target, names)
        self.gate: SharedGate | ReplicationGate | None = None
        if wait == "replicated":
            self.gate = self._wait_for(gate, left_out, opts.custom_timeouts if opts else None)
        collection_ids: Any = {region: collection.arm_id for region, collection in self.collections.items()}
        copy_ids: Any = {
            region: {point: copy.arm_id for point, copy in copies.items()} for region, copies in self.copies.items()
        }
        self.collection_ids = pulumi.Output.from_input(collection_ids)
        self.restore_point_ids = pulumi.Output.from_input(copy_ids)
        self.register_outputs({"collection_ids": self.collection_ids, "restore_point_ids": self.restore_point_ids})

    @in_one_line
    def restore_point_id(self, location: str, restore_point: str) -> pulumi.Output[str]:
        """Return the ARM id of a copy, known in previews.

        Args:
            location: Region of the copy, in any spelling.
            restore_point: Name of the source restore point.

        Raises:
            InvalidInputError: There is no such copy.
        """
        copies = self.copies.get(normal_location(location))
        if copies is None:
            reason = f"{location} is no target of {self._name}, which has {', '.join(self.copies)}"
            raise InvalidInputError(property="location", reason=reason)
        found = next((copy for point, copy in copies.items() if point.lower() == restore_point.lower()), None)
        if found is None:
            reason = f"{restore_point} is not copied by {self._name}, which copies {', '.join(copies) or 'none'}"
            raise InvalidInputError(property="restore_point", reason=reason)
        return found.arm_id

    @in_one_line
    def disks(self, location: str, restore_point: str) -> pulumi.Output[Sequence[Mapping[str, Any]]]:
        """Return the disks of a copy once it is usable; unknown in previews before that.

        Args:
            location: Region of the copy, in any spelling.
            restore_point: Name of the source restore point.

        Returns:
            As `ReplicationGate.disks`.

        Raises:
            InvalidInputError: There is no such copy, or nothing waits for it, or the block of a shared gate has not
                ended.
        """
        id_ = self.restore_point_id(location, restore_point)
        if self.gate is None:
            reason = f'of {self._name} is "accepted": nothing tells when {restore_point} is usable'
            raise InvalidInputError(property="wait", reason=reason)
        return (self.gate.resource if isinstance(self.gate, SharedGate) else self.gate).disks(id_)

    def _copy_to(self, target: Target, names: Sequence[str]) -> None:
        place = f"{self._name}-{target.region}"
        collection = RestorePointCollectionCopy(
            place,
            resource_group_name=target.resource_group_name,
            location=target.location,
            source_collection_id=self._source,
            restore_point_collection_name=target.restore_point_collection_name,
            subscription_id=target.subscription_id,
            tags=target.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        copies: dict[str, RestorePointCopy] = {}
        for point in names:
            copies[point] = RestorePointCopy(
                f"{place}-{point}",
                restore_point_collection_id=collection.arm_id,
                source_restore_point_id=pulumi.Output.concat(self._source, f"/restorePoints/{point}"),
                disk_encryption=target.disk_encryption,
                wait="accepted",
                recopy_failed=self._recopy_failed,
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(copies.values())[-1:]),
            )
        self.collections[target.region] = collection
        self.copies[target.region] = copies

    def _wait_for(
        self,
        shared: SharedGate | None,
        left_out: set[tuple[str, str]],
        timeouts: pulumi.CustomTimeouts | None,
    ) -> SharedGate | ReplicationGate:
        ids = [
            copy.arm_id
            for region, copies in self.copies.items()
            for point, copy in copies.items()
            if (region, point.lower()) not in left_out
        ]
        if shared is None:
            within = pulumi.ResourceOptions(parent=self, custom_timeouts=timeouts)
            return ReplicationGate(self._name, restore_point_ids=ids, opts=within)
        shared.add(ids)
        return shared


def _left_out(entries: Sequence[str], regions: Sequence[str], names: Sequence[str]) -> set[tuple[str, str]]:
    """Return region and lower-case restore point of each copy that *entries* name."""
    known = {name.lower() for name in names}
    found: set[tuple[str, str]] = set()
    for entry in entries:
        where, _, point = entry.rpartition("/")
        if point.lower() not in known or (where and normal_location(where) not in regions):
            reason = f"names {entry}, which is not copied; write a restore point, or region/restore point"
            raise InvalidInputError(property="not_waited_for", reason=reason)
        found |= {(region, point.lower()) for region in regions if not where or normal_location(where) == region}
    return found
