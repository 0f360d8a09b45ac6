"""What is noted down of one restore while it is brought about, so that the state keeps it whatever goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers.checkpoint_found import REFUSED, RESTORED, UNSENT, Baseline
from azure_recovery.dynamic_providers.checkpoint_inputs import TRIGGER
from azure_recovery.dynamic_providers.checkpoint_permits import Permits
from azure_recovery.dynamic_providers.provider import Attempt

_OF_A_JOB = ("job_id", "job_status", "ended_at", "outcome", "failure")
"""Outputs that a job has told, or its end."""

_OF_A_RESTORE = (*_OF_A_JOB, "request_id", "activity_id", "requested_at")
"""Outputs that belong to one restore, and are none of the next."""


class RestoreNotes:
    """Writes what is known of one restore into an attempt.

    Args:
        attempt: Of a create or an update. inputs: As checked.
        baseline: What was there before. permits: Of this process.

    Attributes:
        attempt: As given.
    """

    def __init__(self, attempt: Attempt, inputs: Mapping[str, Any], baseline: Baseline, permits: Permits) -> None:
        self.attempt = attempt
        self._inputs = inputs
        self._trigger: str = inputs[TRIGGER]
        self._baseline = baseline
        self._permits = permits

    def begin(self) -> None:
        """Note down that the restore belongs to this trigger: from here on the state keeps it."""
        self._permits.use_up(*self._baseline.identity)
        if self.attempt.outputs.get(TRIGGER) != self._trigger or not self.attempt.started:
            self._drop(_OF_A_RESTORE)
        self.attempt.outputs |= {**self._inputs, "vm_id": self._baseline.vm_id}
        self.attempt.started = True

    def refused(self, words: str) -> None:
        """Note down that nothing happened for this trigger, and that nothing will."""
        self.begin()
        self.attempt.outputs |= {"outcome": REFUSED, "failure": words}

    def unsent(self, words: str) -> None:
        """Note down that nothing was sent, and that what others have done may not be what was asked for."""
        self.begin()
        self.attempt.outputs |= {"outcome": UNSENT, "failure": words}

    def another_job(self) -> None:
        """Note down that what the user names counts, and not what a job has told before."""
        self.begin()
        self._drop(_OF_A_JOB)

    def done_as_confirmed(self) -> bool:
        """Note down that the restore is done, if the user has said so of this trigger; return whether that is so."""
        if self._inputs.get("confirmed_done") != self._trigger:
            return False
        self.another_job()
        self.attempt.outputs["outcome"] = RESTORED
        return True

    def _drop(self, names: tuple[str, ...]) -> None:
        for name in names:
            self.attempt.outputs.pop(name, None)
