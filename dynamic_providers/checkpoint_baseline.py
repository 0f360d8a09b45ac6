"""What a virtual machine's jobs were before its checkpoint is restored, in the state before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, BASELINE_FIELDS, CHECKPOINT, STAMP, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_permits import no_permit
from azure_recovery.dynamic_providers.checkpoint_provider import RESTORE_TIMEOUT_S, CheckpointProvider
from azure_recovery.dynamic_providers.inputs import NAME_SEED
from azure_recovery.dynamic_providers.names import physical_name
from azure_recovery.dynamic_providers.provider import Attempt, Seen
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import InvalidInputError, RefusedError

BASELINE_ID = "baseline_id"
USED_TRIGGERS = "used_triggers"

_MOST_TRIGGERS = 500
"""Triggers that a state remembers: the oldest are forgotten."""

_LONGEST_CHECKPOINT_NAME = 64


class CheckpointBaselineProvider(CheckpointProvider):
    """GET of checkpoint, machine and jobs; a safety checkpoint if one is asked for. Source: checkpoint page."""

    id_input = BASELINE_ID
    kind = "checkpoint-baseline"
    computed = frozenset({BASELINE_ID, USED_TRIGGERS})
    fields = BASELINE_FIELDS

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Refuse a trigger of before; of a new one look whether the checkpoint is there."""
        failures = super().settle(call, olds, inputs)
        last, known = olds.get(TRIGGER), olds.get(USED_TRIGGERS)
        used = [one for one in known if isinstance(one, str)] if isinstance(known, list) else []
        inputs[USED_TRIGGERS] = used
        if failures or (last and last == inputs[TRIGGER]):
            return failures
        if last:
            inputs[USED_TRIGGERS] = [*used, last][-_MOST_TRIGGERS:]
        if inputs[TRIGGER] in used:
            reason = "was given before, and restores once: going back to it, as by reverting a change, restores nothing"
            return [CheckFailure(TRIGGER, f"{reason}; choose another one to restore again")]
        if reason := no_permit(os.environ):
            return [CheckFailure(TRIGGER, reason)]
        from azure_recovery.dynamic_providers.checkpoint_preflight import look_ahead_of_checkpoint

        return look_ahead_of_checkpoint(self.session, call, inputs, lambda: self.service(inputs))

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Take the baseline, once for each trigger."""
        kept = attempt.outputs.get(BASELINE)
        if isinstance(kept, Mapping) and kept.get("trigger") == inputs[TRIGGER]:
            return
        if reason := no_permit(os.environ):  # a baseline that is taken anew by force had no new trigger to check
            raise RefusedError(f"trigger {inputs[TRIGGER]!r} {reason}")
        from azure_recovery.dynamic_providers.checkpoint_taking import BaselineTaker

        service = self.service(inputs)
        deadline = Deadline(service.connection.transport.clock, call.timeout_s or RESTORE_TIMEOUT_S)
        baseline, safety_id = await BaselineTaker(service, call, deadline).take(inputs, safety_name(inputs))
        attempt.outputs[BASELINE] = baseline.as_output()
        attempt.outputs["vm_id"] = baseline.vm_id
        attempt.outputs["found_stamp_id"] = baseline.stamp_id
        attempt.outputs.pop("safety_checkpoint_id", None)  # that of the trigger before
        if safety_id:
            attempt.outputs["safety_checkpoint_id"] = safety_id
        self.session.permits.give(*baseline.identity)

    async def look(self, _call: bridge.Call, _id: str, props: Mapping[str, Any]) -> Seen | None:
        """Return what is in the state: a baseline is of a moment, and does not change."""
        return seen_in_state(self, props, CheckpointBaseline._outputs)  # noqa: SLF001 - its own class

    def unfinished(self, olds: Mapping[str, Any], _news: Mapping[str, Any]) -> bool:
        """Return whether there is none: a state that was edited by hand."""
        return not isinstance(olds.get(BASELINE), Mapping)


def safety_name(inputs: Mapping[str, Any]) -> str:
    """Return the name of the safety checkpoint, `before-drill-2-1f4a09c2`: the same for the same trigger."""
    readable = f"before-{inputs[TRIGGER]}".replace("/", "-")
    forcing = {"checkpoint": inputs[CHECKPOINT], "stamp": inputs.get(STAMP), "trigger": inputs[TRIGGER]}
    return physical_name(f"{inputs[NAME_SEED]}/{readable}", forcing, longest=_LONGEST_CHECKPOINT_NAME)


def seen_in_state(provider: CheckpointProvider, props: Mapping[str, Any], outputs: tuple[str, ...]) -> Seen:
    """Return inputs and outputs as the state has them.

    Raises:
        InvalidInputError: It was asked for by `get`, with an id alone.
    """
    if TRIGGER not in props:
        raise InvalidInputError(
            property="id", reason="this resource exists in the state alone, so there is none to get: declare one"
        )
    stored = {field.name: props[field.name] for field in provider.fields if field.name in props}
    stored |= {name: props[name] for name in (NAME_SEED, *provider.computed) if name in props}
    return Seen(outputs={name: props[name] for name in outputs if name in props} | stored, inputs=stored)


class CheckpointBaseline(DynamicResource):
    """What a virtual machine's jobs were before one of its checkpoints is restored.

    It is taken anew for each `trigger`, after the machine's running job has ended, and is in the state before a
    `CheckpointRestoreRun` sends anything: so a run after a kill can tell a restore that was sent from one that was not.
    A baseline permits one restore, in the run of Pulumi that took it.

    Args:
        name: The resource's name in the program.
        base_url: `https://wapserver:30006`, the origin of the service.
        subscription_id: GUID of the subscription, as the service knows it.
        checkpoint_id: GUID of the checkpoint.
        trigger: Any text; another one asks for another restore, one of before is refused.
        stamp_id: GUID of the stamp; looked up when it is left out.
        api_root: Path below the origin, `{subscription_id}/services/systemcenter/vmm` when left out; SPF itself has
            `SC2012R2/VMM/{subscription_id}/Microsoft.Management.Odata.svc`.
        principal_id: Whom the service writes down as the caller; anything.
        safety_checkpoint: Whether to make a checkpoint of the machine first, and wait for it.
        preflight: `"on"`, or `"off"` to look nothing up in previews.
        opts: Options of the resource. `custom_timeouts` bound the wait; a day without.

    Deleting it changes nothing at the service; a safety checkpoint stays.

    Source: checkpoint page; VMCheckPoint, VirtualMachine and Job of System Center's VMM service.
    """

    _recipe = "azure_recovery.dynamic_providers.checkpoint_baseline:CheckpointBaselineProvider"
    _type_name = "CheckpointBaseline"
    _inputs = tuple(field.name for field in BASELINE_FIELDS)
    _outputs = (BASELINE_ID, USED_TRIGGERS, BASELINE, "vm_id", "found_stamp_id", "safety_checkpoint_id")

    base_url: pulumi.Output[str]
    api_root: pulumi.Output[str | None]
    subscription_id: pulumi.Output[str]
    checkpoint_id: pulumi.Output[str]
    stamp_id: pulumi.Output[str | None]
    principal_id: pulumi.Output[str | None]
    trigger: pulumi.Output[str]
    safety_checkpoint: pulumi.Output[bool]
    preflight: pulumi.Output[str]
    baseline_id: pulumi.Output[str]
    """The resource's id; a baseline exists in the state alone."""
    used_triggers: pulumi.Output[Sequence[str]]
    """Triggers of before, oldest first: none of them restores again."""
    baseline: pulumi.Output[Mapping[str, Any]]
    """What `CheckpointRestoreRun` needs of it: `trigger`, `vm_id`, `stamp_id`, `taken_at` (the service's time, ISO 8601
    in UTC), `last_task_id`, `last_restored_checkpoint_id`, `job_ids`, and `listed`, whether these are all jobs."""
    vm_id: pulumi.Output[str]
    """GUID of the machine that the checkpoint is of."""
    found_stamp_id: pulumi.Output[str]
    """GUID of its stamp, given or found."""
    safety_checkpoint_id: pulumi.Output[str | None]
    """GUID of the checkpoint that was made first."""

    def __init__(
        self,
        name: str,
        *,
        base_url: pulumi.Input[str],
        subscription_id: pulumi.Input[str],
        checkpoint_id: pulumi.Input[str],
        trigger: pulumi.Input[str],
        stamp_id: pulumi.Input[str] | None = None,
        api_root: pulumi.Input[str] | None = None,
        principal_id: pulumi.Input[str] | None = None,
        safety_checkpoint: pulumi.Input[bool] | None = None,
        preflight: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            name,
            {
                "base_url": base_url,
                "api_root": api_root,
                "subscription_id": subscription_id,
                "checkpoint_id": checkpoint_id,
                "stamp_id": stamp_id,
                "principal_id": principal_id,
                "trigger": trigger,
                "safety_checkpoint": safety_checkpoint,
                "preflight": preflight,
            },
            opts,
        )
