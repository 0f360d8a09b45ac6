"""What the world has besides what can be made: the subscription, resource groups and VMs. They are only read."""

from __future__ import annotations

from azure_recovery.emulator.errors import group_not_found, resource_not_found
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.ids import SPELLINGS
from azure_recovery.emulator.regions import DISPLAY_NAMES

RESOURCE_GROUP = "microsoft.resources/resourcegroups"


def group_key(subscription: str, group: str) -> str:
    """Return the key of a resource group."""
    return f"/subscriptions/{subscription}/resourcegroups/{group}".lower()


def get_subscription(cloud: Cloud, call: Call) -> Answer:
    """Answer a subscription."""
    body = {
        "id": f"/subscriptions/{call.target.subscription}",
        "subscriptionId": call.target.subscription,
        "tenantId": cloud.tenant_id,
        "displayName": "Emulated subscription",
        "state": "Enabled",
    }
    return Answer(200, body)


def list_locations(_cloud: Cloud, call: Call) -> Answer:
    """Answer the regions of a subscription."""
    scope = f"/subscriptions/{call.target.subscription}/locations"
    regions = [
        {
            "id": f"{scope}/{name}",
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical"},
        }
        for name, display in DISPLAY_NAMES.items()
    ]
    return Answer(200, {"value": regions})


def get_group(cloud: Cloud, call: Call) -> Answer:
    """Answer one resource group."""
    row = cloud.store.get(group_key(call.target.subscription, call.target.group))
    if row is None:
        raise group_not_found(call.target.group)
    return Answer(204) if call.method == "HEAD" else Answer(200, row.document["wire"])


def get_resource(cloud: Cloud, call: Call) -> Answer:
    """Answer a VM."""
    row = cloud.store.get(call.target.key, call.target.resource_type)
    if row is None:
        raise resource_not_found(SPELLINGS[call.target.resource_type], call.target.name, call.target.group)
    return Answer(200, row.document["wire"])
