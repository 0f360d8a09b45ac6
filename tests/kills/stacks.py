"""A stack on an engine and an Azure of its own, whose provider process can be killed at a request.

Azure and the state can be left as they are and taken up again any number of times, so that one kill has several ends.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_recovery.engine import StepStarted
from azure_recovery.rehearsal.checks import managed_ids
from azure_recovery.rehearsal.engine_protocol import Event, Operation, Outcome, Site
from azure_recovery.rehearsal.engines import choose_engine
from azure_recovery.rehearsal.environment import rehearsal_environment
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.world import World
from tests.kills import azure
from tests.kills.moments import Cell
from tests.kills.reaching import Reaching
from tests.kills.worlds import WORLDS
from tests.waiting import PATIENCE_S
from tests.warm import provider_with

_PROGRAMS = Path(__file__).parent / "programs"
_MARK = "KILLS_RUN"
_PASSING = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=: )\d+(?:\.\d+)?"
    r"|(?<=127\.0\.0\.1:)\d+",
    re.IGNORECASE,
)
"""Times, GUIDs, numbers (seconds and percentages), and the emulator's port."""


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
        return set(azure.ours(self.world))


@dataclass
class Stack:
    """A program on an engine and an emulator.

    Args:
        folder: For the world, the state and the engine's files; not there yet.
        program: A folder in `programs`.
        engine_name: `embedded` or `pulumi`.
        world: What there is at the beginning, if it is not the program's own.
        left: Folder of a stack that is taken up from where it was left.
        start: The world before everything.
        standing_at: Azure's time where its clock was stopped with the kill, until the next run's first step; the CLI
            tells of that too late. None: it runs on.
    """

    folder: Path
    program: str
    engine_name: str = "embedded"
    world: Mapping[str, Any] | None = None
    left: Path | None = None
    start: World | None = None
    standing_at: float | None = None
    _events: list[Event] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[Stack]:
        """Serve the world and make the engine ready."""
        self.folder.mkdir()
        for file in self.left.glob("azure.db*") if self.left else ():
            shutil.copy2(file, self.folder)
        with azure.Azure(self.folder / "azure.db", self.world or WORLDS[self.program], self.standing_at) as self.azure:
            self.start = self.start or self.azure.world()
            self._mark = str(uuid.uuid4())
            site = Site(
                project=find_project(_PROGRAMS / self.program),
                folder=self.folder,
                environment={**rehearsal_environment(self.azure.environment), _MARK: self._mark},
                passphrase="of a test",
                on_event=self._event,
            )
            self._engine = choose_engine(self.engine_name, site)
            try:
                if self.left:
                    _restore(self.left, self.folder)
                yield self
            finally:
                self._engine.close()

    def fork(self, name: str) -> Stack:
        """Return the same stack in another folder, to be taken up from here once this one is not running."""
        folder = self.folder.with_name(f"{self.folder.name}-{name}")
        return Stack(folder, self.program, self.engine_name, self.world, self.folder, self.start, self.standing_at)

    def run(self, operation: Operation) -> Run:
        """Run an operation to its end."""
        run = self._seen(lambda: self._engine.run(operation))
        self._go_on()
        return run

    def killed(self, operation: Operation, cell: Cell) -> Run:
        """Run an operation whose provider process is killed in a cell of the matrix."""

        def run() -> Outcome:
            reaching = Reaching(self.azure, cell.position, cell.moment)
            with ThreadPoolExecutor(1) as pool:
                ending = pool.submit(self._engine.run, operation)
                try:
                    reaching.reach(ending)
                    self._kill()
                    if cell.position.stands and self.engine_name == "embedded":
                        self.standing_at = self.azure.stand_still()
                    outcome = ending.result(PATIENCE_S)
                    reaching.let_go()
                finally:
                    self.azure.lift()
                return outcome

        return self._seen(run)

    def _event(self, event: Event) -> None:
        self._events.append(event)
        # To the provider that is asked now, no time has passed since the kill.
        if isinstance(event, StepStarted) and event.urn.endswith("::drill"):
            self._go_on()

    def _go_on(self) -> None:
        if self.standing_at is not None:
            self.standing_at = None
            self.azure.go_on()

    def _seen(self, work: Callable[[], Outcome]) -> Run:
        assert self.start is not None
        self._events.clear()
        before = len(self.azure.log())
        outcome = work()
        outputs = self._engine.outputs()
        texts = [(file.name, file.read_text(errors="replace")) for file in self._engine.files()]
        texts += [("events", "\n".join(map(repr, self._events))), ("outcome", repr(outcome))]
        return Run(
            start=self.start,
            outcome=outcome,
            world=self.azure.world(),
            deployment=self._engine.deployment(),
            outputs=outputs,
            log=self.azure.log()[before:],
            texts=[*texts, ("outputs", json.dumps(outputs))],
        )

    def _kill(self) -> None:
        os.kill(provider_with(_MARK, self._mark), signal.SIGKILL)


def situation(run: Run) -> str:
    """Return what a run left behind, without times: what is left alike goes on alike."""
    state = [
        {name: item.get(name) for name in ("urn", "id", "inputs", "outputs", "initErrors", "delete")}
        for item in run.deployment.get("resources") or ()
    ]
    world = {
        id_: [azure.provisioning_state(resource), resource.get("usable")]
        for id_, resource in azure.ours(run.world).items()
    }
    jobs = [[job["properties"]["status"], job["visible"]] for job in azure.jobs(run.world)]
    return _PASSING.sub("#", json.dumps([state, run.pending, world, jobs], sort_keys=True))


def _restore(left: Path, folder: Path) -> None:
    """Copy the engine's state: the embedded one's file, or the CLI's backend with the salt of its secrets."""
    for name in ("state.json", "project/Pulumi.rehearsal.yaml"):
        if (left / name).exists():
            shutil.copy2(left / name, folder / name)
    if (left / "backend").exists():
        shutil.copytree(left / "backend", folder / "backend", dirs_exist_ok=True)
