"""World files: what they can say, and the line that a bad one gets."""

from __future__ import annotations

import json

import pytest

from azure_recovery.emulator.settings import Settings, SettingsError, from_arguments
from azure_recovery.emulator.world import WorldError, load

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


def world(**changes):
    return {
        "subscription_id": SUBSCRIPTION,
        "resource_groups": [
            {"name": "production", "location": "westeurope"},
            {"name": "recovery", "location": "uksouth"},
        ],
        "virtual_machines": [
            {
                "name": "db",
                "resource_group": "production",
                "location": "westeurope",
                "os_type": "Windows",
                "license_type": "Windows_Server",
                "user_data": "dXNlciBkYXRh",
                "disks": [{"name": "db-os", "size_gib": 127}, {"name": "db-data", "lun": 4, "sku": "UltraSSD_LRS"}],
            }
        ],
        "restore_point_collections": [
            {
                "name": "copies",
                "resource_group": "recovery",
                "location": "uksouth",
                "source": {"restore_point_collection": "points", "resource_group": "production"},
                "restore_points": [
                    {"name": "old", "source_restore_point": "monday"},
                    {"name": "new", "source_restore_point": "tuesday", "copied_minutes_ago": 5},
                ],
            },
            {
                "name": "points",
                "resource_group": "production",
                "location": "westeurope",
                "tags": {"team": "dr"},
                "source": {"virtual_machine": "db"},
                "restore_points": [
                    {"name": "monday", "age_hours": 48, "consistency_mode": "CrashConsistent"},
                    {"name": "tuesday", "age_hours": 24},
                    {"name": "broken", "age_hours": 12, "provisioning_state": "Failed"},
                ],
            },
        ],
        **changes,
    }


def test_world_says_what_there_is(make_azure):
    """Machines, points of an age, copies done and on their way."""
    azure = make_azure(world())
    source = f"{azure.groups}/production/providers/Microsoft.Compute/restorePointCollections/points"
    target = f"{azure.groups}/recovery/providers/Microsoft.Compute/restorePointCollections/copies"

    monday = azure.point("monday", source)
    assert "CrashConsistent" == monday["consistencyMode"]
    assert "dXNlciBkYXRh" == monday["sourceMetadata"]["userData"]
    assert "Windows" == monday["sourceMetadata"]["storageProfile"]["osDisk"]["osType"]
    assert 4 == monday["sourceMetadata"]["storageProfile"]["dataDisks"][0]["lun"]
    assert monday["timeCreated"] < azure.point("tuesday", source)["timeCreated"]
    assert "Failed" == azure.point("broken", source)["provisioningState"]
    assert ["ReplicationState/succeeded", "ReplicationState/inProgress"] == [
        azure.replication(name, target)["statuses"][0]["code"] for name in ("old", "new")
    ]


def test_copy_of_the_world_can_be_asked_for_again(make_azure):
    """The PUT that would have made it is accepted; another one is not."""
    azure = make_azure(world())
    source = f"{azure.groups}/production/providers/Microsoft.Compute/restorePointCollections/points"
    path = f"{azure.groups}/recovery/providers/Microsoft.Compute/restorePointCollections/copies/restorePoints/old"
    bodies = [
        {"properties": {"sourceRestorePoint": {"id": f"{source}/restorePoints/{name}"}}} for name in ("monday", "x")
    ]

    assert [201, 409] == [azure.call("PUT", path, body).status_code for body in bodies]


def test_failed_restore_point_cannot_be_copied(make_azure):
    """The refusal names the state."""
    azure = make_azure(world())
    source = f"{azure.groups}/production/providers/Microsoft.Compute/restorePointCollections/points"
    target = f"{azure.groups}/recovery/providers/Microsoft.Compute/restorePointCollections/copies"

    answer = azure.copy("broken", target, source)

    assert (409, "OperationNotAllowed") == azure.refusal(answer)
    assert "'Failed'" in answer.json()["error"]["message"]


def test_world_can_be_large(make_azure):
    """64 collections of 8 restore points are made at the start within a blink."""
    machines = [
        {"name": f"vm-{n}", "resource_group": "production", "location": "westeurope", "disks": [{"name": f"os-{n}"}]}
        for n in range(64)
    ]
    collections = [
        {
            "name": f"points-{n}",
            "resource_group": "production",
            "location": "westeurope",
            "source": {"virtual_machine": f"vm-{n}"},
            "restore_points": [{"name": f"p{k}", "age_hours": 10 - k} for k in range(8)],
        }
        for n in range(64)
    ]
    azure = make_azure(world(virtual_machines=machines, restore_point_collections=collections))

    resources = azure.raw("GET", "/_emulator/world").json()["resources"]

    assert 64 * 8 == len([entry for entry in resources if entry["type"].endswith("/restorePoints")])


def change(path, value):
    """Return the world with one place changed; a missing value is removed."""
    changed = json.loads(json.dumps(world()))
    *way, last = path
    place = changed
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("subscription_id",), "main", "$.subscription_id: 'main' does not match"),
        (("subscription_id",), None, "$: 'subscription_id' is a required property"),
        (("machines",), [], "$: Additional properties are not allowed ('machines' was unexpected)"),
        (
            ("virtual_machines", 0, "disks", 1, "lun"), "4",
            "$.virtual_machines[0].disks[1].lun: '4' is not of type 'integer'",
        ),
        (
            ("virtual_machines", 0, "disks", 0, "sku"), "Fast",
            "$.virtual_machines[0].disks[0].sku: 'Fast' is not one of",
        ),
        (("virtual_machines", 0, "disks"), [], "$.virtual_machines[0].disks"),
        (("restore_point_collections", 1, "source"), {}, "$.restore_point_collections[1].source"),
    ],
)  # fmt: skip
def test_unfit_world_names_the_place(tmp_path, path, value, expected):
    """One line: file, JSON path, what is wrong."""
    file = tmp_path / "world.json"
    file.write_text(json.dumps(change(path, value)))

    with pytest.raises(WorldError) as caught:
        load(file)

    assert str(caught.value).startswith(f"world file {file}: {expected}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("resource_groups", 0, "location"), "nowhere", "$.resource_groups[0].location: 'nowhere' is no Azure region"),
        (("resource_groups", 1, "name"), "Production", "$.resource_groups[1].name: 'Production' is used twice"),
        (
            ("virtual_machines", 0, "resource_group"), "x",
            "$.virtual_machines[0].resource_group: there is no resource group",
        ),
        (("virtual_machines", 0, "disks", 1, "lun"), None, "$.virtual_machines[0].disks: exactly one disk has no lun"),
        (
            ("restore_point_collections", 1, "source", "virtual_machine"), "web",
            "$.restore_point_collections[1].source.virtual_machine: 'web' is not in this world",
        ),
        (
            ("restore_point_collections", 0, "restore_points", 0, "source_restore_point"), "sunday",
            "$.restore_point_collections[0].restore_points[0].source_restore_point: 'sunday' is not in the source",
        ),
        (
            ("restore_point_collections", 0, "restore_points", 0, "age_hours"), 1,
            "$.restore_point_collections[0].restore_points[0]: age and consistency of a copy",
        ),
        (
            ("restore_point_collections", 1, "restore_points", 0, "copied_minutes_ago"), 1,
            "$.restore_point_collections[1].restore_points[0]: a restore point of a virtual machine is no copy",
        ),
    ],
)  # fmt: skip
def test_inconsistent_world_names_the_place(make_azure, path, value, expected):
    """A reference to what is not there is found at the start."""
    with pytest.raises(WorldError) as caught:
        make_azure(change(path, value))

    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("content", ["", "{", "\x00", "[]"])
def test_file_must_be_json_with_an_object(tmp_path, content):
    """Anything else is one line with the file's name."""
    file = tmp_path / "world.json"
    file.write_text(content)

    with pytest.raises(WorldError, match=r"^world file .*world\.json: "):
        load(file)


def test_file_must_be_there(tmp_path):
    """A missing file is a line, too."""
    with pytest.raises(WorldError, match="No such file"):
        load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ({"ordre": "accepted"}, "setting ordre: there is none of that name"),
        ({"order": "any"}, "setting order: 'any' is none of accepted, replicated"),
        ({"page_size": "many"}, "setting page_size: 'many' is not a whole number"),
        ({"page_size": 1.5}, "setting page_size: 1.5 is not a whole number"),
        ({"delete_seconds": -1}, "setting delete_seconds: -1 is negative"),
        ({"upper_case_groups": "yes"}, "setting upper_case_groups: 'yes' is not true or false"),
        ({"code_failed": 7}, "setting code_failed: 7 is not text"),
    ],
)
def test_setting_must_be_one_of_the_table(layer, expected):
    """A name or value that does not fit is one line."""
    with pytest.raises(SettingsError) as caught:
        Settings(layer)

    assert str(caught.value).startswith(expected)


def test_command_line_wins_over_the_world():
    """Later layers win; text is read as the setting's type."""
    settings = Settings(
        {"page_size": 7, "order": "replicated"}, from_arguments(["page_size=3", "empty_first_page=TRUE"])
    )

    assert (3, "replicated", True) == (
        settings.whole("page_size"),
        settings.text("order"),
        settings.flag("empty_first_page"),
    )


def test_argument_needs_a_value():
    """`--set order` is refused."""
    with pytest.raises(SettingsError, match="write name=value"):
        from_arguments(["order"])
