"""The clouds of Azure: where its resource manager is, for whom tokens are made out, and who makes them."""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from azure_recovery.rest.errors import ConfigurationError


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine: `localhost`, `127.0.0.1`, `::1`."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return host.lower() == "localhost"


def origin_of(endpoint: str) -> SplitResult:
    """Return *endpoint* taken apart.

    Raises:
        ConfigurationError: It is no origin such as `https://management.azure.com`.
    """
    with contextlib.suppress(ValueError):
        parts = urlsplit(endpoint)  # raises where a bracket is not closed
        _ = parts.port  # raises where it is no number
        whole = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme in {"http", "https"} and parts.hostname and whole:
            return parts
    raise no_origin(endpoint)


def no_origin(endpoint: str) -> ConfigurationError:
    """Return the error that says that *endpoint* is no origin: of Azure, of an emulator, of System Center."""
    return ConfigurationError(f"endpoint {endpoint!r} is no address such as https://management.azure.com")


@dataclass(frozen=True, slots=True)
class Cloud:
    """One Azure.

    Attributes:
        name: As azure-native's `environment` names it, or `custom`.
        endpoint: Origin of the resource manager, without a final slash.
        scope: What a token is asked for, `<audience>/.default`.
        authority: Host that makes tokens, `login.microsoftonline.com`.
    """

    name: str
    endpoint: str
    scope: str
    authority: str


PUBLIC = Cloud(
    "public",
    "https://management.azure.com",
    "https://management.azure.com/.default",
    "login.microsoftonline.com",
)
US_GOVERNMENT = Cloud(
    "usgovernment",
    "https://management.usgovcloudapi.net",
    # The audience is not the endpoint here. Source: azure.mgmt.core.tools.get_arm_endpoints.
    "https://management.core.usgovcloudapi.net/.default",
    "login.microsoftonline.us",
)
CHINA = Cloud(
    "china",
    "https://management.chinacloudapi.cn",
    "https://management.chinacloudapi.cn/.default",
    "login.chinacloudapi.cn",
)

BY_NAME = {
    "public": PUBLIC,
    "usgovernment": US_GOVERNMENT,
    "china": CHINA,
    # The names of the Azure CLI and of older SDKs, which people carry over in ARM_ENVIRONMENT.
    "azurecloud": PUBLIC,
    "azurepubliccloud": PUBLIC,
    "usgov": US_GOVERNMENT,
    "azureusgovernment": US_GOVERNMENT,
    "azureusgovernmentcloud": US_GOVERNMENT,
    "azurechinacloud": CHINA,
}
"""Lower-case name to cloud. Germany has been closed."""


def custom(*, endpoint: str, audience: str, authority: str) -> Cloud:
    """Return a cloud of one's own, such as Azure Stack Hub or an emulator.

    Args:
        endpoint: Origin of the resource manager.
        audience: Whom tokens are made out for, with or without a final slash.
        authority: Host, or URL, that makes them.
    """
    host = authority.strip().removeprefix("https://").strip("/")
    return Cloud("custom", endpoint.strip().rstrip("/"), f"{audience.strip().rstrip('/')}/.default", host)
