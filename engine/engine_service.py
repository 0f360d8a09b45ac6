"""The engine service: where program and providers say something."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from azure_recovery.engine import urns
from azure_recovery.engine.errors import UnsupportedError
from azure_recovery.engine.events import Diagnostic, Severity

_SEVERITIES: dict[int, Severity] = {engine_pb2.INFO: "info", engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}
_SDK_REFUSAL = re.compile(r"The Pulumi CLI does not support (?P<feature>[^.\n]+)\. Please update the Pulumi CLI\.")
"""What the SDK raises in the program for a feature that the monitor does not claim; there is no CLI to update."""


class EngineService(engine_pb2_grpc.EngineServicer):
    """Serves `pulumirpc.Engine`."""

    def __init__(self, report: Callable[[Diagnostic], None]) -> None:
        """Take where messages go."""
        self._report = report

    def Log(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: ARG002, N802
        """Pass on a message; one on an unknown resource belongs to the stack, debug messages to nobody."""
        severity = _SEVERITIES.get(request.severity)
        if severity is not None:
            refusal = _SDK_REFUSAL.search(request.message)
            text = str(UnsupportedError(refusal["feature"], "the program")) if refusal else request.message
            urn = request.urn if urns.is_valid(request.urn) else ""
            self._report(Diagnostic(urn, severity, text, request.ephemeral))
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Refuse: there is no CLI here whose version could be right."""
        feature = f"require_pulumi_version({request.pulumi_version_range!r})"
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(UnsupportedError(feature, "the program")))
