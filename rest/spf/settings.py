"""How to log in to a Service Provider Foundation, from Pulumi's configuration and the environment.

Each front end takes one way: port 30006 of Windows Azure Pack a TLS client certificate, port 30005 a bearer token, SPF
itself on 8090 Basic. Exactly one is configured; several, or none, are an error, because a guess would be somebody else.

Nothing here opens a file or a connection. `repr()` of all of it shows no secret.

Source: Windows Azure Pack, authentication of the Service Management API; credentials of SPF (dn458596).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.settings import read_speed
from azure_recovery.rest.sources import Setting, Sources
from azure_recovery.rest.spf.address import ServiceRoot

_IN_A_HEADER = re.compile(r"[!-~]+")


class SpfLogin(Enum):
    """Ways to log in; the value is how messages call it."""

    CERTIFICATE = "client certificate"
    TOKEN = "bearer token"  # noqa: S105 - a name, not a secret
    BASIC = "user name and password"


@dataclass(frozen=True, slots=True)
class SpfSettings:
    """How a stack reaches System Center.

    Attributes:
        login: The way; the fields that it does not need are empty.
        certificate: File with certificate and key, PEM or PKCS12, and the setting that named it.
        certificate_password: Of the key in it.
        token: JWT.
        username: With its domain where it has one. password: Of the user.
        ca_bundle: PEM file with the authorities to trust *instead* of the machine's, and the setting that named it.
    """

    login: SpfLogin
    certificate: Setting
    certificate_password: Setting
    token: Setting
    username: Setting
    password: Setting
    ca_bundle: Setting
    _sources: Sources = field(repr=False)

    @classmethod
    def load(cls, config: Mapping[str, str], env: Mapping[str, str]) -> SpfSettings:
        """Return the settings of a stack.

        Args:
            config: Full keys (`azure-recovery:spfClientCertificatePath`) to plain values.
            env: The environment.

        Raises:
            ConfigurationError: There is no way to log in, or several; or a value cannot work. The text names settings,
                never a secret.
        """
        sources = Sources(config, env)
        certificate = sources.get(
            "azure-recovery:spfClientCertificatePath", "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"
        )
        token = sources.get("azure-recovery:spfToken", "AZURE_RECOVERY_SPF_TOKEN")
        username = sources.get("azure-recovery:spfUsername", "AZURE_RECOVERY_SPF_USERNAME")
        password = sources.get("azure-recovery:spfPassword", "AZURE_RECOVERY_SPF_PASSWORD")
        ways = {SpfLogin.CERTIFICATE: certificate, SpfLogin.TOKEN: token, SpfLogin.BASIC: username}
        chosen = [way for way, setting in ways.items() if setting.value]
        if not chosen:
            raise ConfigurationError(
                "no credentials for System Center: set one of " + "; ".join(setting.name for setting in ways.values())
            )
        if len(chosen) > 1:
            named = " and ".join(ways[way].name for way in chosen)
            raise ConfigurationError(
                f"{named} are set: System Center is asked with one credential, so leave one of them"
            )
        [login] = chosen
        if login is SpfLogin.TOKEN and not _IN_A_HEADER.fullmatch(token.value):
            raise ConfigurationError(f"{token.name} holds characters that no token has, such as a line break")
        if login is SpfLogin.BASIC and not password.value:
            raise ConfigurationError(f"{password.name} must be set to log in by {login.value}")
        if login is SpfLogin.BASIC and ":" in username.value:
            raise ConfigurationError(f"{username.name} holds a colon, which ends a user name in Basic authentication")
        return cls(
            login=login,
            certificate=certificate,
            certificate_password=sources.get(
                "azure-recovery:spfClientCertificatePassword", "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PASSWORD"
            ),
            token=token,
            username=username,
            password=password,
            ca_bundle=sources.get("azure-recovery:spfCaBundlePath", "AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"),
            _sources=sources,
        )

    def speed(self, root: ServiceRoot) -> float:
        """Return Azure's seconds in a second of wall time for the service at *root*.

        Raises:
            ConfigurationError: It is not 1, and the service is not on this machine.
        """
        return read_speed(self._sources, root.origin)
