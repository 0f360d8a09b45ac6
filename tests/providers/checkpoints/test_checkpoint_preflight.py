"""What a preview says about a checkpoint restore before anything is asked for."""

import pytest

from tests.providers.checkpoint_worlds import (
    BEFORE_PATCH,
    MACHINE,
    OTHER_STAMP,
    RESTORE,
    STAMP,
    SUBSCRIPTION,
    Moment,
    Restore,
)
from tests.providers.stack import CheckFailed

GIVEN = RESTORE | {"name_seed": "p/s/rollback"}


def failures(restore, **given):
    """Return what the check of a baseline refuses, by property."""
    try:
        restore.baseline.check(GIVEN | given)
    except CheckFailed as error:
        return error.properties
    return {}


def test_everything_is_there(system_center, restore):
    """One look, and nothing is said."""
    assert {} == failures(restore)
    assert ["GET VMCheckPoints.List"] == system_center.requests()
    assert [] == system_center.rows


def test_the_look_is_shared(system_center, restore):
    """The check is called twice in an up, and asks once."""
    failures(restore)
    failures(restore)

    assert 1 == len(system_center.requests())


def test_a_stamp_that_is_given(system_center, restore):
    """The checkpoint is asked for by its key."""
    assert {} == failures(restore, stamp_id=STAMP)
    assert ["GET VMCheckPoints.Get"] == system_center.requests()


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (
            {"checkpoint_id": MACHINE},
            {
                "checkpoint_id": f"{MACHINE} does not exist in any stamp that this subscription sees: correct it, or "
                "name stamp_id"
            },
        ),
        ({"stamp_id": OTHER_STAMP}, {"checkpoint_id": f"does not exist in stamp {OTHER_STAMP}"}),
        (
            {"base_url": "https://spf.test/a", "api_root": "b"},
            {"api_root": "base_url has a path of its own, 'a': leave one of the two out"},
        ),
    ],
)
def test_what_cannot_work(system_center, restore, given, wrong):
    """It is refused on its property."""
    assert wrong == failures(restore, **given)


def test_several_stamps(make_system_center):
    """Which one is meant has to be said."""
    make_system_center(stamps=2)

    assert {"stamp_id": f"is needed: 2 stamps have checkpoint {BEFORE_PATCH}: {STAMP}, {OTHER_STAMP}"} == failures(
        Restore()
    )


def test_no_credentials(system_center, restore, monkeypatch):
    """A machine without them may still preview the rest."""
    monkeypatch.delenv("AZURE_RECOVERY_SPF_TOKEN")

    assert {} == failures(restore)
    [warning] = system_center.warnings
    assert warning.startswith("not checked: needs credentials: no credentials for System Center: set one of ")
    assert [] == system_center.requests()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, f"not checked: needs the right to read checkpoints of https://spf.test/{SUBSCRIPTION}"),
        (403, f"not checked: needs the right to read checkpoints of https://spf.test/{SUBSCRIPTION}"),
        (409, "not checked: GET https://spf.test"),
    ],
)
def test_a_look_that_is_refused(system_center, restore, status, words):
    """It is told once, and the preview goes on."""
    system_center.faults.answer("GET", "VMCheckPoints", status, "No")

    assert {} == failures(restore)
    assert {} == failures(restore, trigger="two")
    [warning] = system_center.warnings
    assert warning.startswith(words)


def test_a_service_that_takes_no_filter(system_center, restore):
    """It finds no checkpoint without its stamp, which has to be given."""
    system_center.faults.answer("GET", "VMCheckPoints", 400, "No")

    [(name, reason)] = failures(restore).items()
    assert "stamp_id" == name
    assert reason.startswith("is needed: the service finds no checkpoint without it")


@pytest.mark.parametrize("given", [{"api_root": "{subscription_id}/vmm"}, {"subscription_id": MACHINE}])
def test_an_address_that_is_wrong(system_center, restore, given):
    """It is no checkpoint that is missing, and the service's own words are there."""
    [(name, reason)] = failures(restore, **given).items()

    assert "base_url" == name
    assert reason.startswith("leads to no VMM service: correct it, api_root or subscription_id: GET https://spf.test")
    assert "answered 404" in reason


def test_it_is_switched_off(system_center, restore, monkeypatch):
    """For one resource, or for all."""
    assert {} == failures(restore, preflight="off", checkpoint_id=MACHINE)
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")
    assert {} == failures(restore, checkpoint_id=MACHINE)
    assert [] == system_center.requests()


def test_a_trigger_that_is_in_the_state(system_center, restore):
    """It is not looked up again: its checkpoint may be gone by now."""
    restore.up()
    system_center.new_process()

    assert {} == failures(restore)
    assert [] == system_center.requests()


def test_another_trigger(system_center, restore):
    """Its checkpoint has to be there."""
    restore.up()
    system_center.new_process()

    assert {"checkpoint_id"} == failures(restore, trigger="two", checkpoint_id=MACHINE).keys()


def test_after_a_kill(system_center, restore):
    """The baseline is in the state, so the preview of the next up asks nothing."""
    restore.killed(system_center, "MERGE", Moment.AFTER_EFFECT)

    assert {} == failures(restore)
    assert [] == system_center.requests()
