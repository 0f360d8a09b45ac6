"""Copies of restore points that will not become usable by themselves, and why.

    CopyError
    ├── DiskReplicationFailedError
    ├── CopyFailedError
    ├── CopyVanishedError
    └── CopyTimedOutError

A message names the copy, the last percentage seen for each disk, and what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping

from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.redaction import one_line


class CopyError(AzureRecoveryError):
    """A copy that is not usable and of which nothing more can be expected in this run.

    Attributes:
        restore_point_id: ARM id of the copy.
        percents: Disk name to the last percentage seen, or None where none was ever reported.
    """

    def __init__(self, *, restore_point_id: str, percents: Mapping[str, float | None], sentence: str) -> None:
        self.restore_point_id = restore_point_id
        self.percents = dict(percents)
        super().__init__(one_line(f"copy {restore_point_id} {sentence}; last seen: {self.last_seen}"))

    @property
    def last_seen(self) -> str:
        """Each disk with its last percentage: `os 100 %, data-1 40 %`."""
        shown = (f"{disk} {'no percentage' if p is None else f'{p:g} %'}" for disk, p in self.percents.items())
        return ", ".join(shown) or "no disk reported"


class DiskReplicationFailedError(CopyError):
    """A disk of the copy failed to replicate. `failed_disks` names it; Azure gives no reason."""

    def __init__(
        self, *, restore_point_id: str, percents: Mapping[str, float | None], failed_disks: Mapping[str, str]
    ) -> None:
        self.failed_disks = dict(failed_disks)
        named = ", ".join(f"{disk} ({words})" for disk, words in failed_disks.items())
        super().__init__(
            restore_point_id=restore_point_id,
            percents=percents,
            sentence=f"will not become usable: replication failed for disk {named}; set recopy_failed=True, or delete "
            "the copy, to copy again",
        )


class CopyFailedError(CopyError):
    """The copy itself ended in provisioning state Failed."""

    def __init__(self, *, restore_point_id: str, percents: Mapping[str, float | None], words: str) -> None:
        super().__init__(
            restore_point_id=restore_point_id,
            percents=percents,
            sentence=f"ended {words}; set recopy_failed=True, or delete the copy, to copy again",
        )


class CopyVanishedError(CopyError):
    """The copy was there and is gone: deleted by somebody else while it was waited for."""

    def __init__(self, *, restore_point_id: str, percents: Mapping[str, float | None]) -> None:
        super().__init__(
            restore_point_id=restore_point_id,
            percents=percents,
            sentence="vanished while it was waited for: somebody deleted it, its collection or its group",
        )


class CopyTimedOutError(CopyError):
    """Still replicating when the deadline passed.

    Attributes:
        waited_s: Azure's seconds. trouble: Why the last look told nothing, or "".
    """

    def __init__(
        self, *, restore_point_id: str, percents: Mapping[str, float | None], waited_s: float, trouble: str = ""
    ) -> None:
        self.waited_s = waited_s
        self.trouble = trouble
        super().__init__(
            restore_point_id=restore_point_id,
            percents=percents,
            sentence=f"is still replicating after {waited_s:.0f} s{self.unsure}: run up again to go on waiting, "
            'or set wait="accepted" to stop waiting for it',
        )

    @property
    def unsure(self) -> str:
        """What is to be said of the last look if it failed, else ""."""
        return f", as far as can be told (the last look failed: {self.trouble})" if self.trouble else ""
