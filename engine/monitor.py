"""The resource monitor: where a running program registers its resources.

Each request waits in a thread of its own until the operation has dealt with it. What the engine does not know ends
the operation with one clear error, before the program hears of it. Source: `pkg/resource/deploy/source_eval.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event as Flag
from threading import Lock
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from azure_recovery.engine import urns
from azure_recovery.engine.errors import EngineError, UnsupportedError
from azure_recovery.engine.goals import Goal, read_goal, register_goal
from azure_recovery.engine.project import Run
from azure_recovery.engine.properties import Properties, Secret, from_wire, to_wire
from azure_recovery.engine.registry import DYNAMIC
from azure_recovery.engine.state import Resource

FEATURES = (
    ("secrets", resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS),
    ("resourceReferences", resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES),
    ("aliasSpecs", resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS),
)
"""What this engine understands: by the name that `SupportsFeature` has, and by the number of `GetDeploymentInfo`."""

ORGANIZATION = "organization"
"""What the CLI calls it where a backend has none."""

_GET_RESOURCE = "pulumi:pulumi:getResource"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Register:
    """The program wants a resource, made or only looked at, or the monitor a default provider."""

    goal: Goal
    done: Future[Resource]


@dataclass(frozen=True, slots=True)
class Outputs:
    """A component, or the stack, has its outputs."""

    urn: str
    outputs: Properties
    done: Future[None]


@dataclass(frozen=True, slots=True)
class ProgramDone:
    """The program has registered everything; it waits for the end of the operation."""


@dataclass(frozen=True, slots=True)
class ProgramExited:
    """The program's process has ended."""

    code: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A step failed, a request cannot be served (*error*), or the user pressed Ctrl-C."""

    error: EngineError | None = None


MonitorEvent = Register | Outputs | ProgramDone | ProgramExited | Stop


def _refusing(feature: str) -> Any:
    """Return the servicer's method for a call that is left to the CLI."""

    def refuse(monitor: Monitor, _request: Any, context: grpc.ServicerContext) -> NoReturn:
        monitor._refuse(UnsupportedError(feature, "the program"), context)  # noqa: SLF001  # it becomes its method

    return refuse


def _understood(outputs: Properties, request: Any) -> struct_pb2.Struct:
    return to_wire(outputs, keep_secrets=request.acceptSecrets, keep_resources=request.acceptResources)


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Serves `pulumirpc.ResourceMonitor`."""

    def __init__(self, run: Run, events: SimpleQueue[MonitorEvent], find: Callable[[str], Resource | None]) -> None:
        """Begin to serve.

        Args:
            run: The operation.
            events: Where requests go.
            find: Returns a resource that was registered in this operation.
        """
        self._operation = run
        self._events = events
        self._find = find
        self._lock = Lock()
        self._provider_lock = Lock()
        self._default_providers: dict[str, str] = {}
        self._waiting: set[Future[Any]] = set()
        self._over = Flag()
        self._finished = Flag()

    def finish(self) -> None:
        """Let the program end: everything was done."""
        self._finished.set()

    def close(self) -> None:
        """Give up every request that waits."""
        with self._lock:
            self._over.set()
            waiting = list(self._waiting)
        self._finished.set()
        for done in waiting:
            done.cancel()

    def GetDeploymentInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Tell the program what it runs in."""
        run = self._operation
        return resource_pb2.DeploymentInfo(
            project=run.project.name,
            stack=run.stack,
            organization=ORGANIZATION,
            config=run.config.values,
            configSecretKeys=sorted(run.config.secret_keys),
            dryRun=run.preview,
            parallel=run.parallel,
            supportedFeatures=[number for _, number in FEATURES],
        )

    def SupportsFeature(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Tell an older SDK whether a feature is there."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in dict(FEATURES))

    def RegisterResource(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Bring a resource to its goal and return what it became."""
        goal = self._read(lambda: register_goal(request), context)
        resource = self._bring(goal, context)
        # A component's outputs may name resources of the last run that are not registered yet.
        outputs = resource.outputs if resource.custom else {}
        return resource_pb2.RegisterResourceResponse(
            urn=resource.urn, id=resource.id, object=_understood(outputs, request)
        )

    def ReadResource(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Look at a resource and return what is there."""
        goal = self._read(lambda: read_goal(request), context)
        resource = self._bring(goal, context)
        return resource_pb2.ReadResourceResponse(
            urn=resource.urn, id=resource.id, properties=_understood(resource.outputs, request)
        )

    def RegisterResourceOutputs(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Take the outputs of a component or of the stack."""
        done: Future[None] = Future()
        self._events.put(Outputs(request.urn, from_wire(request.outputs), done))
        self._wait(done, context)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Note that the program has registered everything, and return when the operation is over."""
        self._events.put(ProgramDone())
        self._finished.wait()
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Look up a resource of this operation; functions of providers are not served."""
        if request.tok != _GET_RESOURCE:
            self._refuse(UnsupportedError(f"the function {request.tok}", "the program"), context)
        urn = from_wire(request.args).get("urn")
        resource = self._find(str(urn))
        if resource is None:
            failure = provider_pb2.CheckFailure(property="urn", reason=f"{urn} is not a resource of this program")
            return resource_pb2.ResourceInvokeResponse(failures=[failure])
        state = {"urn": resource.urn, "id": resource.id, "state": resource.outputs}
        response = resource_pb2.ResourceInvokeResponse()
        # The field's name is a keyword of Python.
        getattr(response, "return").CopyFrom(to_wire(state, keep_resources=request.acceptResources))
        return response

    Call = _refusing("a method of a resource")
    ExistsResource = _refusing("a look whether a resource exists")
    RegisterErrorHook = _refusing("an error hook")
    RegisterPackage = _refusing("a parameterized package")
    RegisterResourceHook = _refusing("a resource hook")
    RegisterStackInvokeTransform = _refusing("a transform of functions")
    RegisterStackTransform = _refusing("a transform")

    def _bring(self, goal: Goal, context: grpc.ServicerContext) -> Resource:
        resource = goal.resource
        if resource.custom and not urns.is_provider(resource.type) and not resource.provider:
            resource.provider = self._default_provider(goal, context)
        done: Future[Resource] = Future()
        self._events.put(Register(goal, done))
        return self._wait(done, context)

    def _default_provider(self, goal: Goal, context: grpc.ServicerContext) -> str:
        package = urns.package_of(goal.resource.type)
        with self._provider_lock:
            key = f"{package}@{goal.version}@{goal.plugin_download_url}"
            reference = self._default_providers.get(key)
            if reference is None:
                resource = self._bring(self._default_provider_goal(package, goal), context)
                reference = self._default_providers[key] = f"{resource.urn}::{resource.id}"
        return reference

    def _default_provider_goal(self, package: str, goal: Goal) -> Goal:
        inputs: Properties = {}
        config = self._operation.config
        for key, text in config.values.items():
            namespace, _, name = key.partition(":")
            value = Secret(text) if key in config.secret_keys else text
            # Dynamic providers get the configuration of the whole stack, any other its own.
            if package == DYNAMIC:
                inputs[key] = value
            elif namespace == package:
                inputs[name] = value
        parts = ["default", *re.split(r"[.+-]", goal.version.removeprefix("v"))] if goal.version else ["default"]
        if goal.version:
            inputs["version"] = goal.version.removeprefix("v")
        if goal.plugin_download_url:
            inputs["pluginDownloadURL"] = goal.plugin_download_url
            parts.append(re.sub(r"[^A-Za-z0-9_.]", "_", goal.plugin_download_url))
        type_ = f"{urns.PROVIDER_TYPE_PREFIX}{package}"
        return Goal("_".join(parts), Resource(urn="", custom=True, type=type_, inputs=inputs))

    def _read(self, parse: Callable[[], _T], context: grpc.ServicerContext) -> _T:
        try:
            return parse()
        except EngineError as exc:
            self._refuse(exc, context)

    def _refuse(self, error: EngineError, context: grpc.ServicerContext) -> NoReturn:
        # The engine says it, once, and ends the program; told here, the program would say it again as a traceback.
        self._events.put(Stop(error))
        self._over.wait()
        self._abort(context)

    def _wait(self, done: Future[_T], context: grpc.ServicerContext) -> _T:
        with self._lock:
            over = self._over.is_set()
            self._waiting.add(done)
        try:
            if over:
                self._abort(context)
            return done.result()
        except CancelledError:
            self._abort(context)
        finally:
            with self._lock:
                self._waiting.discard(done)

    def _abort(self, context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.UNAVAILABLE, "the operation is over")
        raise AssertionError
