"""A virtual machine of System Center restored from a checkpoint, at most once for each trigger."""

from __future__ import annotations

import pulumi

from azure_recovery.dynamic_providers.checkpoint_baseline import CheckpointBaseline
from azure_recovery.dynamic_providers.checkpoint_restore_run import CheckpointRestoreRun


class CheckpointRestore(pulumi.ComponentResource):
    """Restores a checkpoint of a virtual machine and is done when the machine's job has completed.

    **Creating it rolls the machine back**, and so does every other `trigger`. Nothing else does: an `up` with the same
    trigger follows what was sent, and changes nothing once that is done. Deleting it changes nothing at the service.

    Args:
        name: The component's name in the program, and that of both of its resources.
        base_url: `https://wapserver:30006`, the origin of Windows Azure Pack or of Service Provider Foundation.
        subscription_id: GUID of the subscription, as the service knows it.
        checkpoint_id: GUID of the checkpoint.
        trigger: Any text, such as a date and a ticket; another one asks for another restore.
        stamp_id: GUID of the stamp; looked up when it is left out.
        api_root: Path below the origin, as `CheckpointBaseline`.
        principal_id: Whom the service writes down as the caller; anything.
        method: `"merge"` or `"put"`, as `CheckpointRestoreRun`.
        safety_checkpoint: Whether to make a checkpoint of the machine first, and wait for it.
        preflight: `"on"`, or `"off"` to look nothing up in previews.
        confirmed_job_id: As `CheckpointRestoreRun`: what to say when it has stopped because it could not tell.
        confirmed_done: As `CheckpointRestoreRun`.
        opts: Options of the component. `custom_timeouts` are those of both resources.

    Attributes:
        baseline: The `CheckpointBaseline`.
        run: The `CheckpointRestoreRun`.
    """

    vm_id: pulumi.Output[str]
    """GUID of the machine that was rolled back."""
    job_id: pulumi.Output[str | None]
    """GUID of the job that did it."""
    job_status: pulumi.Output[str | None]
    """The service's word: `Completed`, `SucceedWithInfo`."""
    requested_at: pulumi.Output[str | None]
    """When it was asked for, on the service's clock, ISO 8601 in UTC."""
    ended_at: pulumi.Output[str | None]
    request_id: pulumi.Output[str | None]
    """By which the service's logs know the request."""
    activity_id: pulumi.Output[str | None]
    """Its other name there."""
    safety_checkpoint_id: pulumi.Output[str | None]
    """GUID of the checkpoint that was made first: restoring it is the way back."""

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
        method: pulumi.Input[str] | None = None,
        safety_checkpoint: pulumi.Input[bool] | None = None,
        preflight: pulumi.Input[str] | None = None,
        confirmed_job_id: pulumi.Input[str] | None = None,
        confirmed_done: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("azure-recovery:components:CheckpointRestore", name, {}, opts)
        of_both = pulumi.ResourceOptions(parent=self, custom_timeouts=opts.custom_timeouts if opts else None)
        self.baseline = CheckpointBaseline(
            name,
            base_url=base_url,
            subscription_id=subscription_id,
            checkpoint_id=checkpoint_id,
            trigger=trigger,
            stamp_id=stamp_id,
            api_root=api_root,
            principal_id=principal_id,
            safety_checkpoint=safety_checkpoint,
            preflight=preflight,
            opts=of_both,
        )
        self.run = CheckpointRestoreRun(
            name,
            base_url=base_url,
            subscription_id=subscription_id,
            checkpoint_id=checkpoint_id,
            trigger=trigger,
            baseline=self.baseline.baseline,
            stamp_id=stamp_id,
            api_root=api_root,
            principal_id=principal_id,
            method=method,
            confirmed_job_id=confirmed_job_id,
            confirmed_done=confirmed_done,
            opts=of_both,
        )
        self.vm_id = self.run.vm_id
        self.job_id = self.run.job_id
        self.job_status = self.run.job_status
        self.requested_at = self.run.requested_at
        self.ended_at = self.run.ended_at
        self.request_id = self.run.request_id
        self.activity_id = self.run.activity_id
        self.safety_checkpoint_id = self.baseline.safety_checkpoint_id
        self.register_outputs(
            {
                "vm_id": self.vm_id,
                "job_id": self.job_id,
                "job_status": self.job_status,
                "requested_at": self.requested_at,
                "ended_at": self.ended_at,
                "request_id": self.request_id,
                "activity_id": self.activity_id,
                "safety_checkpoint_id": self.safety_checkpoint_id,
            }
        )
