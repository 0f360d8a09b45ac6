"""What a job of a machine does, as far as it says so.

Source: cmdlets of Virtual Machine Manager; Job of the VMM service (dn818633).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure_recovery.rest.spf.models import Job

_CMDLET = re.compile(r"(?P<verb>[a-z]+)-(?:sc)?(?:vm|virtualmachine)?(?P<noun>[a-z]+)", re.IGNORECASE)


class Kind(Enum):
    """What a job does, as far as it says so."""

    RESTORE = "restores a checkpoint"
    OTHER = "does something else"
    UNCLEAR = "does not say what it does"


def kind_of(job: Job) -> Kind:
    """Return what a job does, by its cmdlet, such as `Restore-SCVMCheckpoint`, else by its name."""
    found = _CMDLET.fullmatch((job.cmdlet_name or "").strip())
    if found:
        of_checkpoints = found["noun"].lower() == "checkpoint"
        if not of_checkpoints or found["verb"].lower() in {"get", "new", "remove", "set"}:
            return Kind.OTHER
        return Kind.RESTORE if found["verb"].lower() == "restore" else Kind.UNCLEAR
    words = (job.name or "").lower()
    return Kind.RESTORE if "restore" in words and "checkpoint" in words else Kind.UNCLEAR
