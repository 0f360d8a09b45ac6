"""Restores that Azure ends in a way that a person has to undo, and the line that says how."""

from __future__ import annotations

from typing import Any

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import DISK, POST, RESTORE, VAULT, vault_world

OTHER_TENANT = "00000000-0000-0000-0000-0000000000bb"


def guarded(make_azure: MakeAzure, tenant: str) -> tuple[Azure, dict[str, Any]]:
    """Return an Azure whose vault is guarded from *tenant*, and inputs that name the guard's request."""
    azure = make_azure(whole=vault_world(vault={"resource_guard": True, "resource_guard_tenant_id": tenant}))
    proxy = azure.get(f"{VAULT}/backupResourceGuardProxies")["value"][0]["properties"]
    requests = [one["defaultResourceRequest"] for one in proxy["resourceGuardOperationDetails"]]
    return azure, RESTORE | {"resource_guard_operation_requests": requests}


def test_a_guard_of_another_tenant_that_is_not_named(make_azure: MakeAzure) -> None:
    """Azure's words, and what to grant and to name; no right on the vault is at fault. Nothing was started."""
    azure, inputs = guarded(make_azure, OTHER_TENANT)
    stack = azure.stack(DiskRestoreProvider)

    with pytest.raises(Exception, match=r"\(LinkedAuthorizationFailed\)") as failure:
        stack.up(inputs)
    assert str(failure.value).endswith(
        "have Backup MUA Operator granted on the resource guard, name its tenant in auxiliary_tenant_ids if that is "
        "not the vault's, then run up again"
    )
    assert "backupInstances/restore/action" not in str(failure.value)
    assert ("", 1) == (stack.id, azure.requests().count(POST))
    azure.new_process()

    assert "create" == stack.up(inputs | {"auxiliary_tenant_ids": [OTHER_TENANT]})


def test_a_guard_of_the_same_tenant(make_azure: MakeAzure) -> None:
    """Its request is named, and no token of another tenant is sent."""
    azure, inputs = guarded(make_azure, "00000000-0000-0000-0000-0000000000aa")
    seen = azure.faults.watch("x-ms-authorization-auxiliary")

    assert "create" == azure.stack(DiskRestoreProvider).up(inputs)
    assert [] == seen


def test_a_completed_job_with_a_disk_of_no_use(make_azure: MakeAzure) -> None:
    """The state keeps it, so that destroy can delete it, which is what the line says."""
    azure = make_azure(whole=vault_world())
    stack = azure.stack(DiskRestoreProvider)
    broken = {"provisioningState": "Failed"}
    azure.faults.rewrite("GET", "/disks/", lambda body: body["properties"].update(broken))

    with pytest.raises(Exception, match=f"of {DISK} has Completed, and the disk is Failed: destroy deletes it"):
        stack.up(RESTORE)
    assert DISK == stack.id
    azure.new_process()
    stack.destroy()
    assert not azure.there(DISK)


def test_a_completed_job_whose_disk_was_left_without_success_is_deleted(make_azure: MakeAzure) -> None:
    """A destroy of an unfinished restore waits for its job, and deletes whatever that has left."""
    azure = make_azure(whole=vault_world())
    stack = azure.stack(DiskRestoreProvider)
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=300.0)
    azure.new_process()
    broken = {"provisioningState": "Failed"}
    azure.faults.rewrite("GET", "/disks/", lambda body: body["properties"].update(broken))

    stack.destroy()

    assert azure.said("has Completed, and the disk is Failed")
    assert not azure.there(DISK)
