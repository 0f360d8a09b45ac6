"""The table of status words."""

import pytest

from azure_recovery.rest.arm.operation_states import STATUS_WORDS, OperationState, state_of


@pytest.mark.parametrize("row", STATUS_WORDS, ids=lambda row: row.word)
def test_each_word_of_the_table(row):
    """It means the same in any case, and somebody says so."""
    assert row.state is state_of(row.word) is state_of(row.word.upper()) is state_of(f" {row.word.lower()} ")
    assert row.source


@pytest.mark.parametrize("word", ["", "Copying", "WaitingForApproval", "NotSucceeded"])
def test_a_word_that_nobody_documents(word):
    """Everything that is not final is running."""
    assert state_of(word) is OperationState.RUNNING
    assert not state_of(word).is_final


def test_the_documented_final_words_are_final():
    """Three words end an operation."""
    final = {state_of(word) for word in ("Succeeded", "Failed", "Canceled")}

    assert set(OperationState) - {OperationState.RUNNING} == final
    assert all(state.is_final for state in final)
