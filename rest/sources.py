"""Where settings come from: a stack's configuration before the environment.

`repr()` of all of it shows no value, which may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_recovery.rest.errors import ConfigurationError

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
