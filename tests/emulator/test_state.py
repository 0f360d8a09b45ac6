"""A state file: what was begun goes on."""

from __future__ import annotations

import pytest

from azure_recovery.emulator.server import open_cloud
from azure_recovery.emulator.store import StateError, Store


def test_restart_continues_everything(make_azure, tmp_path):
    """Resources, operations and their signed URLs, limits and the clock survive."""
    file = tmp_path / "state.db"
    before = make_azure(state=file)
    before.make_target()
    accepted, _, _ = [before.copy(f"daily-{number}") for number in (1, 2, 3)]
    before.close()

    after = make_azure(state=file)
    after.wall = before.wall + 1800.0

    assert "Succeeded" == after.follow(accepted.headers["azure-asyncoperation"]).json()["status"]
    assert [80, 50, 36] == [
        disk["replicationStatus"]["completionPercent"] for disk in after.replication("daily-1")["diskRestorePoints"]
    ]
    after.call("PUT", f"{after.source}/restorePoints/fresh", {})
    after.advance(seconds=121)
    assert 429 == after.copy("fresh").status_code


def test_clock_runs_on_while_the_emulator_is_down(tmp_path):
    """Azure's time is a function of the wall's, at the speed of the first start."""
    wall = 1_000_000.0
    first = open_cloud(None, tmp_path / "state.db", 60.0, wall=lambda: wall)
    first.store.close()
    wall += 100.0

    second = open_cloud(None, tmp_path / "state.db", None, wall=lambda: wall)
    second.store.close()

    assert (60.0, 1_006_000.0) == (second.clock.speed, second.clock.now())


def test_other_speed_goes_on_from_where_the_clock_is(tmp_path):
    """A new speed changes nothing of the past."""
    wall = 1_000_000.0
    open_cloud(None, tmp_path / "state.db", 60.0, wall=lambda: wall).store.close()
    wall += 100.0
    open_cloud(None, tmp_path / "state.db", 10.0, wall=lambda: wall).store.close()
    wall += 100.0

    third = open_cloud(None, tmp_path / "state.db", None, wall=lambda: wall)
    third.store.close()

    assert (10.0, 1_007_000.0) == (third.clock.speed, third.clock.now())


def test_state_belongs_to_one_emulator_at_a_time(tmp_path):
    """A second one is refused and does not disturb the first; the file is free again once that is closed."""
    file = tmp_path / "state.db"
    first = Store(file)

    with pytest.raises(StateError, match=r"^state file .*state\.db: is in use by another emulator$"):
        Store(file)
    first.set_meta("name", "value")
    first.close()
    second = Store(file)

    assert "value" == second.meta("name")
    second.close()


def test_state_belongs_to_its_world(make_azure, tmp_path):
    """Another world over an old state is refused, the same one is not."""
    file = tmp_path / "state.db"
    world = {
        "subscription_id": "00000000-0000-0000-0000-000000000009",
        "resource_groups": [{"name": "a", "location": "uksouth"}],
    }
    make_azure(world, state=file).close()
    make_azure(world, state=file).close()

    with pytest.raises(StateError, match="begun with another world"):
        make_azure({**world, "resource_groups": [{"name": "b", "location": "uksouth"}]}, state=file)


@pytest.mark.parametrize("content", [b"not a database, but some text that is long enough to be read as one" * 20])
def test_file_must_be_a_state(tmp_path, content):
    """Another file is left alone."""
    file = tmp_path / "state.db"
    file.write_bytes(content)

    with pytest.raises(StateError, match=r"state\.db: file is not a database"):
        open_cloud(None, file, None)

    assert content == file.read_bytes()


def test_folder_must_be_there(tmp_path):
    """A path that cannot be written is one line."""
    with pytest.raises(StateError, match="unable to open"):
        open_cloud(None, tmp_path / "none" / "state.db", None)


def test_bad_world_leaves_no_state(make_azure, tmp_path):
    """A start that fails has begun nothing: the next one may be of another world."""
    file = tmp_path / "state.db"
    with pytest.raises(ValueError, match="no Azure region"):
        make_azure(
            {
                "subscription_id": "00000000-0000-0000-0000-000000000009",
                "resource_groups": [{"name": "a", "location": "nowhere"}],
            },
            state=file,
        )

    azure = make_azure(state=file)
    assert "web-1-restore-points" == azure.call("GET", azure.source).json()["name"]
