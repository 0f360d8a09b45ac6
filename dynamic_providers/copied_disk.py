"""One disk of a copy, as a program sees it: with whole numbers, which the engine itself does not keep."""

from __future__ import annotations

from typing import Any

import pulumi


@pulumi.output_type
class CopiedDisk(dict[str, Any]):
    """One disk of a copy."""

    def __init__(
        self,
        *,
        name: str,
        replicated: bool,
        lun: int | None = None,
        os_type: str | None = None,
        source_disk_id: str | None = None,
        disk_restore_point_id: str | None = None,
        encryption_type: str | None = None,
        disk_encryption_set_id: str | None = None,
        percent: float | None = None,
    ) -> None:
        for key, value in locals().copy().items():
            if key not in {"self", "__class__"} and value is not None:
                pulumi.set(self, key, value)

    @property
    @pulumi.getter
    def name(self) -> str:
        """The disk's name when the restore point was made."""
        return pulumi.get(self, "name")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def lun(self) -> int | None:
        """Logical unit number of a data disk; none for the OS disk."""
        return pulumi.get(self, "lun")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def os_type(self) -> str | None:
        """`Windows` or `Linux` for the OS disk."""
        return pulumi.get(self, "os_type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def source_disk_id(self) -> str | None:
        """ARM id of the managed disk that was snapshotted."""
        return pulumi.get(self, "source_disk_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def disk_restore_point_id(self) -> str | None:
        """ARM id to build a disk from, once `replicated`."""
        return pulumi.get(self, "disk_restore_point_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def encryption_type(self) -> str | None:
        """As Azure returns it: its documentation contradicts itself about copies of customer-managed keys."""
        return pulumi.get(self, "encryption_type")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def disk_encryption_set_id(self) -> str | None:
        """ARM id of the disk encryption set, if one is returned."""
        return pulumi.get(self, "disk_encryption_set_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def percent(self) -> float | None:
        """0 to 100; Azure refreshes it every ten minutes."""
        return pulumi.get(self, "percent")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def replicated(self) -> bool:
        """Whether the whole disk is in the target region."""
        return pulumi.get(self, "replicated")  # type: ignore[no-any-return]
