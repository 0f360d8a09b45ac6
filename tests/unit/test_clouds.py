"""The clouds of Azure."""

from __future__ import annotations

import pytest

from azure_recovery.rest import clouds


@pytest.mark.parametrize(
    ("name", "endpoint", "scope", "authority"),
    [
        (
            "public",
            "https://management.azure.com",
            "https://management.azure.com/.default",
            "login.microsoftonline.com",
        ),
        (
            "usgovernment",
            "https://management.usgovcloudapi.net",
            "https://management.core.usgovcloudapi.net/.default",
            "login.microsoftonline.us",
        ),
        (
            "china",
            "https://management.chinacloudapi.cn",
            "https://management.chinacloudapi.cn/.default",
            "login.chinacloudapi.cn",
        ),
    ],
)
def test_each_cloud(name, endpoint, scope, authority):
    """Endpoint, scope and authority of each cloud; the scope of US Government is not its endpoint."""
    assert clouds.Cloud(name, endpoint, scope, authority) == clouds.BY_NAME[name]


def test_names_of_other_tools():
    """The Azure CLI's names mean the same clouds."""
    assert clouds.PUBLIC is clouds.BY_NAME["azurecloud"]
    assert clouds.US_GOVERNMENT is clouds.BY_NAME["azureusgovernment"]
    assert clouds.CHINA is clouds.BY_NAME["azurechinacloud"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_custom_cloud_with_and_without_slashes(slash):
    """Final slashes, which the SDKs write in some places and not in others, make no difference."""
    cloud = clouds.custom(
        endpoint=f"https://management.example{slash}",
        audience=f"https://audience.example/guid{slash}",
        authority=f"https://login.example{slash}",
    )

    expected = clouds.Cloud(
        "custom", "https://management.example", "https://audience.example/guid/.default", "login.example"
    )
    assert expected == cloud
