"""What a GUID looks like, whoever wrote it: subscriptions, machines, jobs."""

from __future__ import annotations

import re

PATTERN = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""A GUID with hyphens and nothing else, in either case."""

_GUID = re.compile(PATTERN)


def is_guid(text: str) -> bool:
    """Return whether *text* is a GUID with hyphens and nothing around it, in either case."""
    return _GUID.fullmatch(text) is not None
