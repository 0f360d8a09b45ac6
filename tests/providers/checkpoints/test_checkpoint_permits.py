"""Who may send a restore: nobody where the state could not tell later that it was sent."""

import pytest

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
