"""Checkpoints, virtual machines and jobs of System Center, as far as a restore needs them.

- Nothing of a checkpoint shows that it was restored: `VMCheckPointAction` is what is asked for, never what is.
- Which names the VMM service really uses for a machine's last task was taken from a public client, not from the
  documentation. So names are read without case, and everything of a machine but its key may be missing.
- Words from System Center's lists stay text, since the lists grow.

Source: Windows Azure Pack, VMCheckPoint (dn785076), Job (dn818633); checkpoint page; a public Go client of SPF.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from azure_recovery.rest.bodies import LenientModel, Percent
from azure_recovery.rest.odata.values import Guid, MaybeGuid, Moment
from azure_recovery.rest.spf.job_words import words_of


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Word = Annotated[str | None, BeforeValidator(_text)]
"""A word of an enumeration, which some services write as its number."""


class Checkpoint(LenientModel):
    """A state of a virtual machine that can be gone back to.

    Attributes:
        id: GUID, with `stamp_id` the key. stamp_id: Of the VMM server.
        vm_id: Of the machine that a restore rolls back.
        name: For people. description: For people.
        checkpoint_id: VMM's own id of it. parent_checkpoint_id: The one it is based on, or None.
        added_at: When it was made. modified_at: When it was last changed.
        enabled: As the service says. accessibility: Documented as not used.
    """

    id: Guid = Field(alias="ID")
    stamp_id: Guid = Field(alias="StampId")
    vm_id: Guid = Field(alias="VMId")
    name: str | None = Field(None, alias="Name")
    description: str | None = Field(None, alias="Description")
    checkpoint_id: MaybeGuid = Field(None, alias="CheckpointID")
    parent_checkpoint_id: MaybeGuid = Field(None, alias="ParentCheckpointID")
    added_at: Moment = Field(None, alias="AddedTime")
    modified_at: Moment = Field(None, alias="ModifiedTime")
    enabled: bool | None = Field(None, alias="Enabled")
    accessibility: str | None = Field(None, alias="Accessibility")

    _entity: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_entity(cls, value: Any, read: ModelWrapValidatorHandler[Checkpoint]) -> Checkpoint:
        checkpoint = read(value)
        if isinstance(value, Mapping):
            checkpoint._entity = dict(value)  # noqa: SLF001 - our own
        return checkpoint

    @property
    def entity(self) -> dict[str, Any]:
        """Every property as it came, those that nobody documents included: a PUT resets what it leaves out."""
        return dict(self._entity)


class VirtualMachine(LenientModel):
    """A virtual machine, with what it says about its last task.

    Attributes:
        id: GUID, with `stamp_id` the key. stamp_id: Of the VMM server.
        name: For people.
        status: `Running`; `status_string` is the sentence for people. virtual_machine_state: Of the hypervisor.
        most_recent_task_id: The newest job of this machine, of whatever kind, or None.
        last_restored_checkpoint_id: The checkpoint that it was last set back to, or None.
        failed_job_id: The job that failed, or None.
    """

    id: Guid = Field(alias="ID")
    stamp_id: Guid = Field(alias="StampId")
    name: str | None = Field(None, alias="Name")
    status: Word = Field(None, alias="Status")
    status_string: str | None = Field(None, alias="StatusString")
    virtual_machine_state: Word = Field(None, alias="VirtualMachineState")
    most_recent_task_id: MaybeGuid = Field(None, alias="MostRecentTaskId")
    last_restored_checkpoint_id: MaybeGuid = Field(None, alias="LastRestoredCheckpointID")
    failed_job_id: MaybeGuid = Field(None, alias="FailedJobId")


class JobOutcome(Enum):
    """What a status means."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    UNCLEAR = "unclear"
    """Over, with a word that is not in the list."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens."""
        return self is not JobOutcome.RUNNING


JOB_WORDS = {
    "completed": JobOutcome.SUCCEEDED,
    "succeedwithinfo": JobOutcome.SUCCEEDED,
    "failed": JobOutcome.FAILED,
    "canceled": JobOutcome.CANCELED,
    "cancelled": JobOutcome.CANCELED,
    "running": JobOutcome.RUNNING,
    "notstarted": JobOutcome.RUNNING,
}
"""`Status` in lower case → what it means. Source: VMM's enumeration; `NotStarted` from scripts."""


class Job(LenientModel):
    """A piece of work of VMM.

    Attributes:
        id: GUID, with `stamp_id` the key. stamp_id: Of the VMM server.
        name: For people, perhaps translated. cmdlet_name: What runs it, such as `Restore-SCVMCheckpoint`.
        status: `Running`, `Completed`, `SucceedWithInfo`, `Failed`, `Canceled`, or another word.
        is_completed: Whether it is over, in whatever way; None where the service does not say.
        progress: 0 to 100, or None.
        target_object_id: The machine that it works on, or None.
        start_time: Aware, in UTC. end_time: None while it runs.
        error_info: As it came: a sentence, an object, or None. additional_messages: As they came.
    """

    id: Guid = Field(alias="ID")
    stamp_id: Guid = Field(alias="StampId")
    name: str | None = Field(None, alias="Name")
    cmdlet_name: str | None = Field(None, alias="CmdletName")
    status: Word = Field(None, alias="Status")
    is_completed: bool | None = Field(None, alias="IsCompleted")
    progress: Percent = Field(None, alias="ProgressValue")
    target_object_id: MaybeGuid = Field(None, alias="TargetObjectId")
    start_time: Moment = Field(None, alias="StartTime")
    end_time: Moment = Field(None, alias="EndTime")
    error_info: Any = Field(None, alias="ErrorInfo")
    additional_messages: Any = Field(None, alias="AdditionalMessages")

    @property
    def outcome(self) -> JobOutcome:
        """What became of it: an unknown word counts as running until the service says that the job is completed."""
        known = JOB_WORDS.get((self.status or "").replace(" ", "").lower())
        if known is not None:
            return known
        return JobOutcome.UNCLEAR if self.is_completed else JobOutcome.RUNNING

    @property
    def succeeded(self) -> bool:
        """Whether it has done its work."""
        return self.outcome is JobOutcome.SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether it is over without having done its work, as far as the service says."""
        return self.outcome.is_final and not self.succeeded

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return not self.outcome.is_final

    @property
    def words(self) -> str:
        """What the job says about itself, one line: errors, what to do, further messages; "" if nothing."""
        return words_of(self.error_info, self.additional_messages)
