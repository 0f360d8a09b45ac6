"""The rows of the table of settings that are about System Center's Service Provider Foundation (SPF)."""

from __future__ import annotations

from typing import Final

from azure_recovery.emulator.setting import Setting

ROWS: Final = (
    Setting(
        "spf_authentication",
        "certificate",
        "How callers of SPF prove who they are: a TLS client certificate (port 30006 of Windows Azure Pack), a bearer "
        "token (30005), or user and password (Basic; SPF itself, 8090).",
        "documentation of each port",
        ("certificate", "bearer", "basic"),
    ),
    Setting(
        "spf_missing_certificate",
        "handshake",
        "What a caller without a client certificate meets: the end of the TLS handshake, or IIS's page 403.7. A "
        "certificate that is not trusted ends the handshake in either case.",
        "both are settings of IIS; which of them an installation has is unverified",
        ("handshake", "page"),
    ),
    Setting(
        "spf_principal_id",
        "required",
        "Whether a request to SPF without x-ms-principal-id is refused.",
        "restore page: 'add the x-ms-principal-id header'; what happens without is unverified",
        ("required", "optional"),
    ),
    Setting(
        "spf_error_format",
        "json",
        "How SPF writes a refusal. json: OData's. wrapped: the same as text inside of a <string>. xml: an <m:error>. "
        "html: a page of IIS.",
        "OData 3.0; recorded at SPF's sister product; no page shows an error of SPF",
        ("json", "wrapped", "xml", "html"),
    ),
    Setting(
        "spf_error_codes",
        default=False,
        meaning="Whether SPF's refusals have a code; it is empty text else.",
        source="OData services of that time leave it empty",
    ),
    Setting(
        "spf_utc_offset",
        "-07:00",
        "Offset with which SPF prints times: that of the server's zone.",
        "examples of VMCheckPoint",
        pattern=r"[+-](0\d|1[0-4]):[0-5]\d",
    ),
    Setting(
        "spf_job_visible_seconds",
        5.0,
        "Azure's seconds after a request to SPF in which its job can be seen neither by itself nor as the VM's "
        "MostRecentTaskId.",
        "unverified",
    ),
    Setting(
        "spf_job_queued_seconds",
        2.0,
        "Azure's seconds that a job is NotStarted.",
        "unverified; NotStarted is a state in scripts for VMM",
    ),
    Setting(
        "spf_jobs_filter",
        "accepted",
        "What becomes of a filter of Jobs by TargetObjectId. ignored: every job is answered.",
        "unverified",
        ("accepted", "refused", "ignored"),
    ),
    Setting(
        "spf_stamp_filter",
        "optional",
        "Whether a list has to be filtered by StampId.",
        "the reference calls StampId mandatory, its examples of lists have no filter",
        ("optional", "required"),
    ),
    Setting(
        "spf_page_size",
        0,
        "Entities of an answer to a list, which then has odata.nextLink; 0 is all of them.",
        "OData 3.0; unverified",
    ),
    Setting(
        "spf_last_restored_checkpoint",
        "shown",
        "Whether a VM shows LastRestoredCheckpointID. hidden: the member is absent, as in an older service.",
        "struct of a public client; no page describes it",
        ("shown", "hidden"),
    ),
    Setting(
        "spf_most_recent_task",
        "shown",
        "Whether a VM shows MostRecentTaskId. hidden: the member is absent, and a list of jobs is all there is.",
        "struct of a public client; no page describes it",
        ("shown", "hidden"),
    ),
    Setting(
        "spf_status_string_member",
        "StatusString",
        "Spelling of a VM's status in words.",
        "structs of public clients have both",
        ("StatusString", "Statusstring"),
    ),
    Setting(
        "spf_target_member",
        "TargetObjectId",
        "Spelling of the machine that a job works on, also in filters.",
        "struct of a public client; a job in its tests has the other one",
        ("TargetObjectId", "TargetObjectID"),
    ),
    Setting(
        "spf_restore_while_busy",
        "runs",
        "What becomes of a restore while another job of the VM runs. runs: it rolls the machine back a second time. "
        "fails: it is accepted, and its job fails.",
        "unverified",
        ("runs", "fails"),
    ),
    Setting(
        "spf_confirm",
        "required",
        "Whether a new checkpoint needs Confirm true.",
        "reference of VMCheckPoints says so, its example of a POST has null",
        ("required", "optional"),
    ),
    Setting(
        "spf_failed_checkpoint",
        "stays",
        "What becomes of a new checkpoint whose job fails or is canceled: it stays, or goes when the job ends.",
        "unverified",
        ("stays", "goes"),
    ),
    Setting(
        "spf_put_resets",
        "all",
        "What a PUT resets of the properties that it leaves out: all but the key, or only Name and Description.",
        "restore page: 'resets all missing properties'; the reference knows two that an update takes",
        ("all", "writable"),
    ),
)
