"""What is not known about Azure, and what a rehearsal may want otherwise: one table.

Each row has a default that is the strictest reading of the documentation, or what was recorded. A row changes by the
world file's `settings` or by `--set name=value`; the latter wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from azure_recovery.emulator import backup_settings, spf_settings
from azure_recovery.emulator.setting import Setting, SettingsError, Value

TABLE: Final = (
    # Rules of the copy.
    Setting(
        "order",
        "accepted",
        "What the order rule counts. accepted: a copy older than an accepted one of its collection is refused. "
        "replicated: besides, a copy is refused while another one of its collection is still replicating.",
        "copy documentation, limitations: 'non-sequential copy'; which copies count is unverified",
        ("accepted", "replicated"),
    ),
    Setting(
        "order_remembers_deleted",
        default=False,
        meaning="Whether the order rule also counts copies that were deleted from the collection.",
        source="unverified",
    ),
    Setting(
        "copies_per_hour",
        3,
        "Copies that one target collection accepts within an hour; 0 is no limit. The fourth is answered 429.",
        "restore point documentation, throttling",
    ),
    Setting(
        "creates_per_hour",
        3,
        "Restore points of one consistency mode that one VM accepts within an hour; 0 is no limit.",
        "restore point documentation, throttling",
    ),
    Setting(
        "copy_of_copy",
        "point",
        "Where a copy of a copy is refused: when the collection is made, or when the restore point is copied.",
        "copy documentation, limitations; the moment is unverified",
        ("collection", "point"),
    ),
    Setting(
        "missing_source_status",
        404,
        "Status of the answer to a request whose source does not exist; the code is ResourceNotFound.",
        "unverified; 404 is the answer that a client may take for its own resource being gone",
    ),
    Setting(
        "encryption_of_copy",
        "platform",
        "Encryption of a copied disk for which nothing was asked. platform: the platform's key. source: the source's "
        "key type and disk encryption set. always-platform: the platform's key even if another was asked for.",
        "two pages contradict each other (CMK stays CMK; copies become PMK)",
        ("platform", "source", "always-platform"),
    ),
    Setting(
        "source_deleted_in_flight",
        "continues",
        "What becomes of a copy whose source restore point is deleted while the data is still moving.",
        "unverified",
        ("continues", "fails"),
    ),
    # Life of a restore point.
    Setting(
        "copy_accept_seconds",
        45.0,
        "Azure's seconds from the PUT of a copy until its operation succeeds and its data starts to move.",
        "copy documentation: Succeeded when the copy has started; the length is unverified",
    ),
    Setting(
        "create_seconds",
        120.0,
        "Azure's seconds in which a restore point of a VM is made.",
        "unverified",
    ),
    Setting("delete_seconds", 20.0, "Azure's seconds in which a restore point or collection is deleted.", "unverified"),
    Setting(
        "delete_while_creating",
        "allowed",
        "Whether a restore point may be deleted while it is Creating; the creation then ends OperationPreempted.",
        "unverified",
        ("allowed", "refused"),
    ),
    Setting(
        "replication_minutes_min",
        20.0,
        "Shortest replication of a disk for which the world names none, in Azure's minutes.",
        "choice",
    ),
    Setting(
        "replication_minutes_max",
        60.0,
        "Longest replication of a disk for which the world names none, in Azure's minutes.",
        "choice",
    ),
    Setting(
        "replication_refresh_seconds",
        600.0,
        "Azure's seconds between two refreshes of a copy's progress; 0 refreshes at every look.",
        "copy documentation: updated every ten minutes",
    ),
    Setting(
        "replication_limit_days",
        14.0,
        "Azure's days after which a copy that is not finished is terminated.",
        "copy documentation, limitations",
    ),
    Setting(
        "identical_put_status",
        201,
        "Status of the answer to a PUT of a restore point that already is as asked.",
        "restorePoints/createOrUpdate declares 201 only",
    ),
    Setting(
        "instance_view_while_creating",
        "absent",
        "Whether a restore point that is Creating shows an instance view without entries, or none.",
        "unverified; the disk restore points do not exist yet",
        ("absent", "empty"),
    ),
    Setting(
        "instance_view_in_source_region",
        "bare",
        "Instance view of a restore point that is no copy. bare: disk restore points without replication status. "
        "succeeded: as if replicated.",
        "documentation: no meaning outside copies; the example of restorePoints/get shows 'succeeded'",
        ("bare", "succeeded"),
    ),
    # Words.
    Setting(
        "code_in_progress",
        "ReplicationState/inProgress",
        "Status code of a disk whose data is moving.",
        "unverified: only ReplicationState/succeeded is documented",
    ),
    Setting("code_failed", "ReplicationState/failed", "Status code of a disk whose copy failed.", "unverified"),
    Setting(
        "code_terminated",
        "ReplicationState/canceled",
        "Status code of a disk whose copy was terminated for its age.",
        "unverified",
    ),
    Setting(
        "display_succeeded",
        "Replication succeeded",
        "displayStatus beside ReplicationState/succeeded.",
        "copy documentation; the examples say 'Succeeded'",
    ),
    Setting(
        "location_style",
        "compact",
        "How properties.source.location and sourceMetadata.location are written: WestEurope, West Europe, as given.",
        "recorded: EastUS2EUAP where eastus2euap was given",
        ("compact", "display", "given"),
    ),
    Setting(
        "upper_case_groups",
        default=True,
        meaning="Whether ids inside sourceMetadata and instanceView have their resource group in upper case.",
        source="Compute's habit with the ids of managed disks",
    ),
    Setting(
        "slashless_source_id",
        default=True,
        meaning="Whether the 201 to a new collection shows properties.source.id without its leading slash.",
        source="example of restorePointCollections/createOrUpdate",
    ),
    *backup_settings.ROWS,
    *spf_settings.ROWS,
    # Contract.
    Setting(
        "read_only_members",
        "ignored",
        "What becomes of read-only members in a request body, `name` for one.",
        "the copy documentation's own requests carry `name`",
        ("ignored", "refused"),
    ),
    Setting(
        "instant_access_update",
        "refused",
        "Whether instantAccess of a collection may be changed.",
        "the schema allows it, the documentation says only tags may change",
        ("refused", "accepted"),
    ),
    # Protocol.
    Setting("page_size", 50, "Entries on a page of a list.", "choice"),
    Setting(
        "empty_first_page",
        default=False,
        meaning="Whether lists begin with a page that has no entries and a nextLink.",
        source="ARM allows it",
    ),
    Setting(
        "retry_after_seconds",
        10,
        "Retry-After of accepted operations and of their status, in Azure's seconds; 0 leaves the header out.",
        "ARM's RPC: 10 s to 10 min",
    ),
    Setting(
        "bad_signature_status",
        403,
        "Status of the answer to a status URL whose signature does not fit, 400 or 403.",
        "unverified",
    ),
    Setting(
        "conflict_replay_seconds",
        60.0,
        "Azure's seconds in which a 409 is given again to the same request with the same x-ms-client-request-id.",
        "comment in azure-mgmt-core; the length is unverified",
    ),
    # Throttling.
    Setting("reads_bucket", 250, "Size of ARM's token bucket for GET and HEAD.", "request limits documentation"),
    Setting("reads_per_second", 25.0, "Refill of the bucket for reads, on Azure's clock.", "the same"),
    Setting("writes_bucket", 200, "Size of the bucket for PUT, PATCH and POST.", "the same"),
    Setting("writes_per_second", 10.0, "Refill of the bucket for writes, on Azure's clock.", "the same"),
    Setting("deletes_bucket", 200, "Size of the bucket for DELETE.", "the same"),
    Setting("deletes_per_second", 10.0, "Refill of the bucket for deletes, on Azure's clock.", "the same"),
    Setting(
        "compute_limits",
        default=True,
        meaning="Whether Compute's own limits are enforced; the headers tell them in any case.",
        source="recorded headers",
    ),
    Setting("compute_window_seconds", 60.0, "Length of the window of Compute's own limits.", "unverified"),
)

BY_NAME: Final[Mapping[str, Setting]] = {row.name: row for row in TABLE}


class Settings:
    """The table with its values. `settings["order"]`, or typed: `settings.number("delete_seconds")`.

    Args:
        layers: Names and values; later layers win.

    Raises:
        SettingsError: A name that is not in the table, or a value that does not fit.
    """

    def __init__(self, *layers: Mapping[str, object]) -> None:
        self._values: dict[str, Value] = {row.name: row.default for row in TABLE}
        for layer in layers:
            for name, given in layer.items():
                if name not in BY_NAME:
                    raise SettingsError(f"setting {name}: there is none of that name, see docs/emulator.md")
                self._values[name] = BY_NAME[name].parse(given)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def text(self, name: str) -> str:
        """Return a setting that is text."""
        return str(self._values[name])

    def number(self, name: str) -> float:
        """Return a setting that is a number."""
        return float(self._values[name])

    def whole(self, name: str) -> int:
        """Return a setting that is a whole number."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """Return a setting that is true or false."""
        return bool(self._values[name])

    def as_dict(self) -> dict[str, Any]:
        """Return all of them, for the control API."""
        return dict(self._values)


def from_arguments(pairs: Iterable[str]) -> dict[str, object]:
    """Read `name=value` as the command line gives it.

    Raises:
        SettingsError: There is no `=`.
    """
    found: dict[str, object] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise SettingsError(f"--set {pair}: write name=value")
        found[name.strip()] = value.strip()
    return found
