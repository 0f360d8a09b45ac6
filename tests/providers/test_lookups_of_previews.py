"""How much a preview asks, what it does without an answer, and what it leaves alone."""

import pytest
from pulumi.output import Unknown

from azure_recovery.dynamic_providers import lookups
from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.worlds import COLLECTION, COPY, DAILY, OTHER_SOURCE, RECOVERY, SOURCE, copied

LOOK = "GET RestorePointCollections.Get"
DAILY_2 = COPY | {"source_restore_point_id": f"{DAILY}2", "restore_point_name": "second"}


def _refused(azure, news):
    """Return the failures of a first preview."""
    try:
        azure.stack(RestorePointCopyProvider).preview(news)
    except Exception as failure:  # noqa: BLE001 - its attribute is what is tested
        return failure.properties
    return {}


def test_a_first_preview_of_an_empty_world_is_quiet(make_azure):
    """The collection is made by the program itself; two look-ups serve it and all its copies."""
    azure = make_azure(target=False)

    azure.stack(RestorePointCollectionCopyProvider).preview(COLLECTION)
    for number in (1, 2, 3):
        news = COPY | {"restore_point_name": f"copy-{number}", "source_restore_point_id": f"{DAILY}{number}"}
        azure.stack(RestorePointCopyProvider).preview(news)

    assert [] == azure.warnings
    assert [LOOK, LOOK, "GET Subscriptions.ListLocations"] == azure.requests()


def test_an_up_of_an_empty_world_looks_five_times_at_most(make_azure):
    """The collection that was made meanwhile is looked at once more; each copy is in order, so nothing is said."""
    azure = make_azure(target=False)
    stacks = [azure.stack(RestorePointCollectionCopyProvider)]
    stacks[0].up(COLLECTION)
    for number in (1, 2, 3):
        stacks.append(azure.stack(RestorePointCopyProvider))
        news = COPY | {"restore_point_name": f"copy-{number}", "source_restore_point_id": f"{DAILY}{number}"}
        stacks[-1].up(news | {"wait": "accepted"})

    assert [] == azure.warnings
    # One of the four is how create finds nothing under the collection's name.
    assert 4 == len(azure.requests("GET", "RestorePointCollections.Get"))


def test_a_source_that_was_made_since_the_first_look(azure):
    """An earlier answer that lacks it is no proof: it is asked again."""
    azure.stack(RestorePointCopyProvider).up(COPY)
    azure.send("PUT", f"{DAILY}4", {"properties": {}})

    assert {} == _refused(azure, COPY | {"source_restore_point_id": f"{DAILY}4", "restore_point_name": "fourth"})


def test_a_source_that_is_asked_for_again_and_again(azure):
    """The sixth look is not taken, and what is not known refuses nothing."""
    provider = azure.stack(RestorePointCopyProvider)._provider
    seen = []
    for number in range(9):
        provider.session.lookups.changed()
        azure.clock.advance(seconds=1)
        news = COPY | {"source_restore_point_id": f"{DAILY}9", "restore_point_name": f"copy-{number}"}
        seen.append(bool(_refused(azure, news)))

    assert [True] * 5 + [False] * 4 == seen
    assert 5 + 1 == len(azure.requests())


@pytest.mark.parametrize("unknown", ["restore_point_collection_id", "source_restore_point_id"])
def test_an_unknown_input_is_not_checked(azure, unknown):
    """What can be told from the other one is told; no rule guesses."""
    azure.stack(RestorePointCopyProvider).preview(COPY | {unknown: Unknown()})

    assert [] == azure.warnings
    assert [LOOK] == azure.requests()


def test_an_unknown_name_of_a_copy_that_is_there(make_azure):
    """Any copy of the source may be our own."""
    azure = make_azure(copies=[copied("mine")])

    azure.stack(RestorePointCopyProvider).preview(COPY | {"restore_point_name": Unknown()})

    assert [] == azure.warnings


def test_nothing_is_asked_when_all_is_unknown(azure):
    """A first preview with everything made by others costs nothing."""
    unknown = {"restore_point_collection_id": Unknown(), "source_restore_point_id": Unknown()}
    azure.stack(RestorePointCopyProvider).preview(COPY | unknown)

    assert [] == azure.requests()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AuthorizationFailed", "not checked: needs Microsoft.Compute/restorePointCollections/read on "),
        (400, "InvalidApiVersion", "not checked: GET "),
        (404, "", "not checked: GET "),
    ],
)
def test_what_may_not_be_asked_is_said_once(azure, status, code, words):
    """A preview passes without the right, and for the whole process there is one line about it."""
    azure.faults.answer("GET", SOURCE, status, code)

    for news in (COPY, DAILY_2):
        azure.stack(RestorePointCopyProvider).preview(news)

    assert 1 == len(azure.warnings)
    assert azure.warnings[0].startswith(words)
    assert 1 == len(azure.faults.met)


def test_without_credentials(azure, monkeypatch):
    """A preview passes without a token, and says once what it needs."""
    for name in ("ARM_USE_MSI", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("ARM_CLIENT_ID", "00000000-0000-0000-0000-0000000000bb")
    monkeypatch.setenv("ARM_CLIENT_CERTIFICATE_PATH", "/nowhere/certificate.pem")
    for news in (COPY, DAILY_2):
        azure.stack(RestorePointCopyProvider).preview(news)

    assert 1 == len(azure.warnings)
    assert azure.warnings[0].startswith("not checked: needs credentials: ")


def test_a_region_that_answers_nothing_costs_the_budget_once(azure):
    """What needs no answer is checked all the same."""
    azure.faults.hang("GET", SOURCE)

    for news in (COPY, DAILY_2):
        azure.stack(RestorePointCopyProvider).preview(news)

    assert lookups.LONGEST_S == azure.clock.monotonic()
    assert 1 == len(azure.warnings)
    assert azure.warnings[0].startswith("not checked: needs an answer about ")
    assert {"restore_point_collection_id"} == set(
        _refused(azure, COPY | {"restore_point_collection_id": OTHER_SOURCE, "restore_point_name": "x"})
    )


def test_the_budget_of_the_process(azure):
    """When it is used up nothing more is asked, and that is no second piece of news."""
    azure.faults.hang("GET", "/")
    for number in range(6):
        news = COPY | {"restore_point_collection_id": f"{RECOVERY}/target-{number}"}
        azure.stack(RestorePointCopyProvider).preview(news)

    assert lookups.BUDGET_S == azure.clock.monotonic()
    # The source's collection once, and a target for each check that had time left.
    assert 1 + lookups.BUDGET_S / lookups.LONGEST_S == len(azure.faults.met)
    assert 1 == len(azure.warnings)


def test_one_check_has_one_allowance(make_azure):
    """A service that answers, and takes three seconds for it: what is asked next has two, and then nothing is asked."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()
    azure.delay("GET", "/", 3.0, times=99)
    begun = azure.clock.monotonic()

    # The two collections, then the regions, then the collection that it moves from.
    stack.preview(COLLECTION | {"resource_group_name": "spare"})

    assert lookups.LONGEST_S == pytest.approx(azure.clock.monotonic() - begun)
    assert 3 == len(azure.faults.met)
    assert ["not checked: no answer within 2 s"] == azure.warnings


def test_the_next_check_has_an_allowance_of_its_own(make_azure):
    """What the one before had no time left for is asked then."""
    azure = make_azure(copies=[copied()])
    stack = azure.stack(RestorePointCollectionCopyProvider)
    stack.up(COLLECTION)
    azure.new_process()
    moved = COLLECTION | {"resource_group_name": "spare"}
    azure.delay("GET", "/", 4.0, times=3)

    stack.preview(moved)
    assert not azure.said("the old collection")
    stack.preview(moved)
    assert azure.said("the old collection in northeurope holds copy")


def test_preflight_can_be_turned_off(azure, monkeypatch):
    """Nothing is asked on a machine that must not reach Azure."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")

    assert {} == _refused(azure, COPY | {"source_restore_point_id": f"{DAILY}9"})
    assert [] == azure.requests()


def test_a_switch_that_is_neither_on_nor_off(azure, monkeypatch):
    """One line says what to write."""
    monkeypatch.setenv("AZURE_RECOVERY_PREFLIGHT", "maybe")

    with pytest.raises(Exception, match="AZURE_RECOVERY_PREFLIGHT is 'maybe': write on or off"):
        azure.stack(RestorePointCopyProvider).preview(COPY)


def test_inputs_that_force_nothing_are_not_looked_up(azure):
    """`wait` and `recopy_failed` change what we do, not what Azure is asked for."""
    stack = azure.stack(RestorePointCopyProvider)
    stack.up(COPY)
    azure.new_process()

    stack.preview(COPY | {"wait": "accepted", "recopy_failed": True})

    assert [] == azure.requests()
