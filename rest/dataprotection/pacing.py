"""How long until the next look at a job. Pure.

A restore of a disk lasts from minutes to hours, and nothing tells how far it is. So the pause is 9 % of the time that
the job has lasted, and never less than three quarters of a minute: an hour costs some 37 looks, and the end is
noticed within a tenth of the job's length, or within a minute. What the pause leaves of the tenth, a hundredth, is for
the look itself to travel.
"""

from __future__ import annotations

from azure_recovery.rest.pacing import growing_pause_s

SHORTEST_PAUSE_S = 45.0
LONGEST_PAUSE_S = 600.0


def job_pause_s(lasted_s: float, shorten: float = 0.0) -> float:
    """Return Azure's seconds until the next look.

    Args:
        lasted_s: Azure's seconds since the job began.
        shorten: A random number from 0 to 1. It only shortens the pause, so the longest lateness holds.
    """
    return growing_pause_s(lasted_s, shorten, shortest_s=SHORTEST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
