"""Which Azure, which subscription and which identity, from Pulumi's configuration and the environment.

The names, their meaning and their precedence are those of the azure-native provider 3.29, so that a stack that deploys
with it needs nothing new: configuration before environment, and of the identities that are configured the first in
the order of `AuthMethod`. What is configured and does not work is an error; no other identity is tried for it.

Nothing here opens a file or a connection. `repr()` of all of it shows no secret.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from azure_recovery.rest import clouds
from azure_recovery.rest.clouds import Cloud
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.guids import is_guid

BACKUP_STATUS_API_VERSION = "2026-10-01"
"""Backup status. Source: azure-mgmt-recoveryservicesbackup 11.2.0; 2025-08-01 serves too."""
COMPUTE_API_VERSION = "2026-04-01"
"""Restore point collections and restore points. Source: azure-mgmt-compute 39.0.0."""
DISK_API_VERSION = "2026-03-02"
"""Disk restore points and disks, which have a train of their own. Source: azure-mgmt-compute 39.0.0."""

CONFIG_KEYS = frozenset(
    {
        "azure-native:auxiliaryTenantIds",
        "azure-native:clientCertificatePassword",
        "azure-native:clientCertificatePath",
        "azure-native:clientId",
        "azure-native:clientSecret",
        "azure-native:disableInstanceDiscovery",
        "azure-native:environment",
        "azure-native:metadataHost",
        "azure-native:oidcAudience",
        "azure-native:oidcRequestToken",
        "azure-native:oidcRequestUrl",
        "azure-native:oidcToken",
        "azure-native:oidcTokenFilePath",
        "azure-native:subscriptionId",
        "azure-native:tenantId",
        "azure-native:useDefaultAzureCredential",
        "azure-native:useMsi",
        "azure-native:useOidc",
        "azure-recovery:backupStatusApiVersion",
        "azure-recovery:computeApiVersion",
        "azure-recovery:diskApiVersion",
        "azure-recovery:speed",
        "azure-recovery:spfCaBundlePath",
        "azure-recovery:spfClientCertificatePassword",
        "azure-recovery:spfClientCertificatePath",
        "azure-recovery:spfPassword",
        "azure-recovery:spfToken",
        "azure-recovery:spfUsername",
    }
)
"""Every key of a stack's configuration that is read; a provider process hands on these and no other."""

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_CUSTOM_CLOUD = (
    "ARM_RESOURCE_MANAGER_ENDPOINT",
    "ARM_RESOURCE_MANAGER_AUDIENCE",
    "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST",
)


class AuthMethod(Enum):
    """Ways to get a token, in the order in which they are chosen; the value is how messages call it."""

    DEFAULT = "default Azure credential"
    CERTIFICATE = "client certificate"
    SECRET = "client secret"  # noqa: S105 - a name, not a secret
    OIDC = "OpenID Connect"
    MANAGED_IDENTITY = "managed identity"
    CLI = "Azure CLI"


@dataclass(frozen=True, slots=True)
class Login:
    """How to get a token.

    Attributes:
        method: The way; the fields that it does not need are empty.
        client_id: Application, or user-assigned managed identity.
        certificate_path: PEM or PKCS12 file.
        oidc_token_file: Read anew for each token, because its owner renews it.
        oidc_request_url: Where a pipeline hands out assertions, to whoever shows `oidc_request_token`.
        auxiliary_tenant_ids: Tenants for which tokens may be asked too.
        disable_instance_discovery: For clouds whose authority Microsoft Entra does not know.
    """

    method: AuthMethod
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate_path: str = ""
    certificate_password: str = field(default="", repr=False)
    oidc_token: str = field(default="", repr=False)
    oidc_token_file: str = ""
    oidc_request_url: str = field(default="", repr=False)
    oidc_request_token: str = field(default="", repr=False)
    oidc_audience: str = "api://AzureADTokenExchange"
    auxiliary_tenant_ids: tuple[str, ...] = ()
    disable_instance_discovery: bool = False


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
        login = _login(sources)
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


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and the name under which a person finds it."""

    name: str
    value: str = field(repr=False)

    @property
    def is_true(self) -> bool:
        """Whether it is switched on. azure-native takes the one word."""
        if self.value.lower() not in {"", "true", "false"}:
            raise ConfigurationError(f"{self.name} is {self.value!r}; write true or false")
        return self.value.lower() == "true"


@dataclass(frozen=True, slots=True)
class Sources:
    """A stack's configuration and the environment, which wins where the configuration says nothing."""

    config: Mapping[str, str] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)

    def get(self, key: str, *names: str) -> Setting:
        """Return the first that is set and not empty; unset, a setting that is called by all of its names."""
        assert key in CONFIG_KEYS, key
        if value := self.config.get(key, "").strip():
            return Setting(key, value)
        for name in names:
            if value := self.env.get(name, "").strip():
                return Setting(name, value)
        return Setting(f"{key} (environment: {' or '.join(names)})" if names else key, "")


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


def _login(sources: Sources) -> Login:
    client = sources.get("azure-native:clientId", "ARM_CLIENT_ID")
    certificate = sources.get("azure-native:clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH")
    secret = sources.get("azure-native:clientSecret", "ARM_CLIENT_SECRET")
    tenant = sources.get("azure-native:tenantId", "ARM_TENANT_ID")
    tenants = _tenants(sources.get("azure-native:auxiliaryTenantIds", "ARM_AUXILIARY_TENANT_IDS"))
    undiscovered = sources.get("azure-native:disableInstanceDiscovery", "ARM_DISABLE_INSTANCE_DISCOVERY").is_true

    def login(method: AuthMethod, needs: tuple[Setting, ...] = (), **how: str) -> Login:
        missing = [setting.name for setting in needs if not setting.value]
        if missing:
            raise ConfigurationError(f"{' and '.join(missing)} must be set to log in by {method.value}")
        return Login(
            method,
            client_id=client.value,
            auxiliary_tenant_ids=tenants,
            disable_instance_discovery=undiscovered,
            **how,
        )

    if sources.get("azure-native:useDefaultAzureCredential", "ARM_USE_DEFAULT_AZURE_CREDENTIAL").is_true:
        return login(AuthMethod.DEFAULT)
    if certificate.value:
        password = sources.get("azure-native:clientCertificatePassword", "ARM_CLIENT_CERTIFICATE_PASSWORD")
        return login(
            AuthMethod.CERTIFICATE,
            (client, tenant),
            certificate_path=certificate.value,
            certificate_password=password.value,
        )
    if secret.value:
        return login(AuthMethod.SECRET, (client, tenant), client_secret=secret.value)
    if sources.get("azure-native:useOidc", "ARM_USE_OIDC").is_true:
        return login(AuthMethod.OIDC, (client, tenant), **_assertion(sources))
    if sources.get("azure-native:useMsi", "ARM_USE_MSI").is_true:
        return login(AuthMethod.MANAGED_IDENTITY)
    return login(AuthMethod.CLI)


def _assertion(sources: Sources) -> dict[str, str]:
    """Return where assertions come from: a token itself, before a file, before a pipeline's service."""
    audience = sources.get("azure-native:oidcAudience", "ARM_OIDC_AUDIENCE").value
    found = {"oidc_audience": audience} if audience else {}
    token = sources.get("azure-native:oidcToken", "ARM_OIDC_TOKEN")
    if token.value:
        return {**found, "oidc_token": token.value}
    file = sources.get("azure-native:oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH")
    if file.value:
        return {**found, "oidc_token_file": file.value}
    url = sources.get("azure-native:oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL")
    shown = sources.get("azure-native:oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not (url.value and shown.value):
        raise ConfigurationError(
            f"OpenID Connect is switched on without a source of tokens: set {token.name}, or {file.name}, "
            f"or both {url.name} and {shown.name}"
        )
    if not _keeps_tokens(url.value):
        raise ConfigurationError(f"{url.name} is no https URL")
    return {**found, "oidc_request_url": url.value, "oidc_request_token": shown.value}


def _keeps_tokens(url: str) -> bool:
    """Return whether a token that is sent to *url* is read by nobody on its way."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and clouds.is_loopback(parts.hostname or ""))


def _tenants(setting: Setting) -> tuple[str, ...]:
    if not setting.value:
        return ()
    try:
        listed = json.loads(setting.value)
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(tenant, str) and tenant for tenant in listed):
        raise ConfigurationError(f'{setting.name} is no JSON list of tenant ids such as ["<tenant id>"]')
    return tuple(listed)


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(names)
