"""Tokens that come and do not come."""

from __future__ import annotations

from azure_recovery.rest.errors import ConfigurationError


class Tokens:
    """Gives a token while there are any; 0 stands for none."""

    def __init__(self, *given: int) -> None:
        self.given = list(given)

    async def token(self) -> str:
        """Return it, or say that there is none."""
        if not self.given.pop(0):
            raise ConfigurationError("no token: the login service does not answer")
        return "token-of-a-test"
