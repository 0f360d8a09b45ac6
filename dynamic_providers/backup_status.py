"""Whether and how a resource is backed up, as a resource: what changes in Azure shows in a preview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, DiffResult, ReadResult
from pulumi.output import UNKNOWN

from azure_recovery.dynamic_providers import backup_facts, bridge, inputs
from azure_recovery.dynamic_providers.backup_facts import (
    NOTHING_TOLD,
    STATUS_FIELDS,
    Subject,
    complete_type,
    same_status,
    unmet,
)
from azure_recovery.dynamic_providers.inputs import PROVIDER_KEY, Input, all_known
from azure_recovery.dynamic_providers.lookups import is_on
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen, answered
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.arm.ids import ResourceId, normal_location
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError

STATUS_ID = "status_id"


def any_arm_id(name: str, value: Any) -> str:
    """Parse the ARM id of a resource of any type."""
    return str(ResourceId.parse(inputs.plain_text(name, value), property=name))


class BackupStatusProvider(LifecycleProvider):
    """POST backupStatus. Nothing is made in Azure, and nothing is deleted. Source: status page."""

    id_input = STATUS_ID
    fields = (
        Input("resource_id", any_arm_id, required=True, forcing=True, normal=inputs.normal_id),
        Input("location", inputs.location, required=True, normal=normal_location),
        Input("resource_type", inputs.plain_text, normal=inputs.normal_name),
        Input("po_logical_name", inputs.plain_text, normal=inputs.normal_name),
        Input("require", backup_facts.requirement, normal=backup_facts.normal_requirement),
        Input("preflight", inputs.one_of("on", "require", "off"), default="on"),
    )

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs with what Azure tells now among them, so that a change is one of the resource."""
        computed = {*STATUS_FIELDS, STATUS_ID}  # `ignore_changes` hands in what the state has of them
        return super().check(olds, {name: value for name, value in news.items() if name not in computed})

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Complete type and id, ask Azure, and refuse what was required of a resource that is in the stack already."""
        if all_known(inputs, ("resource_id",)):
            complete_type(inputs)
        subject = Subject.of(inputs)
        stays = bool(olds) and self.fields[0].same(olds.get("resource_id"), inputs["resource_id"])
        if stays and isinstance(olds.get(STATUS_ID), str):
            inputs[STATUS_ID] = olds[STATUS_ID]
        else:
            inputs[STATUS_ID] = UNKNOWN if subject is None else subject.id
        if subject is None:
            inputs |= dict.fromkeys(STATUS_FIELDS, UNKNOWN)
            return []
        if inputs["preflight"] == "off" or not is_on():
            return []
        from azure_recovery.dynamic_providers.backup_looks import look, told_of

        _warn_of_type(call, subject, self.session.settings.backup_status_api_version)
        (told,) = look(self.session, call, [subject])
        if told is None:
            return []
        inputs |= told or NOTHING_TOLD
        require = inputs["require"] if all_known(inputs, ("require",)) else None
        wrong = unmet(require, told)
        if not wrong:
            return []
        line = told_of({subject: wrong})
        if stays or inputs["preflight"] == "require":
            hint = "" if inputs["preflight"] == "require" else ", or set preflight='off' while this stack does it"
            return [CheckFailure("require", line + hint)]
        bridge.say(call, f"{line}; if this stack does so, create waits for it", warning=True)
        return []

    @answered
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare what was asked, and what Azure told then and now."""
        found = super().diff(_id, olds, news)
        return DiffResult(
            changes=found.changes or not same_status(olds, news),
            replaces=found.replaces,
            delete_before_replace=False,
        )

    @answered
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return what Azure tells as outputs, and leave the inputs of the state: so a refresh shows the change."""
        call = bridge.current_call()
        seen = self.session.run(call, lambda: self.look(call, id_, props), about=id_)
        if seen is not None:
            return ReadResult(id_, seen.outputs, None)
        if STATUS_ID not in props:  # asked for by the program: the engine takes an empty id for a success
            raise AzureRecoveryError(f"Azure does not know {Subject.of_id(id_)}; check the id")
        return ReadResult("", {})

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Ask, and wait a bounded time for what is required.

        Raises:
            NotFoundError: Azure does not know what a new status asks about. Of one that is in the state it is news.
        """
        from azure_recovery.dynamic_providers.backup_looks import wait_until_met

        subject = Subject.of(inputs)
        assert subject is not None, "the engine resolves inputs before it creates"
        try:
            (told,) = await wait_until_met(self.session, call, [subject], inputs.get("require"))
        except NotFoundError as error:
            if not (attempt.updates and error.is_gone):
                raise
            told = {}
        attempt.outputs |= told or NOTHING_TOLD

    async def look(self, _call: bridge.Call, id_: str, props: Mapping[str, Any]) -> Seen | None:
        """Ask about the resource of the state, or of the id alone."""
        from azure_recovery.dynamic_providers.backup_looks import look_now

        subject = (Subject.of(props) if "resource_id" in props else None) or Subject.of_id(id_)
        told = await look_now(self.session, subject)
        if told is None:
            return None
        kept = {name: value for name, value in props.items() if name not in {*STATUS_FIELDS, PROVIDER_KEY}}
        return Seen(outputs={**subject.inputs, STATUS_ID: id_, **kept, **(told or NOTHING_TOLD)})

    async def remove(self, _call: bridge.Call, _id: str, _props: Mapping[str, Any]) -> None:
        """Do nothing: the backup is not this resource's."""

    def _bring(self, id_: str, inputs: dict[str, Any], before: dict[str, Any], provider: str) -> dict[str, Any]:
        # What `check` was told is an input, and inputs win in what is stored; what `bring` is told is newer. What the
        # state had of an answer must not fill up a newer one.
        asked, asked_before = (
            {name: value for name, value in props.items() if name not in STATUS_FIELDS} for props in (inputs, before)
        )
        return super()._bring(id_, asked, asked_before, provider)


def _warn_of_type(call: bridge.Call, subject: Subject, api_version: str) -> None:
    from azure_recovery.rest.recoveryservices.models import SINCE, DataSourceType

    given = subject.resource_type
    if given is None:
        return
    if given not in set(DataSourceType):
        known = ", ".join(DataSourceType)
        bridge.say(call, f"resource_type {given!r} is none that is known; known are {known}", warning=True)
    elif api_version < SINCE.get(DataSourceType(given), ""):
        since = SINCE[DataSourceType(given)]
        bridge.say(
            call, f"resource_type {given!r} needs api-version {since}; this stack asks at {api_version}", warning=True
        )


class BackupStatus(DynamicResource):
    """How a resource is backed up, asked anew in each preview, `up` and refresh.

    A change in Azure shows as a change of this resource: `protection_status: "Protected" => "NotProtected"`. With
    `require` it is an error. Nothing in Azure is changed.

    The identity needs `Microsoft.RecoveryServices/locations/backupStatus/action`, which Reader does not hold. Without
    it a preview says what it did not check, and a create fails.

    Args:
        name: The resource's name in the program.
        resource_id: ARM id of what is backed up: a VM, a storage account, a SAP system. Data disks of backup vaults are
            not covered by this service. A change asks about something else and makes a new resource.
        location: Its region, as `westeurope` or `West Europe`: only that region knows.
        resource_type: Kind of workload, `rest.recoveryservices.models.DataSourceType`; taken from the id of a VM
            (`VM`) and of a storage account (`AzureFileShare`), and not sent for others when left out.
        po_logical_name: Name of the protectable item in it: a file share, a database.
        require: A status such as `"Protected"`, or a map of `status` (`"Protected"` without it), `vault_id` (ARM id of
            the Recovery Services vault) and `policy_name`. What is not met of a resource that is in the stack already
            fails the preview; of a new one the preview warns, and its create waits five minutes (or
            `custom_timeouts`), then fails.
        preflight: `"on"`; `"require"` to have the first preview fail, too; `"off"` to ask in create, update and refresh
            alone.
        opts: Options of the resource. Let it depend on what protects the resource in the same stack.

    Source: Microsoft.RecoveryServices backupStatus, api-versions 2025-08-01 and 2026-10-01; status page.
    """

    _recipe = "azure_recovery.dynamic_providers.backup_status:BackupStatusProvider"
    _type_name = "BackupStatus"
    _inputs = tuple(field.name for field in BackupStatusProvider.fields)
    _outputs = (STATUS_ID, *STATUS_FIELDS)

    status_id: pulumi.Output[str]
    """The question as a path and a query, by which the state knows it."""
    resource_id: pulumi.Output[str]
    location: pulumi.Output[str]
    resource_type: pulumi.Output[str | None]
    po_logical_name: pulumi.Output[str | None]
    require: pulumi.Output[Mapping[str, str] | None]
    preflight: pulumi.Output[str]
    protection_status: pulumi.Output[str | None]
    """`Invalid`, `NotProtected`, `Protecting`, `Protected`, `ProtectionFailed`, or a word that is newer than these;
    empty text where Azure tells nothing, or does not know the resource any more."""
    vault_id: pulumi.Output[str | None]
    """ARM id of the Recovery Services vault, in the service's casing."""
    fabric_name: pulumi.Output[str | None]
    """`Azure`."""
    container_name: pulumi.Output[str | None]
    """`iaasvmcontainer;iaasvmcontainerv2;{group};{vm}`."""
    protected_item_name: pulumi.Output[str | None]
    """`vm;iaasvmcontainerv2;{group};{vm}`."""
    error_code: pulumi.Output[str | None]
    """`Success` where all is well."""
    error_message: pulumi.Output[str | None]
    """May be there without an error."""
    policy_name: pulumi.Output[str | None]
    registration_status: pulumi.Output[str | None]
    protected_items_count: pulumi.Output[int | None]
    acquire_storage_account_lock: pulumi.Output[str | None]
    """`Acquire` or `NotAcquire`."""

    def __init__(
        self,
        name: str,
        *,
        resource_id: pulumi.Input[str],
        location: pulumi.Input[str],
        resource_type: pulumi.Input[str] | None = None,
        po_logical_name: pulumi.Input[str] | None = None,
        require: pulumi.Input[str | Mapping[str, pulumi.Input[str]]] | None = None,
        preflight: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            name,
            {
                "resource_id": resource_id,
                "location": location,
                "resource_type": resource_type,
                "po_logical_name": po_logical_name,
                "require": require,
                "preflight": preflight,
            },
            opts,
        )
