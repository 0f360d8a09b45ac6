"""The environment of a rehearsed program and its providers: the emulator for Azure, and nothing of the caller's Azure.

A rehearsal must not be able to reach a real subscription. So every variable from which `azure-identity`, azure-native
or this library would take a credential, a cloud or a subscription is taken away first, and the emulator's are put in
their place. The same holds for Pulumi's variables: the caller's backend and access token are not part of a rehearsal.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from azure_recovery.rehearsal.projects import ProjectError

MANAGEMENT_AUDIENCE = "https://management.azure.com/"
LOGIN_AUTHORITY = "https://login.microsoftonline.com/"

DEFAULT_PASSPHRASE = "rehearsal"  # noqa: S105
"""Encrypts the state of a rehearsal whose caller has set no `PULUMI_CONFIG_PASSPHRASE`; there is nothing to protect."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FOREIGN_PREFIXES = ("ARM_", "AZURE_", "IDENTITY_", "MSI_", "PULUMI_", "ACTIONS_ID_TOKEN_REQUEST_")


def azure_environment(endpoint: str, *, speed: float, subscription_id: str, tenant_id: str) -> dict[str, str]:
    """Return the variables that make the library and `azure-identity` talk to an emulator.

    Args:
        endpoint: `http://127.0.0.1:PORT`, where the emulator listens.
        speed: Azure's seconds in one second of wall time, as the emulator was started.
        subscription_id: The subscription of the emulator's world.
        tenant_id: The tenant of the emulator's world.

    Returns:
        `ARM_*`, the managed identity endpoint (App Service's protocol, which `ManagedIdentityCredential` speaks over
        plain HTTP), and `AZURE_RECOVERY_SPEED`.
    """
    return {
        "ARM_USE_MSI": "true",
        "ARM_RESOURCE_MANAGER_ENDPOINT": endpoint,
        "ARM_RESOURCE_MANAGER_AUDIENCE": MANAGEMENT_AUDIENCE,
        "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": LOGIN_AUTHORITY,
        "ARM_SUBSCRIPTION_ID": subscription_id,
        "ARM_TENANT_ID": tenant_id,
        "IDENTITY_ENDPOINT": f"{endpoint}/msi/token",
        "IDENTITY_HEADER": "emulator",
        "AZURE_RECOVERY_SPEED": f"{speed:g}",
    }


def rehearsal_environment(azure: Mapping[str, str], *, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the whole environment of a rehearsed program.

    Args:
        azure: The emulator's variables, from `azure_environment`.
        base: The caller's environment.

    Returns:
        *base* without its Azure and Pulumi variables, with those of *azure*. Proxies stay, but not for loopback.
    """
    environment = {name: value for name, value in base.items() if not name.startswith(_FOREIGN_PREFIXES)}
    for name in ("NO_PROXY", "no_proxy"):
        listed = [host for host in environment.get(name, "").split(",") if host]
        environment[name] = ",".join([*listed, *(host for host in _LOOPBACK if host not in listed)])
    # The folder of the program is the user's: Python leaves no __pycache__ there.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment.update(azure)
    return environment


def passphrase(base: Mapping[str, str] = os.environ) -> str:
    """Return the passphrase for `secure:` values in `Pulumi.rehearsal.yaml` and for the rehearsal's state.

    Args:
        base: The caller's environment: `PULUMI_CONFIG_PASSPHRASE`, or `PULUMI_CONFIG_PASSPHRASE_FILE`.

    Raises:
        ProjectError: The file cannot be read.
    """
    if "PULUMI_CONFIG_PASSPHRASE" in base:
        return base["PULUMI_CONFIG_PASSPHRASE"]
    if file := base.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is no text"
            raise ProjectError(f"PULUMI_CONFIG_PASSPHRASE_FILE={file}: {reason}; correct or unset it") from error
    return DEFAULT_PASSPHRASE
