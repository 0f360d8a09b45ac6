"""How long until the next look at a copy.

Azure refreshes the progress of a copy every ten minutes, and a copy lasts from minutes to two weeks. So the pause is
9 % of the time already waited: a copy of twenty minutes is noticed within two, a copy of a day within five, and a day
costs some 340 requests instead of the 2,880 of a poller that asks every thirty seconds. What is left to those bounds,
a hundredth and five seconds, is for the look itself to travel.

Source for the ten minutes and the two weeks: limits of the cross-region copy of VM restore points.
"""

from __future__ import annotations

SHORTEST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 295.0
GROWTH = 0.09
"""Share of the time already waited that the next pause lasts. With the look's own way it stays below a tenth."""

JITTER = 0.05
"""Largest share by which a pause is shortened, so that what was started together is not looked at together for ever."""


def pause_s(waited_s: float, shorten: float = 0.0) -> float:
    """Return Azure's seconds until the next look at a copy.

    Args:
        waited_s: Azure's seconds since this wait began.
        shorten: A random number from 0 to 1. It only shortens the pause, so the longest lateness holds.
    """
    return growing_pause_s(waited_s, shorten, shortest_s=SHORTEST_PAUSE_S, longest_s=LONGEST_PAUSE_S)


def growing_pause_s(waited_s: float, shorten: float, *, shortest_s: float, longest_s: float) -> float:
    """Return Azure's seconds until the next look at something that has lasted *waited_s*, within two bounds."""
    pause = min(max(waited_s * GROWTH, shortest_s), longest_s)
    return pause * (1.0 - JITTER * min(max(shorten, 0.0), 1.0))
