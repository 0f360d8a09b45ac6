"""Physical names: the same for the same program, so that a create that was killed finds its own work.

Never random. A name is made from the resource's seed (organisation, project, stack and Pulumi name) and a short hash of
the seed and of every input whose change means another object. So two stacks of one backend never share one, and a
replacement stands beside what it replaces. Self-managed backends call every organisation `organization`: stacks in two
of them cannot be told apart.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 80
"""Characters that Azure allows for restore point collections, restore points and disks.

Source: resource name rules for Microsoft.Compute (1 to 80, letters, digits, `_`, `.`, `-`).
"""

_HASH_LENGTH = 8
_LONG_HASH_LENGTH = 12
"""Of an id that nobody has to read."""
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_.-]+")


def name_seed(organization: str, project: str, stack: str, name: str) -> str:
    """Return `organization/project/stack/name`, which no two resources of a backend share within one type."""
    return f"{organization}/{project}/{stack}/{name}"


def short_id(kind: str, seed: str) -> str:
    """Return the id of what exists in no service, `replication-gate-1f4a09c2d3e4`: a *kind*, and a hash of the seed."""
    return f"{kind}-{hashlib.sha256(seed.encode()).hexdigest()[:_LONG_HASH_LENGTH]}"


def physical_name(seed: str, forcing: Mapping[str, Any], *, longest: int = LONGEST_NAME) -> str:
    """Return the name for an object, such as `web-copy-1f4a09c2`.

    Args:
        seed: `organization/project/stack/name`. Its last part, cleaned and cut, is what people read.
        forcing: Every input whose change makes a new object, normalised: ids and locations without their casing.
        longest: Characters that the service allows.
    """
    digest = hashlib.sha256(json.dumps([seed, forcing], sort_keys=True).encode()).hexdigest()[:_HASH_LENGTH]
    readable = _NOT_ALLOWED.sub("-", seed.rsplit("/", 1)[-1]).strip("-._")[: longest - _HASH_LENGTH - 1].rstrip("-._")
    return f"{readable or 'copy'}-{digest}"
