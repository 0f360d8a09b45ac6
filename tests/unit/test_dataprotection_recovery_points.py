"""Which recovery point is restored from, and what is said when there is none."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from azure_recovery.rest.dataprotection.models import RecoveryPoint
from azure_recovery.rest.dataprotection.recovery_points import (
    choose_recovery_point,
    point_name,
    wanted_point,
    why_unusable,
)
from azure_recovery.rest.errors import InvalidInputError

FLOW = Path(__file__).parents[1] / "data" / "dataprotection" / "wire" / "disk_restore_flow.json"
RECORDED = [
    RecoveryPoint.model_validate(item)
    for item in json.loads(FLOW.read_text())["interactions"][0]["response"]["body"]["value"]
]
INSTANCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/backup/providers/Microsoft.DataProtection/"
    "backupVaults/vault/backupInstances/web-1"
)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def point(days_old, *, store=None, stores=None, **properties):
    """Return a point named after its age, `p1` of yesterday."""
    when = NOW - days_old * DAY if days_old is not None else None
    name = f"p{days_old}"
    details = {
        "type": "OperationalStore",
        "state": "COMMITTED",
        "visible": True,
        "expiryTime": (NOW + 7 * DAY).isoformat(),
        **(store or {}),
    }
    return RecoveryPoint.model_validate(
        {
            "id": f"{INSTANCE}/recoveryPoints/{name}",
            "name": name,
            "properties": {
                "recoveryPointId": name,
                "recoveryPointTime": when.isoformat() if when else None,
                "recoveryPointDataStoresDetails": [details] if stores is None else stores,
                **properties,
            },
        }
    )


UNUSABLE = {
    "has no time": point(None),
    "is Partial: not everything was backed up": point(0, recoveryPointState="Partial"),
    "is not in the OperationalStore but in VaultStore": point(0, store={"type": "VaultStore"}),
    "is not in the OperationalStore": point(0, stores=[]),
    "is not committed but CREATING": point(0, store={"state": "CREATING"}),
    "is not visible any more": point(0, store={"visible": False}),
    "expired at 2026-11-22T10:00:00Z": point(0, store={"expiryTime": NOW.isoformat()}),
    "expired at 2026-11-21T10:00:00Z": point(0, store={"expiryTime": None}, expiryTime=(NOW - DAY).isoformat()),
}


@pytest.mark.parametrize("reason", UNUSABLE)
def test_what_cannot_be_restored_from(reason):
    """It is left out of "latest" and of times, and its reason is told where it is asked for by name."""
    bad, good = UNUSABLE[reason], point(3)

    assert reason == why_unusable(bad, NOW)
    assert good is choose_recovery_point([bad, good], "latest", NOW)
    assert good is choose_recovery_point([bad, good], NOW, NOW)
    with pytest.raises(InvalidInputError) as caught:
        choose_recovery_point([bad, good], bad.name, NOW)
    assert (
        f"recovery_point: recovery point '{bad.name}' cannot be restored from: it {reason}; "
        "1 of 2 can be used: the newest p3 of 2026-11-19T10:00:00Z"
    ) == str(caught.value)


@pytest.mark.parametrize(
    "one",
    [
        point(1),
        point(1, store={"state": "committed"}),
        point(1, store={"state": None, "visible": None, "expiryTime": None}),
        point(1, recoveryPointState="Completed"),
        point(1, store={"type": "operationalstore"}),
    ],
    ids=["as recorded", "lower case", "says nothing", "completed", "store in lower case"],
)
def test_what_can_be_restored_from(one):
    """What an answer leaves out is not held against it."""
    assert "" == why_unusable(one, NOW)


def test_the_newest_in_any_order():
    """The order of the list means nothing."""
    points = [point(2), point(0), point(1)]

    assert "p0" == point_name(choose_recovery_point(points, "latest", NOW))
    assert "p0" == point_name(choose_recovery_point(points, " Latest ", NOW))


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (NOW, "p0"),
        (NOW - timedelta(seconds=1), "p1"),
        (NOW - DAY, "p1"),
        ("2026-11-21T10:00:00Z", "p1"),
        ("2026-11-21 10:00", "p1"),
        ("2026-11-21T09:59:59.9999999Z", "p2"),
        ("2026-11-21T12:00:00+02:00", "p1"),
        ((NOW - DAY).astimezone(timezone(timedelta(hours=5))), "p1"),
        ((NOW - DAY).replace(tzinfo=None), "p1"),
        (NOW + 365 * DAY, "p0"),
    ],
)
def test_a_time(wanted, name):
    """The newest at or before it; without zone it is UTC."""
    assert name == point_name(choose_recovery_point([point(0), point(1), point(2)], wanted, NOW))


@pytest.mark.parametrize(
    "wanted", ["p1", "P1", f"{INSTANCE}/recoveryPoints/p1", f"{INSTANCE}/recoveryPoints/P1".lower()]
)
def test_an_id(wanted):
    """By name or as an ARM id, in any case."""
    assert "p1" == point_name(choose_recovery_point([point(0), point(1)], wanted, NOW))


def test_a_recorded_list():
    """The newest of the recording is the one that was restored from."""
    chosen = choose_recovery_point(RECORDED, "latest", datetime(2023, 6, 27, tzinfo=UTC))

    assert "13ccde7abc2a4a2380179ca5ada99038" == point_name(chosen)


def test_a_time_before_everything():
    """The oldest is named."""
    with pytest.raises(InvalidInputError) as caught:
        choose_recovery_point([point(0), point(2), point(1)], NOW - 9 * DAY, NOW, property="x")

    assert (
        "x: no recovery point at or before 2026-11-13T10:00:00Z can be restored from; 3 of 3 can be used: "
        "the newest p0 of 2026-11-22T10:00:00Z, the oldest p2 of 2026-11-20T10:00:00Z"
    ) == str(caught.value)


def test_an_id_that_is_not_there():
    """What there is instead is named; an ARM id of another instance is not there either."""
    other = INSTANCE.replace("web-1", "web-2")

    with pytest.raises(
        InvalidInputError, match="there is no recovery point 'p7' to restore from; 1 of 1 can be used: "
    ):
        choose_recovery_point([point(1)], "p7", NOW)
    with pytest.raises(InvalidInputError, match="there is no recovery point 'p1' to restore from"):
        choose_recovery_point([point(1)], f"{other}/recoveryPoints/p1", NOW)


def test_nothing_at_all():
    """An instance that was never backed up."""
    with pytest.raises(InvalidInputError, match=r"to restore from; the backup instance has no recovery points yet$"):
        choose_recovery_point([], "latest", NOW)


def test_nothing_usable():
    """How many there are, and why the newest is not usable."""
    expired = {"expiryTime": (NOW - DAY).isoformat()}

    with pytest.raises(InvalidInputError) as caught:
        choose_recovery_point([point(8, store=expired), point(9, store=expired)], "latest", NOW)

    assert str(caught.value).endswith(
        "none of 2 can be used: the newest p8 of 2026-11-14T10:00:00Z, the oldest p9 of 2026-11-13T10:00:00Z; "
        "the newest expired at 2026-11-21T10:00:00Z"
    )


@pytest.mark.parametrize(
    "wrong", ["", "yesterday at ten", "2026-11-22", "2026-13-01T00:00:00Z", "a/b", "p1?x=y", "ab\ncd"]
)
def test_what_is_no_recovery_point(wrong):
    """One line says what to write; a day alone is ambiguous and refused."""
    with pytest.raises(InvalidInputError) as caught:
        wanted_point(wrong)

    assert "recovery_point" == caught.value.property
    assert "\n" not in str(caught.value)
