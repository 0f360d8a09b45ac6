"""A new checkpoint: answered with the entity, made by a job."""

from __future__ import annotations

import pytest

from tests.emulator.system_center import AFTER, BEFORE, MACHINE, ROOT, STAMP, key

NEW = {"odata.type": "VMM.VMCheckPoint", "VMId": MACHINE, "StampId": STAMP, "Name": "safety", "Confirm": True}


def test_checkpoint_is_made(system_center):
    """201 with the entity and where it is; it follows the newest one."""
    answer = system_center.call("POST", "VMCheckPoints", {**NEW, "Description": "before a restore"})
    made = answer.json()

    assert (201, "3.0;") == (answer.status_code, answer.headers["dataserviceversion"])
    assert f"https://wapserver:30006{ROOT}/VMCheckPoints{key(made['ID'])}" == answer.headers["location"]
    assert ("safety", "before a restore", AFTER, MACHINE, STAMP, True) == tuple(
        made[name] for name in ("Name", "Description", "ParentCheckpointID", "VMId", "StampId", "Enabled")
    )
    assert made == system_center.get("VMCheckPoints", made["ID"])
    assert "2026-11-18T04:06:40.000-07:00" == made["AddedTime"]


def test_its_job_is_the_last_task_of_the_machine(system_center):
    """It is no restore: nothing is rolled back, and LastRestoredCheckpointID stays."""
    system_center.call("POST", "VMCheckPoints", NEW)
    system_center.advance(seconds=30)
    status = system_center.machine()["Status"]
    system_center.advance(minutes=1)
    (job,) = system_center.jobs()
    machine = system_center.machine()

    assert ("CreatingCheckpoint", "New-SCVMCheckpoint", "Completed") == (status, job["CmdletName"], job["Status"])
    assert (job["ID"], None) == (machine["MostRecentTaskId"], machine["LastRestoredCheckpointID"])
    assert {0} == set(system_center.restores().values())


def test_checkpoint_without_a_name_is_named_after_the_machine(system_center):
    """Name and time."""
    made = system_center.call("POST", "VMCheckPoints", {**NEW, "Name": None}).json()

    assert "web-1 - (2026-11-18T04:06:40.000-07:00)" == made["Name"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Confirm": None}, "Confirm must be true to create a checkpoint."),
        ({"Confirm": False}, "Confirm must be true to create a checkpoint."),
        ({"VMId": None}, "The property 'VMId' is required."),
        ({"StampId": None}, "The property 'StampId' is required."),
        ({"VMId": BEFORE}, f"There is no virtual machine '{BEFORE}' in stamp '{STAMP}'."),
        ({"VMCheckPointAction": "Restore"}, "VMCheckPointAction cannot be set on a new checkpoint."),
        ({"Size": 1}, "The property 'Size' does not exist on type 'VMM.VMCheckPoint'."),
    ],
)
def test_checkpoint_that_makes_no_sense_is_refused(system_center, changes, words):
    """Nothing is made."""
    status, said = system_center.refusal(system_center.call("POST", "VMCheckPoints", {**NEW, **changes}))

    assert (400, True) == (status, said.startswith(words))
    assert {BEFORE, AFTER} == set(system_center.restores())


def test_confirm_may_be_optional(make_system_center):
    """The example of the reference has null."""
    system_center = make_system_center(spf_confirm="optional")

    assert 201 == system_center.call("POST", "VMCheckPoints", {**NEW, "Confirm": None}).status_code


@pytest.mark.parametrize(("setting", "expected"), [("stays", 3), ("goes", 2)])
@pytest.mark.parametrize("fault", ["checkpoint-job-fails", "checkpoint-job-canceled"])
def test_checkpoint_whose_job_comes_to_nothing(make_system_center, fault, setting, expected):
    """It is there while the job runs; whether it is afterwards is a setting."""
    system_center = make_system_center(spf_failed_checkpoint=setting)
    system_center.fault(fault, percent=50)
    system_center.call("POST", "VMCheckPoints", NEW)
    system_center.advance(seconds=30)
    meanwhile = len(system_center.found("VMCheckPoints"))
    system_center.advance(minutes=1)

    assert (3, expected) == (meanwhile, len(system_center.found("VMCheckPoints")))


def test_new_checkpoint_can_be_restored(system_center):
    """As any other."""
    made = system_center.call("POST", "VMCheckPoints", NEW).json()["ID"]
    system_center.advance(minutes=2)
    system_center.restore(made)
    system_center.advance(minutes=10)

    assert (1, made) == (system_center.restores()[made], system_center.machine()["LastRestoredCheckpointID"])
