"""The stand-in for azure-native's plugin: `pulumirpc.ResourceProvider` over gRPC, for the CLI and the embedded engine.

`python -m azure_recovery.rehearsal.echo_plugin` prints a port and serves until it is ended. It takes neither secrets
nor resource references: an engine puts both back in place by itself. Unknown values of a preview go through as they
come. What is asked of the emulator and what is echoed is told by `azure_native`.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Mapping
from concurrent import futures
from functools import cached_property
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from azure_recovery.rehearsal.azure_native import (
    echoed_id,
    echoed_outputs,
    forcing,
    names_another,
    served,
)
from azure_recovery.rehearsal.echo_arm import ArmFailureError, EmulatedArm

_THREADS = 32
_OPTIONS = (("grpc.max_receive_message_length", 400 * 1024 * 1024), ("grpc.max_send_message_length", -1))
"""Pulumi's own limit."""
_VERSION = "999.0.0"
"""An engine warns of a plugin that is older than the SDK of the program, and this one stands in for each."""


class EchoPlugin(provider_pb2_grpc.ResourceProviderServicer):
    """Serves every type of azure-native; the methods are gRPC's."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._subscription_id = environment.get("ARM_SUBSCRIPTION_ID", "")
        self._tenant_id = environment.get("ARM_TENANT_ID", "")

    @cached_property
    def _arm(self) -> EmulatedArm:
        return EmulatedArm(self._environment)

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Say what this plugin takes: plain values."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False, accept_resources=False, accept_outputs=False
        )

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Tell the version: one that is never too old."""
        return plugin_pb2.PluginInfo(version=_VERSION)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Take any configuration; the environment says where the emulator is."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """See no difference between configurations."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Say what this plugin takes, to an engine that has not asked for a handshake."""
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False, acceptResources=False, acceptOutputs=False, supportsPreview=True
        )

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Return the inputs, with a name for a served type that has none."""
        news, known = _dict(request.news), served(_type(request.urn))
        failures = []
        if known is not None:
            earlier = _dict(request.olds).get(known.name)
            news.setdefault(known.name, earlier or str(uuid.uuid5(uuid.NAMESPACE_URL, request.urn)))
            failures = [
                provider_pb2.CheckFailure(property=key, reason=f"is missing: it is part of the id {known.path}")
                for key in known.path_inputs
                if not news.get(key)
            ]
        return provider_pb2.CheckResponse(inputs=_struct(news), failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Compare the inputs."""
        type_ = _type(request.urn)
        olds, news = _dict(request.old_inputs), _dict(request.news)
        changed = sorted(key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key))
        fixed = forcing(type_)
        replaces = [key for key in changed if (names_another(key) if fixed is None else key in fixed)]
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        # Two resources cannot have one id.
        stays = bool(replaces) and request.id.lower() == self._id(request.urn, news).lower()
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaces, deleteBeforeReplace=stays)

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Make a served resource at the emulator; echo another one."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        inputs, known = _dict(request.properties), served(_type(request.urn))
        id_ = self._id(request.urn, inputs)
        if known is None:
            outputs = echoed_outputs(id_, inputs, self._tenant_id)
            return provider_pb2.CreateResponse(id=id_, properties=_struct(outputs))
        try:
            # As azure-native does it: what exists is not taken over.
            if self._arm.get(id_, known.api_version) is not None:
                raise ArmFailureError(
                    f"cannot create already existing resource '{id_}': import it into the stack, or delete it"
                )
            answer = self._arm.put(id_, known.api_version, known.body(inputs))
        except ArmFailureError as error:
            _fail(context, error)
        return provider_pb2.CreateResponse(id=id_, properties=_struct(known.outputs(inputs, answer)))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Ask the emulator for a served resource; another one is as it was."""
        known, inputs = served(_type(request.urn)), _dict(request.inputs)
        if known is None:
            outputs = _dict(request.properties) or echoed_outputs(request.id, inputs, self._tenant_id)
            return provider_pb2.ReadResponse(id=request.id, properties=_struct(outputs), inputs=request.inputs)
        try:
            answer = self._arm.get(request.id, known.api_version)
        except ArmFailureError as error:
            _fail(context, error)
        if answer is None:
            return provider_pb2.ReadResponse()
        outputs = known.outputs(inputs, answer)
        return provider_pb2.ReadResponse(id=request.id, properties=_struct(outputs), inputs=request.inputs)

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Update a served resource at the emulator; echo another one."""
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        known, inputs = served(_type(request.urn)), _dict(request.news)
        if known is None:
            outputs = echoed_outputs(request.id, inputs, self._tenant_id)
            return provider_pb2.UpdateResponse(properties=_struct(outputs))
        try:
            answer = self._arm.put(request.id, known.api_version, known.body(inputs))
        except ArmFailureError as error:
            _fail(context, error)
        return provider_pb2.UpdateResponse(properties=_struct(known.outputs(inputs, answer)))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Delete a served resource at the emulator; of another one there is nothing to delete."""
        known = served(_type(request.urn))
        if known is not None:
            try:
                self._arm.delete(request.id, known.api_version)
            except ArmFailureError as error:
                _fail(context, error)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Refuse: a function asks what is in Azure, and an echo does not know."""
        _fail(
            context,
            f"{request.tok}: azure-native is echoed in a rehearsal, and its functions have no answer there; take the "
            "value from the stack's configuration",
        )

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: ARG002, N802
        """End what waits to be sent again."""
        if "_arm" in self.__dict__:
            self._arm.cancel()
        return empty_pb2.Empty()

    def close(self) -> None:
        """Close the connections to the emulator, if there are any."""
        if "_arm" in self.__dict__:
            self._arm.close()

    def _id(self, urn: str, inputs: Mapping[str, Any]) -> str:
        known = served(_type(urn))
        if known is None:
            return echoed_id(_type(urn), urn.rsplit("::", 1)[-1], inputs, self._subscription_id)
        return known.id(inputs)


def _type(urn: str) -> str:
    """Return `azure-native:network:Subnet` of `urn:pulumi:s::p::parent$azure-native:network:Subnet::name`."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _dict(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Return *properties* without what is null: to an engine that is the same as left out."""
    return {key: value for key, value in json_format.MessageToDict(properties).items() if value is not None}


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


def _fail(context: grpc.ServicerContext, error: object) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, str(error))
    raise AssertionError


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=_OPTIONS)
    plugin = EchoPlugin()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        # An engine's way to end a plugin.
        server.stop(grace=None)
    plugin.close()


if __name__ == "__main__":
    main()
