"""The rows of the table of settings that are about restores from backup vaults."""

from __future__ import annotations

from typing import Final

from azure_recovery.emulator.setting import Setting

ROWS: Final = (
    Setting(
        "job_visible_seconds",
        30.0,
        "Azure's seconds after the POST of a restore in which neither its job nor its disk can be seen.",
        "unverified; the longest that a client has to allow for",
    ),
    Setting(
        "restore_accept_seconds",
        2.0,
        "Azure's seconds from the POST of a restore until its operation has succeeded, with a job.",
        "recorded: 2 s",
    ),
    Setting(
        "validate_seconds", 22.0, "Azure's seconds that a validation takes.", "documentation: 22 s; recorded: 42 s"
    ),
    Setting(
        "restore_retry_after_seconds",
        30,
        "Retry-After of an accepted restore; 0 leaves the header out.",
        "documentation of the restore; its validation has 10",
    ),
    Setting(
        "role_spreading_seconds",
        300.0,
        "Azure's seconds from the PUT of a role assignment until a restore finds it.",
        "restore documentation: up to 15 minutes",
    ),
    Setting(
        "backup_status_scope",
        "by-version",
        "Where the status of validations and restores is. location: with the result, under the subscription's "
        "location. vault: under the vault, the result under the location. resource-group: under the group, the result "
        "under the backup instance. by-version: location before 2022-11-01, vault since.",
        "documentation of 2021; recorded in 2023; operation groups of azure-mgmt-dataprotection",
        ("by-version", "location", "vault", "resource-group"),
    ),
    Setting(
        "job_id_form",
        "recorded",
        "How an ended restore names its job. recorded: the status by its ARM id, the result by its bare name. Else "
        "both in the same form.",
        "recorded; example of triggerRestore ('Name or Arm Id of the job')",
        ("recorded", "arm-id", "bare"),
    ),
    Setting("backup_running_status", "Inprogress", "Status of a validation or restore that is under way.", "recorded"),
    Setting(
        "year_one_end_time",
        default=True,
        meaning="Whether an operation that is under way has the endTime 0001-01-01T00:00:00Z, or none.",
        source="recorded",
    ),
    Setting(
        "empty_request_id",
        default=True,
        meaning="Whether answers of the backup service have an empty x-ms-request-id beside the correlation id.",
        source="documentation of the restore",
    ),
    Setting(
        "explicit_nulls",
        default=True,
        meaning="Whether a job shows members that have no value as null, or not at all.",
        source="recorded",
    ),
    Setting(
        "data_transferred_member",
        "by-version",
        "Spelling of the number of bytes in a job. by-version: with one r before 2022-01-01.",
        "documentation of 2021; recorded in 2023",
        ("by-version", "dataTransferredInBytes", "dataTransferedInBytes"),
    ),
    Setting(
        "data_source_member",
        "dataSourceInfo",
        "Spelling of a backup instance's data source. Requests are read in any casing.",
        "contract of backup instances; restore targets have the other one",
        ("dataSourceInfo", "datasourceInfo"),
    ),
    Setting(
        "job_running_status", "InProgress", "Status of a job that runs.", "documented; examples say 'Started', too"
    ),
    Setting(
        "jobs_listed_with_details",
        default=True,
        meaning="Whether the list of jobs shows their extendedInfo, or null; a job by itself always has it.",
        source="unverified",
    ),
    Setting(
        "job_answers_other_id",
        default=False,
        meaning="Whether a job answers with another id and name than it was asked by.",
        source="documentation of the restore, probably a slip",
    ),
    Setting(
        "expired_recovery_point_hours",
        1.0,
        "Azure's hours in which a recovery point is still listed after it has expired.",
        "unverified",
    ),
    Setting(
        "restored_disk_appears",
        "start",
        "When a disk that is being restored can be seen: with its job, as Creating, or at the end of it.",
        "unverified",
        ("start", "end"),
    ),
    Setting(
        "restored_disk_create_option",
        "Copy",
        "createOption of a restored disk; its source is the snapshot either way.",
        "unverified",
        ("Copy", "Restore"),
    ),
    Setting(
        "delete_disk_while_restoring",
        "refused",
        "Whether a disk may be deleted while it is being restored; its job then fails at its end.",
        "unverified",
        ("refused", "allowed"),
    ),
    Setting(
        "backup_status_of_unknown",
        "not-protected",
        "Answer to the question about the backup of a resource that the world does not have: 200 NotProtected, or 404.",
        "unverified",
        ("not-protected", "refused"),
    ),
    Setting(
        "backup_status_empty_members",
        "empty",
        "How the backup status of what nothing protects shows members without a value: as empty text, null, or not.",
        "unverified",
        ("empty", "null", "absent"),
    ),
)
