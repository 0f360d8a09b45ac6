"""A provider process, seen from the engine: `pulumirpc.ResourceProvider` over gRPC.

Such a process is a command that prints a port. What it cannot understand (secrets, resource references) is taken out
before each call and put back after it. Source: `pkg/resource/plugin/provider_plugin.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import DecodeError
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from azure_recovery.engine import urns
from azure_recovery.engine.errors import InitializationError, PluginError, ResourceError
from azure_recovery.engine.processes import Child
from azure_recovery.engine.properties import Properties, from_wire, has_unknowns, mark_secrets, reveal, same, to_wire
from azure_recovery.engine.state import Resource

CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    # An initialisation failure carries the outputs in trailing metadata, of which gRPC takes 16 KB unless told.
    ("grpc.max_metadata_size", 2**24),
    ("grpc.absolute_max_metadata_size", 2**24),
)
"""Pulumi's own limit; gRPC's four megabytes are less than a large stack's outputs."""

_CANCEL_SECONDS = 30.0
_GOODBYE_SECONDS = 1.0
_DETAILS_KEY = "grpc-status-details-bin"
_Response = TypeVar("_Response")


@dataclass(frozen=True, slots=True)
class Diff:
    """What a provider says about a change.

    Attributes:
        changes: Whether there is one.
        replaces: The properties that force a new resource.
        delete_before_replace: The old one goes first.
    """

    changes: bool
    replaces: Sequence[str] = ()
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What `read` found.

    Attributes:
        id: Empty if it is gone.
        outputs: Its live properties.
        inputs: None if the provider gave none.
        reasons: Why it is not initialised; None if it is.
    """

    id: str
    outputs: Properties
    inputs: Properties | None
    reasons: Sequence[str] | None = None


class Provider:
    """One configured provider process."""

    def __init__(self, child: Child, name: str, *, preview: bool) -> None:
        """Connect to *child*, whose first line is its port."""
        self._child = child
        self._name = name
        self._preview = preview
        self._known = True
        self._accepts_secrets = False
        self._accepts_resources = False
        self._supports_preview = False
        if not child.first_line.isdigit():
            child.stop()
            said = child.first_line or child.last_words or f"nothing, and ended with exit code {child.returncode}"
            raise PluginError(f"provider {name}: expected a port on its first line, it said: {said}")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{child.first_line}", options=CHANNEL_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def configure(self, urn: str, id_: str, inputs: Mapping[str, Any]) -> None:
        """Hand over the configuration; with unknowns in it (a preview) the provider is not asked anything."""
        if has_unknowns(dict(inputs)):
            self._known = False
            return
        request = provider_pb2.ConfigureRequest(
            **_identity(urn),
            id=id_,
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            args=to_wire(inputs),
        )
        response = self._call(self._stub.Configure, request)
        self._accepts_secrets = response.acceptSecrets
        self._accepts_resources = response.acceptResources
        self._supports_preview = response.supportsPreview

    def check(
        self, urn: str, olds: Mapping[str, Any], news: Properties, seed: bytes
    ) -> tuple[Properties, list[tuple[str, str]]]:
        """Return the checked inputs and the failures, each a property (or "") and a reason."""
        if not self._known:
            return news, []
        request = provider_pb2.CheckRequest(
            **_identity(urn),
            olds=self._out(olds, unknowns=self._preview),
            news=self._out(news, unknowns=self._preview),
            randomSeed=seed,
        )
        response = self._call(self._stub.Check, request)
        failures = [(failure.property, failure.reason) for failure in response.failures]
        return self._marked(from_wire(response.inputs), news), failures

    def diff(
        self, urn: str, old: Resource, news: Properties, ignore_changes: Sequence[str], *, unknowns: bool | None = None
    ) -> Diff:
        """Ask what changed from *old* to *news*; a provider that does not know is answered for by comparing inputs."""
        if not self._known:
            return Diff(changes=True)
        keep = self._preview if unknowns is None else unknowns
        request = provider_pb2.DiffRequest(
            id=old.id,
            **_identity(urn),
            old_inputs=self._out(old.inputs, unknowns=keep),
            olds=self._out(old.outputs, unknowns=keep),
            news=self._out(news, unknowns=keep),
            ignoreChanges=ignore_changes,
        )
        response = self._call(self._stub.Diff, request)
        changes = response.changes == provider_pb2.DiffResponse.DIFF_SOME
        if response.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN:
            changes = not same(reveal(old.inputs), reveal(news))
        return Diff(changes, tuple(response.replaces), response.deleteBeforeReplace)

    def create(self, new: Resource) -> tuple[str, Properties]:
        """Create and return id and outputs; in a preview the id is empty unless the provider foretells it."""
        inputs = new.inputs
        if self._preview and not (self._known and self._supports_preview):
            return "", dict(inputs) if self._known else {}
        request = provider_pb2.CreateRequest(
            **_identity(new.urn),
            properties=self._out(inputs, unknowns=self._preview),
            timeout=new.custom_timeouts.get("create", 0.0),
            preview=self._preview,
        )
        response = self._call(self._stub.Create, request, secrets=inputs)
        if not response.id and not self._preview:
            raise ResourceError(f"provider {self._name} returned no id from create of {new.urn}")
        return response.id, self._marked(from_wire(response.properties), inputs)

    def update(self, old: Resource, new: Resource) -> Properties:
        """Update and return the outputs."""
        news = new.inputs
        if self._preview and not (self._known and self._supports_preview):
            return dict(news) if self._known else {}
        request = provider_pb2.UpdateRequest(
            id=old.id,
            **_identity(new.urn),
            olds=self._out(old.outputs, unknowns=False),
            news=self._out(news, unknowns=self._preview),
            old_inputs=self._out(old.inputs, unknowns=False),
            timeout=new.custom_timeouts.get("update", 0.0),
            ignoreChanges=new.ignore_changes,
            preview=self._preview,
        )
        response = self._call(self._stub.Update, request, secrets=news)
        return self._marked(from_wire(response.properties), news)

    def read(self, resource: Resource, state: Properties) -> ReadResult:
        """Read what is there, given its last known *state*."""
        inputs = resource.inputs
        if not self._known:
            return ReadResult(resource.id, {}, {})
        request = provider_pb2.ReadRequest(
            id=resource.id,
            **_identity(resource.urn),
            properties=self._out(state, unknowns=False),
            inputs=self._out(inputs, unknowns=False),
            timeout=resource.custom_timeouts.get("read", 0.0),
        )
        try:
            response = self._call(self._stub.Read, request, secrets=state, input_secrets=inputs)
        except InitializationError as exc:
            return ReadResult(exc.id, exc.outputs, exc.inputs, exc.reasons)
        fresh = self._marked(from_wire(response.inputs), inputs) if response.HasField("inputs") else None
        return ReadResult(response.id, self._marked(from_wire(response.properties), state), fresh)

    def delete(self, old: Resource) -> None:
        """Delete."""
        request = provider_pb2.DeleteRequest(
            id=old.id,
            **_identity(old.urn),
            properties=self._out(old.outputs, unknowns=False),
            old_inputs=self._out(old.inputs, unknowns=False),
            timeout=old.custom_timeouts.get("delete", 0.0),
        )
        self._call(self._stub.Delete, request)

    def cancel(self, timeout: float = _CANCEL_SECONDS) -> None:
        """Ask it to end what it can end; a provider that does not hear it is not waited for."""
        try:
            self._stub.Cancel(empty_pb2.Empty(), timeout=timeout)
        except (grpc.RpcError, ValueError):
            # Nothing hangs on the answer: the operations are waited for, or killed, either way. A ValueError says that
            # the channel was closed meanwhile, because the operation ended by itself.
            return

    def close(self) -> None:
        """Say good-bye and end the process."""
        if self._child.returncode is None:
            self.cancel(_GOODBYE_SECONDS)
        self._channel.close()
        self._child.stop()

    def _out(self, properties: Mapping[str, Any], *, unknowns: bool) -> Any:
        return to_wire(
            properties,
            keep_unknowns=unknowns,
            keep_secrets=self._accepts_secrets,
            keep_resources=self._accepts_resources,
        )

    def _marked(self, properties: Properties, known: Mapping[str, Any]) -> Properties:
        return properties if self._accepts_secrets else mark_secrets(properties, known)

    def _call(
        self,
        method: Callable[[Any], _Response],
        request: Any,
        *,
        secrets: Mapping[str, Any] | None = None,
        input_secrets: Mapping[str, Any] | None = None,
    ) -> _Response:
        try:
            return method(request)
        except grpc.RpcError as exc:
            raise self._error(exc, secrets or {}, input_secrets or {}) from exc

    def _error(self, exc: Any, secrets: Mapping[str, Any], input_secrets: Mapping[str, Any]) -> ResourceError:
        details = next((value for key, value in exc.trailing_metadata() or () if key == _DETAILS_KEY), b"")
        if (failed := _initialisation_failure(details)) is not None:
            inputs = self._marked(from_wire(failed.inputs), input_secrets) if failed.HasField("inputs") else None
            outputs = self._marked(from_wire(failed.properties), secrets)
            return InitializationError(failed.id, outputs, inputs, failed.reasons)
        if exc.code() == grpc.StatusCode.UNAVAILABLE and (code := self._child.wait(1.0)) is not None:
            return ResourceError(f"provider {self._name} ended unexpectedly with exit code {code}")
        return ResourceError(exc.details() or str(exc.code()))


def _identity(urn: str) -> dict[str, Any]:
    return {"urn": urn, "name": urns.name_of(urn), "type": urns.type_of(urn)}


def _initialisation_failure(details: bytes) -> provider_pb2.ErrorResourceInitFailed | None:
    failed = provider_pb2.ErrorResourceInitFailed()
    try:
        status = status_pb2.Status.FromString(details)
        return failed if any(detail.Unpack(failed) for detail in status.details) else None
    except DecodeError:
        return None
