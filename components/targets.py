"""Where copies go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from azure_recovery.rest.arm.ids import normal_location
from azure_recovery.rest.errors import InvalidInputError


@dataclass(frozen=True, kw_only=True)
class Target:
    """A region that receives copies.

    Attributes:
        location: `northeurope`, or `North Europe`. Plain text: it is part of the resources' names.
        resource_group_name: Resource group of the collection there; it may be in any region.
        subscription_id: GUID; the stack's subscription when left out.
        restore_point_collection_name: Name of the collection; made from the component's name when left out.
        tags: Tags of the collection.
        disk_encryption: Disk name to ARM id of the disk encryption set that encrypts its copy there.
    """

    location: str
    resource_group_name: pulumi.Input[str]
    subscription_id: pulumi.Input[str] | None = None
    restore_point_collection_name: pulumi.Input[str] | None = None
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None
    disk_encryption: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None

    @property
    def region(self) -> str:
        """The location as ARM spells it, `northeurope`: the same name for every spelling."""
        return normal_location(self.location)


def checked_targets(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return *targets* if each is a region of its own.

    Raises:
        InvalidInputError: None is given, one is no target or no region, or two are the same.
    """
    if not targets:
        raise InvalidInputError(property="targets", reason="is empty: name at least one region")
    seen: set[str] = set()
    for target in targets:
        given: object = target
        if not isinstance(given, Target):
            reason = f"must hold Target(location=…, resource_group_name=…), not {given!r}"
            raise InvalidInputError(property="targets", reason=reason)
        location: object = target.location
        if not isinstance(location, str) or not target.region.isalnum():
            reason = "must be text such as 'northeurope': it is part of the names of resources"
            raise InvalidInputError(property="targets.location", reason=reason)
        if target.region in seen:
            reason = f"{target.region} is there twice: Azure keeps one copy of a restore point in a region"
            raise InvalidInputError(property="targets.location", reason=reason)
        seen.add(target.region)
    return tuple(targets)
