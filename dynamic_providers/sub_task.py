"""One step of a backup job, as a program sees it."""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class SubTask(dict[str, Any]):
    """One step of a backup job."""

    def __init__(self, *, name: str, status: str | None = None, progress: str | None = None) -> None:
        for key, value in (("name", name), ("status", status), ("progress", progress)):
            if value is not None:
                pulumi.set(self, key, value)

    @property
    @pulumi.getter
    def name(self) -> str:
        """As the service calls it: `Trigger Restore`."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def status(self) -> str | None:
        """The service's word: `Completed`."""
        return pulumi.get(self, "status")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def progress(self) -> str | None:
        """As the service writes it, where it tells any."""
        return pulumi.get(self, "progress")  # type: ignore[no-any-return]
