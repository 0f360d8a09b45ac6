"""System Center on a port: TLS with client certificates, the command's options, and connections that are cut."""

from __future__ import annotations

import signal
import ssl
import stat
import subprocess
import sys

import httpx
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from azure_recovery.emulator.certificates import Certificates, make_certificates
from azure_recovery.emulator.listeners import SpfListener, TlsError
from azure_recovery.emulator.server import RunningEmulator
from tests.emulator.system_center import BEFORE, HEADERS, RESTORE, ROOT, key
from tests.waiting import wait_until

COMMAND = [sys.executable, "-W", "error", "-m", "azure_recovery.emulator"]
CHECKPOINT = f"{ROOT}/VMCheckPoints{key(BEFORE)}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a server and a client."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def client(url, certificates, *, certified=True):
    """Return a client that knows the server, and is known to it if *certified*."""
    context = ssl.create_default_context(cafile=str(certificates.ca_bundle))
    if certified:
        context.load_cert_chain(certificates.client)
    return httpx.Client(base_url=url, verify=context, headers=HEADERS, trust_env=False)


def restores(emulator):
    """Return how often the checkpoint was restored."""
    resources = httpx.get(f"{emulator.url}/_emulator/world", trust_env=False).json()["resources"]
    return next(one["restores"] for one in resources if one["id"] == CHECKPOINT)


def settled(emulator, *, requests):
    """Return the log once it has as many entries: the server hears of a caller's end a moment later."""

    def whole():
        log = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]
        return log if len(log) >= requests else None

    return wait_until(whole)


def test_client_with_a_certificate_is_let_in(certificates):
    """The same clock and log as ARM's."""
    with (
        RunningEmulator(spf=SpfListener(certificates.folder)) as emulator,
        client(emulator.spf_url, certificates) as http,
    ):
        answer = http.get(CHECKPOINT)
        log = http.get(f"{emulator.url}/_emulator/requests").json()["requests"]

    assert (200, BEFORE) == (answer.status_code, answer.json()["ID"])
    assert answer.json()["odata.metadata"].startswith(f"{emulator.spf_url}{ROOT}/$metadata#")
    assert ["VMCheckPoints.Get"] == [entry["operation"] for entry in log]


@pytest.mark.parametrize("other", ["none", "of another authority"])
def test_client_without_its_certificate_is_not(certificates, tmp_path, other):
    """The handshake ends, or the connection before an answer; the request is not in the log."""
    stranger = make_certificates(tmp_path / "stranger")
    with RunningEmulator(spf=SpfListener(certificates.folder)) as emulator:
        context = ssl.create_default_context(cafile=str(certificates.ca_bundle))
        if other != "none":
            context.load_cert_chain(stranger.client)
        with (
            httpx.Client(verify=context, headers=HEADERS, trust_env=False) as http,
            pytest.raises(httpx.TransportError),
        ):
            http.get(f"{emulator.spf_url}{CHECKPOINT}")
        log = httpx.get(f"{emulator.url}/_emulator/requests", trust_env=False).json()["requests"]

    assert [] == log


def test_client_without_a_certificate_may_meet_a_page(certificates):
    """IIS can take the handshake and answer 403.7; a client with a certificate is let in as ever."""
    settings = {"spf_missing_certificate": "page"}
    with RunningEmulator(spf=SpfListener(certificates.folder), settings=settings) as emulator:
        with client(emulator.spf_url, certificates, certified=False) as http:
            stranger = http.request("MERGE", CHECKPOINT, json=RESTORE)
        with client(emulator.spf_url, certificates) as http:
            known = http.get(CHECKPOINT)
        counted = restores(emulator)

    assert (403, 200, 0) == (stranger.status_code, known.status_code, counted)
    assert "403.7 - Client certificate required." in stranger.text


def test_no_certificate_is_asked_for_where_a_token_counts(certificates):
    """Port 30005 has no client certificates."""
    settings = {"spf_authentication": "bearer"}
    with (
        RunningEmulator(spf=SpfListener(certificates.folder), settings=settings) as emulator,
        client(emulator.spf_url, certificates, certified=False) as http,
    ):
        statuses = [
            http.get(CHECKPOINT, headers=headers).status_code
            for headers in ({}, {"Authorization": "Bearer emulator-token-not-a-secret"})
        ]

    assert [401, 200] == statuses


@pytest.mark.parametrize(("name", "expected"), [("cut-before", 0), ("cut-after", 1)])
def test_connection_with_tls_is_cut(certificates, name, expected):
    """No answer; the effect is that of the fault."""
    with (
        RunningEmulator(spf=SpfListener(certificates.folder)) as emulator,
        client(emulator.spf_url, certificates) as http,
    ):
        http.post(f"{emulator.url}/_emulator/faults", json={"name": name, "operation": "VMCheckPoints.Merge"})
        with pytest.raises(httpx.TransportError):
            http.request("MERGE", CHECKPOINT, json=RESTORE)
        counted = restores(emulator)
        again = http.request("MERGE", CHECKPOINT, json=RESTORE)

    assert (expected, 204) == (counted, again.status_code)


@pytest.mark.parametrize(("name", "expected"), [("hang-before", 0), ("hang-after", 1)])
def test_caller_that_dies_at_a_restore(certificates, name, expected):
    """The second MERGE is held until its caller is gone: it took effect, or never will; the log has a status of 0."""
    fault = {"name": name, "operation": "VMCheckPoints.Merge", "path": "*/VMCheckPoints(*", "skip": 1, "count": 1}
    with RunningEmulator(spf=SpfListener(certificates.folder)) as emulator:
        placed = httpx.post(f"{emulator.url}/_emulator/faults", json=fault, trust_env=False).json()
        with client(emulator.spf_url, certificates) as http:
            first = http.request("MERGE", CHECKPOINT, json=RESTORE)
            with pytest.raises(httpx.ReadTimeout):
                http.request("MERGE", CHECKPOINT, json=RESTORE, timeout=0.5)
        log = settled(emulator, requests=2)
        (left,) = httpx.get(f"{emulator.url}/_emulator/faults", trust_env=False).json()["faults"]
        counted = restores(emulator)

    assert (204, 1 + expected) == (first.status_code, counted)
    assert [(204, ""), (0, name)] == [(entry["status"], entry["fault"]) for entry in log]
    assert (placed["id"], 2, 1, True) == (left["id"], left["seen"], left["fired"], left["over"])


def test_expect_100_continue_is_answered(certificates):
    """The restore page's request asks for it."""
    with (
        RunningEmulator(spf=SpfListener(certificates.folder)) as emulator,
        client(emulator.spf_url, certificates) as http,
    ):
        answer = http.request("MERGE", CHECKPOINT, json=RESTORE, headers={"Expect": "100-continue"})

    assert (204, "1.0;") == (answer.status_code, answer.headers["dataserviceversion"])


def test_without_a_listener_there_is_none():
    """System Center is in the world, and nobody serves it."""
    with RunningEmulator() as emulator:
        assert "" == emulator.spf_url


def test_certificates_are_for_their_purpose(certificates):
    """The server's names loopback, keys are their owner's alone."""
    server, one = (
        x509.load_pem_x509_certificate(file.read_bytes()) for file in (certificates.server, certificates.client)
    )

    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ["127.0.0.1", "::1"] == [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    assert [[ExtendedKeyUsageOID.SERVER_AUTH], [ExtendedKeyUsageOID.CLIENT_AUTH]] == [
        list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        for certificate in (server, one)
    ]
    assert [0o600, 0o600] == [stat.S_IMODE(file.stat().st_mode) for file in (certificates.server, certificates.client)]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("server.pem", "server.pem: no such file; "), ("client-ca.pem", "client-ca.pem: no such file; ")],
)
def test_folder_without_a_file_is_refused(tmp_path, missing, expected):
    """Before anything is served; the message names the file."""
    (make_certificates(tmp_path).folder / missing).unlink()

    with pytest.raises(TlsError, match=expected):
        RunningEmulator(spf=SpfListener(tmp_path))


@pytest.mark.parametrize("file", ["server.pem", "client-ca.pem"])
def test_file_that_is_no_certificate_is_refused(tmp_path, file):
    """One line without what is in it."""
    (make_certificates(tmp_path).folder / file).write_text("secret of mine")

    with pytest.raises(TlsError) as raised:
        RunningEmulator(spf=SpfListener(tmp_path))

    assert f"{tmp_path}: server.pem or client-ca.pem cannot be used" in str(raised.value)
    assert "secret of mine" not in str(raised.value)


def test_command_serves_both(tmp_path):
    """Two lines on stdout; certificates are made in a folder that is not there."""
    folder = tmp_path / "tls"
    process = subprocess.Popen(
        [*COMMAND, "--spf-port", "0", "--spf-tls", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        with client(lines[1].split()[-1], Certificates(folder)) as http:
            answer = http.get(CHECKPOINT)
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()

    assert ["listening on http://127.0.0.1:", "System Center on https://127.0.0.1:"] == [
        line.rstrip("\n").rstrip("0123456789") for line in lines
    ]
    assert (200, 0, "", "") == (answer.status_code, process.returncode, rest, errors)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--spf-port", "0"], "--spf-port and --spf-tls belong together"),
        (["--spf-tls", "tls"], "--spf-port and --spf-tls belong together"),
        (["--spf-port", "0", "--spf-tls", "."], "server.pem: no such file; the folder has to hold server.pem"),
        (["--spf-port", "0", "--spf-tls", "file/tls"], "--spf-tls file/tls: Not a directory"),
        (["--spf-port", "x", "--spf-tls", "tls"], "argument --spf-port: 'x' is not a number from 0 to 65535"),
    ],
)
def test_bad_argument_is_one_line_and_exit_code_two(tmp_path, arguments, expected):
    """Nothing is served."""
    (tmp_path / "file").touch()

    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=30, check=False)

    assert (2, "") == (done.returncode, done.stdout)
    assert expected in done.stderr.splitlines()[-1]
