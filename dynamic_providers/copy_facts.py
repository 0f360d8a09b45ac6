"""What look-ups tell about a copy that is not started yet, rule by rule. Pure: no request, no row.

Source of the rules: limitations of the cross-region copy of VM restore points; restore point limits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pulumi.dynamic import CheckFailure

from azure_recovery.dynamic_providers.copy_start import (
    is_copy_of,
    later_than,
    points_of,
    source_of,
    source_of_collection,
)
from azure_recovery.dynamic_providers.lookups import Absent, Answered, Outcome
from azure_recovery.rest.arm.ids import ResourceId, id_key, same_location
from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.compute.models import RestorePoint, RestorePointCollection

POINTS_OF_A_MACHINE = 500
"""Restore points that one VM may have over all collections. Source: restore point documentation, limits."""

_COLLECTION_PATH = "/providers/microsoft.compute/restorepointcollections/"

Look = Outcome[RestorePointCollection]


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What is known before a copy is started.

    Attributes:
        source_id: The restore point to copy, or None while it is unknown. name: Of the copy, or None.
        target_id: The collection for it, or None. source: What was found of the source's collection.
        target: What was found of the collection for it. recopy_failed: As the user wants it.
    """

    source_id: ResourceId | None
    name: str | None
    target_id: ResourceId | None
    source: Look | None
    target: Look | None
    recopy_failed: bool

    @property
    def lacking(self) -> frozenset[str]:
        """Which of `source` and `target` lack something that an `up` in progress may have made since the look."""
        absent = {name for name in ("source", "target") if isinstance(getattr(self, name), Absent)}
        if isinstance(self.source, Answered) and self.source_id is not None:
            point = self._source_point
            if point is None or state_of(_state(point)) is OperationState.RUNNING:
                absent.add("source")
        return frozenset(absent)

    @property
    def is_started(self) -> bool:
        """Whether the copy is there: ours, from a run that was killed, or one to adopt."""
        if self.source_id is None:
            return False
        # Under a name that is not known yet, any copy of this source may be our own.
        named = [self._under_its_name] if self.name is not None else list(self._copies)
        return any(p is not None and is_copy_of(p, self.source_id) and not is_deleting(_state(p)) for p in named)

    def stuck(self) -> list[str]:
        """Return why a copy that is there will not become usable by itself, a line each."""
        found = self._under_its_name
        if found is None or not _has_failed(found) or self.recopy_failed:
            return []
        return [f"{self.name} is there and {_state(found)}: set recopy_failed=True to copy again, or delete it"]

    def taken_name(self) -> list[CheckFailure]:
        """Return whether something else stands under the name."""
        found = self._under_its_name
        if self.source_id is None or found is None or is_deleting(_state(found)) or is_copy_of(found, self.source_id):
            return []
        what = f"a copy of {source_of(found)}" if source_of(found) else "a restore point that is no copy"
        return [
            CheckFailure(
                "restore_point_name",
                f"is taken: {self.name} in {self.target_id} is {what}; choose another name, or delete it",
            )
        ]

    def unfit_source(self) -> list[CheckFailure]:
        """Return why the source can never be copied."""
        property_ = "source_restore_point_id"
        if self.source_id is None:
            return []
        failures = unfit_source_collection(property_, self.source_id.parent, self.source)
        collection = answer_of(self.source)
        if failures or collection is None:
            return failures
        point = self._source_point
        if point is None:
            return [CheckFailure(property_, f"does not exist: there is no {self.source_id.name} in its collection")]
        if source_of(point):
            return [CheckFailure(property_, f"is a copy itself, of {source_of(point)}; copy that one")]
        if _has_failed(point):
            return [
                CheckFailure(property_, f"is {_state(point)} and can never be copied; choose another restore point")
            ]
        return []

    def unfit_target(self) -> list[CheckFailure]:
        """Return why the collection can never take the copy."""
        property_ = "restore_point_collection_id"
        target = answer_of(self.target)
        if target is None:
            return []
        if self.source_id is not None and not is_made_from(target, self.source_id.parent):
            found = source_of_collection(target)
            return [
                CheckFailure(
                    property_, f"takes copies from {found}, and source_restore_point_id is in {self.source_id.parent}"
                )
            ]
        source = answer_of(self.source)
        if source is not None and same_location(source.location, target.location):
            return [CheckFailure(property_, f"is in the source's own region, {source.location}; choose another region")]
        return []

    def not_yet(self, *, target_is_made_here: bool) -> list[str]:
        """Return what does not work yet, or what Azure alone decides, a line each.

        The order is a matter of Azure's alone: which copies it counts is not documented, and those that are in the way
        may be gone by then.

        Args:
            target_is_made_here: Whether the program makes the collection itself.
        """
        lines = []
        point = self._source_point
        if point is not None and is_deleting(_state(point)):
            lines.append(f"{point.name} is being deleted: Azure copies only what is Succeeded")
        elif point is not None and state_of(_state(point)) is OperationState.RUNNING:
            lines.append(f"{point.name} is {_state(point)}: Azure copies it once it is Succeeded")
        if isinstance(self.target, Absent) and not target_is_made_here:
            lines.append(f"{self.target_id} does not exist yet, and nothing before this copy makes it")
        target = answer_of(self.target)
        if target is None or self.source_id is None:
            return lines
        if is_deleting(target.properties.provisioning_state):
            lines.append(f"{self.target_id} is being deleted")
        same = next((p for p in self._copies if is_copy_of(p, self.source_id) and not is_deleting(_state(p))), None)
        later = later_than(point, target) if point is not None else []
        if same is not None:
            lines.append(f"{self.source_id.name} is copied already, as {same.name}: Azure takes one copy a region")
        elif later:
            lines.append(
                f"{self.source_id.name} is earlier than what is copied already ({', '.join(later)}): Azure copies in "
                "order and will refuse it, unless the later ones are deleted first"
            )
        source = answer_of(self.source)
        held = len(self._copies) + (len(points_of(source)) if source is not None else 0)
        if held >= POINTS_OF_A_MACHINE:
            lines.append(f"source and target hold {held} restore points: Azure allows {POINTS_OF_A_MACHINE} for a VM")
        return lines

    @property
    def _copies(self) -> tuple[RestorePoint, ...]:
        target = answer_of(self.target)
        return points_of(target) if target is not None else ()

    @property
    def _under_its_name(self) -> RestorePoint | None:
        return _named(self._copies, self.name)

    @property
    def _source_point(self) -> RestorePoint | None:
        source = answer_of(self.source)
        return _named(points_of(source), self.source_id.name) if source is not None and self.source_id else None


def unfit_source_collection(property_: str, id_: ResourceId | None, look: Look | None) -> list[CheckFailure]:
    """Return why nothing can ever be copied from the collection *id_*, as failures of *property_*."""
    if id_ is None:
        return []
    if isinstance(look, Absent):
        missing = "resource group" if look.code.lower() == "resourcegroupnotfound" else "collection"
        return [CheckFailure(property_, f"does not exist: Azure knows no {missing} of {id_}")]
    collection = answer_of(look)
    origin = source_of_collection(collection) if collection is not None else None
    if origin is not None and _COLLECTION_PATH in id_key(origin):
        return [
            CheckFailure(property_, f"is a copy itself: {id_} takes copies from {origin}, and Azure copies no copies")
        ]
    return []


def answer_of(look: Look | None) -> RestorePointCollection | None:
    """Return the collection, where there was an answer."""
    return look.value if isinstance(look, Answered) else None


def _named(points: Iterable[RestorePoint], name: str | None) -> RestorePoint | None:
    return next((point for point in points if name is not None and (point.name or "").lower() == name.lower()), None)


def _state(point: RestorePoint) -> str:
    return point.properties.provisioning_state or "Succeeded"


def _has_failed(point: RestorePoint) -> bool:
    return state_of(_state(point)) in {OperationState.FAILED, OperationState.CANCELED}


def is_deleting(state: str | None) -> bool:
    """Return whether *state* is that of something that goes away."""
    return (state or "").lower() == "deleting"


def is_made_from(collection: RestorePointCollection, source: ResourceId | None) -> bool:
    """Return whether *collection* takes copies from the collection *source*."""
    found = source_of_collection(collection)
    return source is not None and found is not None and id_key(found) == source.key
