"""A stack on an engine and an Azure of its own, whose provider process can be killed at a request.

Azure and the state can be left as they are and taken up again any number of times, so that one kill has several ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from azure_recovery.emulator.gateway import TOKEN
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rehearsal.checks import managed_ids
from azure_recovery.rehearsal.engine_protocol import Event, Operation, Outcome, Site
from azure_recovery.rehearsal.engines import choose_engine
from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.world import ControlClient, World
from tests.kills.moments import Cell, Moment, Position

PROGRAMS = Path(__file__).parent / "programs"
SPEED = 600.0
"""Azure's hour for a collection has to be seconds of a busy machine."""
_MARK = "KILLS_RUN"
_PATIENCE_S = 60.0
_GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
_PASSING = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+\.\d+", re.IGNORECASE
)
"""Times, GUIDs and percentages."""
_RECOVERY = f"{_GROUPS}/recovery/providers/Microsoft.Compute".lower()

WORLD: dict[str, Any] = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_groups": [
        {"name": "production", "location": "westeurope"},
        {"name": "recovery", "location": "northeurope"},
    ],
    "virtual_machines": [
        {
            "name": "web-1",
            "resource_group": "production",
            "location": "westeurope",
            "disks": [
                {"name": "web-1-os", "replication_minutes": 4},
                {"name": "web-1-data", "lun": 0, "replication_minutes": 5},
            ],
        }
    ],
    "restore_point_collections": [
        {
            "name": "web-1-restore-points",
            "resource_group": "production",
            "location": "westeurope",
            "source": {"virtual_machine": "web-1"},
            "restore_points": [{"name": "daily-1", "age_hours": 48}, {"name": "daily-2", "age_hours": 24}],
        }
    ],
    # Long enough for two polls of each kind, with half a second to wait for a copy.
    "settings": {"copy_accept_seconds": 60, "delete_seconds": 30, "replication_refresh_seconds": 0},
}


@dataclass(frozen=True)
class Run:
    """How an operation of the engine ended, and everything that was to be seen of it.

    Attributes:
        start: The world before everything. world: The world at the end.
        log: Requests as the emulator wrote them down. texts: What was written or shown, by place.
    """

    start: World
    outcome: Outcome
    world: World
    deployment: Mapping[str, Any]
    outputs: Mapping[str, Any]
    log: list[dict[str, Any]]
    texts: list[tuple[str, str]]
    seconds: float

    @property
    def managed(self) -> set[str]:
        """ARM ids in the state, in lower case."""
        return {id_.lower() for id_ in managed_ids(self.deployment)}

    @property
    def pending(self) -> list[str]:
        """Names of the resources whose operation the state holds as interrupted."""
        return [item["resource"]["urn"].rsplit("::", 1)[1] for item in self.deployment.get("pending_operations") or ()]

    @property
    def ours(self) -> set[str]:
        """ARM ids of what was made in the target's resource group, in lower case."""
        return {id_ for id_ in self.world.resources if id_.startswith(_RECOVERY) and "/diskrestorepoints/" not in id_}


@dataclass
class Stack:
    """A program on an engine and an emulator.

    Args:
        folder: For the world, the state and the engine's files.
        program: A folder in `programs`.
        engine_name: `embedded` or `pulumi`.
        left: Folder of a stack that is taken up from where it was left.
    """

    folder: Path
    program: str
    engine_name: str = "embedded"
    left: Path | None = None
    start: World | None = None
    events: list[Event] = field(default_factory=list)

    @contextlib.contextmanager
    def running(self) -> Iterator[Stack]:
        """Serve the world, from where it was left."""
        self.folder.mkdir()
        for file in self.left.glob("azure.db*") if self.left else ():
            shutil.copy2(file, self.folder)
        with contextlib.ExitStack() as stack:
            self._emulator = RunningEmulator(
                world=None if self.left else WORLD, speed=SPEED, state=self.folder / "azure.db"
            )
            stack.enter_context(self._emulator)
            self._http = stack.enter_context(
                httpx.Client(
                    base_url=self._emulator.url,
                    headers={"Authorization": f"Bearer {TOKEN}"},
                    params={"api-version": "2026-04-01"},
                    trust_env=False,
                )
            )
            self.control = stack.enter_context(ControlClient(self._emulator.url))
            self._mark = str(uuid.uuid4())
            world = self.control.world()
            self.start = self.start or world
            azure = azure_environment(
                self._emulator.url, speed=SPEED, subscription_id=world.subscription_id, tenant_id=world.tenant_id
            )
            site = Site(
                project=find_project(PROGRAMS / self.program),
                folder=self.folder,
                environment={**rehearsal_environment(azure), _MARK: self._mark},
                passphrase="of a test",
                on_event=self.events.append,
            )
            self._engine = choose_engine(self.engine_name, site)
            stack.callback(self._engine.close)
            if self.left:
                _restore(self.left, self.folder)
            yield self

    def fork(self, name: str) -> Stack:
        """Return the same stack in another folder, to be taken up from here once this one is not running."""
        folder = self.folder.with_name(f"{self.folder.name}-{name}")
        return Stack(folder, self.program, self.engine_name, self.folder, self.start)

    def run(self, operation: Operation) -> Run:
        """Run an operation to its end."""
        return self._seen(lambda: self._engine.run(operation))

    def killed(self, operation: Operation, cell: Cell) -> Run:
        """Run an operation whose provider process is killed in a cell of the matrix."""

        def run() -> Outcome:
            reaching = _Reaching(self, cell.position, cell.moment)
            with ThreadPoolExecutor(1) as pool:
                ending = pool.submit(self._engine.run, operation)
                try:
                    reaching.reach(ending)
                    self._kill()
                    outcome = ending.result(_PATIENCE_S)
                    reaching.all_cut()
                finally:
                    self.lift()
                return outcome

        return self._seen(run)

    def _seen(self, work: Callable[[], Outcome]) -> Run:
        self.events.clear()
        before, begun = len(self.log()), time.monotonic()
        outcome = work()
        seconds = time.monotonic() - begun
        texts = [(file.name, file.read_text(errors="replace")) for file in self._engine.files()]
        texts += [("events", "\n".join(map(repr, self.events))), ("outcome", repr(outcome))]
        outputs = self._engine.outputs()
        texts.append(("outputs", json.dumps(outputs)))
        assert self.start is not None
        return Run(
            start=self.start,
            outcome=outcome,
            world=self.control.world(),
            deployment=self._engine.deployment(),
            outputs=outputs,
            log=self.log()[before:],
            texts=texts,
            seconds=seconds,
        )

    def _kill(self) -> None:
        [process] = [pid for pid in _processes() if self._is_provider(pid)]
        os.kill(process, signal.SIGKILL)

    def _is_provider(self, pid: int) -> bool:
        # Its wrapper and the program carry the mark as well.
        command = _proc(pid, "cmdline").split(b"\0")
        return b"pulumi.dynamic" in command and f"{_MARK}={self._mark}".encode() in _proc(pid, "environ").split(b"\0")

    # What the emulator is told and asked.

    def fault(self, given: Mapping[str, Any]) -> int:
        """Put a fault into force and return its number."""
        answer = self._http.post("/_emulator/faults", json=given)
        assert answer.is_success, answer.text
        return int(answer.json()["id"])

    def fired(self, number: int) -> int:
        """Return how many requests a fault has struck."""
        faults = self._http.get("/_emulator/faults").json()["faults"]
        return next(int(fault["fired"]) for fault in faults if fault["id"] == number)

    def lift(self, number: int | None = None) -> None:
        """Take one fault away, or all."""
        self._http.delete("/_emulator/faults" if number is None else f"/_emulator/faults/{number}")

    def log(self) -> list[dict[str, Any]]:
        """Return the requests since this emulator was started."""
        entries: list[dict[str, Any]] = self._http.get("/_emulator/requests").json()["requests"]
        return entries

    def delete(self, arm_id: str) -> None:
        """Delete something as `az` would, and wait until it is gone."""
        answer = self._http.delete(arm_id)
        assert answer.status_code in (200, 202), answer.text
        wait_until(lambda: not self.control.world().holds(arm_id))


class _Reaching:
    """The way to one moment of one request."""

    def __init__(self, stack: Stack, position: Position, moment: Moment) -> None:
        self._stack, self._position, self._moment = stack, position, moment
        self._stone = stack.fault(position.after.fault("hang-after")) if position.after else None
        self._held: int | None = None
        self._barrier: int | None = None
        if self._stone is None:
            self._arm()

    def _arm(self) -> None:
        position = self._position
        if position.until or self._moment is Moment.BEFORE:
            self._held = self._stack.fault(position.match.fault("hang-before"))
        if self._moment is not Moment.BEFORE:
            self._struck = self._stack.fault(position.match.fault("hang-after"))

    def reach(self, ending: Future[Outcome]) -> None:
        """Return when the moment has come."""
        stack = self._stack
        if self._stone is not None:
            self._wait_for(self._stone, ending)
            self._arm()
            stack.lift(self._stone)
        if self._held is not None:
            self._wait_for(self._held, ending)
            if self._position.until:
                wait_until(lambda: _is(stack.control.world(), *self._position.until))
            if self._moment is Moment.BEFORE:
                return
            stack.lift(self._held)
        self._wait_for(self._struck, ending)
        if self._moment is Moment.ANSWERED:
            answered = len(stack.log())
            self._barrier = stack.fault({"name": "hang-before", "count": 0})
            stack.lift(self._struck)
            wait_until(lambda: any(entry["fault"] == "hang-after" for entry in stack.log()[answered:]))

    def _wait_for(self, fault: int, ending: Future[Outcome]) -> None:
        def struck() -> bool:
            assert not ending.done(), f"{self._position} did not come: {ending.result()}"
            return self._stack.fired(fault) > 0

        wait_until(struck)

    def all_cut(self) -> None:
        """Return when the emulator has noticed that nobody waits for the requests that it holds."""
        held = 1 if self._barrier is None else self._stack.fired(self._barrier)
        wait_until(lambda: sum(entry["status"] == 0 for entry in self._stack.log()) == held)


def wait_until(happened: Callable[[], bool]) -> None:
    """Return when something is so."""
    end = time.monotonic() + _PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def _restore(left: Path, folder: Path) -> None:
    """Copy the engine's state: the embedded one's file, or the CLI's backend with the salt of its secrets."""
    for name in ("state.json", "project/Pulumi.rehearsal.yaml"):
        if (left / name).exists():
            shutil.copy2(left / name, folder / name)
    if (left / "backend").exists():
        shutil.copytree(left / "backend", folder / "backend", dirs_exist_ok=True)


def copies(world: World) -> dict[str, Mapping[str, Any]]:
    """Return the restore points in the target's resource group by ARM id in lower case."""
    return {
        id_: resource
        for id_, resource in world.resources.items()
        if id_.startswith(_RECOVERY) and "/restorepoints/" in id_ and "/diskrestorepoints/" not in id_
    }


def _is(world: World, copy: str, wanted: str) -> bool:
    for id_, resource in copies(world).items():
        if id_.rsplit("/", 1)[1].startswith(f"{copy}-"):
            return bool(resource["usable"] or (wanted == "accepted" and _state(resource) == "Succeeded"))
    return False


def _state(resource: Mapping[str, Any]) -> str:
    return str(resource.get("properties", {}).get("provisioningState"))


def situation(run: Run) -> str:
    """Return what a run left behind, without times: what is left alike goes on alike."""
    state = [
        {name: item.get(name) for name in ("urn", "id", "inputs", "outputs", "initErrors", "delete")}
        for item in run.deployment.get("resources") or ()
    ]
    world = {
        id_: [_state(resource), resource.get("usable")]
        for id_, resource in run.world.resources.items()
        if id_.startswith(_RECOVERY)
    }
    text = json.dumps([state, run.pending, world], sort_keys=True)
    return re.sub(
        r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+\.\d+", "#", text
    )


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _proc(pid: int, name: str) -> bytes:
    try:
        return (Path("/proc") / str(pid) / name).read_bytes()
    except OSError:  # it has ended, or is not ours
        return b""
