"""The TLS side of a connection to System Center: whom to trust, and who we are.

Self-signed certificates are usual there, so a CA bundle replaces the machine's authorities. Client certificates leave
Windows as PKCS12 files; `ssl` reads PEM alone.
"""

from __future__ import annotations

import re
import secrets
import ssl
import tempfile
from pathlib import Path

from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.sources import Setting
from azure_recovery.rest.spf.settings import SpfLogin, SpfSettings

_KEY = re.compile(rb"-----BEGIN (?P<kind>[A-Z ]*)PRIVATE KEY-----(?P<body>.*?)-----END", re.DOTALL)
_TOO_WEAK = frozenset({"EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"})
"""What OpenSSL takes from nobody today and VMM has made for years, once the key is open."""
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def tls_context(settings: SpfSettings) -> ssl.SSLContext:
    """Return the context for connections by *settings*. Reads the files that they name.

    Raises:
        ConfigurationError: A file is missing or holds something else, or the password does not open the key; the text
            names the setting and the file.
    """
    context = _trusting(settings.ca_bundle)
    # IIS asks for the certificate of a client after it has read the request, unless it is told otherwise.
    context.post_handshake_auth = True
    if settings.login is SpfLogin.CERTIFICATE:
        _identify(context, settings.certificate, settings.certificate_password)
    return context


def _trusting(bundle: Setting) -> ssl.SSLContext:
    if not bundle.value:
        return ssl.create_default_context()
    if _CERTIFICATE not in _content(bundle):
        raise ConfigurationError(f"{bundle.name}: {bundle.value} holds no certificate in PEM form")
    try:
        return ssl.create_default_context(cafile=_path(bundle))
    except ssl.SSLError as error:
        raise ConfigurationError(f"{bundle.name}: {bundle.value} cannot be read: {_words(error)}") from None


def _identify(context: ssl.SSLContext, certificate: Setting, password: Setting) -> None:
    content = _content(certificate)
    where = f"{certificate.name}: {certificate.value}"
    if b"-----BEGIN " not in content:
        _identify_by_pkcs12(context, content, where, password)
        return
    if _CERTIFICATE not in content:
        raise ConfigurationError(f"{where} holds no certificate in PEM form")
    key = _KEY.search(content)
    if key is None:
        raise ConfigurationError(f"{where} holds a certificate and no private key: both belong into the file")
    encrypted = b"ENCRYPTED" in key["kind"] or b"ENCRYPTED" in key["body"]
    if encrypted and not password.value:
        raise ConfigurationError(f"{where} holds an encrypted key, and {password.name} is not set")
    try:
        # A password is always given, because without one OpenSSL asks at the terminal.
        context.load_cert_chain(_path(certificate), password=password.value)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ConfigurationError(f"{where} holds a private key that is not the certificate's") from None
        if encrypted and error.reason not in _TOO_WEAK:
            raise ConfigurationError(f"{where}: its key is not opened by {password.name}") from None
        raise ConfigurationError(f"{where} cannot be used: {_words(error)}") from None


def _identify_by_pkcs12(context: ssl.SSLContext, content: bytes, where: str, password: Setting) -> None:
    # It takes a while to load, and PEM files need none of it.
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        pkcs12,
    )

    try:
        bag = pkcs12.load_pkcs12(content, password.value.encode() or None)
    except ValueError:
        raise ConfigurationError(f"{where} is neither PEM nor a PKCS12 file that {password.name} opens") from None
    if bag.cert is None or bag.key is None:
        raise ConfigurationError(f"{where} holds no certificate with its private key")
    # `ssl` reads files alone: the key lies on the disk for a moment, encrypted, where nobody else may look.
    passphrase = secrets.token_hex(32)
    key = bag.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    chain = [found.certificate.public_bytes(Encoding.PEM) for found in (bag.cert, *bag.additional_certs)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "client.pem")
        path.write_bytes(b"".join(chain) + key)
        try:
            context.load_cert_chain(path, password=passphrase)
        except ssl.SSLError as error:
            raise ConfigurationError(f"{where} cannot be used: {_words(error)}") from None


def _path(setting: Setting) -> Path:
    return Path(setting.value).expanduser()


def _content(setting: Setting) -> bytes:
    try:
        return _path(setting).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"{setting.name}: {setting.value} cannot be read: {reason.lower()}") from None


def _words(error: ssl.SSLError) -> str:
    if not error.reason:
        return "it is damaged, or of a kind that OpenSSL does not know"
    return error.reason.replace("_", " ").lower()
