"""One operation from begin to end: program, steps, state.

The calling thread is the step generator's: it takes the program's requests one after another and hands their steps to
the workers. Source: `pkg/resource/deploy/deployment_executor.go` and `pkg/engine/update.go`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from contextlib import ExitStack
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

import grpc
from pulumi.runtime.proto import engine_pb2_grpc

from azure_recovery.engine import graph, urns
from azure_recovery.engine.engine_service import EngineService
from azure_recovery.engine.errors import EngineError, InitializationError
from azure_recovery.engine.events import Diagnostic, Event, Severity, StepFinished, StepStarted
from azure_recovery.engine.executor import Executor
from azure_recovery.engine.generator import CheckFailedError, Generator
from azure_recovery.engine.monitor import MonitorEvent, Outputs, ProgramDone, ProgramExited, Register, Stop
from azure_recovery.engine.processes import Child, ProcessGroups
from azure_recovery.engine.program import Program
from azure_recovery.engine.project import Run
from azure_recovery.engine.properties import Properties
from azure_recovery.engine.provider import CHANNEL_OPTIONS, Provider
from azure_recovery.engine.registry import Registry, provider_command
from azure_recovery.engine.snapshot import Snapshot
from azure_recovery.engine.state import Deployment as State
from azure_recovery.engine.state import Resource
from azure_recovery.engine.steps import ProtectedError, RefreshStep, Step, Work

_T = TypeVar("_T")
_SHOWN = 32
"""The program's exit code for an error that it has told the engine already."""


class Deployment:
    """One preview, up, refresh or destroy."""

    def __init__(self, run: Run, base: State, snapshot: Snapshot, on_event: Callable[[Event], None]) -> None:
        """Prepare, without starting anything.

        Args:
            run: What is run, and how.
            base: The state of the last run.
            snapshot: Keeps the state file.
            on_event: Called by one thread at a time.
        """
        self._run = run
        self._base = base
        self._snapshot = snapshot
        self._on_event = on_event
        self._lock = Lock()
        self._events: SimpleQueue[MonitorEvent] = SimpleQueue()
        self._registered: dict[str, Resource] = {}
        self._stack_outputs: Properties | None = None
        self._muted = False
        self._failed = False
        self.cancelled = False
        self.steps: list[StepFinished] = []
        self.changes: Counter[str] = Counter()
        self.diagnostics: list[Diagnostic] = []

        self._service_pool = futures.ThreadPoolExecutor(16, thread_name_prefix="engine")
        self._service = grpc.server(self._service_pool, options=CHANNEL_OPTIONS)
        engine_pb2_grpc.add_EngineServicer_to_server(EngineService(self.report), self._service)
        self._address = f"127.0.0.1:{self._service.add_insecure_port('127.0.0.1:0')}"
        self._groups = ProcessGroups()
        self._registry = Registry(self._start_provider, base.resources)
        self._work = Work(self._registry, run.preview, lambda urn, text: self._say(urn, "warning", text))
        self._executor = Executor(run.parallel, self._carry_out, lambda: self._events.put(Stop()))
        self._generator = Generator(run, base.resources, self._registry, self._refuse)

    @property
    def ok(self) -> bool:
        """Whether everything was done."""
        return not (self._failed or self.cancelled)

    @property
    def outputs(self) -> Properties:
        """The stack's outputs: those of this run, or of the last one if the program was not run."""
        stack = next((item for item in self._snapshot.resources() if item.type == urns.STACK_TYPE), None)
        return dict(stack.outputs) if stack else dict(self._stack_outputs or {})

    def update(self) -> None:
        """Run the program and bring the stack to what it says (`preview`, `up`)."""
        if not self._run.preview:
            self._warn_of_pending()
        self._conduct(self._run_program)

    def refresh(self) -> None:
        """Read every resource of the state."""
        self._conduct(self._read)

    def destroy(self) -> None:
        """Delete every resource of the state."""
        self._warn_of_pending()
        self._conduct(self._delete)

    def cancel(self) -> None:
        """Begin nothing new and tell the providers, and what runs goes on to its end; the second time kill everything.

        The state then keeps what was under way as pending operations.
        """
        if self.cancelled:
            self._snapshot.freeze()
            self._groups.kill()
            return
        self.cancelled = True
        self._executor.stop()
        self._events.put(Stop())
        self._registry.cancel()

    def report(self, diagnostic: Diagnostic) -> None:
        """Pass on a message."""
        with self._lock:
            if self._muted:
                return
            if not diagnostic.ephemeral:
                self.diagnostics.append(diagnostic)
            self._on_event(diagnostic)

    def _conduct(self, work: Callable[[], None]) -> None:
        """Do *work*, and end in order whatever becomes of it."""
        self._service.start()
        with ExitStack() as ending:
            # What is named last is done first.
            ending.callback(self._attempt, self._snapshot.save)
            ending.callback(self._groups.close)
            ending.callback(self._service_pool.shutdown)
            ending.callback(lambda: self._service.stop(None).wait())
            ending.callback(self._registry.close)
            ending.callback(self._attempt, self._executor.drain)
            ending.callback(self._executor.stop)
            self._attempt(work)

    def _attempt(self, work: Callable[[], _T]) -> _T | None:
        """Return what *work* does; None after an error, which is the operation's."""
        try:
            return work()
        except EngineError as exc:
            # What a check refused was said of its resource.
            if not isinstance(exc, CheckFailedError):
                self._refuse("", str(exc))
            return None

    def _refuse(self, urn: str, message: str) -> None:
        self._failed = True
        self._say(urn, "error", message)

    def _say(self, urn: str, severity: Severity, message: str) -> None:
        self.report(Diagnostic(urn, severity, message))

    def _warn_of_pending(self) -> None:
        lines = "".join(f"\n  * {item.resource.urn}, interrupted while {item.type}" for item in self._base.pending)
        if lines:
            self._say(
                "",
                "warning",
                f"{len(self._base.pending)} operations of an earlier run were interrupted, and nobody heard how they "
                f"ended:{lines}\nA creation among them is tried again and stays in this list; look whether it left "
                "something, and take it out of pending_operations of the state file.",
            )

    # The program.

    def _run_program(self) -> None:
        program = Program(self._run, self._start, self._address, self._events, self._registered.get)
        try:
            complete = self._attempt(self._serve)
            self._executor.stop()
            self._executor.drain()
            if complete and self.ok and (code := program.finish()) != 0:
                self._refuse("", f"the program ended with exit code {code}")
            self._finish_stack()
        finally:
            # Whatever it still says, it says about being ended.
            self._muted = not self.ok
            program.close()
            self._muted = False

    def _serve(self) -> bool:
        """Serve the program's requests, and return whether everything was done."""
        while True:
            event = self._events.get()
            if self._executor.stopped and not isinstance(event, Stop):
                continue
            match event:
                case Register(goal, done):
                    self._executor.submit(self._generator.steps(goal, done))
                case Outputs(urn, outputs, outputs_done):
                    self._take_outputs(urn, outputs)
                    outputs_done.set_result(None)
                case ProgramDone() | ProgramExited(0):
                    self._delete()
                    return True
                case ProgramExited(code):
                    self._failed = True
                    if code != _SHOWN:
                        self._say("", "error", f"the program ended with exit code {code}")
                    return False
                case Stop(error):
                    if error is not None:
                        raise error
                    return False

    def _take_outputs(self, urn: str, outputs: Properties) -> None:
        if urns.type_of(urn) == urns.STACK_TYPE:
            # The stack's are taken at the end: what a failed run did not reach keeps its value.
            self._stack_outputs = outputs
            return
        resource = self._registered.get(urn)
        if resource is None:
            raise EngineError(f"{urn}: outputs of a resource that was not registered")
        self._snapshot.set_outputs(resource, outputs)

    def _finish_stack(self) -> None:
        stack = next((item for item in self._registered.values() if item.type == urns.STACK_TYPE), None)
        if stack is None or self._stack_outputs is None:
            return
        old = next((item for item in self._base.resources if item.urn == stack.urn), None)
        kept = old.outputs if old is not None and not self.ok else {}
        self._snapshot.set_outputs(stack, {**kept, **self._stack_outputs})

    def _delete(self) -> None:
        spared: set[Resource] = set()
        for level in self._generator.deletes():
            self._executor.run_all([step for step in level if step.resource not in spared])
            # What a protected resource needs stays with it.
            kept = [step.resource for step in level if step.resource.protect and step.counted]
            spared.update(*(graph.needed_by(self._base.resources, item) for item in kept))

    def _read(self) -> None:
        steps: list[RefreshStep] = []
        for item in self._base.resources:
            self._registry.ensure(item.provider)
            steps.append(RefreshStep(item))
        self._executor.run_all(steps)
        self._executor.drain()
        self._snapshot.rebase(graph.without_dangling(step.new for step in steps if step.new is not None))

    # The processes.

    def _start(self, command: Sequence[str], env: Mapping[str, str], *, reads_port: bool = False) -> Child:
        return self._groups.start(
            command,
            cwd=self._run.project.directory,
            env={**self._run.env, **env},
            on_output=lambda line: self._say("", "info", line),
            reads_port=reads_port,
        )

    def _start_provider(self, package: str) -> Provider:
        command = [*provider_command(package, self._run), self._address]
        child = self._start(command, {"PULUMI_PROJECT": self._run.project.name}, reads_port=True)
        return Provider(child, package, preview=self._run.preview)

    # The steps, carried out by the workers.

    def _carry_out(self, step: Step) -> bool:
        """Carry out *step* and return whether the operation may go on."""
        urn = step.resource.urn
        # Default providers are the engine's own, as with the CLI.
        shown = not (urns.is_provider(step.resource.type) and urns.name_of(urn).startswith("default"))
        if shown:
            with self._lock:
                self._on_event(StepStarted(urn, step.op))
        pending = self._snapshot.begin(step.resource, step.operation) if step.operation else None
        error: EngineError | None = None
        try:
            step.apply(self._work)
        except EngineError as exc:
            error = exc
        kept = error is None or isinstance(error, InitializationError)
        if kept and step.new is not None:
            step.mark_secret_outputs()
            self._registered[urn] = step.new
        self._snapshot.end(pending, step.commit if kept else None, write=kept and step.changed)
        if error is None:
            step.complete()
        else:
            self._refuse(urn, str(error))
        if shown:
            ended = StepFinished(urn, step.op, error is None, None if error is None else str(error))
            with self._lock:
                self.steps.append(ended)
                if ended.ok and step.counted:
                    self.changes[step.result_op] += 1
                self._on_event(ended)
        return error is None or isinstance(error, ProtectedError)
