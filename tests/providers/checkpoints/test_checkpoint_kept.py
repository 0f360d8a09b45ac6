"""What the state keeps of a restore that was sent and did not come to its end: in a create as in an update."""

import pytest

from tests.providers.checkpoint_worlds import MERGE

UNKNOWN = "whether the restore took effect is not known"
ENDS = {
    "the answer is lost": (("cut-before",), UNKNOWN),
    "the answer is lost, and it took effect": (("checkpoint-job-missing",), UNKNOWN),
    "a 5xx": (("unavailable",), UNKNOWN),
    "a 5xx, and it took effect": (("checkpoint-job-missing",), UNKNOWN),
    "no job shows": (("checkpoint-job-missing",), "the service accepted the restore and shows no job of it"),
    "its job fails": (("checkpoint-job-fails",), "the restore failed"),
    "it is refused": (("forbidden",), "nothing was restored"),
    "its job vanishes": ((), "cannot be followed"),
    "its job does not end": (("checkpoint-job-hangs",), "is still Running"),
}
WITHOUT_EFFECT = {"the answer is lost", "a 5xx", "it is refused"}


@pytest.fixture(params=["create", "update"])
def trigger(request, system_center, restore):
    """What is asked for: the first restore of a stack, or another one."""
    if request.param == "create":
        return "one"
    restore.up()
    system_center.clock.advance(minutes=10)
    system_center.new_process()
    return "two"


def go_wrong(system_center, end):
    """Let a restore end so."""
    for name in ENDS[end][0]:
        system_center.fault(name, operation="VMCheckPoints.Merge")
    if end == "the answer is lost, and it took effect":
        system_center.faults.lose_answer("MERGE", "VMCheckPoints")
    if end == "a 5xx, and it took effect":
        system_center.faults.fail_after("MERGE", "VMCheckPoints", 500)
    if end == "its job vanishes":

        async def soon():
            system_center.faults.pass_then("GET", "/Jobs(", 404, times=3)

        system_center.faults.delay("MERGE", "VMCheckPoints", soon)


@pytest.mark.parametrize("end", ENDS)
def test_an_error_after_it_was_sent(system_center, restore, trigger, end):
    """The resource is in the state, unready, with the trigger and when it was asked for: no later up sends it again."""
    go_wrong(system_center, end)
    before = system_center.sent
    last = restore.run.outputs.get("requested_at", "")

    with pytest.raises(Exception, match=ENDS[end][1]):
        restore.up(trigger=trigger, timeout=7_200.0)

    outputs = restore.run.outputs
    assert restore.run.id
    assert ENDS[end][1] in restore.run.unready
    assert trigger == outputs["trigger"]
    assert outputs["requested_at"] > last
    assert ("the answer is lost" in end) != bool(outputs.get("request_id"))
    assert "restored" != outputs.get("outcome")
    after = system_center.sent
    assert after - before == (0 if end in WITHOUT_EFFECT else 1)

    for _ in range(2):
        system_center.new_process()
        restore.error_of_up(trigger=trigger, timeout=7_200.0)
        assert 0 == system_center.requests().count(MERGE)
        assert (trigger, outputs["requested_at"]) == (
            restore.run.outputs["trigger"],
            restore.run.outputs["requested_at"],
        )
    assert after == system_center.sent
