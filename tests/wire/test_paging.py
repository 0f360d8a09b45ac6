"""Lists, page by page."""

import asyncio

import pytest

from azure_recovery.rest.arm import paging
from azure_recovery.rest.arm.paging import pages
from azure_recovery.rest.errors import UnexpectedAnswerError

LIST = "/subscriptions/s/things"
NEXT = "https://arm.example/subscriptions/s/things?api-version=2026-04-01&$skipToken=a%2Fb%20c+d%3d"


def items_of(arm):
    async def collect():
        return [
            item async for _, items in pages(arm.transport, LIST, query={"api-version": "2026-04-01"}) for item in items
        ]

    return asyncio.run(collect())


def test_three_pages_one_of_them_empty(arm):
    """The list ends where the link does, and the link is followed byte for byte."""
    arm.say(200, {"value": [1, 2], "nextLink": NEXT})
    arm.say(200, {"value": [], "nextLink": NEXT + "e"})
    arm.say(200, {"value": [3], "nextLink": None})

    assert [1, 2, 3] == items_of(arm)
    assert [
        f"GET {LIST}?api-version=2026-04-01",
        "GET " + NEXT.removeprefix("https://arm.example"),
        "GET " + NEXT.removeprefix("https://arm.example") + "e",
    ] == arm.sent


@pytest.mark.parametrize("link", [{}, {"nextLink": None}, {"nextLink": ""}])
def test_one_page(arm, link):
    """An absent, null or empty link ends the list."""
    arm.say(200, {"value": [], **link})

    assert [] == items_of(arm)


def test_a_link_that_leads_back(arm):
    """A loop is an error, not a wait for ever."""
    arm.say(200, {"value": [1], "nextLink": NEXT})
    arm.say(200, {"value": [2], "nextLink": NEXT})

    with pytest.raises(UnexpectedAnswerError, match="leads back to a page already read") as caught:
        items_of(arm)
    assert "skipToken" not in str(caught.value)


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {}}, {"value": [], "nextLink": 1}, []])
def test_what_is_no_page(arm, body):
    """It is told with the URL and without its query."""
    arm.say(200, body)

    with pytest.raises(UnexpectedAnswerError, match="/subscriptions/s/things answered 200"):
        items_of(arm)


def test_a_link_to_another_host(arm):
    """It is not followed: the token goes to the configured host alone."""
    arm.say(200, {"value": [1], "nextLink": "https://elsewhere.example/things"})

    with pytest.raises(UnexpectedAnswerError, match="was not sent"):
        items_of(arm)
    assert 1 == len(arm.requests)


def test_a_list_without_end(arm, monkeypatch):
    """Links that lead to ever new pages are not followed for ever."""
    monkeypatch.setattr(paging, "MOST_PAGES", 3)
    for number in range(3):
        arm.say(200, {"value": [], "nextLink": f"{NEXT}{number}"})

    with pytest.raises(UnexpectedAnswerError, match="its list has not ended after 3 pages"):
        items_of(arm)
    assert 3 == len(arm.requests)
