"""What create finds under a copy's name, and what it does about it: a test for each cell of the table."""

import pytest

from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import COPY, COPY_ID, DAILY, TARGET, copied

OTHER = COPY | {"source_restore_point_id": f"{DAILY}2"}
PUT = "RestorePoints.CreateOrUpdate"


@pytest.fixture(autouse=True)
def _without_preflight(monkeypatch):
    """Let create find what a preview would have refused."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")


def test_nothing_there(azure):
    """The copy is started once and waited for until every disk is replicated."""
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert (COPY_ID, True) == (stack.id, stack.outputs["usable"])
    assert [f"PUT {PUT}"] == azure.requests("PUT")
    assert [True, True] == [disk["replicated"] for disk in stack.outputs["disks"]]


def test_following_a_copy_from_its_start_costs_few_requests(azure):
    """One look under the name before the PUT, and one after its operation; the rest are polls."""
    azure.stack(RestorePointCopyProvider).up(COPY | {"wait": "accepted"})

    assert ["GET RestorePoints.Get"] * 2 == azure.requests("GET", "RestorePoints")


def test_creating_from_the_same_source(make_azure):
    """It is followed, and the row says that it was there."""
    azure = make_azure(settings={"copy_accept_seconds": 600})
    azure.send("PUT", COPY_ID, {"properties": {"sourceRestorePoint": {"id": f"{DAILY}1"}}})
    azure.forget_requests()
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert [] == azure.requests("PUT")
    assert azure.said("adopted: this copy was already under way")


def test_creating_from_another_source(make_azure):
    """It is left alone."""
    azure = make_azure(settings={"copy_accept_seconds": 100_000})
    azure.send("PUT", COPY_ID, {"properties": {"sourceRestorePoint": {"id": f"{DAILY}1"}}})

    with pytest.raises(Exception, match=r"is a copy of .*daily-1; it is left alone"):
        azure.stack(RestorePointCopyProvider).up(OTHER)


@pytest.mark.parametrize("state", ["Creating", "Updating"])
def test_a_state_that_is_not_final_is_followed(make_azure, state):
    """Every word that is not final means that somebody is at work."""
    azure = make_azure(copies=[copied()])
    azure.faults.rewrite(
        "GET", "/restorePoints/copy", lambda b: b["properties"].update(provisioningState=state), times=2
    )

    azure.stack(RestorePointCopyProvider).up(COPY)

    assert [] == azure.requests("PUT")


def test_replicating_from_the_same_source(make_azure):
    """It is followed to its end."""
    azure = make_azure(copies=[copied(copied_minutes_ago=0)], minutes=60)
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert [] == azure.requests("PUT")


def test_replicating_from_another_source(make_azure):
    """It is left alone."""
    azure = make_azure(copies=[copied(copied_minutes_ago=0)], minutes=10_000)

    with pytest.raises(Exception, match="it is left alone: choose another restore_point_name, or delete it"):
        azure.stack(RestorePointCopyProvider).up(OTHER)
    assert ["GET RestorePoints.Get"] == azure.requests()


def test_done_from_the_same_source(make_azure):
    """It is adopted, the row says so, and adopting means owning."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)
    assert azure.said("adopted: this copy was already there")
    assert [] == azure.requests("PUT")
    assert "requested_at" not in stack.outputs

    azure.new_process()
    stack.destroy()
    assert not azure.there(COPY_ID)


def test_done_from_another_source(make_azure):
    """It is left alone, and nothing gets into the state."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match="it is left alone"):
        stack.up(OTHER)

    assert "" == stack.id
    assert azure.there(COPY_ID)


FAILED = {"provisioning": {"provisioning_state": "Failed"}, "replication": {}}


@pytest.mark.parametrize("how", FAILED)
def test_failed_from_the_same_source(make_azure, how):
    """It is refused with the way out."""
    disk = {"replication_ending": "fails"} if how == "replication" else {}
    azure = make_azure(copies=[copied(**FAILED[how])], disk=disk)

    with pytest.raises(Exception, match=r"is there and failed .*; set recopy_failed=True to delete it and copy again"):
        azure.stack(RestorePointCopyProvider).up(COPY)
    assert azure.there(COPY_ID)


def test_terminated_after_two_weeks(make_azure):
    """A copy that Azure gave up is a failed one."""
    azure = make_azure(copies=[copied(copied_minutes_ago=15 * 1440)], minutes=100_000)

    with pytest.raises(Exception, match="is there and failed"):
        azure.stack(RestorePointCopyProvider).up(COPY)


def test_failed_and_to_be_made_again(make_azure):
    """It is deleted and copied once more."""
    azure = make_azure(copies=[copied(provisioning_state="Failed")])
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY | {"recopy_failed": True})

    assert stack.outputs["usable"]
    assert ["DELETE RestorePoints.Delete", f"PUT {PUT}"] == azure.requests("DELETE") + azure.requests("PUT")


def test_failed_and_deleted_and_shown_all_the_same(make_azure):
    """It is looked at and deleted at a pace, until the deadline."""
    azure = make_azure(copies=[copied(provisioning_state="Failed")])
    azure.faults.say("DELETE", COPY_ID, {})
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match="is still running after 60 s: the failed copy is deleted and still shows"):
        stack.up(COPY | {"recopy_failed": True}, timeout=60.0)
    assert 5 == azure.faults.met.count(f"DELETE {COPY_ID}")
    azure.faults.clear()

    stack.up(COPY | {"recopy_failed": True})
    assert stack.outputs["usable"]


def test_failed_and_to_be_made_again_with_a_later_copy_in_the_way(make_azure):
    """Azure copies in order, so deleting it would lose it for nothing."""
    azure = make_azure(copies=[copied(provisioning_state="Failed"), copied("later", "daily-2")])

    with pytest.raises(Exception, match=r"later restore points are copied already \(later\); delete those first"):
        azure.stack(RestorePointCopyProvider).up(COPY | {"recopy_failed": True})
    assert ["copy", "later"] == azure.names(TARGET)


def test_failed_from_another_source_is_not_made_again(make_azure):
    """`recopy_failed` speaks of our own copy."""
    azure = make_azure(copies=[copied(provisioning_state="Failed")])

    with pytest.raises(Exception, match="it is left alone"):
        azure.stack(RestorePointCopyProvider).up(OTHER | {"recopy_failed": True})
    assert azure.there(COPY_ID)


def test_a_restore_point_that_is_no_copy(make_azure):
    """It is somebody's capture, and is left alone."""
    azure = make_azure(copies=[copied()])
    azure.faults.rewrite("GET", "/restorePoints/copy", lambda body: body["properties"].pop("sourceRestorePoint"))

    with pytest.raises(Exception, match="is a restore point that is no copy; it is left alone"):
        azure.stack(RestorePointCopyProvider).up(COPY)


@pytest.mark.parametrize("inputs", [COPY, OTHER], ids=["same source", "other source"])
def test_deleting(make_azure, inputs):
    """It is waited for until it is gone; then the copy is started."""
    azure = make_azure(copies=[copied()], settings={"delete_seconds": 600})
    azure.send("DELETE", COPY_ID)
    azure.forget_requests()
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(inputs)

    assert stack.outputs["usable"]
    assert [f"PUT {PUT}"] == azure.requests("PUT")
    assert azure.said("waiting until the copy that is being deleted is gone")


def test_an_update_brings_what_failed_half_way_to_its_end_by_the_same_table(make_azure):
    """A copy in the state that failed is refused by `up`, and made again once that is asked for."""
    azure = make_azure(disk={"replication_ending": "fails"})
    stack = azure.stack(RestorePointCopyProvider)
    with pytest.raises(Exception, match="replication failed for disk data"):
        stack.up(COPY)
    assert COPY_ID == stack.id

    azure.new_process()
    with pytest.raises(Exception, match="is there and failed"):
        stack.up(COPY)
    with pytest.raises(Exception, match="replication failed for disk data"):
        stack.up(COPY | {"recopy_failed": True})

    assert ["DELETE RestorePoints.Delete", f"PUT {PUT}"] == azure.requests("DELETE") + azure.requests("PUT")
