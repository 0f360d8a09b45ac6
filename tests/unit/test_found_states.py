"""What is found under a name decides what happens, one cell at a time."""

import pytest

from azure_recovery.dynamic_providers.found_states import Found, Move, move_for

_TABLE = [
    (Found.NOTHING, True, Move.START),
    (Found.NOTHING, False, Move.START),
    (Found.UNDERWAY, True, Move.FOLLOW),
    (Found.UNDERWAY, False, Move.REFUSE),
    (Found.DONE, True, Move.ADOPT),
    (Found.DONE, False, Move.REFUSE),
    (Found.FAILED, True, Move.REFUSE),
    (Found.FAILED, False, Move.REFUSE),
    (Found.DELETING, True, Move.WAIT_UNTIL_GONE),
    (Found.DELETING, False, Move.WAIT_UNTIL_GONE),
]


@pytest.mark.parametrize(("found", "same_source", "move"), _TABLE)
def test_each_cell(found, same_source, move):
    """The table of the design, cell by cell."""
    assert move == move_for(found, same_source=same_source)


def test_every_state_is_in_the_table():
    """A new state needs a decision for both columns."""
    assert {(f, s) for f in Found for s in (True, False)} == {(f, s) for f, s, _ in _TABLE}


@pytest.mark.parametrize(("found", "same_source", "move"), _TABLE)
def test_recopy_failed_touches_failed_copies_of_the_same_source_alone(found, same_source, move):
    """Nothing else is ever deleted to make room."""
    expected = Move.START_AGAIN if found is Found.FAILED and same_source else move

    assert expected == move_for(found, same_source=same_source, recopy_failed=True)
