"""What create finds under a collection's name, what a delete leaves alone, and what a read takes for gone."""

import pytest

from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import COLLECTION, COPY, OTHER_SOURCE, TARGET, copied

OTHERS = {"source": {"source_collection_id": OTHER_SOURCE}, "region": {"location": "uksouth"}}


@pytest.fixture(autouse=True)
def _without_preflight(monkeypatch):
    """Let create find what a preview would have refused."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")


@pytest.fixture
def in_state(azure):
    """A stack that holds the collection, and its world."""
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()
    return azure, stack


def _state(azure, word, times=10**6):
    def change(body):
        body["properties"]["provisioningState"] = word

    azure.faults.rewrite("GET", TARGET, change, times=times)


def test_nothing_there(make_azure):
    """It is made, with its tags."""
    azure = make_azure(target=False)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    stack.up(COLLECTION | {"tags": {"a": "b"}})

    assert (TARGET, "Succeeded") == (stack.id, stack.outputs["provisioning_state"])
    assert ["GET RestorePointCollections.Get", "PUT RestorePointCollections.CreateOrUpdate"] == azure.requests()


def test_done_from_the_same_source(azure):
    """It is adopted, the row says so, its tags become ours, and destroy deletes it."""
    stack = azure.stack(RestorePointCollectionCopyProvider)

    stack.up(COLLECTION | {"tags": {"a": "b"}})
    assert azure.said("adopted: this collection was already there")
    assert ["PATCH RestorePointCollections.Update"] == azure.requests("PATCH")
    assert [] == azure.requests("PUT")

    azure.new_process()
    stack.destroy()
    assert not azure.there(TARGET)


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("state", ["Succeeded", "Updating", "Failed"])
def test_another_collection(azure, other, state):
    """Whatever its state, it is left alone."""
    _state(azure, state)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    with pytest.raises(Exception, match="it is left alone: choose another restore_point_collection_name, or delete it"):
        stack.up(COLLECTION | OTHERS[other])

    assert "" == stack.id
    assert ["GET RestorePointCollections.Get"] == azure.requests()


def test_being_made_from_the_same_source(azure):
    """It is waited for until it is Succeeded."""
    _state(azure, "Updating", times=2)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    stack.up(COLLECTION)

    assert "Succeeded" == stack.outputs["provisioning_state"]
    assert ["GET RestorePointCollections.Get"] * 3 == azure.requests()


def test_being_made_for_longer_than_allowed(azure):
    """The wait ends at its deadline, and the state keeps the collection."""
    _state(azure, "Updating")
    stack = azure.stack(RestorePointCollectionCopyProvider)

    with pytest.raises(Exception, match=r"is still running after .*: provisioning state Updating"):
        stack.up(COLLECTION, timeout=60.0)
    assert TARGET == stack.id


def test_being_made_and_not_shown(make_azure):
    """A PUT that says Creating and a GET that says there is nothing are asked at a pace, until the deadline."""
    azure = make_azure(target=False)
    azure.faults.rewrite("PUT", TARGET, lambda body: body["properties"].update(provisioningState="Creating"))
    azure.faults.answer("GET", TARGET, 404, "ResourceNotFound")
    stack = azure.stack(RestorePointCollectionCopyProvider)

    with pytest.raises(Exception, match=r"is still running after 60 s: provisioning state Creating"):
        stack.up(COLLECTION, timeout=60.0)
    assert TARGET == stack.id
    assert 5 == len(azure.requests("PUT"))


def test_failed_from_the_same_source(azure):
    """Nobody knows what is in it, so it is left alone."""
    _state(azure, "Failed")

    with pytest.raises(Exception, match="provisioning state Failed; it is left alone"):
        azure.stack(RestorePointCollectionCopyProvider).up(COLLECTION)


@pytest.mark.parametrize("other", [{}, *OTHERS.values()], ids=["same", *OTHERS])
def test_deleting(make_azure, other):
    """It is waited for until it is gone; then the collection is made."""
    azure = make_azure(settings={"delete_seconds": 600})
    azure.send("DELETE", TARGET)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    stack.up(COLLECTION | other)

    assert TARGET == stack.id
    assert azure.there(TARGET)
    assert azure.said("waiting until the collection that is being deleted is gone")


def test_a_delete_is_refused_while_there_are_restore_points(make_azure):
    """Azure would delete them too; the refusal names them."""
    azure = make_azure(copies=[copied(), copied("second", "daily-2")])
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()

    with pytest.raises(Exception, match=r"still holds restore points \(copy, second\)"):
        stack.destroy()
    assert ["copy", "second"] == azure.names(TARGET)


def test_force_delete_counts_as_of_the_last_up(make_azure):
    """Written into the program it does nothing until `up` has put it into the state."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()
    with pytest.raises(Exception, match="set force_delete=True and run up before destroy"):
        stack.destroy()

    assert "update" == stack.up(COLLECTION | {"force_delete": True})
    azure.new_process()
    stack.destroy()

    assert not azure.there(TARGET)


def test_deleting_what_is_gone(in_state):
    """One that somebody else has deleted is no error."""
    azure, stack = in_state
    azure.send("DELETE", TARGET)

    stack.destroy()

    assert "" == stack.id


def test_a_collection_that_is_gone_is_made_again(in_state):
    """Refresh drops it, and the next `up` makes it."""
    azure, stack = in_state
    azure.remove(TARGET)

    stack.refresh()

    assert "" == stack.id
    assert "create" == stack.up(COLLECTION)


@pytest.mark.parametrize(
    ("status", "code"), [(404, ""), (404, "InvalidResourceType"), (403, "AuthorizationFailed"), (503, "ServerBusy")]
)
def test_only_arms_own_word_means_gone(in_state, status, code):
    """A proxy's 404, a right that was taken away and an outage say nothing about the collection."""
    azure, stack = in_state
    azure.faults.answer("GET", TARGET, status, code)

    with pytest.raises(Exception, match=str(status)):
        stack.refresh()
    assert TARGET == stack.id


def test_the_answer_of_the_put_is_lost(make_azure):
    """It is sent again, which makes nothing twice."""
    azure = make_azure(target=False)
    azure.faults.lose_answer("PUT", TARGET)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    stack.up(COLLECTION)

    assert "Succeeded" == stack.outputs["provisioning_state"]


def test_no_answer_to_the_put_ever(make_azure):
    """Nobody knows whether it was made, so the state holds it, and `destroy` deletes it."""
    azure = make_azure(target=False)
    azure.faults.lose_answer("PUT", TARGET, times=1000)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    with pytest.raises(Exception, match="got no answer"):
        stack.up(COLLECTION)
    assert TARGET == stack.id
    assert azure.there(TARGET)

    azure.faults.clear()
    azure.new_process()
    stack.destroy()
    assert not azure.there(TARGET)


def test_an_acceptance_that_nobody_can_read(make_azure):
    """The state holds the collection, and the next `up` goes on with it."""
    azure = make_azure(target=False)
    azure.faults.cut_body("PUT", TARGET)
    stack = azure.stack(RestorePointCollectionCopyProvider)

    with pytest.raises(Exception, match="its body is no JSON"):
        stack.up(COLLECTION)
    assert TARGET == stack.id

    azure.new_process()
    assert "update" == stack.up(COLLECTION)
    assert [] == azure.requests("PUT")


def test_the_same_collection_replaced_by_force(in_state):
    """Create adopts it and the delete that follows keeps it, and says so."""
    azure, stack = in_state

    assert "replace" == stack.up(COLLECTION, replace=True)

    assert azure.there(TARGET)
    assert azure.said("kept: the program still asks for this object")
    assert [] == azure.requests("DELETE")


@pytest.mark.parametrize("change", [{"location": "uksouth"}, {"source_collection_id": OTHER_SOURCE}])
def test_a_changed_region_or_source_makes_the_new_one_before_the_old_one_goes(make_azure, change):
    """With a name made by the library both stand side by side."""
    azure = make_azure(target=False)
    unnamed = {name: value for name, value in COLLECTION.items() if name != "restore_point_collection_name"}
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(unnamed)
    old = stack.id
    azure.new_process()

    stack.up(unnamed | change)

    assert old != stack.id
    assert (False, True) == (azure.there(old), azure.there(stack.id))
    assert ["PUT RestorePointCollections.CreateOrUpdate", "DELETE RestorePointCollections.Delete"] == [
        request for request in azure.requests() if not request.startswith("GET")
    ]


def test_tags_that_the_program_does_not_give_any_more(in_state):
    """They go from Azure and from the outputs, and the next `up` has nothing left to do."""
    azure, stack = in_state
    stack.up(COLLECTION | {"tags": {"a": "b"}})

    assert "update" == stack.up(COLLECTION)
    assert "tags" not in stack.outputs
    assert {} == azure.get(TARGET).get("tags", {})
    assert "same" == stack.up(COLLECTION)


def test_no_tags_written_as_an_empty_map(in_state):
    """A refresh does not make a difference of it."""
    _, stack = in_state
    stack.up(COLLECTION | {"tags": {}})

    stack.refresh()

    assert "same" == stack.up(COLLECTION | {"tags": {}})


def test_a_collection_with_a_copy_that_the_program_still_asks_for(make_azure):
    """`force_delete` is for what goes: a copy that stays in the program is not deleted with its collection."""
    azure = make_azure(copies=[copied()])
    collection, copy = azure.stack(RestorePointCollectionCopyProvider), azure.stack(RestorePointCopyProvider)
    collection.up(COLLECTION | {"force_delete": True})
    azure.new_process()
    copy.up(COPY)

    with pytest.raises(Exception, match=r"holds what the program still asks for \(copy\)"):
        collection.destroy()
    assert ["copy"] == azure.names(TARGET)

    azure.new_process()
    collection.destroy()
    assert not azure.there(TARGET)
