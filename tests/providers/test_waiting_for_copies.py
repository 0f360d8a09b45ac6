"""What goes wrong while a copy is started, waited for and read: each in its own words, with the copy in the state."""

import pytest

from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import COPY, COPY_ID, TARGET, copied

PUT = "PUT RestorePoints.CreateOrUpdate"
FOR_EVER = {"minutes": 10_000}


@pytest.fixture(autouse=True)
def _without_preflight(monkeypatch):
    """Count the requests of create alone."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")


@pytest.fixture
def replicating(make_azure):
    """A stack whose copy is still replicating, accepted and in the state, and its world."""
    azure = make_azure(**FOR_EVER)
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY | {"wait": "accepted"})
    azure.new_process()
    return azure, stack


def test_the_answer_of_the_put_is_lost(azure):
    """It is looked for and found; the request is never sent twice."""
    azure.faults.lose_answer("PUT", COPY_ID)
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert [PUT] == azure.requests("PUT")
    assert azure.said("the start ended unclear, looking whether it took effect")
    assert not azure.said("adopted")


def test_an_acceptance_that_nobody_can_read(azure):
    """A 201 whose body was cut says that something was started: it is looked for, and followed."""
    azure.faults.cut_body("PUT", COPY_ID)
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert [PUT] == azure.requests("PUT")


def test_the_second_copy_of_an_hour_where_one_is_allowed(make_azure):
    """It waits out what Azure asks for, and the row says until when."""
    azure = make_azure(settings={"copies_per_hour": 1})
    azure.stack(RestorePointCopyProvider).up(COPY | {"wait": "accepted"})
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY | {"source_restore_point_id": f"{COPY['source_restore_point_id'][:-1]}2", "restore_point_name": "b"})

    assert stack.outputs["usable"]
    assert azure.said("throttled until ")


@pytest.mark.parametrize("status", [500, 503, 504])
def test_an_outage_when_the_copy_is_started(azure, status):
    """A look says that nothing was started, and it is sent again."""
    azure.faults.answer("PUT", COPY_ID, status, "ServerBusy", times=2)
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert [PUT] == azure.requests("PUT")


def test_an_outage_that_does_not_end(azure):
    """After some minutes of Azure's it is told; the state knows the copy, for it may be there."""
    azure.faults.answer("PUT", COPY_ID, 503, "ServerBusy")
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match=r"503 \(ServerBusy\)"):
        stack.up(COPY)

    assert COPY_ID == stack.id
    assert 6 == len(azure.faults.met)
    azure.faults.clear()
    azure.new_process()
    assert "update" == stack.up(COPY)
    assert stack.outputs["usable"]


def test_an_outage_of_the_source_while_its_disks_are_read(azure):
    """Nothing was started, so nothing gets into the state."""
    azure.faults.answer("GET", "/restorePoints/daily-1", 503, "ServerBusy")
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match="503"):
        stack.up(COPY | {"disk_encryption": {"os": f"{TARGET.rpartition('/')[0][:-24]}/diskEncryptionSets/keys"}})
    assert "" == stack.id


def test_a_right_that_is_still_spreading(azure):
    """It is waited out, and the row says which right."""
    azure.faults.answer("PUT", COPY_ID, 403, "AuthorizationFailed", times=3)
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]
    assert azure.said(
        "a right that may still spread: needs Microsoft.Compute/restorePointCollections/restorePoints/write"
    )


@pytest.mark.parametrize(("method", "action"), [("GET", "read"), ("PUT", "write")])
def test_a_right_that_never_comes(azure, method, action):
    """After five minutes of Azure's the error names the action and the scope; nothing is in the state."""
    azure.faults.answer(method, COPY_ID, 403, "AuthorizationFailed", text="The client has no authorization.")
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match=rf"needs Microsoft.Compute/restorePointCollections/restorePoints/{action} on "):
        stack.up(COPY)
    assert "" == stack.id
    assert len(azure.faults.met) <= 21


def test_a_403_that_no_right_cures(azure):
    """A policy stays as it is, so nothing is waited for."""
    azure.faults.answer("PUT", COPY_ID, 403, "RequestDisallowedByPolicy", text="Policy says no.")

    with pytest.raises(Exception, match="Policy says no"):
        azure.stack(RestorePointCopyProvider).up(COPY)
    assert 1 == len(azure.faults.met)


def test_a_collection_that_does_not_show_yet(azure):
    """What was made a moment ago may be missing for the next request."""
    azure.faults.answer("PUT", COPY_ID, 404, "ParentResourceNotFound", times=2)
    stack = azure.stack(RestorePointCopyProvider)

    stack.up(COPY)

    assert stack.outputs["usable"]


def test_no_collection_at_all(make_azure):
    """After a minute of Azure's the service's own words are told; nothing is in the state."""
    azure = make_azure(target=False)
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match="ParentResourceNotFound"):
        stack.up(COPY)
    assert "" == stack.id


def test_a_disk_that_fails(make_azure):
    """The error names the disk and the last percentages, and the state holds the copy."""
    azure = make_azure(minutes=300, disk={"replication_ending": "fails", "replication_at_percent": 60.0})
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(Exception, match=r"replication failed for disk data.*last seen: os \d+ %, data \d+ %"):
        stack.up(COPY)
    assert COPY_ID == stack.id
    assert not stack.outputs["usable"]


def test_a_copy_that_vanishes(make_azure):
    """Somebody deleted it: that is its own error."""
    azure = make_azure(copies=[copied(copied_minutes_ago=3000)], **FOR_EVER)
    azure.faults.answer("GET", "/restorePoints/nothing", 404)
    stack = azure.stack(RestorePointCopyProvider)
    looks = []

    def change(_body):
        looks.append(1)
        if len(looks) == 3:
            azure.send("DELETE", COPY_ID)

    azure.faults.rewrite("GET", COPY_ID, change)

    with pytest.raises(Exception, match=r"vanished while it was waited for.*last seen: os 30 %, data 30 %"):
        stack.up(COPY)


def test_a_copy_that_fails_as_a_whole(make_azure):
    """Provisioning that ends Failed while it is waited for is its own error."""
    azure = make_azure(copies=[copied(copied_minutes_ago=3000)], **FOR_EVER)
    stack = azure.stack(RestorePointCopyProvider)
    looks = []

    def change(body):
        looks.append(1)
        if len(looks) > 2:
            body["properties"]["provisioningState"] = "Failed"

    azure.faults.rewrite("GET", COPY_ID, change)

    with pytest.raises(Exception, match=r"ended Failed; set recopy_failed=True.*last seen: os 30 %, data 30 %"):
        stack.up(COPY)


def test_a_wait_that_is_over_before_the_copy(make_azure):
    """The error says how to go on; the state holds the copy, and the next `up` follows it."""
    azure = make_azure(**FOR_EVER)
    stack = azure.stack(RestorePointCopyProvider)

    with pytest.raises(
        Exception, match=r'is still replicating after .*run up again to go on waiting, or set wait="acc'
    ):
        stack.up(COPY, timeout=9000.0)
    assert COPY_ID == stack.id

    azure.new_process()
    assert "update" == stack.up(COPY | {"wait": "accepted"})
    assert [] == azure.requests("PUT")


def test_refresh_of_an_unfinished_copy_that_is_waited_for(make_azure):
    """It fails as initialisation, so that the next `up` goes on; id and progress stay in the state."""
    azure = make_azure(**FOR_EVER)
    stack = azure.stack(RestorePointCopyProvider)
    with pytest.raises(Exception, match="is still replicating"):
        stack.up(COPY, timeout=9000.0)
    azure.new_process()

    stack.refresh()

    assert "is not usable yet: replicating" in stack.unready
    assert COPY_ID == stack.id


def test_refresh_of_a_copy_that_only_had_to_be_accepted(replicating):
    """It is no failure and no warning."""
    azure, stack = replicating

    stack.refresh()

    assert "" == stack.unready
    assert [] == azure.warnings
    assert "same" == stack.up(COPY | {"wait": "accepted"})


def test_refresh_of_an_accepted_copy_that_failed_since(make_azure):
    """The row says so."""
    azure = make_azure(minutes=1, disk={"replication_ending": "fails"})
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY | {"wait": "accepted"})
    azure.new_process()
    azure.clock.advance(hours=1)
    stack.refresh()

    assert any("replication failed" in warning for warning in azure.warnings)
    assert "" == stack.unready
    assert not stack.outputs["usable"]


@pytest.mark.parametrize("gone", [COPY_ID, TARGET], ids=["the copy", "its collection"])
def test_refresh_of_what_is_gone(replicating, gone):
    """ARM's own word about the copy, its collection or its group is believed."""
    azure, stack = replicating
    azure.remove(gone)

    stack.refresh()

    assert "" == stack.id


@pytest.mark.parametrize(
    ("status", "code"), [(404, ""), (404, "InvalidResourceType"), (403, "AuthorizationFailed"), (500, "InternalError")]
)
def test_refresh_that_learns_nothing(replicating, status, code):
    """A proxy's 404, a right that was taken away and an outage never mean gone."""
    azure, stack = replicating
    azure.faults.answer("GET", COPY_ID, status, code)

    with pytest.raises(Exception, match=str(status)):
        stack.refresh()
    assert COPY_ID == stack.id


def test_refresh_without_network(replicating):
    """No answer is no news."""
    azure, stack = replicating
    azure.faults.lose_answer("GET", COPY_ID, times=1000)

    with pytest.raises(Exception, match="got no answer"):
        stack.refresh()
    assert COPY_ID == stack.id
