"""A restore rolls a machine back each time it is asked for, and is done by a job that its answer does not name."""

from __future__ import annotations

import pytest

from tests.emulator.system_center import AFTER, BEFORE, HEADERS, MACHINE, RESTORE, ROOT, STAMP, key


def test_merge_is_answered_at_once(system_center):
    """204 without a body, with the headers of the restore page."""
    answer = system_center.restore()

    assert (204, b"", "1.0;") == (answer.status_code, answer.content, answer.headers["dataserviceversion"])
    assert {
        "cache-control": "no-cache",
        "server": "Microsoft-IIS/8.5",
        "x-content-type-options": "nosniff",
        "x-aspnet-version": "4.0.30319",
        "persistent-auth": "true",
        "x-powered-by": "ASP.NET",
        "date": "Wed, 18 Nov 2026 11:06:40 GMT",
    } == {name: value for name, value in answer.headers.items() if "request-id" not in name and "data" not in name}


def test_job_of_a_restore_from_start_to_end(system_center):
    """Unseen for some seconds, then the machine's most recent task; NotStarted, Running, Completed."""
    before = system_center.machine()["MostRecentTaskId"]
    system_center.restore()
    system_center.advance(seconds=4.9)
    unseen = (system_center.jobs(), system_center.machine()["MostRecentTaskId"])
    seen = []
    for seconds in (0.1, 57.0, 121.0):
        system_center.advance(seconds=seconds)
        (job,) = system_center.jobs()
        machine = system_center.machine()
        assert job["ID"] == machine["MostRecentTaskId"]
        state = (job["Status"], job["IsCompleted"], job["ProgressValue"], job["EndTime"])
        seen.append((*state, machine["Status"], machine["LastRestoredCheckpointID"]))

    assert ([], before) == unseen
    assert [
        ("Running", False, 1, None, "RecoveringCheckpoint", None),
        ("Running", False, 33, None, "RecoveringCheckpoint", None),
        ("Completed", True, 100, "2026-11-18T04:09:42.000-07:00", "Running", BEFORE),
    ] == seen


def test_job_tells_what_it_is(system_center):
    """Its cmdlet, its machine, who asked; `ErrorInfo` of a job that succeeded says so."""
    job = system_center.restored()

    assert (
        "Restore-SCVMCheckpoint",
        "Restore virtual machine checkpoint",
        MACHINE,
        STAMP,
        "user@contoso.com",
    ) == tuple(job[name] for name in ("CmdletName", "Name", "TargetObjectId", "StampId", "Owner"))
    assert (True, "Success", "Error", False, "0", "") == tuple(
        job["ErrorInfo"][name]
        for name in ("IsSuccess", "Code", "ErrorType", "IsTerminating", "DisplayableErrorCode", "Problem")
    )
    assert [] == job["AdditionalMessages"]
    assert "2026-11-18T04:06:40.000-07:00" == job["StartTime"]


def test_job_by_key(system_center):
    """The job that the list shows."""
    job = system_center.restored()

    alone = system_center.get("Jobs", job["ID"])

    assert job == {name: value for name, value in alone.items() if name != "odata.metadata"}


def test_job_waits_for_its_turn(make_system_center):
    """NotStarted is a state before Running."""
    system_center = make_system_center(spf_job_visible_seconds=0, spf_job_queued_seconds=30)
    system_center.restore()

    statuses = [job["Status"] for job in system_center.jobs()]
    system_center.advance(seconds=30)

    assert (["NotStarted"], "Running") == (statuses, system_center.jobs()[0]["Status"])


def test_job_that_cannot_be_seen_is_not_there(system_center):
    """404 by its key, as well."""
    system_center.restore()
    (job,) = system_center.shown("Job")

    answer = system_center.call("GET", f"Jobs{key(job)}")

    assert (404, "Resource not found for the segment 'Jobs'.") == system_center.refusal(answer)


def test_every_restore_counts(system_center):
    """The same request again is a second rollback, with a job of its own."""
    system_center.restore()
    system_center.restore()
    system_center.restore(AFTER)
    system_center.advance(minutes=10)

    assert {BEFORE: 2, AFTER: 1} == system_center.restores()
    assert 3 == len({job["ID"] for job in system_center.jobs()})
    assert AFTER == system_center.machine()["LastRestoredCheckpointID"]


def test_nothing_in_a_checkpoint_shows_that_it_was_restored(system_center):
    """VMCheckPointAction is a verb; it is null before and after."""
    before = system_center.get("VMCheckPoints", BEFORE)
    system_center.restored()

    assert before == system_center.get("VMCheckPoints", BEFORE)


def test_merge_changes_what_is_given(system_center):
    """Name and description change without a job; the rest stays."""
    before = system_center.get("VMCheckPoints", BEFORE)
    answer = system_center.call("MERGE", f"VMCheckPoints{key(BEFORE)}", {"Description": "good"})
    system_center.advance(minutes=10)

    assert (204, {**before, "Description": "good"}) == (
        answer.status_code,
        system_center.get("VMCheckPoints", BEFORE),
    )
    assert ([], {BEFORE: 0, AFTER: 0}) == (system_center.jobs(), system_center.restores())


def test_put_of_the_whole_entity_changes_nothing(system_center):
    """What was read, with the action set, restores and resets nothing."""
    before = system_center.get("VMCheckPoints", AFTER)

    answer = system_center.call("PUT", f"VMCheckPoints{key(AFTER)}", {**before, **RESTORE})

    assert (204, b"") == (answer.status_code, answer.content)
    assert before == system_center.get("VMCheckPoints", AFTER)
    assert {BEFORE: 0, AFTER: 1} == system_center.restores()


def test_annotations_of_properties_are_no_properties(system_center):
    """OData's own members are read past; one of a property that there is not is refused."""
    known = system_center.restore(**{"VMId@odata.type": "Edm.Guid", "odata.etag": "1"})
    unknown = system_center.restore(**{"Size@odata.type": "Edm.Int32"})

    assert (204, 400, 1) == (known.status_code, unknown.status_code, system_center.restores()[BEFORE])


def test_put_resets_what_it_leaves_out(system_center):
    """Everything but the key is null afterwards; the machine is rolled back nonetheless."""
    system_center.call("PUT", f"VMCheckPoints{key(AFTER)}", {**RESTORE, "Name": "kept"})
    system_center.advance(minutes=10)

    after = system_center.get("VMCheckPoints", AFTER)

    assert {"odata.metadata", "ID", "StampId", "Name"} == {name for name, value in after.items() if value is not None}
    assert AFTER == system_center.machine()["LastRestoredCheckpointID"]


def test_put_may_reset_name_and_description_alone(make_system_center):
    """The reference knows two properties that an update takes."""
    system_center = make_system_center(spf_put_resets="writable")
    before = system_center.get("VMCheckPoints", AFTER)

    system_center.call("PUT", f"VMCheckPoints{key(AFTER)}", RESTORE)

    assert {**before, "Name": None, "Description": None} == system_center.get("VMCheckPoints", AFTER)


@pytest.mark.parametrize("method", ["MERGE", "PUT"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"VMCheckPointAction": "Set"}, "The value 'Set' of VMCheckPointAction is not supported; it is 'Restore'."),
        ({"Action": "Restore"}, "The property 'Action' does not exist on type 'VMM.VMCheckPoint'."),
        ({"odata.type": "VMM.Job"}, "A type named 'VMM.Job' could not be resolved by the model."),
        ({**RESTORE, "ID": AFTER}, "The key property 'ID' of the entity is not that of the URL."),
        ({**RESTORE, "StampId": AFTER}, "The key property 'StampId' of the entity is not that of the URL."),
        ({**RESTORE, "Enabled": "yes"}, "Error processing request stream. The value of 'Enabled' does not fit"),
        ({**RESTORE, "VMId": "web-1"}, "Error processing request stream. The value of 'VMId' does not fit"),
        ({**RESTORE, "AddedTime": "now"}, "Error processing request stream. The value of 'AddedTime' does not fit"),
        ([RESTORE], "An error occurred while processing this request."),
    ],
)
def test_body_that_does_not_fit_has_no_effect(system_center, method, body, words):
    """It is refused, nothing is rolled back and nothing reset."""
    before = system_center.get("VMCheckPoints", BEFORE)

    status, said = system_center.refusal(system_center.call(method, f"VMCheckPoints{key(BEFORE)}", body))

    assert (400, True) == (status, said.startswith(words))
    assert before == system_center.get("VMCheckPoints", BEFORE)
    assert {BEFORE: 0, AFTER: 0} == system_center.restores()


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [(b"{", {}, 400), (b"", {}, 400), (b"{}", {"Content-Type": "application/atom+xml"}, 415)],
)
def test_body_that_is_no_json(system_center, content, headers, status):
    """The reader's refusal."""
    answer = system_center.raw(
        "MERGE", f"{ROOT}/VMCheckPoints{key(BEFORE)}", content=content, headers={**HEADERS, **headers}
    )

    assert status == answer.status_code


def test_restore_of_what_is_not_there(system_center):
    """404, and no job."""
    answer = system_center.restore(STAMP)

    assert (404, "Resource not found for the segment 'VMCheckPoints'.") == system_center.refusal(answer)
    assert {} == system_center.shown("Job")


def test_restore_while_a_job_runs_may_fail(make_system_center):
    """It is accepted; its job says that the machine is locked, and the first one goes on."""
    system_center = make_system_center(spf_restore_while_busy="fails")
    system_center.restore(BEFORE)
    system_center.restore(AFTER)
    system_center.advance(minutes=10)

    jobs = system_center.jobs()

    assert ["Completed", "Failed"] == [job["Status"] for job in jobs]
    assert "locked by another job" in jobs[1]["ErrorInfo"]["Problem"]
    assert (BEFORE, jobs[1]["ID"]) == (
        system_center.machine()["LastRestoredCheckpointID"],
        system_center.machine()["FailedJobID"],
    )


def test_jobs_may_not_be_filtered(make_system_center):
    """Then the machine's most recent task is the only way to its job."""
    system_center = make_system_center(spf_jobs_filter="refused")
    system_center.restore()
    system_center.advance(seconds=5)

    answer = system_center.call("GET", "Jobs", query=f"TargetObjectId eq guid'{MACHINE}'")
    job = system_center.get("Jobs", system_center.machine()["MostRecentTaskId"])

    assert (400, "Filtering by 'TargetObjectId' is not supported.") == system_center.refusal(answer)
    assert "Restore-SCVMCheckpoint" == job["CmdletName"]


@pytest.mark.parametrize(
    ("spelling", "other"), [("TargetObjectId", "TargetObjectID"), ("TargetObjectID", "TargetObjectId")]
)
def test_target_of_a_job_in_either_spelling(make_system_center, spelling, other):
    """It can be asked for by the one that is shown, and by no other, jobs or not."""
    system_center = make_system_center(spf_target_member=spelling)
    refused = system_center.call("GET", "Jobs", query=f"{other} eq guid'{MACHINE}'")
    system_center.restore()
    system_center.advance(seconds=5)
    [job] = system_center.found("Jobs", f"{spelling} eq guid'{MACHINE}'")

    assert (400, f"Could not find a property named '{other}' on type 'VMM.Job'.") == system_center.refusal(refused)
    assert (MACHINE, False) == (job[spelling], other in job)


def test_filter_of_jobs_may_be_ignored(make_system_center):
    """Then every job is answered, those of other machines as well."""
    system_center = make_system_center(spf_jobs_filter="ignored")
    job = system_center.restored()

    found = system_center.found("Jobs", f"TargetObjectId eq guid'{STAMP}'")

    assert [job["ID"]] == [one["ID"] for one in found]


def test_jobs_in_the_order_of_their_progress(system_center):
    """Numbers are ordered as numbers."""
    for _ in range(2):
        system_center.restore()
        system_center.advance(seconds=165)
    options = {"$orderby": "ProgressValue desc"}

    answer = system_center.raw("GET", f"{ROOT}/Jobs", params=options, headers=HEADERS)

    assert [100, 90] == [job["ProgressValue"] for job in answer.json()["value"]]
