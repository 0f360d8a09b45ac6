"""A virtual machine of System Center restored from a checkpoint, done when the machine's job has completed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_baseline import seen_in_state
from azure_recovery.dynamic_providers.checkpoint_found import RESTORED
from azure_recovery.dynamic_providers.checkpoint_inputs import BASELINE, RUN_FIELDS, TRIGGER
from azure_recovery.dynamic_providers.checkpoint_provider import RESTORE_TIMEOUT_S, CheckpointProvider
from azure_recovery.dynamic_providers.inputs import all_known
from azure_recovery.dynamic_providers.provider import Attempt, Seen
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.clock import Deadline

RUN_ID = "run_id"


class CheckpointRestoreRunProvider(CheckpointProvider):
    """MERGE or PUT of a checkpoint, at most once for each trigger, and the wait for the machine's job.

    Source: checkpoint page.
    """

    id_input = RUN_ID
    kind = "checkpoint-restore"
    computed = frozenset({RUN_ID})
    fields = RUN_FIELDS

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Refuse a baseline of another trigger: it would permit a restore that nobody asked for now."""
        failures = super().settle(call, olds, inputs)
        if failures or not all_known(inputs, (BASELINE, TRIGGER)) or inputs[BASELINE]["trigger"] == inputs[TRIGGER]:
            return failures
        return [
            CheckFailure(
                BASELINE, f"was taken for trigger {inputs[BASELINE]['trigger']!r}, not for {inputs[TRIGGER]!r}"
            )
        ]

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Send, follow or adopt the restore."""
        from azure_recovery.dynamic_providers.checkpoint_lifecycle import CheckpointLifecycle

        service = self.service(inputs)
        deadline = Deadline(service.connection.transport.clock, call.timeout_s or RESTORE_TIMEOUT_S)
        lifecycle = CheckpointLifecycle(service, call, deadline, self.session.permits, inputs)
        # In a create the outputs are the inputs, and hold the trigger without anything having been sent.
        known = attempt.outputs if "vm_id" in attempt.outputs else {}
        await lifecycle.bring(attempt, known)

    async def look(self, call: bridge.Call, _id: str, props: Mapping[str, Any]) -> Seen | None:
        """Return what is in the state; of a restore that is not done, how far its job is.

        Nothing at the service shows later that a restore happened, so nothing is drift.
        """
        seen = seen_in_state(self, props, CheckpointRestoreRun._outputs)  # noqa: SLF001 - its own class
        if props.get("outcome") == RESTORED:
            return seen
        from azure_recovery.dynamic_providers.checkpoint_outputs import look_at_run

        outputs, seen.unready = await look_at_run(self.service(props), call, props)
        seen.outputs |= outputs
        return seen

    def unfinished(self, olds: Mapping[str, Any], _news: Mapping[str, Any]) -> bool:
        """Return whether the restore is not known to be done: a clean refresh would make it look whole."""
        return olds.get("outcome") != RESTORED


class CheckpointRestoreRun(DynamicResource):
    """A virtual machine restored from a checkpoint: done when the machine's job has completed.

    **Creating it rolls the machine back.** It is sent once for each `trigger`, whatever is killed, lost or refused on
    the way; a changed `trigger`, with the baseline that was taken for it, asks for it again. `CheckpointRestore` makes
    both.

    Args:
        name: The resource's name in the program.
        base_url: As `CheckpointBaseline`, like all until `principal_id`.
        subscription_id: GUID of the subscription.
        checkpoint_id: GUID of the checkpoint.
        trigger: Any text; another one asks for another restore.
        baseline: `CheckpointBaseline.baseline` for the same trigger.
        stamp_id: GUID of the stamp.
        api_root: Path below the origin.
        principal_id: Whom the service writes down.
        method: `"merge"`, which sends the action alone, or `"put"`, which sends the whole entity that was just read.
        confirmed_job_id: GUID of the job that did it, when the resource has stopped because it could not tell.
        confirmed_done: The trigger, when that restore was done and no job shows; another value than `trigger` is
            ignored.
        opts: Options of the resource. `custom_timeouts` bound the wait; a day without.

    Another checkpoint, stamp or subscription under the same trigger is refused. Deleting it changes nothing at the
    service: a rollback cannot be taken back, but for a safety checkpoint that is restored.

    Source: checkpoint page.
    """

    _recipe = "azure_recovery.dynamic_providers.checkpoint_restore_run:CheckpointRestoreRunProvider"
    _type_name = "CheckpointRestoreRun"
    _inputs = tuple(field.name for field in RUN_FIELDS)
    _outputs = (
        RUN_ID,
        "vm_id",
        "job_id",
        "job_status",
        "requested_at",
        "ended_at",
        "request_id",
        "activity_id",
        "outcome",
        "failure",
    )

    base_url: pulumi.Output[str]
    api_root: pulumi.Output[str | None]
    subscription_id: pulumi.Output[str]
    checkpoint_id: pulumi.Output[str]
    stamp_id: pulumi.Output[str | None]
    principal_id: pulumi.Output[str | None]
    trigger: pulumi.Output[str]
    method: pulumi.Output[str]
    baseline: pulumi.Output[Mapping[str, Any]]
    confirmed_job_id: pulumi.Output[str | None]
    confirmed_done: pulumi.Output[str | None]
    run_id: pulumi.Output[str]
    """The resource's id; a run exists in the state alone."""
    vm_id: pulumi.Output[str]
    """GUID of the machine that was rolled back."""
    job_id: pulumi.Output[str | None]
    """GUID of the job; none after `confirmed_done`."""
    job_status: pulumi.Output[str | None]
    """The service's word: `Completed`, `SucceedWithInfo`."""
    requested_at: pulumi.Output[str | None]
    """When the restore was asked for, on the service's clock, ISO 8601 in UTC; when its job began if it was adopted."""
    ended_at: pulumi.Output[str | None]
    request_id: pulumi.Output[str | None]
    """`x-ms-request-id`, by which the service's logs know the request; none of a restore that was adopted."""
    activity_id: pulumi.Output[str | None]
    """`request-id`, the other name of the request in the logs; none where its answer was an error, or lost."""
    outcome: pulumi.Output[str]
    """`restored`; in a state that is not done also `failed`, `refused`, or `unsent`: others may have restored it."""
    failure: pulumi.Output[str | None]
    """Why it is not done, where that will not change for this trigger."""

    def __init__(
        self,
        name: str,
        *,
        base_url: pulumi.Input[str],
        subscription_id: pulumi.Input[str],
        checkpoint_id: pulumi.Input[str],
        trigger: pulumi.Input[str],
        baseline: pulumi.Input[Mapping[str, Any]],
        stamp_id: pulumi.Input[str] | None = None,
        api_root: pulumi.Input[str] | None = None,
        principal_id: pulumi.Input[str] | None = None,
        method: pulumi.Input[str] | None = None,
        confirmed_job_id: pulumi.Input[str] | None = None,
        confirmed_done: pulumi.Input[str] | None = None,
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
                "method": method,
                "baseline": baseline,
                "confirmed_job_id": confirmed_job_id,
                "confirmed_done": confirmed_done,
            },
            opts,
        )
