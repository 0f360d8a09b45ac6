"""Who may send a restore: nobody where the state could not tell later that it was sent."""

import asyncio

import pytest

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.provider import Attempt
from tests.providers.checkpoint_worlds import AFTER_PATCH, BEFORE_PATCH, MACHINE, RESTORE, STAMP, Restore
from tests.providers.stack import CheckFailed


@pytest.mark.parametrize("value", ["true", "1", "TRUE"])
def test_an_engine_that_saves_its_state_at_the_end_alone(system_center, restore, monkeypatch, value):
    """After a kill there would be no baseline, and a second one would permit a second restore: nothing is asked."""
    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", value)

    with pytest.raises(CheckFailed, match=r"restores nothing while PULUMI_SKIP_CHECKPOINTS is set: .*; unset it, then"):
        restore.up(safety_checkpoint=True)
    assert [] == system_center.requests()

    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "false")
    restore.up()
    assert 1 == system_center.sent


def test_such_an_engine_and_a_restore_that_is_done(system_center, restore, monkeypatch):
    """Nothing would be sent, so nothing is refused; a baseline taken anew by force would permit it, and is."""
    restore.up()
    system_center.new_process()
    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")

    assert ("same", "same") == restore.up()
    with pytest.raises(Exception, match="trigger 'one' restores nothing while PULUMI_SKIP_CHECKPOINTS is set"):
        restore.baseline.up(dict(restore.baseline.inputs) | {"__provider": "x"}, replace=True)
    with pytest.raises(CheckFailed, match="PULUMI_SKIP_CHECKPOINTS"):
        restore.up(trigger="two")
    assert 1 == system_center.sent
    assert [] == system_center.requests()


def bring_together(*wanted):
    """Take a baseline for each checkpoint, then run all restores at once; return what each ended with."""
    run = Restore().run
    attempts, tasks = [], []
    for number, checkpoint_id in enumerate(wanted):
        inputs = RESTORE | {NAME_SEED: f"p/s/{number}", "trigger": f"trigger {number}", "checkpoint_id": checkpoint_id}
        restore = Restore()
        restore.baseline.up(inputs)
        checked = run.check(inputs | {"baseline": restore.baseline.outputs["baseline"]})
        checked.pop(PROVIDER_KEY)
        attempts.append(Attempt(outputs=dict(checked)))
        tasks.append((checked, attempts[-1]))

    async def together():
        brought = (run._provider.bring(bridge.Call(), checked, attempt) for checked, attempt in tasks)
        return await asyncio.gather(*brought, return_exceptions=True)

    return run._provider.session.run(bridge.Call(), together), [attempt.outputs for attempt in attempts]


def test_two_restores_of_one_machine(system_center):
    """One sends, the other one sees its job and adopts it: the machine is rolled back once."""
    ends, (first, second) = bring_together(BEFORE_PATCH, BEFORE_PATCH)

    assert [None, None] == ends
    assert 1 == system_center.sent
    assert first["job_id"] == second["job_id"]
    assert ("restored", "restored") == (first["outcome"], second["outcome"])
    assert ("request_id" in first) != ("request_id" in second)


def test_two_restores_of_one_machine_to_two_checkpoints(system_center):
    """One sends, the other one stops."""
    (first, second), outputs = bring_together(BEFORE_PATCH, AFTER_PATCH)

    assert first is None
    assert "nothing was sent, because others may have restored the machine" in str(second)
    assert ["restored", "unsent"] == [one["outcome"] for one in outputs]
    assert 1 == system_center.sent


def test_the_other_restore_is_not_under_way_in_time(system_center, restore):
    """Whoever waits for it gives up at its deadline, and has sent nothing."""
    restore.baseline.up(RESTORE | {NAME_SEED: "p/s/rollback"})
    alone = restore.run._provider.session.permits.alone(MACHINE, STAMP)
    system_center.clock.run(alone.acquire())

    with pytest.raises(Exception, match="restored: another restore of the machine is under way after 600 s"):
        restore.up(timeout=600.0)
    assert "refused" == restore.run.outputs["outcome"]
    assert 0 == system_center.sent
