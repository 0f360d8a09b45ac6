"""What a program may say about a checkpoint restore, and what is told about the rest."""

import pytest
from pulumi.output import UNKNOWN

from azure_recovery.dynamic_providers.checkpoint_inputs import (
    BASELINE_FIELDS,
    RUN_FIELDS,
    restores_something_else,
    wrong_address,
)
from azure_recovery.dynamic_providers.checkpoint_permits import Permits
from azure_recovery.dynamic_providers.inputs import checked

CHECKPOINT = "a11cc636-5521-4f88-92b2-cad392911fe0"
STAMP = "ba4146fa-fb41-4f59-a193-ad00c52a138c"
SUBSCRIPTION = "ba4146fa-fb41-41b6-a7c0-2b4ff4c3f7e3"
BASELINE = {"trigger": "one", "vm_id": CHECKPOINT, "stamp_id": STAMP, "taken_at": "2026-11-22T10:00:00+00:00"}
GIVEN = {
    "base_url": "https://wapserver:30006",
    "subscription_id": SUBSCRIPTION,
    "checkpoint_id": CHECKPOINT,
    "trigger": "one",
}


def reasons(**changes):
    """Return what is wrong with the inputs of a run, by input."""
    _, failures = checked(RUN_FIELDS, {**GIVEN, "baseline": BASELINE, **changes})
    return {failure.property: failure.reason for failure in failures}


def test_what_is_left_out():
    """MERGE, no safety checkpoint, and previews that look."""
    of_run, _ = checked(RUN_FIELDS, {**GIVEN, "baseline": BASELINE})
    of_baseline, _ = checked(BASELINE_FIELDS, GIVEN)

    assert "merge" == of_run["method"]
    assert (False, "on") == (of_baseline["safety_checkpoint"], of_baseline["preflight"])


@pytest.mark.parametrize("name", ["base_url", "subscription_id", "checkpoint_id", "trigger", "baseline"])
def test_what_must_be_given(name):
    """Above all the trigger: creating it rolls a machine back."""
    assert {name: "is required"} == reasons(**{name: None})


@pytest.mark.parametrize(
    "written", [CHECKPOINT, CHECKPOINT.upper(), f"{{{CHECKPOINT}}}", f"guid'{CHECKPOINT}'", f" {CHECKPOINT} "]
)
def test_ways_to_write_an_id(written):
    """All of them are kept in one way."""
    inputs, failures = checked(RUN_FIELDS, {**GIVEN, "baseline": BASELINE, "checkpoint_id": written})

    assert [] == failures
    assert CHECKPOINT == inputs["checkpoint_id"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("checkpoint_id", "before-patch", "'before-patch' is no GUID such as"),
        ("stamp_id", 5.0, "must be text, not a number"),
        ("subscription_id", "", "is empty"),
        ("confirmed_job_id", "the last one", "is no GUID"),
        ("base_url", "http://wapserver:30006", "has no https"),
        ("base_url", "https://user:secret@wapserver", "credentials belong into the configuration"),
        ("base_url", "wapserver", "is no address such as"),
        ("api_root", "a/../b", "is no path such as"),
        ("trigger", 7.0, "must be text, not a number"),
        ("trigger", " ", "is empty"),
        ("trigger", "one\ntwo", "must be one line"),
        ("trigger", "x" * 257, "at most 256 characters"),
        ("principal_id", "jürgen", "printable ASCII"),
        ("method", "patch", "must be one of 'merge', 'put'"),
        ("baseline", {"trigger": "one"}, "must be the output `baseline`"),
        ("baseline", "one", "must be the output `baseline`"),
        ("baseline", {**BASELINE, "taken_at": "today"}, "must be the output `baseline`"),
        ("safety_checkpoint", True, "is no input of this resource"),
    ],
)
def test_bad_input(name, value, words):
    """It is named, with what to write instead."""
    assert words in reasons(**{name: value})[name]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"checkpoint_id": STAMP}, ["checkpoint_id"]),
        ({"checkpoint_id": CHECKPOINT.upper()}, []),
        ({"subscription_id": STAMP}, ["subscription_id"]),
        ({"stamp_id": CHECKPOINT}, ["stamp_id"]),
        ({"stamp_id": None}, []),
        ({"checkpoint_id": UNKNOWN}, []),
        ({"base_url": "https://other:30006", "method": "put", "principal_id": "x"}, []),
        ({"checkpoint_id": STAMP, "trigger": "two"}, []),
        ({"checkpoint_id": STAMP, "trigger": UNKNOWN}, []),
    ],
)
def test_another_restore_under_the_same_trigger(changes, wrong):
    """An edit rolls nothing back: another checkpoint needs another trigger."""
    olds = {**GIVEN, "stamp_id": STAMP}

    failures = restores_something_else(olds, {**olds, **changes})

    assert wrong == [failure.property for failure in failures]
    assert all("another restore needs another trigger" in failure.reason for failure in failures)


def test_the_first_time():
    """Nothing is compared with nothing."""
    assert [] == restores_something_else({}, GIVEN)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"base_url": "https://spf:8090/SC2012R2/VMM/x", "api_root": "y"}, ["api_root"]),
        ({"base_url": UNKNOWN, "api_root": "y"}, []),
        ({"base_url": "https://spf:8090/a", "api_root": UNKNOWN}, []),
    ],
)
def test_an_address_of_two_parts(changes, wrong):
    """A base URL with a path of its own leaves no API root."""
    assert wrong == [failure.property for failure in wrong_address({**GIVEN, **changes})]


def test_a_permit_is_for_one_restore():
    """Whoever uses it up was allowed to; nobody is afterwards."""
    permits = Permits()
    permits.give("machine", "one")

    assert permits.has("machine", "one")
    assert not permits.use_up("machine", "two")
    assert permits.use_up("machine", "one")
    assert not permits.use_up("machine", "one")
    assert not permits.has("machine", "one")


def test_a_baseline_that_nobody_took_here_permits_nothing():
    """A process that finds one in the state did not take it."""
    assert not Permits().has("machine", "one")
