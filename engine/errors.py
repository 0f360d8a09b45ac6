"""Every error that the engine raises, in one tree.

    EngineError
    ├── ProjectError         Pulumi.yaml, Pulumi.<stack>.yaml or a configuration value cannot work
    ├── StateError           the state file cannot be read, written or locked
    │   └── PassphraseError  its secrets do not open
    ├── UnsupportedError     an option or a call that belongs to the Pulumi CLI
    ├── PluginError          a provider process that cannot be found or started
    └── ResourceError        one resource cannot be worked on
        └── InitializationError  it exists, but is not initialised; carries what is known of it

A message is complete in itself: what, where, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class EngineError(Exception):
    """Base of every error of the engine."""


class ProjectError(EngineError):
    """A project file or a configuration value that cannot work."""


class StateError(EngineError):
    """A state file that cannot be read, written or locked."""


class PassphraseError(StateError):
    """Secrets that do not open with the given passphrase."""


class UnsupportedError(EngineError):
    """Something that this engine leaves to the Pulumi CLI."""

    def __init__(self, feature: str, where: str) -> None:
        """Take the option or call as the user knows it, and the resource, file or program it was met in."""
        super().__init__(
            f"{where}: {feature} is not part of the embedded engine; take it out of the program, "
            "or run the program with the pulumi command"
        )


class PluginError(EngineError):
    """A provider process that cannot be found or started."""


class ResourceError(EngineError):
    """A step that failed; the message is what the provider said."""


class InitializationError(ResourceError):
    """A resource that exists and is not initialised (`ErrorResourceInitFailed` on the wire).

    Attributes:
        id: The resource's id; empty if the provider gave none.
        outputs: Its live properties.
        inputs: The inputs that match them, or None to keep the old ones.
        reasons: One line each.
    """

    def __init__(
        self, id_: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any] | None, reasons: Sequence[str]
    ) -> None:
        self.id = id_
        self.outputs = dict(outputs)
        self.inputs = None if inputs is None else dict(inputs)
        self.reasons = list(reasons)
        plural = "error" if len(self.reasons) == 1 else "errors"
        lines = "".join(f"\n\t* {reason}" for reason in self.reasons)
        super().__init__(f"{len(self.reasons)} {plural} occurred:{lines}")
