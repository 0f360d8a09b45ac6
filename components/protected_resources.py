"""Whether everything that must be recoverable is backed up, as one table and one failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.dynamic_providers.protection_gate import ProtectionGate
from azure_recovery.rest.errors import InvalidInputError

_COLUMNS = ("resource", "status", "policy", "vault")


@dataclass(frozen=True, kw_only=True)
class ProtectedResource:
    """What must be backed up.

    Attributes:
        resource_id: ARM id of a VM, a storage account, a SAP system. location: Its region.
        resource_type: Kind of workload; taken from the id of a VM and of a storage account.
        po_logical_name: Name of the protectable item in it: a file share, a database.
    """

    resource_id: pulumi.Input[str]
    location: pulumi.Input[str]
    resource_type: pulumi.Input[str] | None = None
    po_logical_name: pulumi.Input[str] | None = None

    @property
    def inputs(self) -> dict[str, pulumi.Input[str | None]]:
        """What the gate is told of it."""
        given: dict[str, pulumi.Input[str | None] | None] = {
            "resource_id": self.resource_id,
            "location": self.location,
            "resource_type": self.resource_type,
            "po_logical_name": self.po_logical_name,
        }
        return {name: value for name, value in given.items() if value is not None}


class ProtectedResources(pulumi.ComponentResource):
    """Fails unless all of the resources are backed up, and names all that are not in one line.

    What is not protected fails a preview if it was in the stack before, and is a warning where it is new; see
    `BackupStatus`.

    Args:
        name: The component's name in the program.
        resources: What must be backed up, at least one.
        require: A status, `"Protected"` without it, or a map of `status`, `vault_id` and `policy_name`, for all.
        preflight: `"on"`; `"require"` to have the first preview fail, too; `"off"` to ask in create and refresh alone.
        opts: Options of the component. `custom_timeouts` bound the wait of the gate.

    Attributes:
        gate: The `ProtectionGate`.

    Raises:
        InvalidInputError: Nothing is listed.
    """

    statuses: pulumi.Output[Mapping[str, Mapping[str, Any]]]
    """Lower-case ARM id to what Azure tells, as `ProtectionGate.statuses`."""
    table: pulumi.Output[str]
    """A line for each resource, in the order of their ids: name, status, policy, vault."""

    @in_one_line
    def __init__(
        self,
        name: str,
        *,
        resources: Sequence[ProtectedResource],
        require: pulumi.Input[str | Mapping[str, pulumi.Input[str]]] | None = None,
        preflight: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if not resources:
            raise InvalidInputError(property="resources", reason="is empty: name at least one resource")
        super().__init__("azure-recovery:components:ProtectedResources", name, {}, opts)
        self.gate = ProtectionGate(
            name,
            resources=[resource.inputs for resource in resources],
            require=require,
            preflight=preflight,
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=opts.custom_timeouts if opts else None),
        )
        self.statuses = self.gate.statuses
        self.table = self.gate.statuses.apply(table_of)
        self.register_outputs({"statuses": self.statuses, "table": self.table})


def table_of(statuses: Mapping[str, Mapping[str, Any]] | None) -> str:
    """Return statuses as text in columns, one line each, after a line of headings."""
    rows = [_COLUMNS, *(_row(key, told) for key, told in sorted((statuses or {}).items()))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(key: str, told: Mapping[str, Any]) -> tuple[str, str, str, str]:
    path, _, item = key.partition("#")
    name = path.rpartition("/")[2] + (f" {item}" if item else "")
    vault = str(told.get("vault_id") or "-").rpartition("/")[2]
    return name, str(told.get("protection_status") or "not known to Azure"), str(told.get("policy_name") or "-"), vault
