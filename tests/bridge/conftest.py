"""The server process of Pulumi's SDK, started and asked as the engine does, with an engine that only listens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from azure_recovery.dynamic_providers.resource import reference
from tests.waiting import wait_until

HERE = Path(__file__).parent
PROVIDER = reference("bridged:BridgedProvider")
URN = "urn:pulumi:dev::shop::shop:index:Site$pulumi-python:dynamic/azure_recovery:RestorePointCopy::daily-1"
AZURE = {
    "ARM_USE_MSI": "true",
    "ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
    "ARM_TENANT_ID": "00000000-0000-0000-0000-0000000000aa",
}
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    # The engine's gRPC takes 16 megabytes of metadata, this one 16 kilobytes.
    ("grpc.max_metadata_size", 2**24),
    ("grpc.absolute_max_metadata_size", 2**24),
]
_MINORS = range(11, 15)


_FIRST_START_S = 60.0
"""Wall time for an interpreter to import the library; one that hangs is none to try."""


def _trouble(python: str) -> str:
    """Return why *python* cannot run the provider, or ""."""
    program = "import pulumi.dynamic, azure_recovery.dynamic_providers.provider"
    try:
        found = subprocess.run(
            [python, "-c", program], capture_output=True, text=True, check=False, cwd=HERE, timeout=_FIRST_START_S
        )
    except subprocess.TimeoutExpired:
        return "does not answer"
    said = found.stderr.strip().splitlines() or [f"ended with {found.returncode}"]
    return (said[-1] if said[0].startswith("Traceback") else said[0]) if found.returncode else ""


_NAMED = [path for path in os.environ.get("AZURE_RECOVERY_TEST_PYTHONS", "").split(os.pathsep) if path]
_FOUND = {
    name: _trouble(name)
    for minor in _MINORS
    if minor != sys.version_info.minor and shutil.which(name := f"python3.{minor}")
}
_PYTHONS = [sys.executable, *_NAMED, *(name for name, trouble in _FOUND.items() if not trouble)]


@pytest.fixture(scope="session")
def left_out() -> dict[str, str]:
    """Each Python on PATH that is not tried, and why."""
    return {name: trouble for name, trouble in _FOUND.items() if trouble}


@pytest.fixture(scope="session", params=_PYTHONS, ids=lambda path: "running" if path == sys.executable else path)
def python(request: pytest.FixtureRequest) -> str:
    """Every Python at hand that has the library."""
    return str(request.param)


class Listener(engine_pb2_grpc.EngineServicer):
    """The engine's log.

    Attributes:
        lines: What was said.
        frozen: While it is clear, nothing is answered.
    """

    def __init__(self) -> None:
        self.lines: list[Any] = []
        self.frozen = threading.Event()
        self.frozen.set()

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Note a line."""
        self.frozen.wait(60)
        self.lines.append(request)
        return empty_pb2.Empty()

    @property
    def texts(self) -> list[str]:
        """The messages, in the order in which they came."""
        return [line.message for line in self.lines]

    def wait_for(self, text: str, count: int = 1) -> None:
        """Return when *text* was said *count* times."""
        wait_until(lambda: self.texts.count(text) >= count)


class InitializationError(Exception):
    """What the engine makes of `ErrorResourceInitFailed`."""

    def __init__(self, failure: Any) -> None:
        super().__init__("; ".join(failure.reasons))
        self.id = failure.id
        self.properties = json_format.MessageToDict(failure.properties)
        self.inputs = json_format.MessageToDict(failure.inputs) if failure.HasField("inputs") else None
        self.reasons = list(failure.reasons)


class Server:
    """One provider process, and the engine's side of it."""

    def __init__(self, python: str, folder: Path, altered: str = "") -> None:
        self.listener = Listener()
        self._engine = grpc.server(futures.ThreadPoolExecutor(32))
        engine_pb2_grpc.add_EngineServicer_to_server(self.listener, self._engine)
        address = f"127.0.0.1:{self._engine.add_insecure_port('127.0.0.1:0')}"
        self._engine.start()
        self.errors = folder / "stderr.txt"
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "AZURE_"))}
        environment |= AZURE | {"PYTHONPATH": str(HERE / "providers"), "PULUMI_PROJECT": "shop", "ALTERED": altered}
        # A company's proxy is no way to the engine.
        environment |= {"http_proxy": "http://127.0.0.1:9", "no_proxy": "", "NO_PROXY": ""}
        program = [str(HERE / "altered_server.py")] if altered else ["-m", "pulumi.dynamic"]
        with self.errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [python, "-u", *program, address],
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip().decode()
        assert port, self.errors.read_text()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=[*_OPTIONS, ("grpc.enable_http_proxy", 0)])
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct({}), acceptSecrets=True), timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self.stop_listening()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:  # a thread of it still waits, as after a second Ctrl-C
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def stop_listening(self) -> None:
        """Go away, as an engine that was killed."""
        self.listener.frozen.set()
        self._engine.stop(0).wait()

    def check(self, act: str, **inputs: Any) -> Any:
        """Check a resource that is to do *act*."""
        news = properties(act, inputs)
        return answer(self.stub.Check, provider_pb2.CheckRequest(urn=URN, olds=struct({}), news=news))

    def create(self, act: str, *, urn: str = URN, timeout: float = 0.0, **inputs: Any) -> dict[str, Any]:
        """Create it; return its outputs."""
        request = provider_pb2.CreateRequest(urn=urn, properties=properties(act, inputs), timeout=timeout)
        return json_format.MessageToDict(answer(self.stub.Create, request).properties)

    def creating(self, act: str, **inputs: Any) -> Any:
        """Begin to create it; return the call."""
        return self.stub.Create.future(
            provider_pb2.CreateRequest(urn=URN, properties=properties(act, inputs)), timeout=60
        )

    def update(self, act: str) -> dict[str, Any]:
        """Update it; return its outputs."""
        news = properties(act, {})
        request = provider_pb2.UpdateRequest(urn=URN, id=f"things/{act}", olds=news, news=news)
        return json_format.MessageToDict(answer(self.stub.Update, request).properties)

    def read(self, act: str) -> Any:
        """Read it."""
        props = properties(act, {})
        return answer(self.stub.Read, provider_pb2.ReadRequest(urn=URN, id=f"things/{act}", properties=props))

    def deleting(self, act: str, **inputs: Any) -> Any:
        """Begin to delete it; return the call."""
        request = provider_pb2.DeleteRequest(urn=URN, id=f"things/{act}", properties=properties(act, inputs))
        return self.stub.Delete.future(request, timeout=60)

    def cancel(self) -> None:
        """Ask the process to end what it can, as the first Ctrl-C does."""
        self.stub.Cancel(empty_pb2.Empty(), timeout=10)


def struct(values: Mapping[str, Any]) -> Any:
    message = struct_pb2.Struct()
    message.update(values)
    return message


def properties(act: str, inputs: Mapping[str, Any]) -> Any:
    return struct({"act": act, "arm_id": f"things/{act}", "__provider": PROVIDER, **inputs})


def answer(method: Any, request: Any) -> Any:
    return result(method.future(request, timeout=30))


def result(call: Any) -> Any:
    """Return the answer of *call*, or raise what the engine would understand."""
    try:
        return call.result()
    except grpc.RpcError as error:
        for key, value in call.trailing_metadata():
            if key == "grpc-status-details-bin":
                assert grpc.StatusCode.UNKNOWN == call.code()
                failure = provider_pb2.ErrorResourceInitFailed()
                (detail,) = status_pb2.Status.FromString(value).details
                assert detail.Unpack(failure)
                raise InitializationError(failure) from error
        raise


Start = Callable[..., Server]


@pytest.fixture
def start(python: str, tmp_path: Path) -> Iterator[Start]:
    """Start a process of this test's own, altered or not."""
    with ExitStack() as running:
        yield lambda altered="": running.enter_context(Server(python, tmp_path, altered))


@pytest.fixture(scope="module")
def server(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A process for the tests that leave no trace in it."""
    with Server(python, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def lines(server: Server) -> list[Any]:
    """What is said from here on."""
    server.listener.lines.clear()
    return server.listener.lines


@pytest.fixture
def initialization_error() -> type[InitializationError]:
    """What `Server` raises when the resource exists but is not ready."""
    return InitializationError


@pytest.fixture
def outcome() -> Callable[[Any], Any]:
    """Return the answer of a call that was begun, or raise what the engine would understand."""
    return result


@pytest.fixture
def provider_key() -> str:
    """The provider as the state names it."""
    return PROVIDER


@pytest.fixture
def urn() -> str:
    """The URN that the engine sends."""
    return URN


@pytest.fixture
def log_severity() -> Any:
    """The engine's severities."""
    return engine_pb2.LogSeverity
