"""What the engine tells while it works, and what it returns at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Work on a resource begins.

    Attributes:
        urn: The resource.
        op: As Pulumi names it: `same`, `create`, `update`, `delete`, `replace`, `create-replacement`,
            `delete-replaced`, `read`, `read-replacement`, `discard`, `refresh`, `remove-pending-replace`.
    """

    urn: str
    op: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """Work on a resource ended, or would be done (`preview`); *error* is set if *ok* is not."""

    urn: str
    op: str
    ok: bool = True
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message from the engine, the program or a provider.

    Attributes:
        urn: The resource it concerns; empty for the stack as a whole.
        severity: `info`, `warning` or `error`.
        message: May have several lines.
        ephemeral: A status that the next one replaces; it is not kept in `OperationResult.diagnostics`.
    """

    urn: str
    severity: Severity
    message: str
    ephemeral: bool = False


Event = StepStarted | StepFinished | Diagnostic


@dataclass(frozen=True, slots=True)
class OperationResult:
    """How a preview, up, refresh or destroy ended.

    Attributes:
        ok: Everything was done.
        kind: `preview`, `up`, `refresh` or `destroy`.
        steps: In the order in which they ended; default providers are left out, as the CLI does.
        changes: How many resources met which operation, such as `{"create": 4, "same": 1}`. A replacement counts once,
            as `replace`; a refreshed resource counts as what was found: `same`, `update` or `delete`.
        diagnostics: Everything said that was not ephemeral.
        outputs: The stack's outputs; a secret one is a `Secret`, one that is not known yet is `UNKNOWN`.
        duration_s: Wall time in seconds.
        cancelled: `cancel()` ended it.
    """

    ok: bool
    kind: str
    steps: tuple[StepFinished, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    duration_s: float = 0.0
    cancelled: bool = False
