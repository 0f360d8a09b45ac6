"""Secrets in the state and in `Pulumi.<stack>.yaml`, encrypted as the CLI's passphrase provider does.

A key of 32 bytes comes from the passphrase by PBKDF2 (SHA-256, 1,000,000 rounds, salt of eight bytes); a value is
sealed by AES-256-GCM with a nonce of twelve bytes and written `v1:NONCE:SEALED`, both in base64. The salt is kept as
`v1:SALT:CHECK`, where the check is the word `pulumi`, sealed. Source: `sdk/go/common/resource/config/crypt.go`.
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cached_property, lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from azure_recovery.engine.errors import PassphraseError

_ROUNDS = 1_000_000
_KEY_BYTES = 32
_SALT_BYTES = 8
_NONCE_BYTES = 12
_CHECK = "pulumi"


@lru_cache(maxsize=16)
def _key(passphrase: str, salt: bytes) -> bytes:
    # A third of a second by design; a rehearsal opens the same state many times.
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, _KEY_BYTES)


def new_salt() -> bytes:
    """Return a salt for a state that has none."""
    return os.urandom(_SALT_BYTES)


class Passphrase:
    """Encrypts and decrypts with one passphrase and one salt."""

    def __init__(self, passphrase: str, state: str | None = None, *, where: str = "the state") -> None:
        """Take the *state* `v1:SALT:CHECK`, or make a new salt; *where* it stands is for errors."""
        self._passphrase = passphrase
        self._where = where
        self._given = state

    @cached_property
    def _opened(self) -> tuple[AESGCM, str]:
        if self._given is None:
            salt = new_salt()
            cipher = AESGCM(_key(self._passphrase, salt))
            return cipher, f"v1:{base64.b64encode(salt).decode()}:{_seal(cipher, _CHECK)}"
        version, _, rest = self._given.partition(":")
        salt_text, _, check = rest.partition(":")
        if version != "v1":
            raise PassphraseError(f"{self._where}: encryption salt {self._given!r} does not begin with 'v1:'")
        try:
            cipher = AESGCM(_key(self._passphrase, base64.b64decode(salt_text, validate=True)))
            matches = _open(cipher, check) == _CHECK
        except (InvalidTag, ValueError):
            matches = False
        if not matches:
            raise PassphraseError(
                f"{self._where}: the passphrase is not the one its secrets were encrypted with; "
                "give that one, as PULUMI_CONFIG_PASSPHRASE would"
            )
        return cipher, self._given

    @property
    def state(self) -> str:
        """`v1:SALT:CHECK`, as `secrets_providers.state.salt` and `encryptionsalt` hold it."""
        return self._opened[1]

    def encrypt(self, text: str) -> str:
        """Return *text* as `v1:NONCE:SEALED`."""
        return _seal(self._opened[0], text)

    def decrypt(self, sealed: str) -> str:
        """Return the text in *sealed*.

        Raises:
            PassphraseError: The passphrase is wrong, or *sealed* was damaged.
        """
        try:
            return _open(self._opened[0], sealed)
        except (InvalidTag, ValueError) as exc:
            raise PassphraseError(f"{self._where}: a secret does not open; it was damaged or pasted in part") from exc


def _seal(cipher: AESGCM, text: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = cipher.encrypt(nonce, text.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _open(cipher: AESGCM, sealed: str) -> str:
    version, nonce, payload = ([*sealed.split(":"), "", ""])[:3]
    if version != "v1":
        raise ValueError(version)
    opened = cipher.decrypt(base64.b64decode(nonce, validate=True), base64.b64decode(payload, validate=True), None)
    return opened.decode()
