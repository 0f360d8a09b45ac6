"""Which identity: the first that is configured, in the order of `AuthMethod`.

Names, meaning and order are those of the azure-native provider 3.29. What is configured and does not work is an error;
no other identity is tried for it. `repr()` of all of it shows no secret.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from azure_recovery.rest import clouds
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.sources import Setting, Sources


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


def read_login(sources: Sources) -> Login:
    """Return how a stack logs in.

    Raises:
        ConfigurationError: The first way that is configured lacks something, or cannot work.
    """
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
