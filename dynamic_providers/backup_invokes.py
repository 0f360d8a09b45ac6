"""Backup status as a value: asked while the program runs, in `preview` and in `up`, and kept in no state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pulumi

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers import inputs as parsers
from azure_recovery.dynamic_providers.backup_facts import Subject
from azure_recovery.dynamic_providers.invoke_options import Options, check_options, existing
from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.dynamic_providers.session import Session, session_for
from azure_recovery.dynamic_providers.stack_config import stack_config
from azure_recovery.rest.arm.ids import ResourceId, normal_location
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError

LONGEST_S = 15.0
"""Wall seconds for one question, the token included: `az account get-access-token` alone may take five."""


@dataclass(frozen=True, slots=True)
class GetBackupStatusResult:
    """How a resource is backed up; None is what Azure does not tell.

    Attributes:
        resource_id: As asked. location: As asked.
        protection_status: `Protected`, `NotProtected`, `Protecting`, `ProtectionFailed`, `Invalid`, or a newer word.
        vault_id: ARM id of the Recovery Services vault, in the service's casing.
        fabric_name: `Azure`.
        container_name: `iaasvmcontainer;iaasvmcontainerv2;{group};{vm}`.
        protected_item_name: `vm;iaasvmcontainerv2;{group};{vm}`.
        error_code: `Success` where all is well. error_message: May be there without an error.
        policy_name: The backup policy's name.
        registration_status: Of the container.
        protected_items_count: How many items are protected.
        acquire_storage_account_lock: `Acquire` or `NotAcquire`.
        is_protected: Whether the status is `Protected`.
    """

    resource_id: str
    location: str
    protection_status: str | None
    vault_id: str | None
    fabric_name: str | None
    container_name: str | None
    protected_item_name: str | None
    error_code: str | None
    error_message: str | None
    policy_name: str | None
    registration_status: str | None
    protected_items_count: int | None
    acquire_storage_account_lock: str | None
    is_protected: bool


@in_one_line
def get_backup_status(
    resource_id: str,
    location: str,
    resource_type: str | None = None,
    po_logical_name: str | None = None,
    opts: Options | None = None,
) -> GetBackupStatusResult:
    """Return how a resource is backed up now. Costs one POST; needs `…/locations/backupStatus/action`.

    Args:
        resource_id: ARM id of what is backed up: a VM, a storage account, a SAP system.
        location: Its region, as `westeurope` or `West Europe`.
        resource_type: Kind of workload, such as `"VM"`; taken from the id of a VM and of a storage account.
        po_logical_name: Name of the protectable item in it: a file share, a database.
        opts: Options of an invoke. `parent` has no effect; `provider`, `version`, `plugin_download_url` and
            `depends_on` are refused.

    Raises:
        InvalidInputError: An argument or an option cannot work.
        ConfigurationError: The stack's configuration cannot.
        AzureRecoveryError: Azure does not say, or not within 15 seconds; the text tells why.

    Source: backupStatus, api-versions 2025-08-01 and 2026-10-01; status page.
    """
    check_options(opts, waits=False)
    session = session_for(stack_config())
    subject = _subject(resource_id, location, resource_type, po_logical_name)
    return session.run(bridge.Call(), lambda: _answer(session, subject))


@in_one_line
def get_backup_status_output(
    resource_id: pulumi.Input[str],
    location: pulumi.Input[str],
    resource_type: pulumi.Input[str | None] | None = None,
    po_logical_name: pulumi.Input[str | None] | None = None,
    opts: Options | None = None,
) -> pulumi.Output[GetBackupStatusResult]:
    """Return the same as `get_backup_status` for what is known only later; unknown in a preview until it is.

    Several are asked at the same time. With `opts=pulumi.InvokeOutputOptions(depends_on=[…])` it is asked once these
    resources exist, and is unknown in a preview that is still to make one of them; other options as there.
    """
    check_options(opts, waits=True)
    session = session_for(stack_config())
    arguments = pulumi.Output.all(resource_id, location, resource_type, po_logical_name, existing(opts))
    return arguments.apply(lambda known: _get_backup_status(session, *known[:-1]))


@in_one_line
async def _get_backup_status(session: Session, *arguments: str | None) -> GetBackupStatusResult:
    # The program's own loop goes on meanwhile, and keeps its threads for others.
    subject = _subject(*arguments)
    return await session.awaited(lambda: _answer(session, subject))


def _subject(
    resource_id: str | None, location: str | None, resource_type: str | None = None, po_logical_name: str | None = None
) -> Subject:
    """Return what is asked about.

    Raises:
        InvalidInputError: An argument cannot work.
    """
    from azure_recovery.rest.recoveryservices.calls import type_of

    id_ = ResourceId.parse(parsers.plain_text("resource_id", resource_id), property="resource_id")
    region = normal_location(parsers.location("location", location))
    given = None if resource_type is None else parsers.plain_text("resource_type", resource_type)
    name = None if po_logical_name is None else parsers.plain_text("po_logical_name", po_logical_name)
    return Subject(id_, region, given or type_of(id_), name)


async def _answer(session: Session, subject: Subject) -> GetBackupStatusResult:
    """Ask Azure, for at most `LONGEST_S`."""
    asking = session.backup_statuses.get_status(
        subject.resource_id,
        location=subject.location,
        resource_type=subject.resource_type,
        po_logical_name=subject.po_logical_name,
        deadline=Deadline(session.transport.clock, LONGEST_S * session.settings.speed),
    )
    try:
        status = await asyncio.wait_for(asking, LONGEST_S)
    except TimeoutError:
        raise AzureRecoveryError(f"the backup status of {subject}: no answer within {LONGEST_S:.0f} s") from None
    return GetBackupStatusResult(
        resource_id=str(subject.resource_id),
        location=subject.location,
        **status.model_dump(),
        is_protected=status.is_protected,
    )
