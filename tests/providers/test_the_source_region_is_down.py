"""In the disaster: the source region answers nothing, and what was copied is there to be used."""

import pytest

from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import COLLECTION, COPY, COPY_ID, DAILY, TARGET

KINDS = {
    "collection": (RestorePointCollectionCopyProvider, COLLECTION, TARGET),
    "copy": (RestorePointCopyProvider, COPY, COPY_ID),
}


@pytest.mark.parametrize("kind", KINDS)
def test_refresh_an_up_without_changes_and_destroy(make_azure, kind):
    """They succeed, each in a process of its own, without a warning and without asking the source."""
    provider, news, path = KINDS[kind]
    azure = make_azure(target=kind == "copy")
    stack = azure.stack(provider)
    stack.up(news)
    azure.faults.hang("GET", "/resourceGroups/production/")

    azure.new_process()
    stack.refresh()
    assert ("", []) == (stack.unready, azure.warnings)

    azure.new_process()
    assert "same" == stack.up(news)
    assert ([], []) == (azure.requests(), azure.warnings)

    azure.new_process()
    stack.destroy()
    assert not azure.there(path)
    assert ([], []) == (azure.warnings, azure.faults.met)


def test_a_copy_in_flight_is_let_go(make_azure):
    """`wait="accepted"` lets the next `up` end at once; the copy goes on as it was."""
    azure = make_azure(minutes=10_000)
    stack = azure.stack(RestorePointCopyProvider)
    with pytest.raises(Exception, match='set wait="accepted" to stop waiting'):
        stack.up(COPY, timeout=9000.0)
    azure.faults.hang("GET", "/resourceGroups/production/")
    azure.new_process()

    assert "update" == stack.up(COPY | {"wait": "accepted"})

    assert [] == azure.requests("PUT") + azure.requests("DELETE")
    assert ([], []) == (azure.warnings, azure.faults.met)


def test_a_copy_that_is_added_says_once_what_was_not_checked(azure):
    """One warning for any number of them, and no failure."""
    azure.faults.hang("GET", "/resourceGroups/production/")

    for number in (1, 2, 3):
        news = COPY | {"source_restore_point_id": f"{DAILY}{number}", "restore_point_name": f"copy-{number}"}
        azure.stack(RestorePointCopyProvider).preview(news)

    assert 1 == len(azure.warnings)
    assert "not checked: needs an answer about " in azure.warnings[0]
