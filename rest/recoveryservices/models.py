"""What `backupStatus` is asked and what it answers.

Every word of an enumeration may be one that is not in it yet: it is kept as written. The enumerations say which words
are known, for programs to compare with.

- A success carries `errorCode: "Success"`, and may have an error message beside it.
- Ids come in other casings than they were written in: `Microsoft.RecoveryServices/Vaults`. Compare them by
  `rest.arm.ids.id_key`.
- Every member may be absent or null.

Source: azure-mgmt-recoveryservicesbackup 11.2.0 (2026-10-01); status page (2025-08-01).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from azure_recovery.rest.bodies import WireModel
from azure_recovery.rest.redaction import redacted


class DataSourceType(StrEnum):
    """Kinds of workload that can be asked about."""

    INVALID = "Invalid"
    VM = "VM"
    FILE_FOLDER = "FileFolder"
    AZURE_SQL_DB = "AzureSqlDb"
    SQL_DB = "SQLDB"
    EXCHANGE = "Exchange"
    SHAREPOINT = "Sharepoint"
    VMWARE_VM = "VMwareVM"
    SYSTEM_STATE = "SystemState"
    CLIENT = "Client"
    GENERIC_DATA_SOURCE = "GenericDataSource"
    SQL_DATA_BASE = "SQLDataBase"
    AZURE_FILE_SHARE = "AzureFileShare"
    SAP_HANA_DATABASE = "SAPHanaDatabase"
    SAP_ASE_DATABASE = "SAPAseDatabase"
    SAP_HANA_DB_INSTANCE = "SAPHanaDBInstance"
    SQL_INSTANCE = "SQLInstance"


SINCE = {DataSourceType.SQL_INSTANCE: "2026-10-01"}
"""Kinds that came later → the first api-version that knows them."""


class ProtectionStatus(StrEnum):
    """Whether a resource is backed up."""

    INVALID = "Invalid"
    NOT_PROTECTED = "NotProtected"
    PROTECTING = "Protecting"
    PROTECTED = "Protected"
    PROTECTION_FAILED = "ProtectionFailed"


class FabricName(StrEnum):
    """Where a resource is, Azure or not."""

    INVALID = "Invalid"
    AZURE = "Azure"


class AcquireStorageAccountLock(StrEnum):
    """Whether backup has locked the storage account of a file share."""

    ACQUIRE = "Acquire"
    NOT_ACQUIRE = "NotAcquire"


def _count(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


_Count = Annotated[int | None, BeforeValidator(_count)]
"""A whole number, or None for what is none: nothing is decided by it."""


def _shown(words: str | None) -> str | None:
    """Return the service's words as they may stand in a state: it may quote a signed URL in them."""
    return None if words is None else redacted(words)


class BackupStatus(WireModel):
    """How a resource is backed up.

    Attributes:
        protection_status: `Protected`; see `ProtectionStatus`.
        vault_id: ARM id of the Recovery Services vault, in the service's casing.
        fabric_name: `Azure`.
        container_name: `iaasvmcontainer;iaasvmcontainerv2;{group};{vm}`.
        protected_item_name: `vm;iaasvmcontainerv2;{group};{vm}`.
        error_code: `Success` where all is well. error_message: May be there without an error.
        policy_name: The backup policy's name.
        registration_status: Of the container, in the service's words.
        protected_items_count: How many items are protected.
        acquire_storage_account_lock: `Acquire` or `NotAcquire`.
    """

    protection_status: str | None = Field(None, alias="protectionStatus")
    vault_id: str | None = Field(None, alias="vaultId")
    fabric_name: str | None = Field(None, alias="fabricName")
    container_name: str | None = Field(None, alias="containerName")
    protected_item_name: str | None = Field(None, alias="protectedItemName")
    error_code: str | None = Field(None, alias="errorCode")
    error_message: Annotated[str | None, AfterValidator(_shown)] = Field(None, alias="errorMessage")
    policy_name: str | None = Field(None, alias="policyName")
    registration_status: str | None = Field(None, alias="registrationStatus")
    protected_items_count: _Count = Field(None, alias="protectedItemsCount")
    acquire_storage_account_lock: str | None = Field(None, alias="acquireStorageAccountLock")

    @property
    def is_protected(self) -> bool:
        """Whether the service says that the resource is protected; `Protecting` is not there yet."""
        return (self.protection_status or "").lower() == ProtectionStatus.PROTECTED.lower()
