"""Real TLS on loopback: who is let in, who is trusted, and what a broken connection proves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509 import load_pem_x509_certificate

from azure_recovery.emulator.certificates import make_certificates
from azure_recovery.rest.errors import NoAnswerError, ServiceError
from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.spf.address import service_root
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.connection import connect
from azure_recovery.rest.spf.models import Checkpoint
from azure_recovery.rest.spf.settings import SpfSettings

BODY = json.loads((Path(__file__).parents[1] / "data" / "spf" / "get_checkpoint.json").read_text())["response"]["body"]
CHECKPOINT = Checkpoint.model_validate(BODY)
DEMANDED = "the service demands a client certificate that it trusts: set azure-recovery:spfClientCertificatePath"
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
each_version = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)

READ = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(json.dumps(BODY)),
    json.dumps(BODY).encode(),
)
DONE = b"HTTP/1.1 204 No Content\r\nrequest-id: r-1\r\nDate: Mon, 19 Aug 2013 22:13:09 GMT\r\n\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Certificates of an authority that nobody here trusts."""
    return make_certificates(tmp_path_factory.mktemp("others"))


class Server:
    """A server that demands client certificates, with OpenSSL alone, as asyncio's loses the alerts of TLS.

    Attributes:
        requests: Heads and bodies that it has read. peers: Common names of the clients that were let in.
        answers: Given in order; None drops the connection instead.
        asks_late: Whether it asks for the certificate after the first request, as IIS does unless told otherwise.
    """

    def __init__(self, files, version, *, asks_late=False):
        self.asks_late = asks_late
        self.requests = []
        self.peers = []
        self.answers = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = version
        self.context.load_cert_chain(files.server)
        self.context.load_verify_locations(files.client_ca)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.post_handshake_auth = asks_late

    def run(self, work, env, host="127.0.0.1"):
        """Return what *work* returns for the calls that lead here."""
        with socket.create_server((host, 0)) as listener, ThreadPoolExecutor() as threads:
            listener.settimeout(0.05)
            done = threading.Event()
            accepting = threads.submit(self._accept, listener, threads, done)
            try:
                return asyncio.run(self._call(work, env, f"https://{host}:{listener.getsockname()[1]}"))
            finally:
                done.set()
                accepting.result()

    @staticmethod
    async def _call(work, env, base_url):
        policy = RetryPolicy(attempts=2, first_s=0.01)
        connection = connect(SpfSettings.load({}, env), service_root(base_url, BODY["StampId"]), policy=policy)
        try:
            return await work(CheckpointService(connection))
        finally:
            await connection.aclose()

    def _accept(self, listener, threads, done):
        serving = []
        while not done.is_set():
            with contextlib.suppress(TimeoutError):
                serving.append(threads.submit(self._serve, listener.accept()[0]))
        for served in serving:
            served.result()

    def _serve(self, plain):
        with self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as connection:
            connection.settimeout(5)
            try:
                connection.do_handshake()
                head = self._late(connection) if self.asks_late else b""
            except (ssl.SSLError, ConnectionError):
                # Closing with a request unread would send a reset, which overtakes the alert.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_WR)
                    while socket.socket.recv(connection, 65_536):
                        continue
                return
            self.peers.append(connection.getpeercert()["subject"][-1][0][1])
            connection.settimeout(5)
            with connection.makefile("rb") as reader:
                while self._answer(reader, connection, head):
                    head = b""

    @staticmethod
    def _late(connection):
        """Read what comes first, then ask for the certificate; return what was read."""
        head = connection.recv(65_536)
        connection.verify_client_post_handshake()
        connection.settimeout(0.05)
        for _ in range(100):
            with contextlib.suppress(TimeoutError):
                head += connection.recv(65_536)
            if connection.getpeercert():
                return head
        raise ConnectionError("no certificate came")

    def _answer(self, reader, connection, head):
        head, _, body = head.partition(b"\r\n\r\n")
        head += b"\r\n\r\n" if head else b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return False
            head += line
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        self.requests.append(head + body + reader.read((int(length[1]) if length else 0) - len(body)))
        answer = self.answers.pop(0)
        if answer is not None:
            connection.sendall(answer)
        return answer is not None


def settings(files, trusted=None):
    return {
        "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": str(files.client),
        "AZURE_RECOVERY_SPF_CA_BUNDLE_PATH": str((trusted or files).ca_bundle),
    }


def refusal(server, env, **how):
    """Return the error of a restore that does not come through."""

    async def restore(service):
        with pytest.raises(NoAnswerError) as caught:
            await service.restore(CHECKPOINT)
        return caught.value

    return server.run(restore, env, **how)


@each_version
def test_a_client_with_its_certificate(files, version):
    """A checkpoint is read and restored over one connection; no header says who asks."""
    server = Server(files, version)
    server.answers = [READ, DONE]

    async def restore(service):
        found = await service.get_checkpoint(CHECKPOINT.id, CHECKPOINT.stamp_id)
        return await service.restore(found)

    sent = server.run(restore, settings(files))

    assert ("r-1", "2013-08-19T22:13:09+00:00") == (sent.request_id, sent.date.isoformat())
    assert ["emulated tenant"] == server.peers
    assert [b"GET", b"MERGE"] == [request.partition(b" ")[0] for request in server.requests]
    assert not any(b"authorization" in request.lower() for request in server.requests)


def test_the_bytes_of_a_restore(files):
    """The key goes over the wire as the page writes it, and the headers under their names."""
    server = Server(files, ssl.TLSVersion.TLSv1_3)
    server.answers = [DONE]

    server.run(lambda service: service.restore(CHECKPOINT), settings(files))

    [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    key = f"ID=guid'{BODY['ID']}',StampId=guid'{BODY['StampId']}'"
    assert f"MERGE /{BODY['StampId']}/services/systemcenter/vmm/VMCheckPoints({key}) HTTP/1.1" == line
    assert "DataServiceVersion: 3.0;NetFx" in headers
    assert {"VMCheckPointAction": "Restore", "odata.type": "VMM.VMCheckPoint"} == json.loads(body)


@pytest.mark.parametrize("form", ["pem", "encrypted", "pkcs12"])
def test_each_form_of_a_certificate(files, tmp_path, form):
    """Whichever file it came in, the service knows the client."""
    content = files.client.read_bytes()
    certificate, key = load_pem_x509_certificate(content), load_pem_private_key(content, None)
    sealed = BestAvailableEncryption(b"of a test")
    forms = {
        "pem": content,
        "encrypted": certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed),
        "pkcs12": pkcs12.serialize_key_and_certificates(b"client", key, certificate, None, sealed),
    }
    path = tmp_path / "client"
    path.write_bytes(forms[form])
    server = Server(files, ssl.TLSVersion.TLSv1_3)
    server.answers = [DONE]
    env = settings(files) | {
        "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": str(path),
        "AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PASSWORD": "" if form == "pem" else "of a test",
    }

    server.run(lambda service: service.restore(CHECKPOINT), env)

    assert ["emulated tenant"] == server.peers


def test_a_service_that_asks_for_the_certificate_late(files):
    """It has read the request by then; the client shows its certificate, and the answer comes."""
    server = Server(files, ssl.TLSVersion.TLSv1_3, asks_late=True)
    server.answers = [DONE]

    sent = server.run(lambda service: service.restore(CHECKPOINT), settings(files))

    assert ("r-1", ["emulated tenant"], 1) == (sent.request_id, server.peers, len(server.requests))


def test_a_service_that_refuses_the_certificate_late(files, others):
    """The alert comes instead of an answer: whoever asks who we are has not done yet what was asked for."""
    server = Server(files, ssl.TLSVersion.TLSv1_3, asks_late=True)

    error = refusal(server, settings(others, trusted=files))

    assert not error.may_have_taken_effect
    assert [] == server.requests


@each_version
def test_a_certificate_of_another_authority(files, others, version):
    """The service ends the handshake: nothing was sent that it has read, and the error names the setting."""
    server = Server(files, version)

    error = refusal(server, settings(others, trusted=files))

    assert not error.may_have_taken_effect
    assert DEMANDED in str(error)
    assert str(error).endswith("; it had no effect")
    assert [] == server.requests


@each_version
def test_no_certificate(files, version):
    """A token does not help where a certificate is demanded, and nothing of it is read."""
    server = Server(files, version)
    env = {**settings(files), "AZURE_RECOVERY_SPF_TOKEN": "MARKER"}
    del env["AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH"]

    error = refusal(server, env)

    assert not error.may_have_taken_effect
    assert DEMANDED in str(error)
    assert "MARKER" not in str(error)
    assert [] == server.requests


@each_version
def test_a_server_that_is_not_trusted(files, others, version):
    """The credential stays here; the error says what to set."""
    server = Server(files, version)

    error = refusal(server, settings(files, trusted=others))

    assert not error.may_have_taken_effect
    assert "name its authority in azure-recovery:spfCaBundlePath; it had no effect" in str(error)
    assert [] == server.requests


def test_a_certificate_of_another_host(files):
    """A name that the certificate does not have is no reason to trust it."""
    server = Server(files, ssl.TLSVersion.TLSv1_3)

    error = refusal(server, settings(files), host="127.0.0.2")

    assert not error.may_have_taken_effect
    assert "write the host into base_url under a name that the service's certificate has" in str(error)
    assert [] == server.requests


def test_nobody_listens(files):
    """Nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def restore(service):
        with pytest.raises(NoAnswerError, match=r"; it had no effect$") as caught:
            await service.restore(CHECKPOINT)
        return caught.value

    error = asyncio.run(Server._call(restore, settings(files), f"https://127.0.0.1:{port}"))

    assert not error.may_have_taken_effect


@each_version
@pytest.mark.parametrize("begun", [[], [READ]], ids=["new connection", "connection in use"])
def test_a_connection_that_breaks_after_the_request(files, version, begun):
    """The server has read it once and may have begun; it is not sent again."""
    server = Server(files, version)
    server.answers = [*begun, None]

    async def restore(service):
        if begun:
            await service.get_checkpoint(CHECKPOINT.id, CHECKPOINT.stamp_id)
        with pytest.raises(NoAnswerError, match="it may have taken effect") as caught:
            await service.restore(CHECKPOINT)
        return caught.value

    assert server.run(restore, settings(files)).may_have_taken_effect
    assert 1 + len(begun) == len(server.requests)


def test_a_read_over_a_connection_that_breaks(files):
    """It is asked again."""
    server = Server(files, ssl.TLSVersion.TLSv1_3)
    server.answers = [None, READ]

    found = server.run(lambda service: service.get_checkpoint(CHECKPOINT.id, CHECKPOINT.stamp_id), settings(files))

    assert CHECKPOINT == found
    assert 2 == len(server.requests)


def test_a_redirect(files):
    """It is an error: nothing goes to where it leads."""
    server = Server(files, ssl.TLSVersion.TLSv1_3)
    server.answers = [MOVED]

    async def read(service):
        with pytest.raises(ServiceError, match="answered 302"):
            await service.get_checkpoint(CHECKPOINT.id, CHECKPOINT.stamp_id)

    server.run(read, settings(files))

    assert 1 == len(server.requests)
