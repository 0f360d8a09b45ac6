"""The files of a TLS connection to System Center, good ones and all those that people have instead."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

from azure_recovery.emulator.certificates import Certificates, make_certificates
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.spf.settings import SpfSettings
from azure_recovery.rest.spf.tls import tls_context

CERTIFICATE = "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"
PASSWORD = "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PASSWORD"
BUNDLE = "AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"
TOKEN = {"AZURE_RECOVERY_SPF_TOKEN": "token-of-a-test"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch):
    """Fail where OpenSSL would ask a person."""
    monkeypatch.setattr("getpass.getpass", None)


def context(**env):
    return tls_context(SpfSettings.load({}, env))


def parts(files: Certificates):
    """Return the client's certificate and key."""
    content = files.client.read_bytes()
    return load_pem_x509_certificate(content), load_pem_private_key(content, None)


def written(folder: Path, content: bytes, name: str = "client.pem") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def as_pkcs12(files, password: bytes | None):
    certificate, key = parts(files)
    [authority] = [load_pem_x509_certificate(files.ca_bundle.read_bytes())]
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"client", key, certificate, [authority], encryption)


def encrypted(files):
    certificate, key = parts(files)
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"of a test"))
    return certificate.public_bytes(Encoding.PEM) + sealed


def test_what_is_always_so(files):
    """Names are checked, old versions refused, and a service may ask for the certificate after the request."""
    made = context(**{CERTIFICATE: str(files.client)})

    assert (ssl.CERT_REQUIRED, True, True) == (made.verify_mode, made.check_hostname, made.post_handshake_auth)
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_bundle_replaces_the_machines_authorities(files):
    """Who names an authority trusts no other."""
    made = context(**TOKEN, **{BUNDLE: str(files.ca_bundle)})

    assert 1 == len(made.get_ca_certs())


def test_pem_with_an_encrypted_key(files, tmp_path):
    """The password opens it."""
    path = written(tmp_path, encrypted(files))

    assert isinstance(context(**{CERTIFICATE: path, PASSWORD: "of a test"}), ssl.SSLContext)


@pytest.mark.parametrize("password", [None, b"of a test"])
def test_pkcs12(files, tmp_path, password, monkeypatch):
    """As Windows exports it; the key lies in no file afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    env = {CERTIFICATE: written(tmp_path, as_pkcs12(files, password), "client.pfx")}

    made = context(**env, **({PASSWORD: password.decode()} if password else {}))

    assert isinstance(made, ssl.SSLContext)
    assert [] == list((tmp_path / "temporary").iterdir())


def test_a_path_below_home(files, monkeypatch):
    """`~` is the home directory, as a shell would have it."""
    monkeypatch.setenv("HOME", str(files.folder))

    assert isinstance(context(**{CERTIFICATE: "~/client.pem"}), ssl.SSLContext)


BROKEN = {
    "nothing there": (lambda files: None, "", "cannot be read: no such file or directory"),
    "certificate alone": (
        lambda files: parts(files)[0].public_bytes(Encoding.PEM),
        "",
        "holds a certificate and no private key",
    ),
    "key alone": (
        lambda files: parts(files)[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "",
        "holds no certificate in PEM form",
    ),
    "key of another": (
        lambda files: (
            parts(files)[0].public_bytes(Encoding.PEM)
            + files.server.read_bytes()[files.server.read_bytes().index(b"-----BEGIN PRIVATE") :]
        ),
        "",
        "holds a private key that is not the certificate's",
    ),
    "no password": (encrypted, "", f"holds an encrypted key, and azure-recovery:.*{PASSWORD}.* is not set"),
    "wrong password": (encrypted, "MARKER", f"its key is not opened by {PASSWORD}"),
    "damaged key": (
        lambda files: (
            parts(files)[0].public_bytes(Encoding.PEM)
            + b"-----BEGIN PRIVATE KEY-----\nMARKER==\n-----END PRIVATE KEY-----\n"
        ),
        "",
        "cannot be used: ",
    ),
    "no certificate at all": (lambda files: b"MARKER", "", "is neither PEM nor a PKCS12 file"),
    "PKCS12, no password": (lambda files: as_pkcs12(files, b"of a test"), "", "is neither PEM nor a PKCS12 file"),
    "PKCS12, wrong password": (
        lambda files: as_pkcs12(files, b"of a test"),
        "MARKER",
        f"is neither PEM nor a PKCS12 file that {PASSWORD} opens",
    ),
    "PKCS12 without key": (
        lambda files: pkcs12.serialize_key_and_certificates(None, None, None, [parts(files)[0]], NoEncryption()),
        "",
        "holds no certificate with its private key",
    ),
}


@pytest.mark.parametrize(("content", "password", "words"), BROKEN.values(), ids=BROKEN)
def test_files_that_cannot_be_used(files, tmp_path, content, password, words):
    """One line names the setting and the file, what is wrong with it, and no secret."""
    made = content(files)
    path = str(tmp_path / "missing.pem") if made is None else written(tmp_path, made)

    with pytest.raises(ConfigurationError, match=words) as caught:
        context(**{CERTIFICATE: path, PASSWORD: password})

    assert str(caught.value).startswith(f"{CERTIFICATE}: {path}")
    assert "MARKER" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["PEM", "encrypted PEM", "PKCS12"])
def test_a_key_that_is_too_short(tmp_path, form):
    """VMM has made such for years; what is wrong is the key, and not the password that opens it."""
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tenant")])
    now = datetime.now(UTC)
    certificate = (x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))).sign(
        key, hashes.SHA256()
    )
    sealed = NoEncryption() if form == "PEM" else BestAvailableEncryption(b"of a test")
    if form == "PKCS12":
        content = pkcs12.serialize_key_and_certificates(None, key, certificate, None, sealed)
    else:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
        content = certificate.public_bytes(Encoding.PEM) + pem
    path = written(tmp_path, content)

    with pytest.raises(ConfigurationError, match=f"^{CERTIFICATE}: {path} cannot be used: ee key too small$"):
        context(**{CERTIFICATE: path, PASSWORD: "of a test"})


def test_a_folder_instead_of_a_file(tmp_path):
    """It is told like a file that is missing."""
    with pytest.raises(ConfigurationError, match=f"{CERTIFICATE}: .* cannot be read: is a directory"):
        context(**{CERTIFICATE: str(tmp_path)})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no certificate in PEM form"),
        (b"-----BEGIN CERTIFICATE-----\nMARKER\n-----END CERTIFICATE-----\n", "cannot be read: "),
        (None, "cannot be read: no such file"),
    ],
)
def test_a_bundle_that_is_none(tmp_path, content, words):
    """Nothing is trusted instead."""
    path = str(tmp_path / "missing.pem") if content is None else written(tmp_path, content, "ca.pem")

    with pytest.raises(ConfigurationError, match=words) as caught:
        context(**TOKEN, **{BUNDLE: path})

    assert str(caught.value).startswith(f"{BUNDLE}: {path}")
