"""Ends what the engine started, should the engine itself be killed.

Started by `azure_recovery.engine.processes` as a script of its own with a bare interpreter. Each line on stdin adds
(`+PGID`) or removes (`-PGID`) a process group; end of file means that the engine is gone, and the groups left go too.
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Follow stdin to its end, then end the groups that are left."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
