"""What the two resources of a checkpoint restore have in common as providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pulumi.dynamic import CheckFailure, CheckResult

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_inputs import (
    API_ROOT,
    BASE_URL,
    PRINCIPAL,
    SUBSCRIPTION,
    restores_something_else,
    wrong_address,
)
from azure_recovery.dynamic_providers.inputs import NAME_SEED
from azure_recovery.dynamic_providers.names import short_id
from azure_recovery.dynamic_providers.provider import LifecycleProvider

if TYPE_CHECKING:
    from azure_recovery.rest.spf.calls import CheckpointService

RESTORE_TIMEOUT_S = 86_400.0
"""The service's seconds without `custom_timeouts`: a restore takes minutes, a queue before it may take hours."""


class CheckpointProvider(LifecycleProvider):
    """Exists in the state alone: nothing of a restore can be deleted, and nothing shows that it was."""

    kind: ClassVar[str]
    """What the id begins with."""

    computed: ClassVar[frozenset[str]]
    """Inputs that `check` adds: the id, and whatever has to be known in a preview."""

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs to store; `ignore_changes` hands in what is computed, which is no input of a program."""
        return super().check(olds, {name: value for name, value in news.items() if name not in self.computed})

    def settle(self, _call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Give it an id; refuse another restore under the same trigger."""
        inputs[self.id_input] = olds.get(self.id_input) or short_id(self.kind, inputs[NAME_SEED])
        return restores_something_else(olds, inputs) or wrong_address(inputs)

    async def remove(self, _call: bridge.Call, _id: str, _props: Mapping[str, Any]) -> None:
        """Do nothing: a machine that was rolled back stays as it is."""

    def service(self, inputs: Mapping[str, Any]) -> CheckpointService:
        """Return the calls on the service that *inputs* name."""
        return self.session.checkpoints(
            base_url=inputs[BASE_URL],
            subscription_id=inputs[SUBSCRIPTION],
            api_root=inputs.get(API_ROOT) or "",
            principal_id=inputs.get(PRINCIPAL) or "",
        )
