"""Replacements, and deletes that never take what stays."""

import pytest

from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import COPY, COPY_ID, DAILY, RECOVERY, TARGET, collection, copied

PUT, DELETE = "PUT RestorePoints.CreateOrUpdate", "DELETE RestorePoints.Delete"
UNNAMED = {name: value for name, value in COPY.items() if name != "restore_point_name"}
SPARE = f"{RECOVERY}/web-1-spare"
UK = f"{RECOVERY}/web-1-uk"


def _changes(azure):
    return [request for request in azure.requests() if request in (PUT, DELETE)]


def _with_more(make_azure, name, location, **more):
    return make_azure(more=[collection(name, [], location=location)], **more)


@pytest.mark.parametrize(
    "change", [{"source_restore_point_id": f"{DAILY}2"}, {"restore_point_collection_id": UK}], ids=["source", "region"]
)
def test_the_new_copy_stands_before_the_old_one_goes(make_azure, change):
    """After another source or another region there are two for a while, the old one usable all the time."""
    azure = _with_more(make_azure, "web-1-uk", "uksouth")
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(UNNAMED)
    old = stack.id
    azure.new_process()

    assert "replace" == stack.up(UNNAMED | change)

    assert [PUT, DELETE] == _changes(azure)
    assert (False, True) == (azure.there(old), azure.there(stack.id))
    assert stack.outputs["usable"]


def test_another_collection_of_the_same_region(make_azure):
    """Azure refuses it; the old copy and the state stay, and the error names the copy in the way and the way out."""
    azure = _with_more(make_azure, "web-1-spare", "northeurope")
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(UNNAMED)
    old = stack.id
    azure.new_process()

    with pytest.raises(Exception, match="remove this copy in one up and add it in the next") as failure:
        stack.up(UNNAMED | {"restore_point_collection_id": SPARE})

    assert old in str(failure.value)
    assert "later" not in str(failure.value).partition("in order)")[2]
    assert (old, True) == (stack.id, azure.there(old))
    assert [PUT] == _changes(azure)
    assert "is in the same region" in azure.warnings[0]


def test_another_collection_of_the_same_region_when_later_ones_are_copied(make_azure):
    """Then the way out is closed, and the error says so."""
    azure = _with_more(make_azure, "web-1-spare", "northeurope", copies=[copied(), copied("newest", "daily-3")])
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY)
    azure.new_process()

    with pytest.raises(Exception, match="copied already are newest, which are later"):
        stack.up(COPY | {"restore_point_collection_id": SPARE})
    assert COPY_ID == stack.id


@pytest.mark.parametrize(
    ("change", "property_"),
    [
        ({"restore_point_name": "other"}, "restore_point_name"),
        ({"disk_encryption": {"os": f"{RECOVERY.rpartition('/')[0]}/diskEncryptionSets/keys"}}, "disk_encryption"),
    ],
)
def test_any_other_change_in_the_same_collection(azure, change, property_):
    """It is refused before anything is asked of Azure."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY)
    azure.new_process()

    with pytest.raises(Exception, match=f"{property_}.*cannot change: Azure keeps one copy"):
        stack.up(COPY | change)
    assert [] == azure.requests()


def test_an_explicit_name_that_stays(azure):
    """The new copy cannot take the name while the old one holds it."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY)
    azure.new_process()

    with pytest.raises(Exception, match="give the new one another name, or leave the name out"):
        stack.up(COPY | {"source_restore_point_id": f"{DAILY}2"})
    assert [] == azure.requests()


def test_the_same_copy_replaced_by_force(azure):
    """`--target-replace` creates and deletes one object: it is kept, and the row says so."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(UNNAMED)
    azure.new_process()

    assert "replace" == stack.up(UNNAMED, replace=True)

    assert azure.there(stack.id)
    assert azure.said("adopted: this copy was already there")
    assert azure.said("kept: the program still asks for this object")
    assert [] == _changes(azure)


def test_there_and_back_again_after_a_delete_that_failed(azure):
    """The copy that waits to be deleted is the one that is wanted again: it is adopted and kept."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(UNNAMED | {"source_restore_point_id": f"{DAILY}1"})
    first = stack.id
    azure.new_process()
    azure.faults.answer("DELETE", first, 409, "ScopeLocked")
    with pytest.raises(Exception, match="ScopeLocked"):
        stack.up(UNNAMED | {"source_restore_point_id": f"{DAILY}2"})
    second = stack.id
    assert [first] == [id_ for id_, _ in stack.pending]
    azure.faults.clear()
    azure.new_process()

    stack.up(UNNAMED | {"source_restore_point_id": f"{DAILY}1"})

    assert first == stack.id
    assert (True, False) == (azure.there(first), azure.there(second))
    assert [] == azure.requests("PUT")
    assert azure.said("kept: the program still asks for this object")


def test_killed_between_create_and_delete(azure):
    """The new copy is in the state, the old one is still to be deleted, and the next run deletes it alone."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(UNNAMED)
    old = stack.id
    azure.new_process()
    deleting, stack.delete_pending = stack.delete_pending, lambda: None
    stack.up(UNNAMED | {"source_restore_point_id": f"{DAILY}2"})
    azure.new_process()
    stack.delete_pending = deleting

    assert "same" == stack.up(UNNAMED | {"source_restore_point_id": f"{DAILY}2"})
    stack.delete_pending()

    assert (False, True) == (azure.there(old), azure.there(stack.id))


def test_killed_before_the_engine_heard_of_the_copy(azure):
    """The name is made from the program alone, so the next run finds its own work."""
    azure.stack(RestorePointCopyProvider).up(UNNAMED)
    azure.new_process()
    stack = azure.stack(RestorePointCopyProvider)

    assert "create" == stack.up(UNNAMED)

    assert [] == azure.requests("PUT")
    assert [stack.id.rpartition("/")[2]] == azure.names(TARGET)


def test_deleting_what_is_gone(make_azure):
    """A copy, or its whole collection, that somebody else has deleted is no error."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY)
    azure.new_process()
    azure.remove(TARGET)

    stack.destroy()

    assert "" == stack.id


def test_a_delete_that_is_lost_in_between(azure):
    """It is sent again: deleting twice does no harm."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY)
    azure.new_process()
    azure.faults.lose_answer("DELETE", COPY_ID)

    stack.destroy()

    assert not azure.there(COPY_ID)


def test_an_earlier_restore_point_after_a_later_one(make_azure):
    """Azure refuses it; the error says which ones are in the way."""
    azure = make_azure(copies=[copied("newest", "daily-3")])
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(
        Exception, match=r"later restore points are copied already \(newest\) and Azure copies in order"
    ):
        stack.up(COPY)
    assert "" == stack.id
    assert "Azure copies in order and will refuse it" in azure.warnings[0]


def test_a_copy_that_waits_for_an_earlier_one(make_azure):
    """Where Azure takes the next copy only when the last one is replicated, the start waits for it."""
    azure = make_azure(copies=[copied("first", copied_minutes_ago=0)], minutes=60, settings={"order": "replicated"})
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY | {"source_restore_point_id": f"{DAILY}2"})

    assert stack.outputs["usable"]
    assert azure.said("refused while first replicates, waiting for it")
