"""What the words mean by which ARM and its services say how far an operation is.

One table for `status` of a status URL and for `properties.provisioningState`, each row with its source. Documented is:
three words are final and every other word means running. So a word that is not in the table means running too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OperationState(Enum):
    """How far an operation is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether it will not change any more."""
        return self is not OperationState.RUNNING


@dataclass(frozen=True)
class StatusWord:
    """One row: a word, what it means, and who says so."""

    word: str
    state: OperationState
    source: str


_RPC = "resource provider contract, async-api-reference: final states"
_RUNNING_RPC = "resource provider contract: any word that is not final"

STATUS_WORDS: tuple[StatusWord, ...] = (
    StatusWord("Succeeded", OperationState.SUCCEEDED, _RPC),
    StatusWord("Failed", OperationState.FAILED, _RPC),
    StatusWord("Canceled", OperationState.CANCELED, _RPC),
    StatusWord("InProgress", OperationState.RUNNING, "recorded PUT of a restore point"),
    StatusWord("Creating", OperationState.RUNNING, "restore point while its copy is being set up, copy page"),
    StatusWord("Deleting", OperationState.RUNNING, "restore point while it is being deleted, copy page"),
    StatusWord("Updating", OperationState.RUNNING, _RUNNING_RPC),
    StatusWord("Accepted", OperationState.RUNNING, _RUNNING_RPC),
    StatusWord("Running", OperationState.RUNNING, _RUNNING_RPC),
    StatusWord("Inprogress", OperationState.RUNNING, "recorded operationStatus of Microsoft.DataProtection"),
    # Not as the contract has it, but seen; to read them as running would wait until the deadline.
    StatusWord("Cancelled", OperationState.CANCELED, "spelled so by services that go-azure-sdk's status table lists"),
    StatusWord("Completed", OperationState.SUCCEEDED, "CostManagement 2021-10-01, azure-sdk-for-go issue 20342"),
)

_STATES = {row.word.lower(): row.state for row in STATUS_WORDS}


def state_of(word: str) -> OperationState:
    """Return what *word* means, whatever its case; a word that nobody documents means running."""
    return _STATES.get(word.strip().lower(), OperationState.RUNNING)
