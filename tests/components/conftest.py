"""Programs against a monitor in memory that keeps what they declare, and on an engine with an emulated Azure."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.runtime import mocks

from azure_recovery.components import source_order
from azure_recovery.dynamic_providers.source_points import SourcePoint, SourceUnknownError
from azure_recovery.emulator.exchange import TOKEN
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.engine import Diagnostic, StepStarted
from azure_recovery.rehearsal.engine_protocol import Event, Operation, Site, resource_name, resource_type
from azure_recovery.rehearsal.engines import choose_engine
from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.world import ControlClient, Request
from tests.one_salt import one_salt

__all__ = ["one_salt"]

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
PROGRAMS = Path(__file__).parent / "programs"
SPEED = 3600.0
"""An hour of Azure's in a second."""
_WITHOUT_PROVIDER = ("Stack", "CrossRegionCopy", "pulumi-python")
"""Types whose steps say nothing: the stack, the component, the provider itself."""
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
        elif kind == "CheckpointBaseline":
            inputs["baseline"] = {"trigger": inputs["trigger"]}
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


@pytest.fixture(scope="module", autouse=True)
def warm(warm_processes: None) -> None:
    """What a program declares is the same however it started."""


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

    def answer(*names: str, down: str = "", being_made: tuple[str, ...] = ()) -> None:
        def look(collection_id: str) -> tuple[SourcePoint, ...]:
            assert SOURCE == collection_id
            if down:
                raise SourceUnknownError(down)
            begun = datetime(2026, 11, 20, tzinfo=UTC)
            points = [
                SourcePoint(name, begun + timedelta(days=day), is_made=name not in being_made)
                for day, name in enumerate(names)
            ]
            return tuple(reversed(points))

        monkeypatch.setattr(source_order, "source_points", look)

    return answer


@dataclass(frozen=True)
class Done:
    """How an operation of an engine ended.

    Attributes:
        ops: Name of a resource to what was done, or would be done, with it. rows: Name to what its row showed.
        outputs: Of the stack, {} after a preview.
    """

    ok: bool
    ops: dict[str, str]
    rows: dict[str, list[str]]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    requests: list[Request]
    outputs: Mapping[str, Any]

    @property
    def changed(self) -> dict[str, str]:
        """What did not stay as it was."""
        return {name: op for name, op in self.ops.items() if op != "same"}

    @property
    def looks(self) -> int:
        """How often a restore point was looked at."""
        return sum(request.operation == "RestorePoints.Get" for request in self.requests)

    @property
    def writes(self) -> list[Request]:
        """Requests that change something."""
        return [request for request in self.requests if request.writes]


class Deployed:
    """A program of this folder on an engine and an emulator."""

    def __init__(
        self,
        engine: str,
        program: str,
        emulator: RunningEmulator,
        control: ControlClient,
        folder: Path,
        *,
        speed: float,
        more: Mapping[str, str],
    ) -> None:
        self._events: list[Event] = []
        self._control = control
        self._emulator = emulator
        self._arguments = folder / "arguments.json"
        world = control.world()
        environment = rehearsal_environment(
            azure_environment(
                emulator.url, speed=speed, subscription_id=world.subscription_id, tenant_id=world.tenant_id
            )
        )
        site = Site(
            project=find_project(PROGRAMS / program),
            folder=folder,
            environment={
                **environment,
                "PYTHONPATH": str(PROGRAMS / program),
                "ARGUMENTS": str(self._arguments),
                **more,
            },
            passphrase="of a test",
            on_event=self._events.append,
        )
        self.engine = choose_engine(engine, site)

    def run(self, operation: Operation, *, ok: bool = True, **arguments: Any) -> Done:
        """Run an operation with the program of these arguments, which must succeed unless told otherwise."""
        self._arguments.write_text(
            json.dumps({"source_collection_id": SOURCE, "regions": ["northeurope"], **arguments})
        )
        self._events.clear()
        before = len(self._control.requests())
        outcome = self.engine.run(operation)
        assert ok == outcome.ok, outcome.errors
        ops = {
            resource_name(event.urn): event.op
            for event in self._events
            if isinstance(event, StepStarted) and resource_type(event.urn) not in _WITHOUT_PROVIDER
        }
        rows: dict[str, list[str]] = {}
        for event in self._events:
            if isinstance(event, Diagnostic):
                rows.setdefault(resource_name(event.urn), []).append(event.message)
        requests = self._control.requests()[before:]
        outputs = {} if operation == "preview" else self.engine.outputs()
        return Done(outcome.ok, ops, rows, outcome.errors, outcome.warnings, requests, outputs)

    def there(self, arm_id: str) -> bool:
        """Return whether Azure has it, in whatever state."""
        return self._control.world().holds(arm_id)

    def send(self, method: str, arm_id: str, body: dict[str, Any] | None = None) -> None:
        """Ask Azure as somebody else, who is not refused."""
        httpx.request(
            method,
            f"{self._emulator.url}{arm_id}",
            params={"api-version": "2026-04-01"},
            headers={"Authorization": f"Bearer {TOKEN}"},
            json=body,
            trust_env=False,
        ).raise_for_status()

    def advance(self, *, hours: float) -> None:
        """Let Azure's time pass at once."""
        clock = self._emulator._cloud.clock
        clock.anchor = replace(clock.anchor, azure_s=clock.anchor.azure_s + hours * 3600.0)

    def fault(self, **fault: Any) -> int:
        """Put a fault into force and return its number."""
        answer = httpx.post(f"{self._emulator.url}/_emulator/faults", json=fault, trust_env=False)
        return int(answer.raise_for_status().json()["id"])

    def struck(self, fault: int) -> int:
        """Return how many requests a fault has struck."""
        return int(self._control.faults()[fault]["fired"])

    def lift(self, fault: int) -> None:
        """Take a fault away: what it holds goes on."""
        httpx.delete(f"{self._emulator.url}/_emulator/faults/{fault}", trust_env=False).raise_for_status()


@pytest.fixture
def world() -> dict[str, Any] | None:
    """What Azure holds; None for the default world."""
    return None


@pytest.fixture
def deploy(world: dict[str, Any] | None, tmp_path: Path) -> Iterator[Callable[..., Deployed]]:
    """Return a stack on an engine, `embedded` or `pulumi`, with an Azure of its own and more in its environment."""
    with ExitStack() as stack:

        def make(engine: str, program: str = "copies", *, speed: float = SPEED, **more: str) -> Deployed:
            if engine == "pulumi" and shutil.which("pulumi") is None:
                pytest.skip("the pulumi command is not on PATH")
            emulator = stack.enter_context(RunningEmulator(speed=speed, world=world))
            control = stack.enter_context(ControlClient(emulator.url))
            deployed = Deployed(engine, program, emulator, control, tmp_path, speed=speed, more=more)
            stack.callback(deployed.engine.close)
            return deployed

        yield make
