"""A connection to System Center: what it is made of, what it shows, and what TLS proves."""

from __future__ import annotations

import asyncio
import ssl

import httpx
import pytest

from azure_recovery.rest.errors import ConfigurationError, NoAnswerError
from azure_recovery.rest.retrying import Repeat, RetryPolicy
from azure_recovery.rest.spf.address import service_root
from azure_recovery.rest.spf.connection import connect
from azure_recovery.rest.spf.settings import SpfSettings

SUBSCRIPTION = "ba4146fa-fb41-41b6-a7c0-2b4ff4c3f7e3"
WAP = service_root("https://wapserver:30006", SUBSCRIPTION)
TOKEN = {"AZURE_RECOVERY_SPF_TOKEN": "MARKER"}
BASIC = {"AZURE_RECOVERY_SPF_USERNAME": "operator", "AZURE_RECOVERY_SPF_PASSWORD": "MARKER"}


def tls(reason):
    error = ssl.SSLError(1, f"[SSL: {reason}] what OpenSSL says (_ssl.c:2580)")
    error.reason = reason
    return error


def ask(clock, failure, method="MERGE", repeat=Repeat.NEVER):
    """Return the error of a request that fails with *failure*, and how often it was sent."""
    sent = []

    def fail(request):
        sent.append(request)
        raise failure

    async def asking():
        http = httpx.AsyncClient(transport=httpx.MockTransport(fail))
        connection = connect(SpfSettings.load({}, TOKEN), WAP, clock=clock, policy=RetryPolicy(attempts=3), http=http)
        with pytest.raises(NoAnswerError) as caught:
            await connection.send(method, "Jobs", body={}, repeat=repeat)
        await connection.aclose()
        return caught.value

    return asyncio.run(asking()), len(sent)


@pytest.mark.parametrize(
    "reason",
    [
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
    ],
)
def test_alerts_that_refuse_our_certificate(clock, reason):
    """Whenever they come, what was asked for was not done; the error says which setting to look at."""
    error, sent = ask(clock, tls(reason))

    assert (False, 1) == (error.may_have_taken_effect, sent)
    assert str(error).endswith(
        "; the service demands a client certificate that it trusts: set azure-recovery:spfClientCertificatePath"
    )


@pytest.mark.parametrize(
    "reason",
    ["DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "TLSV1_ALERT_INTERNAL_ERROR", "UNEXPECTED_EOF_WHILE_READING", None],
)
def test_other_trouble_of_tls(clock, reason):
    """It says nothing about what the service has done, and is an error like any lost connection."""
    error, sent = ask(clock, tls(reason))

    assert (True, 1) == (error.may_have_taken_effect, sent)
    assert isinstance(error.__cause__, ssl.SSLError)


def test_a_read_after_other_trouble_of_tls(clock):
    """It is asked again, as after any lost connection."""
    assert 3 == ask(clock, tls("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), "GET", Repeat.SAFE)[1]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (18, "; the service's certificate is not trusted: name its authority in azure-recovery:spfCaBundlePath"),
        (20, "; the service's certificate is not trusted: name its authority in azure-recovery:spfCaBundlePath"),
        (62, "; write the host into base_url under a name that the service's certificate has"),
        (10, "what OpenSSL says"),
    ],
)
def test_a_server_that_is_not_trusted(clock, code, advice):
    """It had no effect, and the error says what to do where OpenSSL's own words do not."""
    failure = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] what OpenSSL says")
    failure.__cause__ = ssl.SSLCertVerificationError(1, "what OpenSSL says")
    failure.__cause__.verify_code = code

    error, _ = ask(clock, failure)

    assert not error.may_have_taken_effect
    assert str(error).endswith(advice)


@pytest.mark.parametrize("env", [TOKEN, BASIC])
def test_no_secret_is_shown(clock, env):
    """A log that shows the connection, or what it is made of, shows where it leads."""
    connection = connect(SpfSettings.load({}, env), WAP, clock=clock)

    shown = f"{connection!r} {connection.transport!r} {connection.root!r}"
    asyncio.run(connection.aclose())

    assert "MARKER" not in shown
    assert "https://wapserver:30006" in shown


def test_time_that_is_made_faster():
    """The clock is the emulator's there, and the machine's elsewhere."""
    settings = SpfSettings.load({}, {**TOKEN, "AZURE_RECOVERY_SPEED": "600"})
    connection = connect(settings, service_root("https://127.0.0.1:4443", SUBSCRIPTION))
    asyncio.run(connection.aclose())

    assert 600.0 == connection.transport.clock.speed
    with pytest.raises(ConfigurationError, match="AZURE_RECOVERY_SPEED"):
        connect(settings, WAP)


@pytest.mark.parametrize("missing", ["AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH", "AZURE_RECOVERY_SPF_CA_BUNDLE_PATH"])
def test_a_file_that_is_missing(clock, tmp_path, missing):
    """It is told before anything is sent."""
    env = {**({} if "CLIENT" in missing else TOKEN), missing: str(tmp_path / "missing.pem")}

    with pytest.raises(ConfigurationError, match=rf"^{missing}: .*missing\.pem cannot be read"):
        connect(SpfSettings.load({}, env), WAP, clock=clock)
