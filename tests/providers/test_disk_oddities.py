"""A restore on every way in which the backup service is known, or thought, to write its answers."""

from __future__ import annotations

from typing import Any

import pytest

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from azure_recovery.emulator.backup_settings import ROWS
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.disk_worlds import DISK, NEWEST, POST, RESTORE, VAULT, post_restore, vault_world

OTHER_WORDS: dict[str, tuple[Any, ...]] = {
    "job_visible_seconds": (0.0, 59.0),
    "restore_accept_seconds": (0.0, 300.0),
    "validate_seconds": (0.0, 300.0),
    "restore_retry_after_seconds": (0, 600),
    "backup_running_status": ("InProgress", "Running"),
    "job_running_status": ("Started", "Cancelling", "Paused", "Queued"),
    "role_spreading_seconds": (0.0,),
    "expired_recovery_point_hours": (0.0,),
}
"""Settings without a list of values → values that are not the default."""

OF_BACKUP_STATUS = {"backup_status_of_unknown", "backup_status_empty_members"}


def values_of(name: str, default: Any, choices: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what a setting may be besides its default."""
    if isinstance(default, bool):
        return (not default,)
    return tuple(choice for choice in choices if choice != default) or OTHER_WORDS[name]


ODDITIES = [
    (row.name, value)
    for row in ROWS
    if row.name not in OF_BACKUP_STATUS
    for value in values_of(row.name, row.default, row.choices)
]
"""Each setting of the emulator's backup service with each of its other values."""


def restored(azure: Azure) -> None:
    """Fail unless there is one job, which has brought the disk."""
    [job] = azure.get(f"{VAULT}/backupJobs")["value"]
    assert "Completed" == job["properties"]["status"]
    assert "Succeeded" == azure.get(DISK)["properties"]["provisioningState"]


@pytest.mark.parametrize(("name", "value"), ODDITIES)
def test_a_restore_from_up_to_destroy(make_azure: MakeAzure, name: str, value: Any) -> None:
    """It is restored once, read, left alone by an `up` without changes, and deleted."""
    azure = make_azure(whole=vault_world(), settings={name: value})
    stack = azure.stack(DiskRestoreProvider)

    assert "create" == stack.up(RESTORE)
    restored(azure)
    assert 1 == azure.requests().count(POST)
    assert (DISK, NEWEST, "Completed") == (
        stack.outputs["disk_id"],
        stack.outputs["recovery_point_id"],
        stack.outputs["job_status"],
    )
    assert "/" not in stack.outputs["job_id"]
    azure.new_process()
    stack.refresh()
    assert "same" == stack.up(RESTORE)
    azure.new_process()
    stack.destroy()
    assert not azure.there(DISK)


@pytest.mark.parametrize(("name", "value"), ODDITIES)
def test_a_restore_after_a_kill(make_azure: MakeAzure, name: str, value: Any) -> None:
    """What the run before has posted is found and followed, and nothing is posted."""
    azure = make_azure(whole=vault_world(), settings={name: value})
    post_restore(azure)
    azure.new_process()
    stack = azure.stack(DiskRestoreProvider)

    assert "create" == stack.up(RESTORE)
    assert 0 == azure.requests().count(POST)
    restored(azure)


def test_the_job_is_that_which_was_asked_for(make_azure: MakeAzure) -> None:
    """A job that answers with another id is known by the one that the operation has named."""
    azure = make_azure(whole=vault_world(), settings={"job_answers_other_id": True})
    stack = azure.stack(DiskRestoreProvider)
    stack.up(RESTORE)

    [job] = azure.get(f"{VAULT}/backupJobs")["value"]
    answered = azure.get(f"{VAULT}/backupJobs/{job['name']}")
    assert job["name"] == stack.outputs["job_id"]
    assert job["name"] != answered["name"]
