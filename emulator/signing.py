"""Status URLs as ARM signs them: three kilobytes, good only byte for byte.

`…?api-version=…&t=<ticks>&c=<certificate>&s=<signature>&h=<hash>`. Nothing in them is a credential for anything
but this emulator's own state.

Source: recorded traffic of 2023 and 2025.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

_PARAMETERS: Final = {"t", "c", "s", "h"}
_CERTIFICATE_BYTES: Final = 2010
_SIGNATURE_BYTES: Final = 256
_TICKS_AT_1970: Final = 621_355_968_000_000_000
_TICKS_PER_SECOND: Final = 10_000_000


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(query: str) -> str:
    """Return *query* without what signs it."""
    return "&".join(part for part in query.split("&") if part.partition("=")[0] not in _PARAMETERS)


class Signer:
    """Signs and verifies paths with their query.

    Args:
        key: Kept in the state, so that an operation can be followed across a restart.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._certificate = _text(hashlib.shake_256(b"certificate" + self._key).digest(_CERTIFICATE_BYTES))

    def sign(self, target: str, now: float) -> str:
        """Return *target*, a path with a query, signed at *now*."""
        ticks = _TICKS_AT_1970 + int(now * _TICKS_PER_SECOND)
        dated = f"{target}&t={ticks}&c={self._certificate}"
        return dated + self._seal(dated)

    def sign_again(self, path: str, query: Mapping[str, str], now: float) -> str:
        """Return *path* with a *query* that was signed before, signed at *now*."""
        return self.sign(f"{path}?{unsigned('&'.join(f'{name}={value}' for name, value in query.items()))}", now)

    def verify(self, target: bytes) -> bool:
        """Tell whether *target* is, byte for byte, something that was signed here."""
        dated, separator, _ = target.partition(b"&s=")
        if not separator:
            return False
        return hmac.compare_digest(target, dated + self._seal(dated.decode("latin-1")).encode())

    def _seal(self, dated: str) -> str:
        digest = hmac.digest(self._key, dated.encode("latin-1"), "sha256")
        signature = hashlib.shake_256(digest).digest(_SIGNATURE_BYTES)
        return f"&s={_text(signature)}&h={_text(hashlib.sha256(signature).digest())}"
