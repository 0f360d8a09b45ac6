"""The section `system_center` of a world, what the control API shows of it, and what survives a restart."""

from __future__ import annotations

import pytest

from azure_recovery.emulator import world as worlds
from azure_recovery.emulator.server import open_cloud
from azure_recovery.emulator.setting import SettingsError
from azure_recovery.emulator.world_parts import WorldError
from tests.emulator.system_center import AFTER, BEFORE, HEADERS, MACHINE, STAMP, key

OTHER_STAMP = "00000000-0000-0000-0000-000000000600"


def world(*machines, **section):
    stamps = [{"id": STAMP, "virtual_machines": list(machines)}]
    return {
        "subscription_id": "00000000-0000-0000-0000-000000000007",
        "resource_groups": [{"name": "a", "location": "uksouth"}],
        "system_center": {"stamps": stamps, **section},
    }


def test_ids_that_are_not_given_are_always_the_same(make_system_center):
    """So that a program can name them."""
    given = world({"name": "web", "checkpoints": [{"name": "one"}, {"name": "two", "age_hours": 1}]})

    first, second = (sorted(make_system_center(given).shown("VMCheckPoint")) for _ in range(2))

    assert (2, first) == (len(set(first)), second)


def test_every_member_is_shown(make_system_center):
    """Of a machine and of its checkpoints; each checkpoint is the parent of the next."""
    machine = {
        "name": "web",
        "description": "front end",
        "status": "PowerOff",
        "operating_system": "Other",
        "cpu_count": 8,
        "memory_mib": 512,
        "last_restored_checkpoint": "one",
        "checkpoints": [{"name": "one", "id": BEFORE, "description": "first", "enabled": False}, {"name": "two"}],
    }
    system_center = make_system_center(world(machine))
    (shown,) = system_center.shown("VirtualMachine").values()
    checkpoints = [one["properties"] for one in system_center.shown("VMCheckPoint").values()]

    assert {
        "Name": "web",
        "Description": "front end",
        "Status": "PowerOff",
        "OperatingSystem": "Other",
        "CPUCount": 8,
        "Memory": 512,
        "LastRestoredCheckpointID": BEFORE,
    }.items() <= shown["properties"].items()
    assert [("one", "first", False, None), ("two", "", True, BEFORE)] == [
        tuple(one[name] for name in ("Name", "Description", "Enabled", "ParentCheckpointID")) for one in checkpoints
    ]


def test_jobs_take_as_long_as_the_machine_says(make_system_center):
    """`restore_minutes`, after its turn has come."""
    machine = {"name": "web", "id": MACHINE, "restore_minutes": 60, "checkpoints": [{"name": "one", "id": BEFORE}]}
    system_center = make_system_center(world(machine, subscription_id="00000000-0000-0000-0000-000000000001"))
    system_center.restore()
    system_center.advance(minutes=60)
    (job,) = system_center.jobs()
    system_center.advance(seconds=2)

    assert ("Running", "Completed") == (job["Status"], system_center.jobs()[0]["Status"])


def test_one_checkpoint_id_in_two_stamps(make_system_center):
    """The key is both; a filter by ID alone finds two."""
    given = world({"name": "web", "id": MACHINE, "checkpoints": [{"name": "one", "id": BEFORE}]})
    given["system_center"]["stamps"].append({**given["system_center"]["stamps"][0], "id": OTHER_STAMP})
    given["system_center"]["subscription_id"] = "00000000-0000-0000-0000-000000000001"
    system_center = make_system_center(given)

    found = system_center.found("VMCheckPoints", f"ID eq guid'{BEFORE}'")

    assert [STAMP, OTHER_STAMP] == [one["StampId"] for one in found]


def test_world_without_system_center(make_system_center):
    """Nobody is known there."""
    given = world()
    del given["system_center"]
    url = f"/{given['subscription_id']}/services/systemcenter/vmm/VMCheckPoints"
    system_center = make_system_center(given)

    answer = system_center.raw("GET", url, headers=HEADERS)

    assert (404, "The subscription cannot be found.") == system_center.refusal(answer)


@pytest.mark.parametrize(
    ("machines", "expected"),
    [
        (
            [{"name": "a", "last_restored_checkpoint": "x"}],
            "[0].last_restored_checkpoint: the machine has no checkpoint 'x'",
        ),
        ([{"name": "a", "checkpoints": [{"name": "x"}, {"name": "x"}]}], "[0].checkpoints: a name is used twice"),
        ([{"name": "a"}, {"name": "A"}], "[1].id: '"),
        (
            [{"name": "a", "checkpoints": [{"name": "x", "id": BEFORE}, {"name": "y", "id": BEFORE}]}],
            f"[0].checkpoints[1].id: '{BEFORE}' is used twice in its stamp",
        ),
    ],
)
def test_world_that_names_what_it_does_not_have(machines, expected):
    """One line: where and what."""
    with pytest.raises(WorldError) as raised:
        open_cloud(worlds.checked(world(*machines)), None, None)

    assert str(raised.value).startswith(f"$.system_center.stamps[0].virtual_machines{expected}")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({}, "$.system_center: 'stamps' is a required property"),
        ({"stamps": []}, "$.system_center.stamps: "),
        ({"stamps": [{"id": "x"}]}, "$.system_center.stamps[0].id: 'x' does not match "),
        ({"stamps": [{"id": STAMP, "vms": []}]}, "$.system_center.stamps[0]: "),
    ],
)
def test_world_that_does_not_fit_the_schema(section, expected):
    """The JSON path is in the line."""
    with pytest.raises(WorldError) as raised:
        worlds.checked({**world(), "system_center": section})

    assert str(raised.value).startswith(f"world: {expected}")


@pytest.mark.parametrize("offset", ["7", "-7:00", "UTC", "+15:00", ""])
def test_offset_that_is_none(offset):
    """Before any time is printed with it."""
    with pytest.raises(SettingsError) as raised:
        open_cloud(None, None, None, {"spf_utc_offset": offset})

    assert f"setting spf_utc_offset: '{offset}' is not written as in -07:00" == str(raised.value)


@pytest.mark.parametrize(("offset", "expected"), [("+05:30", "16:36:40.000+05:30"), ("+00:00", "11:06:40.000+00:00")])
def test_times_have_the_offset_of_the_server(make_system_center, offset, expected):
    """The moment is the same."""
    job = make_system_center(spf_utc_offset=offset).restored()

    assert f"2026-11-18T{expected}" == job["StartTime"]


def test_control_api_shows_every_entity(system_center):
    """Each under its path, checkpoints with `restores`, jobs with `visible`."""
    system_center.restore()
    resources = {one["id"]: one for one in system_center.control("GET", "world")["resources"]}
    root = "/00000000-0000-0000-0000-000000000001/services/systemcenter/vmm"
    (job,) = system_center.shown("Job").values()

    assert 1 == resources[f"{root}/VMCheckPoints{key(BEFORE)}"]["restores"]
    assert 0 == resources[f"{root}/VMCheckPoints{key(AFTER)}"]["restores"]
    assert "VMM.VirtualMachine" == resources[f"{root}/VirtualMachines{key(MACHINE)}"]["type"]
    assert (False, f"{root}/Jobs{key(job['properties']['ID'])}") == (job["visible"], job["id"])


def test_request_log_names_every_operation(system_center):
    """One log for ARM and System Center, in the order of the answers."""
    system_center.call("GET", "VMCheckPoints")
    system_center.get("VMCheckPoints", BEFORE)
    system_center.machine()
    system_center.restore()
    system_center.call("PUT", f"VMCheckPoints{key(BEFORE)}", {})
    system_center.call("POST", "VMCheckPoints", {})
    system_center.jobs()
    system_center.call("GET", f"Jobs{key(STAMP)}")
    system_center.call("GET", "VirtualMachines")

    log = system_center.control("GET", "requests")["requests"]

    assert [
        ("VMCheckPoints.List", 200),
        ("VMCheckPoints.Get", 200),
        ("VirtualMachines.Get", 200),
        ("VMCheckPoints.Merge", 204),
        ("VMCheckPoints.Put", 204),
        ("VMCheckPoints.Create", 400),
        ("Jobs.List", 200),
        ("Jobs.Get", 404),
        ("VirtualMachines.List", 200),
    ] == [(entry["operation"], entry["status"]) for entry in log]


def test_state_survives_a_restart(make_system_center, tmp_path):
    """The job goes on while nobody serves; what was restored stays counted."""
    state = tmp_path / "state.db"
    first = make_system_center(state=state)
    first.restore()
    first.close()
    second = make_system_center(state=state)
    second.advance(minutes=10)

    assert ["Completed"] == [job["Status"] for job in second.jobs()]
    assert (BEFORE, 1) == (second.machine()["LastRestoredCheckpointID"], second.restores()[BEFORE])
