"""One rehearsal from start to end: an emulator, a program, an engine, five phases, and what they must leave behind.

The phases are those of a stack's life: `preview`, `up`, an `up` that must change nothing, `refresh`, `destroy`. When
`up` fails, `destroy` still runs: that what was half made can be taken away again is worth knowing. A phase that fails
while a fault strikes is run once more, as people would.

The emulator runs in this process, on a thread: whatever ends this process, a kill included, ends the emulator with it,
and Ctrl-C cannot take it away while the engine still needs it to end its running steps.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from azure_recovery.emulator.exchange import TOKEN
from azure_recovery.emulator.fault_table import from_argument
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.rehearsal import azure_native, checks
from azure_recovery.rehearsal.copies import copies
from azure_recovery.rehearsal.engine_protocol import Event, Operation, RehearsalEngine, Site
from azure_recovery.rehearsal.engines import choose_engine
from azure_recovery.rehearsal.environment import azure_environment, passphrase, rehearsal_environment
from azure_recovery.rehearsal.faults import Faults, phase_named
from azure_recovery.rehearsal.interrupts import Interrupts
from azure_recovery.rehearsal.progress import PlainProgress, Progress
from azure_recovery.rehearsal.projects import Project
from azure_recovery.rehearsal.report import RESUMED, Phase, Report, count_requests
from azure_recovery.rehearsal.rollbacks import not_once, rollbacks
from azure_recovery.rehearsal.system_center import SystemCenter
from azure_recovery.rehearsal.world import ControlClient, Request, World

PHASES: tuple[tuple[str, Operation], ...] = (
    ("preview", "preview"),
    ("up", "up"),
    ("up again", "up"),
    ("refresh", "refresh"),
    ("destroy", "destroy"),
)


@dataclass(frozen=True)
class Plan:
    """What to rehearse, and how."""

    project: Project
    engine: str = "auto"
    speed: float = 600.0
    keep: bool = False
    world: Mapping[str, Any] | None = None
    """What Azure holds at the start, as in a world file; the emulator's default world if None."""
    faults: Sequence[str] = ()
    """What goes wrong: `NAME[:KEY=VALUE,…]` each, as for the emulator."""
    faults_from: str = "up"
    """The phase with which that begins, `up again` or `up-again` for one."""


def rehearse(plan: Plan, progress: Progress) -> Report:
    """Rehearse a program and take everything away again that it needed.

    Args:
        plan: What to rehearse.
        progress: Where to tell how it goes.

    Returns:
        What was shown. Its `ok` says whether all of it held.

    Raises:
        EngineError: The engine does not start.
        FaultError: There is no such fault, or no such phase for it to begin with.
        ProjectError: The passphrase for the project's configuration cannot be read.
    """
    for fault in plan.faults:
        from_argument(fault)
    plan = replace(plan, faults_from=phase_named(plan.faults_from, (name for name, _ in PHASES)))
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="azure-recovery-rehearsal-"))
        if not plan.keep:
            cleanup.callback(shutil.rmtree, folder)
        log = cleanup.enter_context((folder / "rehearsal.log").open("w", encoding="utf-8"))
        system_center = SystemCenter.make(folder / "certificates")
        # The keys are good for nothing once the emulator is gone, so they do not stay with what `--keep` keeps.
        cleanup.callback(shutil.rmtree, system_center.certificates.folder)
        emulator = cleanup.enter_context(
            RunningEmulator(
                speed=plan.speed, world=plan.world, state=folder / "emulator.sqlite", spf=system_center.listener
            )
        )
        control = cleanup.enter_context(ControlClient(emulator.url))
        world = control.world()
        azure = azure_environment(
            emulator.url, speed=plan.speed, subscription_id=world.subscription_id, tenant_id=world.tenant_id
        )
        azure |= system_center.environment(emulator.spf_url, world.settings)
        tee = _Tee(progress, log)
        engine = choose_engine(
            plan.engine,
            Site(
                project=plan.project,
                folder=folder / "engine",
                environment=rehearsal_environment(azure),
                passphrase=passphrase(),
                on_event=tee.event,
                plugins={azure_native.PACKAGE: azure_native.install_plugin(folder / "plugins")},
            ),
        )
        cleanup.callback(engine.close)
        run = _Run(plan, engine, control, tee)
        with Interrupts(run.interrupt) as interrupts:
            run.phases(interrupts)
        run.report.kept = str(folder) if plan.keep else None
        log.flush()
        run.search_secrets([folder / "rehearsal.log", *engine.files()], TOKEN)
        return run.report


class _Run:
    """The phases of one rehearsal, and what is found out on the way."""

    def __init__(self, plan: Plan, engine: RehearsalEngine, control: ControlClient, progress: _Tee) -> None:
        self._engine = engine
        self._control = control
        self._progress = progress
        self._outputs: Mapping[str, Any] = {}
        self._cancels = 0
        self._faults = Faults(control, plan.faults)
        self._faults_from = plan.faults_from
        self._deployments: list[Mapping[str, Any]] = []
        self.report = Report(program=str(plan.project.program_dir), engine=engine.name, speed=plan.speed)
        self.report.faults_from = plan.faults_from

    def phases(self, interrupts: Interrupts) -> None:
        """Run the phases in their order; after a failure only `destroy`, and nothing after an interruption."""
        before = self._control.world()
        failed = False
        for name, operation in PHASES:
            if interrupts.any:
                break
            if failed and (operation != "destroy" or not self._deployments):
                continue
            if name == self._faults_from and self._faults.begin():
                self._progress.note(f"from now on: {', '.join(fault.fault for fault in self._faults.strikes())}")
            ok = self._step(name, operation, before, interrupts)
            failed = failed or not ok
        self.report.faults = self._faults.strikes()
        self.report.interrupted = interrupts.any
        self.report.requests = count_requests(self._control.requests(), before.clock)

    def interrupt(self) -> bool:
        """Hand a Ctrl-C to the engine: the first lets running steps end, the second ends them."""
        if not self._engine.cancel():
            return False
        self._cancels += 1
        self._progress.note(
            "stopping: running steps end first; Ctrl-C again ends at once" if self._cancels == 1 else "ending at once"
        )
        return True

    def search_secrets(self, files: list[Path], token: str) -> None:
        """Search everything that was written for the emulator's token and for signed URLs."""
        texts = [(file.name, file.read_text(encoding="utf-8", errors="replace")) for file in files]
        texts += [("state", checks.as_text(deployment)) for deployment in self._deployments]
        texts += [("outputs", checks.as_text(self._outputs)), ("report", checks.as_text(self.report.as_json()))]
        self.report.findings += checks.no_secrets(texts, [token])

    def _step(self, name: str, operation: Operation, start: World, interrupts: Interrupts) -> bool:
        """Run a phase, and once more if it failed while a fault struck: with the fault, but `destroy` without."""
        ok = self._once(name, name, operation, start, interrupts)
        if ok or operation == "preview" or interrupts.any or not self._faults.have_struck():
            return ok
        if operation == "destroy" and self._faults.lift():
            self._progress.note("faults are taken away")
        return self._once(name, name + RESUMED, operation, start, interrupts)

    def _once(self, name: str, title: str, operation: Operation, start: World, interrupts: Interrupts) -> bool:
        world = self._control.world()
        ok, requests = self._phase(title, operation, interrupts)
        if operation != "preview":
            self._deployments.append(self._engine.deployment())
            self.report.native = self.report.native.joined(azure_native.types_seen(self._deployments[-1]))
        if ok:
            self._check(name, start, world, requests)
        return ok

    def _phase(self, name: str, operation: Operation, interrupts: Interrupts) -> tuple[bool, list[Request]]:
        self._progress.phase(name)
        asked = self._control.requests()
        # By number: the emulator forgets the oldest of very many.
        last = asked[-1].number if asked else 0
        azure_start, wall_start = self._control.world().clock, time.monotonic()
        outcome = interrupts.run(lambda: self._engine.run(operation))
        requests = [request for request in self._control.requests() if request.number > last]
        phase = Phase(
            name=name,
            ok=outcome.ok,
            changes=outcome.changes,
            azure_s=(self._control.world().clock - azure_start).total_seconds(),
            wall_s=time.monotonic() - wall_start,
            requests=len(requests),
            errors=outcome.errors,
            warnings=outcome.warnings,
        )
        self.report.phases.append(phase)
        self._progress.end(phase.line)
        return phase.ok, requests

    def _check(self, name: str, start: World, before: World, requests: list[Request]) -> None:
        after = self._control.world()
        deployment = self._deployments[-1] if self._deployments else {}
        if name == "up":
            self._outputs = self._engine.outputs()
            self.report.copies = copies(deployment)
            self.report.rollbacks = rollbacks(deployment)
            found = checks.after_up(start, after, deployment, self._outputs)
            found += not_once(start, after, self.report.rollbacks)
        elif name == "destroy":
            found = checks.after_destroy(start, after, deployment)
        else:
            changes = {} if name == "preview" else self.report.phases[-1].changes
            found = checks.nothing_changed(name, before, after, changes, requests)
        self.report.findings += found


class _Tee:
    """Progress for the user, and all of it in the log as well."""

    def __init__(self, progress: Progress, log: TextIO) -> None:
        self._sinks: tuple[Progress, ...] = (progress, PlainProgress(log, interval_s=0))

    def phase(self, name: str) -> None:
        for sink in self._sinks:
            sink.phase(name)

    def event(self, event: Event) -> None:
        for sink in self._sinks:
            sink.event(event)

    def end(self, line: str) -> None:
        for sink in self._sinks:
            sink.end(line)

    def note(self, line: str) -> None:
        for sink in self._sinks:
            sink.note(line)
