"""One operation from begin to end: program, steps, state.

The calling thread is the step generator's: it takes the program's requests one after another and hands their steps to
the workers. Source: `pkg/resource/deploy/deployment_executor.go` and `pkg/engine/update.go`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock

import grpc
from pulumi.runtime.proto import engine_pb2_grpc

from azure_recovery.engine import graph, urns
from azure_recovery.engine.engine_service import EngineService
from azure_recovery.engine.errors import EngineError, InitializationError
from azure_recovery.engine.events import Diagnostic, Event, Severity, StepFinished, StepStarted
from azure_recovery.engine.events import Step as StepRecord
from azure_recovery.engine.executor import Executor
from azure_recovery.engine.generator import CheckFailedError, Generator
from azure_recovery.engine.monitor import MonitorEvent, Outputs, ProgramDone, ProgramExited, Register, StackInfo, Stop
from azure_recovery.engine.processes import ProcessGroups
from azure_recovery.engine.program import Launch, Program
from azure_recovery.engine.project import Project
from azure_recovery.engine.properties import Properties
from azure_recovery.engine.provider import CHANNEL_OPTIONS, Provider
from azure_recovery.engine.registry import Registry, provider_command
from azure_recovery.engine.snapshot import Snapshot
from azure_recovery.engine.state import Deployment as State
from azure_recovery.engine.state import PendingOperation, Resource
from azure_recovery.engine.steps import ProtectedError, RefreshStep, Step, Work

_SHOWN = 32
"""The program's exit code for an error that it has told the engine already."""


class Deployment:
    """One preview, up, refresh or destroy."""

    def __init__(
        self,
        project: Project,
        info: StackInfo,
        base: State,
        snapshot: Snapshot,
        *,
        python: str,
        env: Mapping[str, str],
        on_event: Callable[[Event], None],
    ) -> None:
        """Prepare, without starting anything.

        Args:
            project: What is run.
            info: The operation, as the program may know it.
            base: The state of the last run.
            snapshot: Keeps the state file.
            python: Runs the program and dynamic providers.
            env: The whole environment of both.
            on_event: Called by one thread at a time.
        """
        self._info = info
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
        self.steps: list[StepRecord] = []
        self.changes: Counter[str] = Counter()
        self.diagnostics: list[Diagnostic] = []

        self._service_pool = futures.ThreadPoolExecutor(16, thread_name_prefix="engine")
        self._service = grpc.server(self._service_pool, options=CHANNEL_OPTIONS)
        engine_pb2_grpc.add_EngineServicer_to_server(EngineService(self.report), self._service)
        address = f"127.0.0.1:{self._service.add_insecure_port('127.0.0.1:0')}"
        self._groups = ProcessGroups()
        self._launch = Launch(project, python, env, self._groups, address, lambda line: self._say("", "info", line))
        self._registry = Registry(self._start_provider, base.resources)
        self._work = Work(self._registry, info.preview, lambda urn, text: self._say(urn, "warning", text))
        self._executor = Executor(info.parallel, self._run_step, lambda: self._events.put(Stop()))

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
        if self._base.pending and not self._info.preview:
            self._warn_of_pending()
        with self._running():
            self._run_program()

    def refresh(self) -> None:
        """Read every resource of the state."""
        steps: dict[Resource, Step] = {}
        with self._running():
            for item in self._base.resources:
                self._registry.ensure(item.provider)
                steps[item] = RefreshStep(item)
            self._executor.run_all(list(steps.values()))
            self._executor.drain()
            found = [steps[item].new for item in self._base.resources]
            self._snapshot.rebase(graph.without_dangling(item for item in found if item is not None))

    def destroy(self) -> None:
        """Delete every resource of the state."""
        if self._base.pending:
            self._warn_of_pending()
        with self._running():
            self._delete(self._generator())

    def cancel(self) -> None:
        """Begin nothing new and tell the providers; what runs goes on to its end."""
        self.cancelled = True
        self._executor.stop()
        self._events.put(Stop())
        self._registry.cancel()

    def kill(self) -> None:
        """End every process now; the state keeps what was under way as pending operations."""
        self._snapshot.freeze()
        self._groups.kill()

    def report(self, diagnostic: Diagnostic) -> None:
        """Pass on a message."""
        with self._lock:
            if self._muted:
                return
            if not diagnostic.ephemeral:
                self.diagnostics.append(diagnostic)
            self._on_event(diagnostic)

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._service.start()
        try:
            yield
        except EngineError as exc:
            self._fail(exc)
        finally:
            self._executor.stop()
            try:
                self._executor.drain()
            except EngineError as exc:
                self._fail(exc)
            finally:
                self._registry.close()
                self._service.stop(None).wait()
                self._service_pool.shutdown()
                self._groups.close()
                self._snapshot.save()

    def _fail(self, error: EngineError) -> None:
        self._failed = True
        if not isinstance(error, CheckFailedError):
            self._say("", "error", str(error))

    def _refuse(self, urn: str, message: str) -> None:
        self._failed = True
        self._say(urn, "error", message)

    def _say(self, urn: str, severity: Severity, message: str) -> None:
        self.report(Diagnostic(urn, severity, message))

    def _warn_of_pending(self) -> None:
        lines = "".join(f"\n  * {item.resource.urn}, interrupted while {item.type}" for item in self._base.pending)
        self._say(
            "",
            "warning",
            f"{len(self._base.pending)} operations of an earlier run were interrupted, and nobody heard how they ended:"
            f"{lines}\nA creation among them is tried again and stays in this list; look whether it left something, "
            "and take it out of pending_operations of the state file.",
        )

    def _generator(self) -> Generator:
        return Generator(
            self._info.stack,
            self._info.project,
            self._base.resources,
            self._registry,
            self._refuse,
            preview=self._info.preview,
        )

    # The program.

    def _run_program(self) -> None:
        program = Program(self._launch, self._info, self._events, self._registered.get)
        try:
            try:
                complete = self._serve()
            except EngineError as exc:
                complete = False
                self._fail(exc)
            self._executor.stop()
            self._executor.drain()
            if complete and self.ok:
                code = program.finish()
                if code != 0:
                    self._fail(EngineError(f"the program ended with exit code {code}"))
            self._finish_stack()
        finally:
            # Whatever it still says, it says about being ended.
            self._muted = not self.ok
            program.close()
            self._muted = False

    def _serve(self) -> bool:
        """Serve the program's requests, and return whether everything was done."""
        generator = self._generator()
        while True:
            event = self._events.get()
            if self._executor.stopped and not isinstance(event, Stop):
                continue
            match event:
                case Register(goal, done):
                    self._executor.submit(generator.steps(goal, done))
                case Outputs(urn, outputs, outputs_done):
                    self._take_outputs(urn, outputs)
                    outputs_done.set_result(None)
                case ProgramDone():
                    self._delete(generator)
                    return True
                case ProgramExited(code):
                    if code != 0:
                        self._failed = True
                        if code != _SHOWN:
                            self._say("", "error", f"the program ended with exit code {code}")
                        return False
                    self._delete(generator)
                    return True
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
        stack = next((item for urn, item in self._registered.items() if urns.type_of(urn) == urns.STACK_TYPE), None)
        if stack is None or self._stack_outputs is None:
            return
        old = next((item for item in self._base.resources if item.urn == stack.urn), None)
        kept = old.outputs if old is not None and not self.ok else {}
        self._snapshot.set_outputs(stack, {**kept, **self._stack_outputs})

    def _delete(self, generator: Generator) -> None:
        spared: set[Resource] = set()
        for level in generator.deletes():
            self._executor.run_all([step for step in level if step.resource not in spared])
            # What a protected resource needs stays with it.
            kept = [step.resource for step in level if step.resource.protect and step.counted]
            spared.update(*(graph.needed_by(self._base.resources, item) for item in kept))

    # The providers.

    def _start_provider(self, package: str) -> Provider:
        launch = self._launch
        command = provider_command(package, launch.project, launch.python, launch.env.get("PATH"))
        child = self._groups.start(
            [*command, launch.engine_address],
            cwd=launch.project.directory,
            env={**launch.env, "PULUMI_PROJECT": self._info.project},
            on_output=launch.on_output,
            reads_port=True,
        )
        return Provider(child, package, preview=self._info.preview)

    # The steps, carried out by the workers.

    def _run_step(self, step: Step) -> bool:
        """Carry out *step* and return whether the operation may go on."""
        urn = step.resource.urn
        shown = not _is_default_provider(step.resource)
        if shown:
            self._emit(StepStarted(urn, step.op))
        pending = self._begin(step)
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
            self._failed = True
            self._say(urn, "error", str(error))
        if shown:
            self._record(step, urn, error)
        return error is None or isinstance(error, ProtectedError)

    def _begin(self, step: Step) -> PendingOperation | None:
        return self._snapshot.begin(step.resource, step.operation) if step.operation else None

    def _record(self, step: Step, urn: str, error: EngineError | None) -> None:
        text = None if error is None else str(error)
        with self._lock:
            self.steps.append(StepRecord(urn, step.op, error is None, text))
            if error is None and step.counted:
                self.changes[step.result_op] += 1
            self._on_event(StepFinished(urn, step.op, error is None, text))

    def _emit(self, event: Event) -> None:
        with self._lock:
            self._on_event(event)


def _is_default_provider(resource: Resource) -> bool:
    return urns.is_provider(resource.type) and urns.name_of(resource.urn).startswith("default")
