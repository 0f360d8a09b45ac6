"""What a preview says about a restore: each rule in a first preview, in a second `up`, and after a kill."""

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.providers.disk_worlds import (
    DISK,
    GET_DISK,
    INSTANCE,
    NEWEST,
    OLD,
    POST,
    PROTECTED,
    RESTORE,
    VALIDATE,
    VAULT,
    points,
    post_restore,
    until_disk,
    vault_world,
)

LOOKS = ["GET BackupInstances.Get", "GET RecoveryPoints.List"]
STILL_LISTED = {"expired_recovery_point_hours": 10_000}
EXPIRED = {"expires_in_hours": -0.5}


def _refused(azure, news):
    """Return the failures of a first preview."""
    try:
        azure.stack(DiskRestoreProvider).preview(news)
    except Exception as failure:  # noqa: BLE001 - its attribute is what is tested
        return failure.properties
    return {}


def _newest(**change):
    return {"recovery_points": points(newest=change)}


CAN_NEVER_WORK = {
    "instance missing": ({}, {"backup_instance_id": f"{INSTANCE}-gone"}, ("backup_instance_id", "does not exist")),
    "vault missing": (
        {},
        {"backup_instance_id": INSTANCE.replace("/vault/", "/other/")},
        ("backup_instance_id", "does not exist"),
    ),
    "instance soft-deleted": (
        {"instance": {"protection_state": "SoftDeleted"}},
        {},
        ("backup_instance_id", "is SoftDeleted: undelete"),
    ),
    "no points": ({"recovery_points": []}, {}, ("recovery_point", "the backup instance has no recovery points yet")),
    "no such point": (
        {},
        {"recovery_point": "d" * 32},
        ("recovery_point", f"there is no recovery point '{'d' * 32}'"),
    ),
    "not committed": (
        _newest(state="CREATED"),
        {"recovery_point": NEWEST},
        ("recovery_point", "it is not committed but CREATED"),
    ),
    "not visible": (_newest(visible=False), {"recovery_point": NEWEST}, ("recovery_point", "it is not visible")),
    "expired": (_newest(**EXPIRED), {"recovery_point": NEWEST}, ("recovery_point", "it expired at")),
    "none so old": (
        {},
        {"recovery_point": "2001-01-01T00:00:00Z"},
        ("recovery_point", "no recovery point at or before 2001-01-01T00:00:00Z"),
    ),
    "too old": ({}, {"max_age": "PT1H"}, ("max_age", "is 1:00:00, while the data of")),
    "another region": (
        {},
        {"location": "North Europe"},
        ("location", "is not the region of the snapshots, westeurope"),
    ),
    "the disk itself": (
        {},
        {"target_resource_group_id": PROTECTED.partition("/providers")[0], "disk_name": "data"},
        ("disk_name", "a disk cannot be restored to its original location"),
    ),
}
"""Situation → world, change of the inputs, property and words."""


@pytest.mark.parametrize("case", CAN_NEVER_WORK)
def test_what_can_never_work(make_azure, case):
    """It is an error on its property, before anything is started."""
    parts, change, (name, words) = CAN_NEVER_WORK[case]
    azure = make_azure(whole=vault_world(**parts), settings=STILL_LISTED)

    failures = _refused(azure, RESTORE | change)

    assert [name] == list(failures)
    assert words in failures[name]
    assert [] == azure.requests("POST")


@pytest.mark.parametrize("case", ["not committed", "expired", "another region", "too old", "instance soft-deleted"])
def test_what_can_never_work_without_a_preview(make_azure, case):
    """`create` says the same; nothing is posted."""
    parts, change, (name, words) = CAN_NEVER_WORK[case]
    azure = make_azure(whole=vault_world(**parts), settings=STILL_LISTED)

    with pytest.raises(Exception, match=f"^{name}: ") as failure:
        azure.stack(DiskRestoreProvider).up(RESTORE | change | {"preflight": "off"})
    assert words in str(failure.value)
    assert [] == azure.requests("POST")


@pytest.mark.parametrize("case", ["too old", "expired", "disk there"])
def test_what_can_never_work_is_not_asked_in_a_second_up(make_azure, case):
    """What stands is not held against its inputs of a week ago."""
    azure = make_azure(whole=vault_world())
    stack = azure.stack(DiskRestoreProvider)
    change = {"too old": {"max_age": "P1D"}, "expired": {"recovery_point": NEWEST}, "disk there": {}}[case]
    stack.up(RESTORE | change)
    azure.new_process()
    azure.faults.answer("GET", "backupVaults", 404, "ResourceNotFound")

    assert "same" == stack.up(RESTORE | change)
    assert [] == azure.requests()


@pytest.mark.parametrize("finished", [False, True])
def test_after_a_kill_our_own_work_is_accepted(make_azure, finished):
    """A job to this disk is ours: neither its disk nor the age of its data stops the run that takes it up."""
    azure = make_azure(whole=vault_world(minutes=1.0 if finished else 240.0))
    post_restore(azure, OLD)
    until_disk(azure, "Succeeded" if finished else "Creating")
    azure.new_process()

    assert {} == _refused(azure, RESTORE | ({} if finished else {"max_age": "PT1H"}))


def test_an_expired_point_after_a_kill(make_azure):
    """The restore runs; that its point can no longer be chosen is no news."""
    azure = make_azure(whole=vault_world(minutes=240.0))
    post_restore(azure, OLD)
    until_disk(azure, "Creating")
    azure.new_process()
    azure.faults.rewrite("GET", "/recoveryPoints", lambda body: body.update(value=[]))

    assert {} == _refused(azure, RESTORE)


@pytest.mark.parametrize("preflight", ["on", "validate"])
def test_a_name_that_is_taken(make_azure, preflight):
    """Somebody may give it up before the run; `create` refuses it before anything is sent."""
    azure = make_azure(whole=vault_world(disk=True))

    assert {} == _refused(azure, RESTORE | {"preflight": preflight})
    assert [f"disk_name is taken: {DISK} exists; choose another name, or delete it"] == azure.warnings
    with pytest.raises(Exception, match="is left alone"):
        azure.stack(DiskRestoreProvider).up(RESTORE)
    assert [] == azure.requests("POST")


def test_the_group_is_not_there_yet(make_azure):
    """It may be made by the same run."""
    azure = make_azure(whole=vault_world())
    missing = RESTORE | {"target_resource_group_id": RESTORE["target_resource_group_id"] + "-next"}

    assert {} == _refused(azure, missing)
    assert ["resource group drills-next does not exist yet"] == azure.warnings


@pytest.mark.parametrize("state", ["ProtectionStopped", "ProtectionError", "BackupSchedulesSuspended"])
def test_an_instance_that_is_backed_up_no_more(make_azure, state):
    """It can be restored from, and no newer points are to be expected."""
    azure = make_azure(whole=vault_world(instance={"protection_state": state}))

    assert {} == _refused(azure, RESTORE)
    assert 1 == len(azure.warnings)
    assert f"the backup instance is {state}" in azure.warnings[0]


def test_a_right_to_look_that_is_missing(make_azure):
    """One line says what a preview needs, and the preview passes."""
    azure = make_azure(whole=vault_world())
    azure.faults.answer("GET", "backupVaults", 403, "AuthorizationFailed")

    assert {} == _refused(azure, RESTORE)
    assert 1 == len(azure.warnings)
    assert (
        f"not checked: needs Microsoft.DataProtection/backupVaults/backupInstances/read on {INSTANCE}"
        in (azure.warnings[0])
    )


def test_what_a_preview_costs(make_azure):
    """Two questions to the vault for all restores of an instance, and one for each disk."""
    azure = make_azure(whole=vault_world())
    for name in ("one", "two", "three"):
        azure.stack(DiskRestoreProvider).preview(RESTORE | {"disk_name": name})

    assert [*LOOKS, *[GET_DISK] * 3] == azure.requests()


def test_a_vault_is_asked_five_times_at_most(make_azure):
    """However many instances it has; what is left out is said once."""
    azure = make_azure(whole=vault_world(instances=6, disk=True))
    for number in range(1, 7):
        suffix = f"-{number}" if number > 1 else ""
        name = "restored" if number in (1, 6) else f"restored{suffix}"
        _refused(azure, RESTORE | {"backup_instance_id": f"{INSTANCE}{suffix}", "disk_name": name})

    to_vault = [one for one in azure.requests() if one != GET_DISK]
    assert 5 == len(to_vault)
    not_checked = [warning for warning in azure.warnings if warning.startswith("not checked")]
    assert ["not checked: vault was asked often enough about other instances"] == not_checked


@pytest.mark.parametrize("off", ["input", "environment"])
def test_a_preview_that_looks_nothing_up(make_azure, monkeypatch, off):
    """By the input for one resource, by the environment for all."""
    azure = make_azure(whole=vault_world(recovery_points=[]))
    if off == "environment":
        monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")

    assert {} == _refused(azure, RESTORE | ({"preflight": "off"} if off == "input" else {}))
    assert [] == azure.requests()


def test_a_validation_in_the_preview(make_azure):
    """Asked for by the user, it runs once in a process, and leaves nothing behind."""
    azure = make_azure(whole=vault_world())
    for _ in range(2):
        assert {} == _refused(azure, RESTORE | {"preflight": "validate"})

    assert [VALIDATE] == azure.requests("POST")
    assert [] == azure.warnings


def test_a_right_that_a_validation_misses(make_azure):
    """A warning with what the service recommends: it may be granted in the same run."""
    azure = make_azure(whole=vault_world(roles=False))

    assert {} == _refused(azure, RESTORE | {"preflight": "validate"})
    assert 1 == len(azure.warnings)
    assert "a right is missing, or still spreads: " in azure.warnings[0]
    assert "Grant the role Disk Restore Operator" in azure.warnings[0]


def test_a_validation_that_fails(make_azure):
    """An error with what the service recommends."""
    azure = make_azure(whole=vault_world())
    azure.fault("validate-fails", code="UserErrorSnapshotMoved", message="Moved.", recommendation="Move it back.")

    failures = _refused(azure, RESTORE | {"preflight": "validate"})

    assert ["backup_instance_id"] == list(failures)
    assert "(UserErrorSnapshotMoved)" in failures["backup_instance_id"]
    assert "Move it back." in failures["backup_instance_id"]


def test_a_validation_without_an_answer(make_azure):
    """It says so, and the preview passes."""
    azure = make_azure(whole=vault_world())
    azure.faults.answer("POST", "/validateRestore", 403, "AuthorizationFailed")

    assert {} == _refused(azure, RESTORE | {"preflight": "validate"})
    assert any("not validated: " in warning for warning in azure.warnings)


def test_nothing_is_validated_for_a_group_that_is_not_there(make_azure):
    """It could only fail."""
    azure = make_azure(whole=vault_world())
    missing = {"target_resource_group_id": RESTORE["target_resource_group_id"] + "-next", "preflight": "validate"}

    assert {} == _refused(azure, RESTORE | missing)
    assert [] == azure.requests("POST")


def test_nothing_is_posted_by_a_preview(make_azure):
    """Whatever it looks at."""
    azure = make_azure(whole=vault_world())
    azure.stack(DiskRestoreProvider).preview(RESTORE)

    assert POST not in azure.requests()
    assert [] == azure.get(f"{VAULT}/backupJobs")["value"]
