"""What the emulator remembers, in SQLite.

A resource is one JSON document with the few columns that rules ask for. Documents hold moments, not states: a state is
computed from them and from the clock when somebody looks. One request is one transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from azure_recovery.emulator.ids import ArmId
from azure_recovery.emulator.regions import normalised

Document = dict[str, Any]

FORMAT: Final = "1"
_PRIMARY_CODE: Final = 0xFF
"""The bits of SQLite's error codes that tell what went wrong; the others tell where."""
_BUSY_TIMEOUT_S: Final = 1.0
"""Wall time for an emulator that is about to stop to let go of the file."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resources (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    subscription TEXT NOT NULL,
    resource_group TEXT NOT NULL,
    parent TEXT NOT NULL,
    source TEXT NOT NULL,
    location TEXT NOT NULL,
    gone_at REAL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS resources_by_type ON resources (type, subscription, resource_group, seq);
CREATE INDEX IF NOT EXISTS resources_by_parent ON resources (parent, seq);
CREATE INDEX IF NOT EXISTS resources_by_source ON resources (source, location);
CREATE INDEX IF NOT EXISTS resources_by_end ON resources (gone_at) WHERE gone_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS operations (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (scope TEXT NOT NULL, at REAL NOT NULL, value REAL NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_scope ON events (scope, at);
"""


class StateError(ValueError):
    """A state file that cannot be used. The message is one line."""


@dataclass(frozen=True)
class Row:
    """One resource, with the columns that the rules ask for.

    Attributes:
        key: The id in lower case.
        type: Resource type in lower case.
        parent: Key of the resource that it is nested in, or empty.
        source: Key of what it was made from: a VM, a collection, a restore point; or empty.
        location: Region, normalised.
        gone_at: When a deletion under way ends, in Azure's seconds since 1970.
    """

    key: str
    type: str
    subscription: str
    resource_group: str
    document: Document
    parent: str = ""
    source: str = ""
    location: str = ""
    gone_at: float | None = None

    @classmethod
    def of(cls, target: ArmId, document: Document, location: str, *, parent: str = "", source: str = "") -> Self:
        """Return the row of the resource *target*, in a region in any spelling."""
        return cls(
            key=target.key,
            type=target.resource_type,
            subscription=target.subscription.lower(),
            resource_group=target.group.lower(),
            document=document,
            parent=parent,
            source=source,
            location=normalised(location),
        )


class Store:
    """The database. Belongs to one thread at a time, and its file to one process for as long as it is open.

    Args:
        path: The state file; None keeps everything in memory.

    Raises:
        StateError: The file is not a state file of this emulator, or another emulator has it open.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._db = self._connected()
        try:
            self._open()
        except sqlite3.Error as error:
            self.close()
            raise self._unusable(error) from error
        except StateError:
            self.close()
            raise

    def _connected(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(
                self._path or ":memory:", _BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _open(self) -> None:
        # Two emulators on one file would each forget what the other promised. SQLite takes the lock with the first
        # access and keeps it until the file is closed, or the process is killed.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing; only a machine that loses power could lose the last requests.
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)
        known = self.meta("format")
        if known is None:
            self.set_meta("format", FORMAT)
        elif known != FORMAT:
            raise StateError(f"state file {self._path}: written by another version (format {known}, not {FORMAT})")

    def _unusable(self, error: sqlite3.Error) -> StateError:
        busy = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
        return StateError(f"state file {self._path}: {'is in use by another emulator' if busy else error}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen, or nothing."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def meta(self, name: str) -> str | None:
        """Return what was written under *name*."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Write *value* under *name*."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    _COLUMNS: Final = "key, type, subscription, resource_group, document, parent, source, location, gone_at"

    @staticmethod
    def _row(columns: tuple[Any, ...]) -> Row:
        key, kind, subscription, group, document, parent, source, location, gone_at = columns
        return Row(key, kind, subscription, group, json.loads(document), parent, source, location, gone_at)

    def get(self, key: str, kind: str | None = None) -> Row | None:
        """Return the resource of that key, if it is there and, if asked for, of that type."""
        columns = self._db.execute(f"SELECT {self._COLUMNS} FROM resources WHERE key = ?", (key,)).fetchone()  # noqa: S608
        if columns is None or (kind is not None and columns[1] != kind):
            return None
        return self._row(columns)

    def put(self, row: Row) -> None:
        """Write a resource; a new one goes to the end of the lists."""
        self._db.execute(
            f"INSERT INTO resources ({self._COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (key) DO UPDATE SET document = excluded.document, "
            "source = excluded.source, location = excluded.location, "
            "gone_at = excluded.gone_at",
            (
                row.key,
                row.type,
                row.subscription,
                row.resource_group,
                json.dumps(row.document, separators=(",", ":")),
                row.parent,
                row.source,
                row.location,
                row.gone_at,
            ),
        )

    def children(self, parent: str) -> list[Row]:
        """Return what is nested in *parent*, oldest first."""
        return self._select("parent = ?", parent)

    def made_from(self, source: str) -> list[Row]:
        """Return the resources made from *source*, oldest first."""
        return self._select("source = ?", source)

    def every(self) -> list[Row]:
        """Return all resources, oldest first."""
        return self._select("1")

    def _select(self, condition: str, *values: str) -> list[Row]:
        query = f"SELECT {self._COLUMNS} FROM resources WHERE {condition} ORDER BY seq"  # noqa: S608
        return [self._row(columns) for columns in self._db.execute(query, values)]

    def page(
        self, kind: str, subscription: str, group: str | None, after: int, size: int
    ) -> tuple[list[Row], int | None]:
        """Return at most *size* resources of a type and where the next page begins, or None at the end."""
        condition = "type = ? AND subscription = ? AND seq > ?"
        values: list[str | int] = [kind, subscription, after]
        if group is not None:
            condition += " AND resource_group = ?"
            values.append(group)
        query = f"SELECT {self._COLUMNS}, seq FROM resources WHERE {condition} ORDER BY seq LIMIT ?"  # noqa: S608
        found = self._db.execute(query, (*values, size + 1)).fetchall()
        rows = [self._row(columns[:-1]) for columns in found[:size]]
        return rows, int(found[size - 1][-1]) if len(found) > size else None

    def settle(self, now: float) -> None:
        """Forget the resources whose deletion has ended."""
        (first,) = self._db.execute("SELECT MIN(gone_at) FROM resources WHERE gone_at IS NOT NULL").fetchone()
        if first is not None and first <= now:
            self._db.execute("DELETE FROM resources WHERE gone_at <= ?", (now,))

    def operation(self, name: str) -> Document | None:
        """Return the operation of that name."""
        row = self._db.execute("SELECT document FROM operations WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def put_operation(self, name: str, document: Document) -> None:
        """Write an operation."""
        self._db.execute("INSERT OR REPLACE INTO operations VALUES (?, ?)", (name, json.dumps(document)))

    def record(self, scope: str, at: float, value: float = 0.0) -> None:
        """Note that something happened in *scope*."""
        self._db.execute("INSERT INTO events VALUES (?, ?, ?)", (scope, at, value))

    def since(self, scope: str, at: float) -> list[float]:
        """Return when something happened in *scope* after *at*, oldest first."""
        query = "SELECT at FROM events WHERE scope = ? AND at > ? ORDER BY at"
        return [float(moment) for (moment,) in self._db.execute(query, (scope, at))]

    def greatest(self, scope: str) -> float | None:
        """Return the greatest value that was recorded in *scope*."""
        (value,) = self._db.execute("SELECT MAX(value) FROM events WHERE scope = ?", (scope,)).fetchone()
        return None if value is None else float(value)
