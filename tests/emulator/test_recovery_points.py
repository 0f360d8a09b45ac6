"""Recovery points of a backup instance, and the instance itself."""

from __future__ import annotations

import pytest

from tests.emulator.restoring import INSTANCE, NEWEST, PROTECTED, instance_world, points_of


def test_recovery_points_come_and_go(make_azure):
    """A new one each day; an old one expires, is shown for an hour more, and is gone."""
    azure = make_azure()
    before = [point["name"] for point in points_of(azure)]
    azure.advance(minutes=20 * 60 + 1)
    after = [point["name"] for point in points_of(azure)]
    azure.advance(minutes=96 * 60)
    expired = [point["name"] for point in points_of(azure)]
    azure.advance(minutes=60)
    gone = [point["name"] for point in points_of(azure)]

    assert (3, before) == (len(before), after[1:])
    assert before[2] in expired
    assert before[2] not in gone
    assert 404 == azure.call("GET", f"{INSTANCE}/recoveryPoints/{before[2]}", version=NEWEST).status_code
    new = azure.call("GET", f"{INSTANCE}/recoveryPoints/{after[0]}", version=NEWEST).json()["properties"]
    assert "Completed" == new["recoveryPointState"]


def test_pages_of_recovery_points_hold_still(make_azure):
    """A point that is made between two pages moves nothing."""
    azure = make_azure(page_size=2, empty_first_page=True)
    names = []
    page = azure.call("GET", f"{INSTANCE}/recoveryPoints", version=NEWEST).json()
    while True:
        names += [point["name"] for point in page["value"]]
        if "nextLink" not in page:
            break
        if names:
            azure.advance(minutes=24 * 60)
        page = azure.follow(page["nextLink"]).json()

    assert (3, 3) == (len(names), len(set(names)))


def test_recovery_points_between_two_days(azure):
    """Both ends belong to it; either may be left out, or both."""
    moments = [point["properties"]["recoveryPointTime"] for point in points_of(azure)]

    def found(text):
        answer = azure.raw(
            "GET",
            f"{INSTANCE}/recoveryPoints",
            params={"api-version": NEWEST, "$filter": text},
            headers={"Authorization": f"Bearer {azure.token}"},
        )
        if answer.status_code != 200:
            return azure.refusal(answer)
        return [point["properties"]["recoveryPointTime"] for point in answer.json()["value"]]

    assert moments[1:] == found(f"endDate eq '{moments[1]}'")
    assert moments[:2] == found(f"startDate eq '{moments[1]}'")
    assert [moments[1]] == found(f"startDate eq '{moments[1]}' and endDate eq '{moments[1]}'")
    assert moments == found("")
    assert (400, "InvalidFilter") == found("startDate eq 'yesterday'")
    assert (400, "InvalidFilter") == found("startDate ge '2026-01-01'")


def test_expired_points_are_shown_as_long_as_is_set(make_azure):
    """Not at all, if so wished."""
    world = instance_world(recovery_points=[{"age_hours": 200, "expires_in_hours": -0.5}, {"age_hours": 2}])

    assert [2, 1] == [len(points_of(make_azure(world, expired_recovery_point_hours=hours))) for hours in (1, 0)]


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2021-01-01", set()), ("2023-01-01", {"expiryTime"}), (NEWEST, {"expiryTime", "recoveryPointState"})],
)
def test_older_versions_show_less(azure, version, expected):
    """Expiry and completeness came later."""
    shown = set(points_of(azure, version)[0]["properties"])

    assert expected == shown & {"expiryTime", "recoveryPointState"}


def test_backup_instance_can_be_spelled_otherwise(make_azure):
    """By the contract with a capital S, by a setting without."""
    azure = make_azure(data_source_member="datasourceInfo")
    shown = azure.call("GET", INSTANCE, version=NEWEST).json()["properties"]

    assert PROTECTED == shown["datasourceInfo"]["resourceID"]
    assert "dataSourceInfo" not in shown
