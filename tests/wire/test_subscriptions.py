"""The regions of a subscription, as ARM lists them."""

import asyncio

import pytest

from azure_recovery.rest.arm.subscriptions import regions
from azure_recovery.rest.errors import UnexpectedAnswerError

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


def test_the_regions_of_a_subscription(arm):
    """Names are compared without case and blanks, so they are returned so."""
    arm.say(200, {"value": [{"name": "northeurope", "displayName": "North Europe"}, {"name": "East US 2"}]})

    found = asyncio.run(regions(arm.transport, SUBSCRIPTION))

    assert {"northeurope", "eastus2"} == found
    assert [f"GET /subscriptions/{SUBSCRIPTION}/locations?api-version=2022-12-01"] == arm.sent


@pytest.mark.parametrize("region", [{}, {"name": None}, {"name": 7}, "northeurope"])
def test_a_region_without_a_name(arm, region):
    """A list that is not as documented is no list of regions: nothing is refused because of it."""
    arm.say(200, {"value": [region]})

    with pytest.raises(UnexpectedAnswerError, match="a region in its list has no 'name'"):
        asyncio.run(regions(arm.transport, SUBSCRIPTION))
