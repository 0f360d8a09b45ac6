"""The dependency graph of a state's resources, which stand in an order where each follows what it needs.

Source: `pkg/resource/graph/dependency_graph.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from azure_recovery.engine import urns
from azure_recovery.engine.state import Resource


def dependents(resources: Sequence[Resource], root: Resource, ignore: AbstractSet[str]) -> list[Resource]:
    """Return what needs *root*, directly or not, in dependency order; a child does not need its parent here.

    Args:
        resources: All of the state.
        root: One of them.
        ignore: URNs that were registered already, and so cannot need what comes after them.
    """
    found: list[Resource] = []
    reached = {root.urn}
    for item in resources[resources.index(root) + 1 :]:
        if item.urn in ignore:
            continue
        if item.provider_urn() in reached or reached.intersection(item.all_dependencies()):
            found.append(item)
            reached.add(item.urn)
    return found


def delete_order(resources: Sequence[Resource], condemned: AbstractSet[Resource]) -> list[list[Resource]]:
    """Return *condemned* as levels: one may go once all levels before it are gone, and its members go together."""
    levels: list[list[Resource]] = []
    height: dict[Resource, int] = {}
    for index, item in enumerate(resources):
        if item in condemned:
            # What it needs stands before it, so its height is known.
            height[item] = 1 + max((height[need] for need in _needed(resources, index) & condemned), default=-1)
            if height[item] == len(levels):
                levels.append([])
            levels[height[item]].append(item)
    return levels[::-1]


def _needed(resources: Sequence[Resource], index: int) -> set[Resource]:
    subject = resources[index]
    wanted = {*subject.all_dependencies(), subject.provider_urn()}
    before = resources[:index]
    needed = {item for item in before if item.urn in wanted or item.urn == subject.parent}
    # To depend on a component is to depend on what is in it.
    inside = {item.urn for item in needed if not item.custom and item.urn in wanted}
    for item in before:
        if item.parent in inside:
            needed.add(item)
            inside.add(item.urn)
    return needed


def needed_by(resources: Sequence[Resource], subject: Resource) -> set[Resource]:
    """Return everything that *subject* needs, directly or not."""
    found: set[Resource] = set()
    left = [subject]
    while left:
        fresh = _needed(resources, resources.index(left.pop())) - found
        found |= fresh
        left += fresh
    return found


def renamed(resource: Resource, names: Mapping[str, str]) -> Resource:
    """Return *resource* with its references to URNs that have changed led to the new ones."""

    def name(urn: str) -> str:
        return names.get(urn, urn)

    if names.keys().isdisjoint({resource.parent, resource.provider_urn(), *resource.all_dependencies()}):
        return resource
    copy = replace(resource)
    copy.parent = name(resource.parent)
    copy.dependencies = [name(urn) for urn in resource.dependencies]
    copy.property_dependencies = {
        key: [name(urn) for urn in needed] for key, needed in resource.property_dependencies.items()
    }
    if resource.provider:
        provider, id_ = urns.provider_of(resource.provider)
        copy.provider = f"{name(provider)}::{id_}"
    return copy


def without_dangling(resources: Iterable[Resource]) -> list[Resource]:
    """Return *resources* with references to those that a refresh found gone taken out."""
    parents: dict[str, str] = {}
    kept: list[Resource] = []
    present: set[str] = set()
    for item in resources:
        parent = item.parent
        while parent and parent not in present:
            parent = parents.get(parent, "")
        parents[item.urn] = parent
        dependencies = [urn for urn in item.dependencies if urn in present]
        # Properties that depend on nothing are dropped as well: so the real engine leaves them after a refresh.
        by_property = {
            key: left
            for key, needed in item.property_dependencies.items()
            if (left := [urn for urn in needed if urn in present])
        }
        if (parent, dependencies, by_property) != (item.parent, item.dependencies, item.property_dependencies):
            item = replace(item)  # noqa: PLW2901  # what the rest of the loop is about
            item.parent, item.dependencies, item.property_dependencies = parent, dependencies, by_property
        present.add(item.urn)
        kept.append(item)
    return kept
