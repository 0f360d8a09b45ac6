"""The steps that an operation is made of, and what each does to provider and state.

A step is made by the generator, applied by a worker, and committed under the snapshot's lock. Source of each rule:
`pkg/resource/deploy/step.go` and `pkg/backend/snapshot.go`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from typing_extensions import override

from azure_recovery.engine import urns
from azure_recovery.engine.errors import InitializationError, ResourceError
from azure_recovery.engine.properties import UNKNOWN_TEXT, Secret, reveal, same
from azure_recovery.engine.registry import Registry
from azure_recovery.engine.state import Resource, now

Registration = Future[Resource]
Outcome = tuple[list[Resource], list[Resource]]
"""What leaves the state, and what enters it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What steps work with.

    Attributes:
        registry: The provider processes.
        preview: Nothing may change.
        warn: Takes a URN and a warning.
    """

    registry: Registry
    preview: bool
    warn: Callable[[str, str], None]


class ProtectedError(ResourceError):
    """A protected resource would be deleted; other deletions go on, so that all are reported."""

    def __init__(self, urn: str) -> None:
        super().__init__(
            f"{urn} is protected and cannot be deleted; "
            "remove its option 'protect' in the program and run up, then delete it"
        )


class Step:
    """One step.

    Attributes:
        op: As Pulumi names it.
        old: The resource before, if there was one.
        new: The resource after, if there will be one.
        operation: The name of the pending operation that the state shows meanwhile; empty if it shows none.
        counted: Whether it counts as the resource's change.
    """

    op = ""
    operation = ""
    counted = True

    def __init__(self, old: Resource | None, new: Resource | None, registration: Registration | None = None) -> None:
        self.old = old
        self.new = new
        self.registration = registration

    @property
    def resource(self) -> Resource:
        """The resource in its latest known form."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def result_op(self) -> str:
        """The operation that is counted."""
        return self.op

    def apply(self, work: Work) -> None:
        """Do it; `ResourceError` if it failed."""

    def commit(self) -> Outcome:
        """Return what leaves the state and what enters it; called after `apply`, also if it left it uninitialised."""
        return [], []

    @property
    def changed(self) -> bool:
        """Whether the state must be written."""
        return True

    def complete(self) -> None:
        """Answer the program."""
        if self.registration is not None and self.new is not None:
            self.registration.set_result(self.new)

    def mark_secret_outputs(self) -> None:
        """Make outputs secret that the program, or a secret input of the same name, says are."""
        if self.new is None or self.op == ReplaceStep.op:
            return
        secret = {key for key, value in self.new.inputs.items() if isinstance(value, Secret)}
        secret.update(key for key in self.new.additional_secret_outputs if key != "id")
        self.new.outputs = {
            key: Secret(reveal(value)) if key in secret and not isinstance(value, Secret) else value
            for key, value in self.new.outputs.items()
        }


class _InPlace(Step):
    """A step from one form of a resource to the next."""

    old: Resource
    new: Resource

    @override
    def commit(self) -> Outcome:
        return [self.old], [self.new]


class SameStep(_InPlace):
    """Nothing to do: new inputs are stored, old outputs kept."""

    op = "same"

    @override
    def apply(self, work: Work) -> None:
        old, new = self.old, self.new
        new.id, new.outputs = old.id, old.outputs
        if urns.is_provider(new.type) and work.registry.find(f"{new.urn}::{new.id}") is None:
            work.registry.configure(new, old.inputs)

    @property
    @override
    def changed(self) -> bool:
        silent = {"created", "modified", "init_errors", "others"}
        return any(
            not same(value, getattr(self.new, name))
            for name, value in vars(self.old).items()
            if not name.startswith("_") and name not in silent
        )


class CreateStep(Step):
    """Create a resource, alone or as the second half of a replacement."""

    operation = "creating"

    def __init__(
        self, new: Resource, registration: Registration, old: Resource | None = None, *, delete_old_later: bool = False
    ) -> None:
        super().__init__(old, new, registration)
        self._delete_old_later = delete_old_later
        self.op = "create" if old is None else "create-replacement"
        self.counted = old is None

    @override
    def apply(self, work: Work) -> None:
        new = self.resource
        new.created = new.modified = now()
        if not new.custom:
            return
        if urns.is_provider(new.type):
            new.id = UNKNOWN_TEXT if work.preview else str(uuid.uuid4())
            new.outputs = dict(new.inputs)
            work.registry.configure(new, new.inputs)
            return
        try:
            new.id, new.outputs = work.registry.get(new.provider).create(new)
        except InitializationError as exc:
            if not exc.id:
                raise ResourceError(f"provider returned no id with its initialisation failure: {exc}") from exc
            new.id, new.outputs, new.init_errors = exc.id, exc.outputs, exc.reasons
            raise

    @override
    def commit(self) -> Outcome:
        new, old = self.resource, self.old
        if old is not None and self._delete_old_later:
            old.delete = True
        return [old] if old is not None and old.pending_replacement else [], [new]


class UpdateStep(_InPlace):
    """Change a resource in place."""

    op = "update"
    operation = "updating"

    @override
    def apply(self, work: Work) -> None:
        old, new = self.old, self.new
        new.id, new.created, new.modified = old.id, old.created, old.modified
        if not new.custom:
            return
        new.modified = now()
        if urns.is_provider(new.type):
            new.outputs = dict(new.inputs)
            work.registry.configure(new, new.inputs)
            return
        try:
            new.outputs = work.registry.get(new.provider).update(old, new)
        except InitializationError as exc:
            # What exists was not made with the new inputs; with the old ones the next run sees the difference again.
            new.outputs, new.init_errors, new.inputs = exc.outputs, exc.reasons, dict(old.inputs)
            raise


class DeleteStep(Step):
    """Delete a resource, for good or as a half of a replacement."""

    operation = "deleting"

    def __init__(self, old: Resource, *, replacing: bool = False, pending_replacement: bool = False) -> None:
        """Take the *old* resource; with *pending_replacement* it stays in the state until its successor is there."""
        super().__init__(old, None)
        self._replacing = replacing
        self._pending_replacement = pending_replacement
        self.counted = not replacing
        self.op = ("discard" if old.external else "delete") + ("-replaced" if replacing else "")

    @override
    def apply(self, work: Work) -> None:
        old = self.resource
        if old.protect and not self._replacing:
            raise ProtectedError(old.urn)
        if work.preview or old.external or old.retain_on_delete or not old.custom:
            return
        if urns.is_provider(old.type):
            work.registry.remove(f"{old.urn}::{old.id}")
            return
        work.registry.get(old.provider).delete(old)

    @override
    def commit(self) -> Outcome:
        old = self.resource
        old.pending_replacement = old.pending_replacement or self._pending_replacement
        return [] if old.pending_replacement else [old], []


class RemovePendingReplaceStep(Step):
    """Forget a resource that was deleted for a replacement which is no longer wanted."""

    op = "remove-pending-replace"

    @override
    def commit(self) -> Outcome:
        return [self.resource], []


class ReplaceStep(Step):
    """Stands for a replacement as a whole; its parts do the work."""

    op = "replace"


class ReadStep(Step):
    """Look at a resource that the program does not own."""

    operation = "reading"

    def __init__(self, old: Resource | None, new: Resource, registration: Registration, *, replacing: bool) -> None:
        super().__init__(old, new, registration)
        self._replacing = replacing
        self.op = "read-replacement" if replacing else "read"
        self.counted = False

    @override
    def apply(self, work: Work) -> None:
        new, old = self.resource, self.old
        if new.id == UNKNOWN_TEXT:
            return
        found = work.registry.get(new.provider).read(new, new.inputs)
        new.id, new.outputs, new.init_errors = found.id or new.id, found.outputs, list(found.reasons or ())
        if old is not None:
            new.created, new.modified = old.created, old.modified
            if not (same(new.inputs, old.inputs) and same(new.outputs, old.outputs)):
                new.modified = now()
            # A read counts as a change only if it found one.
            self.counted = not self._replacing and not same(new.outputs, old.outputs)
        if found.reasons is not None:
            raise InitializationError(new.id, new.outputs, found.inputs, found.reasons)

    @override
    def commit(self) -> Outcome:
        if self._replacing and self.old is not None:
            self.old.delete = True
        return [self.old] if self.old is not None else [], [self.resource]


class RefreshStep(Step):
    """Read a resource of the state; afterwards `new` is what is there, None if it is gone."""

    op = "refresh"
    old: Resource

    def __init__(self, old: Resource) -> None:
        super().__init__(old, old)
        self._drifted = False

    @property
    @override
    def result_op(self) -> str:
        if self.new is None:
            return "delete"
        return "update" if self._drifted else "same"

    @override
    def apply(self, work: Work) -> None:
        old = self.old
        if not old.custom or urns.is_provider(old.type) or old.pending_replacement:
            return
        provider = work.registry.get(old.provider)
        found = provider.read(old, old.outputs)
        if found.reasons is not None:
            work.warn(old.urn, "Refreshed resource is in an unhealthy state:\n* " + "\n* ".join(found.reasons))
        if not found.id:
            self.new = None
            return
        new = replace(old)
        new.id, new.outputs, new.init_errors = found.id, found.outputs, list(found.reasons or ())
        new.inputs = old.inputs if found.inputs is None else found.inputs
        moved = not (same(new.inputs, old.inputs) and same(new.outputs, old.outputs))
        if moved:
            new.modified = now()
        # What a run of the unchanged program would do: found outputs against the inputs of the last run.
        self._drifted = moved if old.external else provider.diff(new.urn, new, old.inputs, old.ignore_changes).changes
        self.new = new
