"""The embedded engine: an unmodified Pulumi program on an unmodified SDK, without the Pulumi CLI.

It speaks Pulumi's own gRPC protocol and serves rehearsals and tests. Deployments belong to the Pulumi CLI. Nothing
in here knows anything of Azure.
"""

from __future__ import annotations

from azure_recovery.engine.errors import StateError
from azure_recovery.engine.events import Diagnostic, Event, OperationResult, StepFinished, StepStarted
from azure_recovery.engine.operations import Engine
from azure_recovery.engine.properties import UNKNOWN, Secret, Unknown

__all__ = [
    "UNKNOWN",
    "Diagnostic",
    "Engine",
    "Event",
    "OperationResult",
    "Secret",
    "StateError",
    "StepFinished",
    "StepStarted",
    "Unknown",
]
