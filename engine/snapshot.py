"""The state file while an operation runs: what was, what has been done, what is under way.

The file always holds all three, so that a kill at any moment loses nothing: resources already worked on, then those
of the last run that were not reached, and the operations of which no end was heard. It is replaced as a whole
(temporary file, fsync, rename) before and after each step. Source: `pkg/backend/snapshot.go`.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from azure_recovery.engine import graph
from azure_recovery.engine.errors import StateError
from azure_recovery.engine.properties import Properties, same
from azure_recovery.engine.state import Deployment, PendingOperation, Resource

Commit = Callable[[], tuple[list[Resource], list[Resource]]]


class StateFile:
    """A state file on disk, held by one engine at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other engine away for the length of the block."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock").open("a")
        except OSError as exc:
            raise StateError(f"{self.path}: cannot be locked ({exc.strerror}); check the directory") from exc
        with lock:
            try:
                # The kernel lets go when the process ends, however it ends: there is no lock to clear by hand.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                raise StateError(f"{self.path}: another engine is working on it; wait until it has ended") from exc
            yield

    def read(self, passphrase: str, salt: str | None) -> Deployment:
        """Return the state, empty if there is no file yet."""
        try:
            text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        except (OSError, UnicodeDecodeError) as exc:
            raise StateError(f"{self.path}: cannot be read ({exc}); check it and its rights") from exc
        return Deployment.from_text(text, passphrase, where=str(self.path), salt=salt)

    def write(self, text: str) -> None:
        """Replace the file; a reader sees the old one or the new one, and after a crash one of them is whole."""
        temporary = None
        try:
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", prefix=f".{self.path.name}.", dir=self.path.parent, delete=False
            ) as file:
                temporary = Path(file.name)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
            directory = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as exc:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise StateError(f"{self.path}: cannot be written ({exc.strerror}); check space and rights") from exc


class Snapshot:
    """Keeps the state file in step with the work; safe for many threads."""

    def __init__(self, file: StateFile | None, base: Deployment) -> None:
        """Begin from *base*; without a *file* nothing is written (a preview)."""
        self._file = file
        self._base = base
        self._done: set[Resource] = set()
        self._new: list[Resource] = []
        self._pending: list[PendingOperation] = []
        self._renamed: dict[str, str] = {}
        self._lock = Lock()
        self._stale = False

    def begin(self, resource: Resource, operation: str) -> PendingOperation:
        """Write down that *operation* on *resource* begins."""
        pending = PendingOperation(resource, operation)
        with self._lock:
            self._pending.append(pending)
            try:
                self._write()
            except StateError:
                # What cannot be written down is not begun.
                self._pending.remove(pending)
                raise
        return pending

    def end(self, pending: PendingOperation | None, commit: Commit | None, *, write: bool) -> None:
        """Write down how a step ended.

        Args:
            pending: What `begin` returned, if it was called.
            commit: Returns what leaves the state and what enters it, and may mark resources; None if the step failed.
            write: Otherwise the change waits for the next write.
        """
        with self._lock:
            if pending is not None:
                self._pending.remove(pending)
            if commit is not None:
                done, new = commit()
                self._done.update(done)
                self._new.extend(new)
                # A resource found under an alias has another URN now; what is not reached yet still knows the old one.
                self._renamed.update({one.urn: other.urn for one in done for other in new if one.urn != other.urn})
            if write or pending is not None:
                self._write()
            else:
                self._stale = True

    def set_outputs(self, resource: Resource, outputs: Properties) -> None:
        """Give a component or the stack its outputs."""
        with self._lock:
            if not same(resource.outputs, outputs):
                resource.outputs = outputs
                self._write()

    def rebase(self, resources: Sequence[Resource]) -> None:
        """Take refreshed *resources* for what was."""
        with self._lock:
            self._base.resources = list(resources)
            self._write()

    def save(self) -> None:
        """Write what was not worth a write of its own."""
        with self._lock:
            if self._stale:
                self._write()

    def freeze(self) -> None:
        """Write no more: after a second Ctrl-C the file tells what was under way."""
        with self._lock:
            self._file = None

    def resources(self) -> list[Resource]:
        """Return the resources as they are now."""
        fresh = [item for item in self._new if item not in self._done]
        left = [item for item in self._base.resources if item not in self._done]
        return [graph.renamed(item, self._renamed) for item in fresh + left] if self._renamed else fresh + left

    def _write(self) -> None:
        # Until it is on disk: what a write that failed should have kept is tried again with the next one.
        self._stale = True
        if self._file is None:
            return
        # How a creation ended that an earlier run lost sight of is known to nobody here: only a person can settle it.
        # Any other operation is settled by what this run does with the resource.
        lost = [item for item in self._base.pending if item.type == "creating"]
        self._file.write(Deployment(self.resources(), self._pending + lost, self._base.secrets).to_text())
        self._stale = False
