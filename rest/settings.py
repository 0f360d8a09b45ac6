"""Which Azure, which subscription and which identity, from Pulumi's configuration and the environment.

The names, their meaning and their precedence are those of the azure-native provider 3.29, so that a stack that deploys
with it needs nothing new: configuration before environment (`sources`), and of the identities that are configured the
first (`logins`).

Nothing here opens a file or a connection. `repr()` of all of it shows no secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from azure_recovery.rest import clouds
from azure_recovery.rest.clouds import Cloud
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.guids import is_guid
from azure_recovery.rest.logins import AuthMethod, Login, read_login
from azure_recovery.rest.sources import Setting, Sources

BACKUP_STATUS_API_VERSION = "2026-10-01"
"""Backup status. Source: azure-mgmt-recoveryservicesbackup 11.2.0; 2025-08-01 serves too."""
COMPUTE_API_VERSION = "2026-04-01"
"""Restore point collections and restore points. Source: azure-mgmt-compute 39.0.0."""
DISK_API_VERSION = "2026-03-02"
"""Disk restore points and disks, which have a train of their own. Source: azure-mgmt-compute 39.0.0."""

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_CUSTOM_CLOUD = (
    "ARM_RESOURCE_MANAGER_ENDPOINT",
    "ARM_RESOURCE_MANAGER_AUDIENCE",
    "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST",
)


@dataclass(frozen=True, slots=True)
class AzureSettings:
    """Everything that a stack says about how to reach Azure.

    Attributes:
        cloud: Endpoint, scope and authority.
        subscription_id: GUID; "" only with the Azure CLI, which knows a default (`credentials.subscription_id`).
        tenant_id: GUID or domain, or "".
        login: How to get a token.
        speed: Azure's seconds in a second of wall time; 1 unless the endpoint is a rehearsal's.
        compute_api_version: Of restore point collections and restore points.
        disk_api_version: Of disk restore points and disks.
        backup_status_api_version: Of backup status.
    """

    cloud: Cloud
    subscription_id: str
    tenant_id: str
    login: Login
    speed: float = 1.0
    compute_api_version: str = COMPUTE_API_VERSION
    disk_api_version: str = DISK_API_VERSION
    backup_status_api_version: str = BACKUP_STATUS_API_VERSION

    @classmethod
    def load(cls, config: Mapping[str, str], env: Mapping[str, str]) -> AzureSettings:
        """Return the settings of a stack.

        Args:
            config: Full keys (`azure-native:subscriptionId`, `azure-recovery:computeApiVersion`) to plain values.
            env: The environment. Managed identity and the default credential read the process's own beside it.

        Raises:
            ConfigurationError: A value cannot work, or one that is needed is missing; the text names the setting.
        """
        sources = Sources(config, env)
        cloud = _cloud(sources)
        login = read_login(sources)
        subscription = sources.get("azure-native:subscriptionId", "ARM_SUBSCRIPTION_ID")
        if not subscription.value and login.method is not AuthMethod.CLI:
            raise ConfigurationError(f"{subscription.name} is not set; only the Azure CLI knows a default subscription")
        if subscription.value and not is_guid(subscription.value):
            raise ConfigurationError(
                f"{subscription.name} is {subscription.value!r}, which is no subscription id; "
                "write a GUID as `az account show --query id` prints it"
            )
        return cls(
            cloud=cloud,
            subscription_id=subscription.value,
            tenant_id=sources.get("azure-native:tenantId", "ARM_TENANT_ID").value,
            login=login,
            speed=read_speed(sources, cloud.endpoint),
            compute_api_version=_api_version(
                sources.get("azure-recovery:computeApiVersion", "AZURE_RECOVERY_COMPUTE_API_VERSION"),
                COMPUTE_API_VERSION,
            ),
            disk_api_version=_api_version(
                sources.get("azure-recovery:diskApiVersion", "AZURE_RECOVERY_DISK_API_VERSION"), DISK_API_VERSION
            ),
            backup_status_api_version=_api_version(
                sources.get("azure-recovery:backupStatusApiVersion", "AZURE_RECOVERY_BACKUP_STATUS_API_VERSION"),
                BACKUP_STATUS_API_VERSION,
            ),
        )


def _cloud(sources: Sources) -> Cloud:
    own = {name: sources.env.get(name, "").strip() for name in _CUSTOM_CLOUD}
    if any(own.values()):
        missing = [name for name, value in own.items() if not value]
        if missing:
            raise ConfigurationError(f"{', '.join(missing)} must be set too: a custom cloud needs {_listed(own)}")
        return _checked(
            clouds.custom(
                endpoint=own[_CUSTOM_CLOUD[0]], audience=own[_CUSTOM_CLOUD[1]], authority=own[_CUSTOM_CLOUD[2]]
            )
        )
    named = sources.get("azure-native:environment", "ARM_ENVIRONMENT", "AZURE_ENVIRONMENT")
    cloud = clouds.BY_NAME.get(named.value.lower() or "public")
    if cloud is None:
        raise ConfigurationError(f"{named.name} is {named.value!r}; write public, usgovernment or china")
    metadata = sources.get("azure-native:metadataHost", "ARM_METADATA_HOSTNAME")
    if metadata.value and metadata.value.lower() != urlsplit(cloud.endpoint).netloc:
        raise ConfigurationError(
            f"{metadata.name} is {metadata.value!r}, and cloud metadata is not read; "
            f"describe the cloud with {_listed(own)}"
        )
    return cloud


def _checked(cloud: Cloud) -> Cloud:
    """Refuse an endpoint that would send a token in the clear."""
    origin = clouds.origin_of(cloud.endpoint)
    if origin.scheme != "https" and not clouds.is_loopback(origin.hostname or ""):
        raise ConfigurationError(
            f"ARM_RESOURCE_MANAGER_ENDPOINT is {cloud.endpoint!r}: without https tokens go to this machine alone"
        )
    if not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w./-]*)?", cloud.authority):
        raise ConfigurationError(
            f"ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST is {cloud.authority!r}; write an https host such as "
            "https://login.microsoftonline.com"
        )
    return cloud


def read_speed(sources: Sources, endpoint: str) -> float:
    """Return Azure's seconds in a second of wall time.

    Args:
        sources: Where `azure-recovery:speed` may stand.
        endpoint: Origin of the service whose time it is.

    Raises:
        ConfigurationError: It is no number above 0, or other than 1 for a service that is not on this machine.
    """
    setting = sources.get("azure-recovery:speed", "AZURE_RECOVERY_SPEED")
    try:
        speed = float(setting.value or "1")
    except ValueError:
        speed = math.nan
    if not (math.isfinite(speed) and speed > 0.0):
        raise ConfigurationError(f"{setting.name} is {setting.value!r}; write a number above 0 such as 600")
    if speed != 1.0 and not clouds.is_loopback(clouds.origin_of(endpoint).hostname or ""):
        raise ConfigurationError(
            f"{setting.name} is {setting.value}, but {endpoint} is not on this machine, and neither Azure's nor System "
            "Center's time can be made faster; it is for an emulator"
        )
    return speed


def _api_version(setting: Setting, default: str) -> str:
    if setting.value and not _API_VERSION.fullmatch(setting.value):
        raise ConfigurationError(f"{setting.name} is {setting.value!r}; write an API version such as {default}")
    return setting.value or default


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(names)
