"""Throw-away certificates for the emulated System Center: an authority, a server and a client.

They prove nothing but that both ends use TLS as they would in production. Keys are new for each folder and readable by
their owner alone; nothing of them is worth keeping.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE: Final = timedelta(days=30)
_SKEW: Final = timedelta(days=1)
_PRIVATE: Final = 0o600


@dataclass(frozen=True)
class Certificates:
    """The files of a folder, all PEM.

    Attributes:
        folder: What `--spf-tls` names.
    """

    folder: Path

    @property
    def server(self) -> Path:
        """Certificate and key of the server, for 127.0.0.1, ::1 and localhost."""
        return self.folder / "server.pem"

    @property
    def client_ca(self) -> Path:
        """The authorities whose clients the server lets in."""
        return self.folder / "client-ca.pem"

    @property
    def client(self) -> Path:
        """Certificate and key of a client that is let in."""
        return self.folder / "client.pem"

    @property
    def ca_bundle(self) -> Path:
        """The authority by which a client knows the server."""
        return self.folder / "ca.pem"


@dataclass(frozen=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(folder: Path) -> Certificates:
    """Make an authority, and a server's and a client's certificate by it, in *folder*.

    They are good for 30 days.

    Raises:
        OSError: The folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder)
    authority = _authority()
    loopback: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(one)) for one in ("127.0.0.1", "::1")]
    server = _issued(
        authority, "emulated System Center", ExtendedKeyUsageOID.SERVER_AUTH, [*loopback, x509.DNSName("localhost")]
    )
    client = _issued(authority, "emulated tenant", ExtendedKeyUsageOID.CLIENT_AUTH, [])
    public = authority.certificate.public_bytes(serialization.Encoding.PEM)
    files.ca_bundle.write_bytes(public)
    files.client_ca.write_bytes(public)
    for file, pair in ((files.server, server), (files.client, client)):
        file.touch(mode=_PRIVATE)
        file.write_bytes(_key_pem(pair.key) + pair.certificate.public_bytes(serialization.Encoding.PEM))
    return files


def _authority() -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("azure-recovery emulator, throw-away authority")
    builder = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return _Pair(builder.sign(key, hashes.SHA256()), key)


def _issued(authority: _Pair, subject: str, purpose: x509.ObjectIdentifier, names: Sequence[x509.GeneralName]) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.key.public_key()
    builder = (
        _builder(_name(subject), authority.certificate.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
