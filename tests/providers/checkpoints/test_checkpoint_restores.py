"""A restore that goes well: sent once, followed to its end, and never again by itself."""

import pytest

from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from tests.providers.checkpoint_worlds import (
    AFTER_PATCH,
    BEFORE_PATCH,
    CHECKPOINT_PATH,
    MACHINE,
    MERGE,
    OTHER_STAMP,
    PUT,
    RESTORE,
    STAMP,
    SUBSCRIPTION,
    URL,
    Restore,
)


def test_a_restore(system_center, restore):
    """It is done when the machine's job has completed, and says which job that was."""
    assert ("create", "create") == restore.up()

    [job] = system_center.jobs
    outputs = restore.run.outputs
    assert "restored" == outputs["outcome"]
    assert (job["ID"], "Completed") == (outputs["job_id"], outputs["job_status"])
    assert MACHINE == outputs["vm_id"]
    assert outputs["request_id"]
    assert outputs["activity_id"]
    assert outputs["request_id"] != outputs["activity_id"]
    assert outputs["requested_at"] <= outputs["ended_at"]
    assert 1 == system_center.requests().count(MERGE)
    assert [] == system_center.warnings


def test_what_the_row_shows(system_center, restore):
    """That it was accepted, and how far the job is."""
    restore.up()

    assert system_center.said("accepted, restoring before-patch")
    assert any(message.startswith("restoring, job ") and " % for " in message for message, _ in system_center.rows)


def test_the_same_trigger_again(system_center, restore):
    """Nothing changes, and nobody is asked."""
    restore.up()
    system_center.new_process()

    assert ("same", "same") == restore.up()
    assert [] == system_center.requests()


def test_another_trigger(system_center, restore):
    """The same program restores again, with a baseline of its own."""
    restore.up()
    first = dict(restore.run.outputs)
    system_center.new_process()

    assert ("update", "update") == restore.up(trigger="two")
    assert 2 == system_center.sent
    assert first["job_id"] != restore.run.outputs["job_id"]
    assert "two" == restore.run.outputs["baseline"]["trigger"]


def test_another_checkpoint_under_another_trigger(system_center, restore):
    """It is a restore like any other."""
    restore.up()
    system_center.new_process()

    restore.up(trigger="two", checkpoint_id=AFTER_PATCH)

    assert 2 == system_center.sent


def test_a_trigger_of_before(system_center, restore):
    """A change that is reverted rolls nothing back; the state remembers, through a refresh as well."""
    restore.up()
    restore.up(trigger="two")
    restore.baseline.refresh()
    system_center.new_process()

    with pytest.raises(Exception, match="was given before, and restores once"):
        restore.up()
    assert [] == system_center.requests()

    restore.up(trigger="three")
    assert ["one", "two"] == restore.baseline.outputs["used_triggers"]
    assert 3 == system_center.sent


def test_a_trigger_that_came_to_nothing(system_center, restore):
    """One whose baseline could not be taken has restored nothing, and may be given again."""
    restore.up()
    system_center.faults.answer("GET", "VirtualMachines", 403, "Forbidden")
    with pytest.raises(Exception, match="answered 403"):
        restore.up(trigger="two")
    system_center.faults.clear()

    restore.up(trigger="two")
    assert 2 == system_center.sent


def test_settings_that_change_under_the_same_trigger(system_center, restore):
    """They are stored, for the next trigger; nobody is asked."""
    restore.up()
    before = dict(restore.run.outputs)
    system_center.new_process()

    assert ("update", "update") == restore.up(method="put", safety_checkpoint=True, principal_id="user@contoso.com")
    assert [] == system_center.requests()
    assert before | {"method": "put", "principal_id": "user@contoso.com"} == restore.run.outputs
    assert ("same", "same") == restore.up(method="put", safety_checkpoint=True, principal_id="user@contoso.com")


@pytest.mark.parametrize("changes", [{"checkpoint_id": AFTER_PATCH}, {"subscription_id": STAMP}])
def test_another_restore_under_the_same_trigger(system_center, restore, changes):
    """It is refused: an edit rolls nothing back."""
    restore.up()
    system_center.new_process()

    with pytest.raises(Exception, match="another restore needs another trigger"):
        restore.up(**changes)
    assert [] == system_center.requests()


def test_put(system_center, restore):
    """The whole entity goes back as it was read, so that nothing is reset."""

    def shown():
        world = system_center.control("GET", "world").json()["resources"]
        return next(one["properties"] for one in world if one["id"] == CHECKPOINT_PATH)

    before = shown()

    restore.up(method="put")

    assert 1 == system_center.requests().count(PUT)
    assert before == shown()
    assert "restored" == restore.run.outputs["outcome"]


def test_a_stamp_that_is_looked_up(system_center, restore):
    """The output names it; the input stays empty."""
    restore.up()

    assert STAMP == restore.baseline.outputs["found_stamp_id"]
    assert "stamp_id" not in restore.baseline.outputs


def test_a_stamp_that_is_given(make_system_center):
    """Of two with the same checkpoint the one that is named is restored."""
    system_center, restore = make_system_center(stamps=2), Restore()

    restore.up(stamp_id=OTHER_STAMP)

    [job] = system_center.jobs
    assert OTHER_STAMP == job["StampId"]


def test_several_stamps(make_system_center):
    """Which one is meant has to be said."""
    make_system_center(stamps=2)

    with pytest.raises(Exception, match=f"2 stamps have checkpoint {BEFORE_PATCH}: {STAMP}, {OTHER_STAMP}") as failure:
        Restore().up(preflight="off")
    assert "stamp_id: is needed" in str(failure.value)


@pytest.mark.parametrize("stamp", [{}, {"stamp_id": STAMP}], ids=["no stamp", "a stamp"])
def test_a_checkpoint_that_does_not_exist(system_center, restore, stamp):
    """It is named, and nothing is in the state."""
    with pytest.raises(Exception, match=r"checkpoint_id: .*does not exist"):
        restore.up(checkpoint_id=MACHINE, preflight="off", **stamp)
    assert "" == restore.baseline.id


@pytest.mark.parametrize(
    "settings",
    [
        {"spf_jobs_filter": "refused"},
        {"spf_last_restored_checkpoint": "hidden"},
        {"spf_jobs_filter": "refused", "spf_last_restored_checkpoint": "hidden"},
        {"spf_most_recent_task": "hidden"},
        {"spf_job_visible_seconds": 200},
        {"spf_status_string_member": "Statusstring"},
    ],
    ids=str,
)
def test_services_that_show_less(make_system_center, settings):
    """The job is found all the same."""
    system_center, restore = make_system_center(**settings), Restore()

    restore.up()
    restore.up(trigger="two")

    assert 2 == system_center.sent
    assert "restored" == restore.run.outputs["outcome"]


def test_a_machine_that_is_busy(system_center, restore):
    """Its job is waited for, and is none of ours."""
    system_center.restore(AFTER_PATCH)
    system_center.clock.advance(seconds=30)

    restore.up()

    theirs, ours = system_center.jobs
    assert theirs["EndTime"] <= ours["StartTime"]
    assert ours["ID"] == restore.run.outputs["job_id"]
    assert system_center.said("waiting until the machine is free of Restore virtual machine checkpoint")


@pytest.mark.parametrize("end", ["Failed", "forgotten"])
def test_a_job_before_that_does_not_end_well(system_center, restore, end):
    """It is somebody else's: that it is over is what counts."""
    if end == "Failed":
        system_center.fault("checkpoint-job-fails")
    system_center.restore(AFTER_PATCH)
    system_center.clock.advance(seconds=30)
    if end == "forgotten":
        job_id = system_center.jobs[0]["ID"]
        system_center.faults.pass_then("GET", f"Jobs(ID=guid'{job_id}'", 404)

    restore.up()

    assert system_center.jobs[-1]["ID"] == restore.run.outputs["job_id"]
    assert 2 == system_center.sent


def test_a_machine_that_becomes_busy(system_center, restore):
    """A job that begins after the baseline is waited for, too."""
    restore.baseline.up(RESTORE | {NAME_SEED: "p/s/rollback"})
    system_center.create_checkpoint()
    system_center.clock.advance(seconds=20)

    assert ("same", "create") == restore.up()
    theirs, ours = system_center.jobs
    assert theirs["EndTime"] <= ours["StartTime"]


def test_a_machine_that_stays_busy(make_system_center):
    """Nothing is sent, and the state says why."""
    system_center, restore = make_system_center(machine={"checkpoint_minutes": 600}), Restore()
    restore.baseline.up(RESTORE | {NAME_SEED: "p/s/rollback"})
    system_center.create_checkpoint()
    system_center.clock.advance(seconds=20)

    with pytest.raises(Exception, match=r"nothing was restored: the machine is not free after \d+ s: job .* runs"):
        restore.up(timeout=600.0)
    assert 0 == system_center.sent
    assert "refused" == restore.run.outputs["outcome"]


def test_a_job_with_information(system_center, restore):
    """`SucceedWithInfo` is a success, and the row warns of what it says."""
    system_center.fault("checkpoint-job-informs", problem="The disk is thin.")

    restore.up()

    assert "SucceedWithInfo" == restore.run.outputs["job_status"]
    assert any("The disk is thin." in warning for warning in system_center.warnings)


def test_spf_without_windows_azure_pack(system_center, restore):
    """Another root of the address, given in parts or whole."""
    root = "SC2012R2/VMM/{subscription_id}/Microsoft.Management.Odata.svc"
    restore.up(api_root=root)
    whole = Restore()
    whole.up(base_url=f"{URL}/{root.replace('{subscription_id}', SUBSCRIPTION)}", trigger="two")

    assert 2 == system_center.sent


def test_whom_the_service_writes_down(system_center, restore):
    """Any name, the library's own if none is given."""
    seen = system_center.faults.watch("x-ms-principal-id")

    restore.up(principal_id="user@contoso.com")

    assert {"GET user@contoso.com", "MERGE user@contoso.com"} == set(seen)


def test_a_refresh(system_center, restore):
    """Nothing shows that a restore happened, so nothing is drift, and nobody is asked."""
    restore.up()

    def kept():
        named = [stack.outputs | {"id": stack.id} for stack in (restore.baseline, restore.run)]
        return [{name: value for name, value in outputs.items() if name != PROVIDER_KEY} for outputs in named]

    before = kept()
    system_center.new_process()

    restore.baseline.refresh()
    restore.run.refresh()

    assert before == kept()
    assert [] == system_center.requests()
    assert ("same", "same") == restore.up()


def test_a_refresh_while_the_job_runs(system_center, restore):
    """The resource stays unfinished, and the next up finishes it."""
    with pytest.raises(Exception, match="is still Running"):
        restore.up(timeout=60.0)
    system_center.new_process()

    restore.run.refresh()

    assert "Running" in restore.run.unready
    system_center.clock.advance(minutes=10)
    restore.run.refresh()
    assert "Completed" in restore.run.unready
    assert ("same", "update") == restore.up()


def test_a_delete(system_center, restore):
    """There is nothing to delete, and nobody is asked."""
    restore.up()
    system_center.new_process()

    restore.destroy()

    assert [] == system_center.requests()
    assert 1 == system_center.sent


def test_no_credential_in_the_state(system_center, restore):
    """Neither input nor output holds it."""
    restore.up()

    kept = repr([restore.run.inputs, restore.run.outputs, restore.baseline.inputs, restore.baseline.outputs])
    assert "not-a-secret" not in kept


def test_a_baseline_of_another_trigger(system_center, restore):
    """It is refused, because it would permit a restore that nobody asked for now."""
    restore.up()
    inputs = dict(restore.run.inputs) | {"trigger": "two", "__provider": "x"}

    with pytest.raises(Exception, match="was taken for trigger 'one', not for 'two'"):
        restore.run.up(inputs)


def test_neither_can_be_got(system_center, restore):
    """They exist in the state alone."""
    restore.up()
    restore.run.outputs = {"run_id": "x"}

    with pytest.raises(Exception, match="exists in the state alone"):
        restore.run.refresh()
