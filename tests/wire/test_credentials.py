"""How each credential is made, and what is said where there is none."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import stat
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from azure.core.pipeline.transport import RequestsTransport

from azure_recovery.rest.credentials import SharedToken, assertion, credential_for, subscription_id, token_source
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.settings import AzureSettings

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TENANT = "00000000-0000-0000-0000-0000000000aa"
CLIENT = "00000000-0000-0000-0000-0000000000cc"
BASE = {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT}
MSI = {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "ARM_USE_MSI": "true"}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true"}, "DefaultAzureCredential"),
        ({"ARM_CLIENT_SECRET": "s"}, "ClientSecretCredential"),
        ({"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, "ClientAssertionCredential"),
        ({"ARM_USE_MSI": "true"}, "ManagedIdentityCredential"),
        ({}, "AzureCliCredential"),
    ],
)
def test_each_way_has_its_credential(env, expected):
    """Each way to log in is one credential of azure-identity, made without any connection."""
    with credential_for(AzureSettings.load({}, {**BASE, **env})) as credential:
        assert expected == type(credential).__name__


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificate_that_cannot_be_used(tmp_path, content):
    """A certificate that is missing or broken is said with its path, before anything is sent."""
    path = tmp_path / "client.pem"
    if content is not None:
        path.write_text(content)
    settings = AzureSettings.load({}, {**BASE, "ARM_CLIENT_CERTIFICATE_PATH": str(path)})

    with pytest.raises(ConfigurationError, match=r"no token by client certificate: "):
        asyncio.run(token_source(settings).token())


class _IdentityEndpoint(requests.adapters.BaseAdapter):
    """The endpoint of a managed identity as a list of answers, for the HTTP library of azure-core."""

    def __init__(self, *answers):
        super().__init__()
        self.answers = list(answers)
        self.requests = []

    def send(self, request, **_):
        self.requests.append(request)
        status, body = self.answers.pop(0)
        response = requests.Response()
        response.status_code = status
        response.headers["Content-Type"] = "application/json"
        response.raw = io.BytesIO(json.dumps(body).encode())
        response.request = request
        response.url = request.url
        return response

    def close(self):
        pass

    def source(self):
        """Return a source of tokens that asks here."""
        session = requests.Session()
        session.mount("http://", self)
        network = RequestsTransport(session=session, session_owner=False)
        return SharedToken(AzureSettings.load({}, MSI), build=lambda chosen: credential_for(chosen, transport=network))


@pytest.fixture
def app_service(monkeypatch):
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:8080/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "emulator")


def test_managed_identity_over_plain_http(app_service, caplog):
    """The managed identity of a rehearsal speaks App Service's protocol over plain http, and logs no token."""
    caplog.set_level(logging.DEBUG)
    given = {"access_token": "MARKER", "expires_on": str(int(time.time()) + 86_400), "token_type": "Bearer"}
    endpoint = _IdentityEndpoint((200, {**given, "resource": "https://management.azure.com"}))

    assert "MARKER" == asyncio.run(endpoint.source().token())

    request = endpoint.requests[0]
    query = parse_qs(urlsplit(request.url).query)
    assert "http://127.0.0.1:8080/msi/token" == request.url.partition("?")[0]
    assert {"api-version": ["2019-08-01"], "resource": ["https://management.azure.com"]} == query
    assert "emulator" == request.headers["X-IDENTITY-HEADER"]
    assert "MARKER" not in caplog.text


def test_managed_identity_is_refused(app_service):
    """A refused credential is an error that names the way to log in and keeps its words."""
    endpoint = _IdentityEndpoint((403, {"statusCode": 403, "message": "no such identity"}))

    with pytest.raises(ConfigurationError, match=r"no token by managed identity: .*no such identity"):
        asyncio.run(endpoint.source().token())


def _login(**env):
    return AzureSettings.load({}, {**BASE, "ARM_USE_OIDC": "true", **env}).login


def test_oidc_token_from_a_file(tmp_path):
    """A token file is read anew each time, because its owner renews it."""
    path = tmp_path / "token"
    login = _login(ARM_OIDC_TOKEN_FILE_PATH=str(path))

    path.write_text("first\n")
    assert "first" == assertion(login)
    path.write_text("second")
    assert "second" == assertion(login)
    path.write_text(" \n")
    with pytest.raises(ConfigurationError, match=r"token is empty"):
        assertion(login)
    path.unlink()
    with pytest.raises(ConfigurationError, match=r"cannot be read"):
        assertion(login)


def test_oidc_token_itself():
    """A token that is given needs no look-up."""
    assert "given" == assertion(_login(ARM_OIDC_TOKEN="given"))


PIPELINE = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipeline.example/token?api=1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "MARKER-request",
}


def test_oidc_token_from_a_pipeline(caplog):
    """A pipeline's service is asked with its own token for the configured audience, and its URL stays out of logs."""
    caplog.set_level(logging.INFO)
    seen = []

    def pipeline(request):
        seen.append(request)
        return httpx.Response(200, json={"value": "issued"})

    with httpx.Client(transport=httpx.MockTransport(pipeline)) as http:
        assert "issued" == assertion(_login(**PIPELINE, ARM_OIDC_AUDIENCE="api://own"), http)

    assert {"api": "1", "audience": "api://own"} == dict(seen[0].url.params)
    assert "Bearer MARKER-request" == seen[0].headers["authorization"]
    assert "pipeline.example" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(401, text="MARKER"), "answered 401; its request token may have expired"),
        (httpx.Response(200, text="MARKER"), "answered no JSON object with a `value`"),
        (httpx.Response(200, json={"value": None}), "answered no JSON object with a `value`"),
        (httpx.Response(200, json=["MARKER"]), "answered no JSON object with a `value`"),
    ],
)
def test_pipeline_gives_no_token(answer, said):
    """What a pipeline's service answers instead of a token is told without showing it."""
    http = httpx.Client(transport=httpx.MockTransport(lambda _: answer))

    with http, pytest.raises(ConfigurationError) as caught:
        assertion(_login(**PIPELINE), http)

    assert f"OIDC request URL at pipeline.example {said}" == str(caught.value)


def test_oidc_request_url_that_is_none():
    """It looks like one to a parser that is less strict than the client; it is told without what it holds."""
    login = _login(**PIPELINE | {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipeline.example:99999x/?MARKER"})

    with pytest.raises(ConfigurationError, match="OIDC request URL is no URL: ") as caught:
        assertion(login)
    assert "MARKER" not in str(caught.value)


@pytest.fixture
def az(tmp_path, monkeypatch):
    """Put a program called az, which runs the given lines of shell, on an otherwise empty PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(*lines):
        path = tmp_path / "az"
        path.write_text("\n".join(["#!/bin/sh", *lines]))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return install


def test_default_subscription_of_the_cli(az):
    """Without a configured subscription the Azure CLI's default counts; a configured one asks nobody."""
    program = az(f'echo \'{{"id": "{SUBSCRIPTION}"}}\'')

    assert SUBSCRIPTION == asyncio.run(subscription_id(AzureSettings.load({}, {})))
    program.unlink()
    assert SUBSCRIPTION == asyncio.run(subscription_id(AzureSettings.load({}, {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION})))


def test_cli_is_not_logged_in(az):
    """The CLI's own words say what to do."""
    az("echo 'Please run az login.' >&2", "exit 1")

    with pytest.raises(ConfigurationError, match=r"subscriptionId is not set, and az names no default: Please run"):
        asyncio.run(subscription_id(AzureSettings.load({}, {})))


def test_cli_is_not_installed(az):
    """Without the CLI the error names the setting that would do without it."""
    with pytest.raises(ConfigurationError, match=r"azure-native:subscriptionId is not set, and az cannot be run"):
        asyncio.run(subscription_id(AzureSettings.load({}, {})))
    with pytest.raises(ConfigurationError, match=r"no token by Azure CLI: "):
        asyncio.run(token_source(AzureSettings.load({}, {})).token())


def test_cli_hangs(az, monkeypatch):
    """A CLI that does not answer is killed and said."""
    monkeypatch.setattr("azure_recovery.rest.credentials._CLI_TIMEOUT_S", 0.1)
    az("exec /bin/sleep 30")

    with pytest.raises(ConfigurationError, match=r"az did not answer"):
        asyncio.run(subscription_id(AzureSettings.load({}, {})))


def test_failure_where_nobody_listens_to_logs(tmp_path):
    """It is told once, by the error: azure-identity's own line is not printed beside it."""
    program = """
import asyncio, os
from azure_recovery.rest.credentials import token_source
from azure_recovery.rest.settings import AzureSettings
try:
    asyncio.run(token_source(AzureSettings.load({}, os.environ)).token())
except Exception as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ("no token by Azure CLI: Azure CLI not found on path\n", "") == (done.stdout, done.stderr)
