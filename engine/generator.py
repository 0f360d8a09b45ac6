"""Decides which steps bring a resource to its goal: strictly one resource after another, in registration order.

Each resource is checked and compared with the last run by its provider, and becomes a same, create, update or
replacement; what the program no longer names is deleted at the end. Source: `pkg/resource/deploy/step_generator.go`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from pulumi.runtime.proto import alias_pb2

from azure_recovery.engine import graph, paths, urns
from azure_recovery.engine.errors import EngineError, ResourceError
from azure_recovery.engine.goals import Goal
from azure_recovery.engine.project import Run
from azure_recovery.engine.properties import UNKNOWN, Properties, Secret, same
from azure_recovery.engine.provider import Diff
from azure_recovery.engine.registry import Registry
from azure_recovery.engine.state import Resource
from azure_recovery.engine.steps import (
    CreateStep,
    DeleteStep,
    ReadStep,
    Registration,
    RemovePendingReplaceStep,
    ReplaceStep,
    SameStep,
    Step,
    UpdateStep,
)


class CheckFailedError(EngineError):
    """Inputs that the provider refuses; every reason has been reported on its resource."""


class Generator:
    """Turns goals into steps."""

    def __init__(
        self, run: Run, base: Sequence[Resource], registry: Registry, report: Callable[[str, str], None]
    ) -> None:
        """Begin with the resources of the last run.

        Args:
            run: The operation.
            base: The resources of the last run, in their order.
            registry: The provider processes.
            report: Takes a URN and an error.
        """
        self._stack, self._project = run.stack, run.project.name
        self._preview = run.preview
        self._base = base
        self._registry = registry
        self._report = report
        self._olds = {item.urn: item for item in base if not item.delete}
        self._goals: dict[str, Goal] = {}
        self._aliases: dict[str, str] = {}
        """URN to the earlier URN it was found under."""
        self._aliased: dict[str, str] = {}
        """The reverse."""
        self._planned: set[str] = set()
        """Resources with a step that keeps or makes them."""
        self._condemned: set[str] = set()
        """Resources deleted ahead of their replacement; it is not yet known whether they come again."""
        self._deleted_early: set[Resource] = set()

    def steps(self, goal: Goal, registration: Registration) -> list[Step]:
        """Return the steps for a resource of the program.

        Raises:
            CheckFailedError: The provider refuses the inputs.
            EngineError: The goal cannot be met.
        """
        new = goal.resource
        urn = new.urn = self._urn(goal)
        parent = self._goals.get(new.parent)
        if parent is not None and not new.external:
            goal.protect = parent.protect if goal.protect is None else goal.protect
            goal.retain_on_delete = parent.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete
        new.protect, new.retain_on_delete = bool(goal.protect), bool(goal.retain_on_delete)
        self._goals[urn] = goal
        old = self._find_old(goal)
        if new.external:
            self._planned.add(urn)
            if old is not None and not old.external and old.id != new.id:
                return [ReadStep(old, new, registration, replacing=True), ReplaceStep(old, new)]
            return [ReadStep(old, new, registration, replacing=False)]
        if old is not None:
            new.created, new.modified = old.created, old.modified
        recreating = urn in self._condemned
        owned = old if old is not None and not old.external and not recreating else None
        wanted = new.inputs
        if owned is not None:
            new.inputs = paths.keep_old(new.ignore_changes, wanted, owned.inputs)
        seed = os.urandom(32)
        new.inputs = self._check(new, owned.inputs if owned else {}, new.inputs, seed)
        self._planned.add(urn)
        if old is None:
            return [CreateStep(new, registration)]
        if recreating:
            self._condemned.discard(urn)
            return [ReplaceStep(old, new), CreateStep(new, registration, old)]
        if old.external:
            return [CreateStep(new, registration, old, delete_old_later=True), ReplaceStep(old, new)]
        return self._compare(goal, old, registration, lambda: self._check(new, {}, wanted, seed))

    def deletes(self) -> list[list[Step]]:
        """Return the steps for what is no longer wanted: lists to be done one after another, each at once."""
        steps: dict[Resource, Step] = {}
        for item in self._base:
            if item.delete:
                if item in self._deleted_early:
                    continue
                steps[item] = DeleteStep(item, replacing=True)
            elif item.urn in self._planned or item.urn in self._aliased:
                continue
            elif item.pending_replacement:
                steps[item] = RemovePendingReplaceStep(item, None)
            else:
                steps[item] = DeleteStep(item)
            self._registry.ensure(item.provider)
        return [[steps[item] for item in level] for level in graph.delete_order(self._base, set(steps))]

    def _urn(self, goal: Goal) -> str:
        type_, parent = goal.resource.type, goal.resource.parent
        if parent and parent not in self._goals:
            raise EngineError(f"resource {goal.name!r} of type {type_}: its parent {parent} was not registered")
        urn = urns.make(self._stack, self._project, parent, type_, goal.name)
        if urn in self._goals:
            raise EngineError(f"{urn}: two resources of the program have this URN; give one another name")
        return urn

    def _find_old(self, goal: Goal) -> Resource | None:
        urn = goal.resource.urn
        if urn in self._aliased:
            raise EngineError(f"{urn}: {self._aliased[urn]} claims it by an alias; take the alias or the resource away")
        candidates = [urn, *self._alias_urns(goal.name, goal.resource.type, goal.resource.parent, goal.aliases)]
        for candidate in candidates:
            old = self._olds.get(candidate)
            if old is None:
                continue
            if candidate != urn:
                if candidate in self._goals or candidate in self._aliased:
                    raise EngineError(f"{urn}: its alias {candidate} is another resource of the program; take it away")
                self._aliased[candidate] = urn
                self._aliases[urn] = candidate
            return old
        return None

    def _alias_urns(self, name: str, type_: str, parent: str, aliases: Sequence[alias_pb2.Alias]) -> list[str]:
        direct = [self._collapse(alias, name, type_, parent) for alias in aliases]
        if parent not in self._aliases:
            return direct
        # The parent was found under another URN, and so may its children be.
        earlier = self._aliases[parent]
        identities = [(name, type_), *((urns.name_of(urn), urns.type_of(urn)) for urn in direct)]
        return direct + [self._inherited(own, kind, parent, earlier) for own, kind in identities]

    def _collapse(self, alias: alias_pb2.Alias, name: str, type_: str, parent: str) -> str:
        if alias.urn:
            return alias.urn
        spec = alias.spec
        above = "" if spec.noParent else self._aliases.get(spec.parentUrn, spec.parentUrn) or parent
        return urns.make(
            spec.stack or self._stack, spec.project or self._project, above, spec.type or type_, spec.name or name
        )

    def _inherited(self, name: str, type_: str, parent: str, earlier: str) -> str:
        # Children are often named after their parent; a renamed parent then renamed them too.
        above = urns.name_of(parent)
        if name.startswith(above):
            name = urns.name_of(earlier) + name.removeprefix(above)
        return urns.make(self._stack, self._project, earlier, type_, name)

    def _check(self, new: Resource, olds: Properties, news: Properties, seed: bytes) -> Properties:
        if not new.custom or urns.is_provider(new.type):
            return news
        inputs, failures = self._registry.get(new.provider).check(new.urn, olds, news, seed)
        for property_, reason in failures:
            subject = f"{new.type} resource {urns.name_of(new.urn)!r}"
            if property_:
                # The CLI prints a secret's value here.
                shown = "[secret]" if isinstance(news.get(property_), Secret) else f"{{{news.get(property_)}}}"
                subject += f": property {property_} value {shown}"
            self._report(new.urn, f"{subject} has a problem: {reason}")
        if failures:
            raise CheckFailedError(f"{new.urn}: the inputs were refused")
        return inputs

    def _compare(
        self, goal: Goal, old: Resource, registration: Registration, check_anew: Callable[[], Properties]
    ) -> list[Step]:
        new = goal.resource
        diff = self._diff(old, new)
        if not (diff.changes or old.pending_replacement):
            # An unfinished resource is given to its provider even if nothing changed, to bring it to its end.
            return [UpdateStep(old, new, registration)] if old.init_errors else [SameStep(old, new, registration)]
        if not (diff.replaces or old.pending_replacement):
            return [UpdateStep(old, new, registration)]
        if new.protect and old.protect:
            message = (
                f"{new.urn} is protected and cannot be replaced; "
                "remove its option 'protect' in the program and run up, then change it"
            )
            if not self._preview:
                raise ResourceError(message)
            self._report(new.urn, message)
        # A new resource is not bound by the inputs of the one it replaces.
        new.inputs = check_anew()
        early = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
        if not early:
            return [CreateStep(new, registration, old, delete_old_later=True), ReplaceStep(old, new)]
        return [*self._delete_early(old), ReplaceStep(old, new), CreateStep(new, registration, old)]

    def _diff(self, old: Resource, new: Resource) -> Diff:
        if bool(old.provider) != bool(new.provider):
            return Diff(changes=True, replaces=("provider",))
        if not new.custom:
            return Diff(changes=not same(old.inputs, new.inputs))
        if urns.is_provider(new.type):
            return Diff(changes=not same(old.outputs, new.inputs))
        return self._registry.get(new.provider).diff(new.urn, old, new.inputs, new.ignore_changes)

    def _delete_early(self, root: Resource) -> list[Step]:
        steps: list[Step] = []
        for item in reversed(self._replaced_with(root)):
            if item in self._deleted_early:
                continue
            if item.protect:
                raise ResourceError(
                    f"{item.urn} would be replaced together with {root.urn}, but is protected; "
                    "remove its option 'protect' in the program and run up, then change it"
                )
            self._registry.ensure(item.provider)
            steps.append(DeleteStep(item, replacing=not item.delete, pending_replacement=not item.delete))
            self._condemned.add(item.urn)
            self._deleted_early.add(item)
        if not root.pending_replacement:
            self._registry.ensure(root.provider)
            steps.append(DeleteStep(root, replacing=True, pending_replacement=True))
        return steps

    def _replaced_with(self, root: Resource) -> list[Resource]:
        """Return the dependents that would be replaced because *root* goes first, in dependency order."""
        replaced, gone = [], {root.urn}
        for item in graph.dependents(self._base, root, self._planned):
            if not item.custom or item.external:
                continue
            if item.provider_urn() in gone or self._would_be_replaced(item, gone):
                replaced.append(item)
                gone.add(item.urn)
        return replaced

    def _would_be_replaced(self, item: Resource, gone: set[str]) -> bool:
        moving = {key for key, needed in item.property_dependencies.items() if gone.intersection(needed)}
        touched = moving & item.inputs.keys()
        if not touched or urns.is_provider(item.type):
            return False
        news = {key: UNKNOWN if key in touched else value for key, value in item.inputs.items()}
        self._registry.ensure(item.provider)
        diff = self._registry.get(item.provider).diff(item.urn, item, news, item.ignore_changes, unknowns=True)
        return bool(diff.replaces)
