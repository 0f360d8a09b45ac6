"""Each way in which a validation, an operation or a job can end, and the line that a user reads."""

import json
import re

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from azure_recovery.emulator.gateway import TOKEN
from tests.providers.disk_worlds import (
    DISK,
    DRILLS,
    POST,
    RESTORE,
    VALIDATE,
    VAULT,
    grant,
    vault_world,
)

RIGHTS = "UserErrorMSIMissingPermissions"


@pytest.fixture
def azure(make_azure):
    return make_azure(whole=vault_world())


@pytest.fixture
def stack(azure):
    return azure.stack(DiskRestoreProvider)


def test_a_job_that_fails(azure, stack):
    """The service's code, words and recommendation, and the way out; nothing stays in the state."""
    words = {"code": "UserErrorDiskQuota", "message": "Quota is used up.", "recommendation": "Ask for more."}
    azure.fault("job-fails", **words)

    with pytest.raises(Exception, match="restore of") as failure:
        stack.up(RESTORE)
    line = str(failure.value)
    assert re.search(
        rf"^restore of {DISK} failed: job [-0-9a-f]{{36}} ended after \d+ s \(UserErrorDiskQuota\): .*Quota is used up",
        line,
    )
    assert "Ask for more." in line
    assert line.endswith("there is no disk: run up again to restore anew")
    assert "" == stack.id
    azure.new_process()

    assert "create" == stack.up(RESTORE)
    assert azure.said("ended Failed and left no disk")
    assert "Completed" == stack.outputs["job_status"]


def test_a_job_that_is_cancelled(azure, stack):
    """Somebody did it; the next up starts anew."""
    azure.fault("job-cancelled")

    with pytest.raises(Exception, match=rf"restore of {DISK} was cancelled: job .*there is no disk: run up again"):
        stack.up(RESTORE)
    assert "" == stack.id
    azure.new_process()

    assert "create" == stack.up(RESTORE)


def test_a_job_that_fails_and_leaves_a_disk(azure, stack):
    """The state keeps it, the next up does not use it, and destroy deletes it."""
    azure.fault("job-fails")
    with pytest.raises(Exception, match="there is no disk"):
        stack.up(RESTORE)
    azure.new_process()
    left = {"id": DISK, "name": "restored", "location": "westeurope", "properties": {"provisioningState": "Failed"}}
    azure.faults.say("GET", "/disks/", left)
    stack.id, stack.outputs = DISK, {**RESTORE, "arm_id": DISK}

    with pytest.raises(Exception, match=r"was left by job .*, which ended Failed; it is not used: delete it"):
        stack._update(stack.check(RESTORE | {"preflight": "off"}), 0.0)
    azure.new_process()
    stack.destroy()
    assert ["DELETE Disks.Delete"] == azure.requests("DELETE")


def test_a_job_that_completes_with_warnings(azure, stack):
    """The disk is there; the warning is on the row and in the outputs."""
    azure.fault("job-warns", code="UserWarningTags", message="Tags were not restored.")

    assert "create" == stack.up(RESTORE)
    assert "CompletedWithWarnings" == stack.outputs["job_status"]
    assert 1 == len(stack.outputs["warnings"])
    assert "Tags were not restored." in stack.outputs["warnings"][0]
    assert any("completed with warnings: restored: " in warning for warning in azure.warnings)


def test_a_job_that_never_ends(azure, stack):
    """The deadline ends the wait, and the state keeps the restore."""
    azure.fault("job-hangs")

    with pytest.raises(Exception, match=r"is still InProgress after \d+ s; run up again to go on waiting") as failure:
        stack.up(RESTORE, timeout=1_800.0)
    assert str(failure.value).endswith("; if it hangs, cancel the job in the vault, or restore to another disk_name")
    assert DISK == stack.id


def test_a_destroy_while_its_job_never_ends(azure, stack):
    """The deadline ends the wait, nothing is lost, and the line says how to get rid of the job."""
    azure.fault("job-hangs")
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=1_800.0)
    azure.new_process()

    with pytest.raises(
        Exception, match=rf"{DISK} is not deleted: job \S+, which makes it, is still InProgress"
    ) as failure:
        stack.destroy(timeout=1_800.0)
    assert "run it again to go on waiting; if it hangs, cancel the job in the vault, or take" in str(failure.value)
    assert "(pulumi state delete) and watch for the disk" in str(failure.value)
    assert DISK == stack.id


def test_a_job_that_hung_and_was_cancelled(azure, stack):
    """Then destroy is done, and leaves nothing."""
    azure.fault("job-hangs")
    with pytest.raises(Exception, match="still InProgress"):
        stack.up(RESTORE, timeout=1_800.0)
    azure.new_process()
    gone = {"status": "Cancelled", "endTime": stack.outputs["started_at"]}
    azure.faults.rewrite(
        "GET", "/backupJobs", lambda body: [j["properties"].update(gone) for j in body.get("value", [body])]
    )
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound")

    stack.destroy()

    assert "" == stack.id
    assert [] == azure.requests("DELETE")


def test_a_job_that_vanishes(azure, stack):
    """The vault denies for a quarter of an hour that there is such a job: the next up looks again."""
    azure.faults.answer("GET", "/backupJobs/", 404, "ResourceNotFound")

    with pytest.raises(Exception, match="cannot be followed: the vault has known no job"):
        stack.up(RESTORE)
    assert DISK == stack.id
    azure.faults.clear()
    azure.new_process()

    assert "update" == stack.up(RESTORE)
    assert 0 == azure.requests().count(POST)


def test_a_job_whose_disk_does_not_come(azure, stack):
    """Ten minutes after a completed job there is no disk: what both say, and the state keeps it."""
    azure.faults.answer("GET", "/disks/", 404, "ResourceNotFound")

    with pytest.raises(Exception, match="the job has Completed, the disk is not there"):
        stack.up(RESTORE)
    assert DISK == stack.id


def test_an_operation_that_fails(azure, stack):
    """The vault took the restore back before it made a job: the service's words, and no state."""
    azure.fault("operation-fails", operation="BackupInstances.TriggerRestore", code="UserErrorX", message="Not now.")

    with pytest.raises(Exception, match=r"restore was accepted and failed after \d+ s \(UserErrorX\): .*Not now"):
        stack.up(RESTORE)
    assert "" == stack.id
    azure.new_process()

    assert "create" == stack.up(RESTORE)


def test_a_validation_that_fails(azure, stack):
    """Nothing is posted; the service's words and what it recommends."""
    azure.fault("validate-fails", code="UserErrorSnapshotMoved", message="Moved.", recommendation="Move it back.")

    with pytest.raises(
        Exception, match=r"validateRestore was accepted and failed .*\(UserErrorSnapshotMoved\)"
    ) as failure:
        stack.up(RESTORE)
    assert "Move it back." in str(failure.value)
    assert [] == [one for one in azure.requests() if one == POST]
    assert "" == stack.id


def test_a_right_that_still_spreads(make_azure):
    """An assignment made a moment ago is waited for, and the row says so."""
    azure = make_azure(whole=vault_world(roles=False))
    stack = azure.stack(DiskRestoreProvider)
    grant(azure)

    assert "create" == stack.up(RESTORE)
    assert azure.said("for a right of the vault's identity that may still spread")
    assert 1 < azure.requests().count(VALIDATE)
    assert 1 == azure.requests().count(POST)


def test_a_right_that_does_not_come(make_azure):
    """After the user's limit: which role on what, that Owner does not serve, and the service's words."""
    azure = make_azure(whole=vault_world(roles=False))
    stack = azure.stack(DiskRestoreProvider)

    with pytest.raises(Exception, match="the vault's identity still lacks a right after") as failure:
        stack.up(RESTORE | {"permission_wait": "PT5M"})
    line = str(failure.value)
    assert f"needs Disk Restore Operator on {DRILLS} (Owner or Contributor do not serve)" in line
    assert RIGHTS in line
    assert "Grant the role Disk Restore Operator" in line
    assert 300 <= float(re.search(r"after (\d+) s: it needs", line)[1]) < 900
    assert 0 == azure.requests().count(POST)
    assert "" == stack.id


def test_rights_are_not_waited_for(make_azure):
    """`permission_wait=0` asks once."""
    azure = make_azure(whole=vault_world(roles=False))
    stack = azure.stack(DiskRestoreProvider)

    with pytest.raises(Exception, match="still lacks a right after 0 s"):
        stack.up(RESTORE | {"permission_wait": 0})
    assert 1 == azure.requests().count(VALIDATE)


def test_a_guarded_vault(make_azure):
    """The request of the guard is named, and a token of its tenant goes with the restore and nowhere else."""
    tenant = "00000000-0000-0000-0000-0000000000bb"
    azure = make_azure(whole=vault_world(vault={"resource_guard": True, "resource_guard_tenant_id": tenant}))
    stack = azure.stack(DiskRestoreProvider)
    proxy = azure.get(f"{VAULT}/backupResourceGuardProxies")["value"][0]["properties"]
    request = proxy["resourceGuardOperationDetails"][0]["defaultResourceRequest"]
    seen = azure.faults.watch("x-ms-authorization-auxiliary")
    guarded = RESTORE | {"resource_guard_operation_requests": [request], "auxiliary_tenant_ids": [tenant]}

    with pytest.raises(Exception, match="UserErrorResourceGuardOperationRequestMissing"):
        stack.up(RESTORE)
    assert "create" == stack.up(guarded)
    assert [f"POST Bearer {TOKEN}"] == seen
    assert TOKEN not in json.dumps([stack.inputs, stack.outputs, azure.rows])
    assert [tenant] == stack.outputs["auxiliary_tenant_ids"]
