"""The same providers over real connections, to an emulator on a clock that nobody turns."""

import time

import pytest

from azure_recovery.dynamic_providers import lookups
from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.disk_worlds import DISK, POST, RESTORE, vault_world
from tests.providers.worlds import COPY, COPY_ID, SOURCE

PUT = "PUT RestorePoints.CreateOrUpdate"


@pytest.fixture
def azure(make_azure):
    return make_azure(served=True)


def test_a_copy_from_create_to_destroy(azure):
    """With a token of the emulator's own endpoint."""
    stack = azure.stack(RestorePointCopyProvider)

    assert "create" == stack.up(COPY)
    assert stack.outputs["usable"]
    azure.new_process()
    assert "same" == stack.up(COPY)
    stack.refresh()
    assert COPY_ID == stack.id
    azure.new_process()
    stack.destroy()
    assert not azure.there(COPY_ID)


@pytest.mark.parametrize("fault", ["cut-after", "cut-body"])
def test_a_connection_that_is_cut(azure, fault):
    """The request took effect: it is looked for, and never sent twice."""
    azure.fault(fault, operation="RestorePoints.CreateOrUpdate")
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert [PUT] == azure.requests("PUT")


def test_a_disk_from_create_to_destroy(make_azure):
    """One restore, followed to its disk."""
    azure = make_azure(whole=vault_world(), served=True)
    stack = azure.stack(DiskRestoreProvider)

    assert "create" == stack.up(RESTORE)
    assert 1 == azure.requests().count(POST)
    assert azure.there(DISK)
    azure.new_process()
    stack.destroy()
    assert not azure.there(DISK)


def test_a_preview_of_a_source_that_never_answers(azure, monkeypatch):
    """The engine gets its answer, and the connection is given up."""
    monkeypatch.setattr(lookups, "LONGEST_S", 0.2)
    azure.fault("hang-before", path=f"{SOURCE}*")
    begun = time.monotonic()

    azure.stack(RestorePointCopyProvider).preview(COPY)

    assert 0.2 <= time.monotonic() - begun
    assert 1 == len(azure.warnings)
    assert azure.warnings[0].startswith(f"not checked: needs an answer about {SOURCE}")
