"""What the stack's configuration says about Azure, for what runs in the program's own process."""

from __future__ import annotations

import pulumi

from azure_recovery.rest.sources import CONFIG_KEYS


def stack_config() -> dict[str, str]:
    """Return every setting of Azure that the stack's configuration has, secrets opened: a provider gets the same."""
    found = {}
    for key in CONFIG_KEYS:
        namespace, name = key.split(":")
        value = pulumi.Config(namespace).get(name)
        if value is not None:
            found[key] = value
    return found
