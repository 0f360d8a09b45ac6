"""How a job can be over without a success, and what a person says then who has looked."""

import pytest

from tests.providers.checkpoint_worlds import BEFORE_PATCH, MACHINE, Restore


def end_as(system_center, word):
    """Let the jobs that are done show another word."""

    def changed(body):
        for job in body.get("value", [body]):
            if job["Status"] == "Completed":
                job["Status"] = word

    system_center.faults.rewrite("GET", "/Jobs", changed)


@pytest.fixture
def untold(system_center, restore):
    """A stack whose restore is over, with a word that nobody documents."""
    end_as(system_center, "Bewildered")
    with pytest.raises(
        Exception, match="trigger 'one': whether the machine was restored cannot be told: job "
    ) as failure:
        restore.up()
    assert "ended Bewildered" in str(failure.value)
    assert "if it was restored, set confirmed_done='one'; to have it restored, or restored again" in str(failure.value)
    assert "failed" not in str(failure.value)
    system_center.new_process()
    return restore


def test_an_end_that_nobody_documents(system_center, untold):
    """It is no failure: the next up looks again, and sends nothing."""
    assert ("one", "Bewildered") == (untold.run.outputs["trigger"], untold.run.outputs["job_status"])
    assert "outcome" not in untold.run.outputs

    with pytest.raises(Exception, match="cannot be told"):
        untold.up()
    assert 1 == system_center.sent


def test_it_was_restored(system_center, untold):
    """The person who has looked says so: it is taken as done, without what the job has told."""
    assert ("same", "update") == untold.up(confirmed_done="one")

    assert "restored" == untold.run.outputs["outcome"]
    assert not {"failure", "job_id", "job_status", "ended_at"} & set(untold.run.outputs)
    assert untold.run.outputs["requested_at"]
    assert 1 == system_center.sent


def test_another_job_restored_it(system_center, untold):
    """The person names it: that one is followed in place of the first."""
    system_center.restore()
    system_center.clock.advance(minutes=10)
    system_center.faults.clear()
    first = system_center.jobs[0]["ID"]
    system_center.faults.rewrite(
        "GET", f"Jobs(ID=guid'{first}'", lambda job: job.update(Status="Bewildered", IsCompleted=True)
    )

    untold.up(confirmed_job_id=system_center.jobs[1]["ID"])

    assert system_center.jobs[1]["ID"] == untold.run.outputs["job_id"]
    assert ("restored", "Completed") == (untold.run.outputs["outcome"], untold.run.outputs["job_status"])


@pytest.fixture
def failed(system_center, restore):
    """A stack whose restore has failed."""
    system_center.fault("checkpoint-job-fails")
    with pytest.raises(Exception, match="the restore failed"):
        restore.up()
    system_center.new_process()
    return restore


def test_another_job_restored_it_after_a_failure(system_center, failed):
    """The person has restored it by hand, and names the job."""
    system_center.restore()
    system_center.clock.advance(minutes=10)
    by_hand = system_center.jobs[1]["ID"]

    assert ("same", "update") == failed.up(confirmed_job_id=by_hand)

    outputs = failed.run.outputs
    assert (by_hand, "Completed", "restored") == (outputs["job_id"], outputs["job_status"], outputs["outcome"])
    assert "failure" not in outputs


@pytest.mark.parametrize("which", ["itself", "one that does not exist", "one of before"])
def test_a_job_that_did_not_restore_it_after_a_failure(system_center, restore, which):
    """The failure stays."""
    system_center.restore(BEFORE_PATCH)
    system_center.clock.advance(minutes=10)
    before = system_center.jobs[0]["ID"]
    system_center.fault("checkpoint-job-fails")
    with pytest.raises(Exception, match="the restore failed"):
        restore.up()
    named = {
        "itself": restore.run.outputs["job_id"],
        "one that does not exist": MACHINE,
        "one of before": before,
    }[which]
    system_center.new_process()

    with pytest.raises(Exception, match="the restore failed"):
        restore.up(confirmed_job_id=named)
    assert ("failed", "Failed") == (restore.run.outputs["outcome"], restore.run.outputs["job_status"])
    assert (which != "itself") == any("confirmed_job_id" in warning for warning in system_center.warnings)
    assert 2 == system_center.sent


def test_a_failed_job_that_is_forgotten(system_center, failed):
    """Who has looked says that it was restored: nothing of the failure stays."""
    system_center.faults.answer("GET", "/Jobs(", 404, "")

    assert ("same", "update") == failed.up(confirmed_done="one")

    assert "restored" == failed.run.outputs["outcome"]
    assert not {"failure", "job_id", "job_status", "ended_at"} & set(failed.run.outputs)


def test_said_of_a_job_that_failed(system_center, failed):
    """That it failed is known, so what is said does not count."""
    with pytest.raises(Exception, match="the restore failed"):
        failed.up(confirmed_done="one")
    assert "failed" == failed.run.outputs["outcome"]


def test_credentials_that_expire_while_it_runs(make_system_center):
    """The wait ends within the hour, the state keeps the job, and the next up follows it with new ones."""
    system_center, restore = make_system_center(machine={"restore_minutes": 120}), Restore()
    system_center.faults.pass_then("GET", "/Jobs(", 401, times=20)
    begun = system_center.clock.monotonic()

    with pytest.raises(
        Exception, match=r"cannot be looked at: GET .* answered 401.*; renew the token or password, then"
    ):
        restore.up()
    assert system_center.clock.monotonic() - begun < 3_600.0
    assert ("one", "Running") == (restore.run.outputs["trigger"], restore.run.outputs["job_status"])
    assert restore.run.unready
    system_center.faults.clear()
    system_center.new_process()

    assert ("same", "update") == restore.up()
    assert "restored" == restore.run.outputs["outcome"]
    assert 1 == system_center.sent
