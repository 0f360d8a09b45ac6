"""Programs against a monitor in memory that keeps what they declare."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from azure_recovery.components import source_order
from azure_recovery.dynamic_providers.source_points import SourcePoint, SourceUnknownError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
SOURCE = f"{GROUPS}/production/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"


class _Azure(mocks.Mocks):
    """Answers with what `check` would compute: names and ids."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        kind, inputs = args.typ.rsplit(":", 1)[-1], dict(args.inputs)
        if kind == "RestorePointCollectionCopy":
            group = f"{GROUPS}/{inputs['resource_group_name']}/providers/Microsoft.Compute"
            inputs["arm_id"] = f"{group}/restorePointCollections/{args.name}"
        elif kind == "RestorePointCopy":
            inputs["arm_id"] = f"{inputs['restore_point_collection_id']}/restorePoints/{args.name}"
        elif kind == "ReplicationGate":
            inputs["usable"] = {
                id_.lower(): {"usable_at": "2026-11-22T10:00:00+00:00", "disks": [{"name": "os", "lun": 0.0}]}
                for id_ in inputs["restore_point_ids"]
            }
        return inputs.get("arm_id") or args.name, inputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"nothing is called, and {args.token} was")


@dataclass(frozen=True)
class Declared:
    """One resource, as a program declared it.

    Attributes:
        kind: Last part of the type. after: Names of the resources that it depends on, sorted.
    """

    kind: str
    name: str
    parent: str
    inputs: dict[str, Any]
    after: list[str]


class _Monitor(mocks.MockMonitor):
    """Keeps dependencies, which mocks are not told."""

    def __init__(self) -> None:
        super().__init__(_Azure())
        self.declared: list[Declared] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - gRPC's name
        self.declared.append(
            Declared(
                kind=request.type.rsplit(":", 1)[-1],
                name=request.name,
                parent=request.parent.rsplit("::", 1)[-1],
                inputs=pulumi.runtime.rpc.deserialize_properties(request.object),
                after=sorted(urn.rsplit("::", 1)[-1] for urn in request.dependencies),
            )
        )
        return super().RegisterResource(request)


@dataclass
class Stack:
    """What programs declared, and what they said."""

    declared: list[Declared] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def run(self, program: Callable[[], Any], *, preview: bool = False) -> None:
        """Run *program*; it may return an output, which is then waited for."""
        said = _Said()
        monitor = _Monitor()
        logger = logging.getLogger("said")
        logger.handlers = [said]
        pulumi.runtime.set_mocks(None, "project", "stack", preview, logger, monitor)
        try:
            pulumi.runtime.test(program)()
        finally:
            self.declared, self.warnings = monitor.declared, said.warnings

    def of(self, kind: str) -> list[Declared]:
        """Return the resources of a kind, in the order of their names."""
        return sorted((one for one in self.declared if one.kind == kind), key=lambda one: one.name)

    def names(self, kind: str) -> list[str]:
        """Return the names of the resources of a kind."""
        return [one.name for one in self.of(kind)]


class _Said(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            self.warnings.append(record.getMessage())


@pytest.fixture
def stack() -> Iterator[Stack]:
    """A stack whose resources exist in memory alone."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield Stack()
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the source collection answer with restore points, oldest first, or with an error."""

    def answer(*names: str, down: str = "", uncopyable: tuple[str, ...] = ()) -> None:
        def look(collection_id: str) -> tuple[SourcePoint, ...]:
            assert SOURCE == collection_id
            if down:
                raise SourceUnknownError(down)
            begun = datetime(2026, 11, 20, tzinfo=UTC)
            points = [
                SourcePoint(name, begun + timedelta(days=day), copyable=name not in uncopyable)
                for day, name in enumerate(names)
            ]
            return tuple(reversed(points))

        monkeypatch.setattr(source_order, "source_points", look)

    return answer
