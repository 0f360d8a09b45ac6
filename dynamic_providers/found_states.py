"""What a create, or the update of something unfinished, finds under its name, and what it does about it."""

from __future__ import annotations

from enum import Enum

ONE_COPY_A_REGION = (
    "Azure keeps one copy of a restore point in a region, so the new one cannot stand beside the old: remove this copy "
    "in one up and add it in the next (not possible once a later restore point is copied: Azure copies in order)"
)
"""The way out of a change that Azure refuses while the old copy stands."""


class Found(Enum):
    """What stands under the name."""

    NOTHING = "nothing"
    UNDERWAY = "under way"
    """Creating, Updating, or replicating."""
    DONE = "done"
    FAILED = "failed"
    """Provisioning failed, a disk failed to replicate, or the copy was terminated."""
    DELETING = "being deleted"


class Move(Enum):
    """What is done about it."""

    START = "start"
    FOLLOW = "follow"
    ADOPT = "adopt"
    """Adopting means owning: `destroy` deletes what was adopted."""
    REFUSE = "refuse"
    START_AGAIN = "delete and start again"
    WAIT_UNTIL_GONE = "wait until it is gone, then start"


_SAME_SOURCE = {
    Found.NOTHING: Move.START,
    Found.UNDERWAY: Move.FOLLOW,
    Found.DONE: Move.ADOPT,
    Found.FAILED: Move.REFUSE,
    Found.DELETING: Move.WAIT_UNTIL_GONE,
}

_OTHER_SOURCE = {
    Found.NOTHING: Move.START,
    Found.UNDERWAY: Move.REFUSE,
    Found.DONE: Move.REFUSE,
    Found.FAILED: Move.REFUSE,
    Found.DELETING: Move.WAIT_UNTIL_GONE,
}


def move_for(found: Found, *, same_source: bool, recopy_failed: bool = False) -> Move:
    """Return what to do about *found*.

    Args:
        found: What stands under the name.
        same_source: Whether it was made from the source that is asked for.
        recopy_failed: Whether the user wants a failed copy of the same source deleted and made again.
    """
    if found is Found.FAILED and same_source and recopy_failed:
        return Move.START_AGAIN
    return (_SAME_SOURCE if same_source else _OTHER_SOURCE)[found]
