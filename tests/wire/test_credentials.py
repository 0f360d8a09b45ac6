"""Tokens: how each credential is made, how one token is shared, and what is said when there is none."""

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
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport

from azure_recovery.rest.credentials import SharedToken, assertion, credential_for, subscription_id, token_source
from azure_recovery.rest.errors import ConfigurationError, NoAnswerError
from azure_recovery.rest.settings import AzureSettings
from azure_recovery.rest.transport import Refreshable

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
TENANT = "00000000-0000-0000-0000-0000000000aa"
CLIENT = "00000000-0000-0000-0000-0000000000cc"
BASE = {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "ARM_TENANT_ID": TENANT, "ARM_CLIENT_ID": CLIENT}
MSI = {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "ARM_USE_MSI": "true"}
HOUR = 3600.0


class _Token:
    def __init__(self, token, expires_on):
        self.token = token
        self.expires_on = expires_on


class _SignIn:
    """A credential that gives numbered tokens for an hour each, unless it was told to fail, and its wall clock."""

    def __init__(self):
        self.time = 0.0
        self.asked = []
        self.closed = 0
        self.errors = []

    def wall(self):
        return self.time

    def __call__(self, settings):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed += 1

    def get_token(self, *scopes, **options):
        self.asked.append((scopes, options))
        if self.errors:
            raise self.errors.pop(0)
        return _Token(f"token-{len(self.asked)}", int(self.time + HOUR))


@pytest.fixture
def sign_in():
    return _SignIn()


def shared(sign_in, **options):
    return SharedToken(AzureSettings.load({}, MSI), build=sign_in, wall=sign_in.wall, **options)


def test_hundred_tasks_need_a_token(sign_in):
    """A hundred tasks share one request for a token."""

    async def hundred():
        source = shared(sign_in)
        return set(await asyncio.gather(*(source.token() for _ in range(100))))

    assert {"token-1"} == asyncio.run(hundred())
    assert [(("https://management.azure.com/.default",), {})] == sign_in.asked
    assert 1 == sign_in.closed


def test_token_before_its_end(sign_in):
    """A token is replaced five minutes before it expires, and not earlier."""

    async def over_time():
        source = shared(sign_in)
        found = []
        for sign_in.time in (0.0, HOUR - 301.0, HOUR - 299.0):
            found.append(await source.token())
        return found

    assert ["token-1", "token-1", "token-2"] == asyncio.run(over_time())


def test_sign_in_service_is_away_while_a_token_ends(sign_in, caplog):
    """A token that still works is used until its end, asked for again every half minute, and then it is an error."""

    async def over_time():
        source = shared(sign_in)
        await source.token()
        sign_in.errors = [OSError("down"), OSError("still down"), OSError("down for good")]
        for sign_in.time in (HOUR - 200.0, HOUR - 190.0, HOUR - 160.0):
            assert "token-1" == await source.token()
        asked = len(sign_in.asked)
        sign_in.time = HOUR + 1.0
        with pytest.raises(ConfigurationError, match="down for good"):
            await source.token()
        assert "token-5" == await source.token()
        return asked

    assert 3 == asyncio.run(over_time())
    assert 2 == caplog.text.count("used until its end")


def test_token_that_the_service_refused(sign_in):
    """A forgotten token is replaced; one that was replaced already cannot be forgotten again by a late answer."""

    async def forgetting():
        source = shared(sign_in)
        first = await source.token()
        source.forget(first)
        second = await source.token()
        source.forget(first)
        return first, second, await source.token()

    assert ("token-1", "token-2", "token-2") == asyncio.run(forgetting())
    assert isinstance(shared(sign_in), Refreshable)


def test_one_of_many_waiting_tasks_is_cancelled(sign_in):
    """A task that is cancelled while it waits for the token takes it from nobody."""

    async def two():
        source = shared(sign_in)
        first, second = asyncio.create_task(source.token()), asyncio.create_task(source.token())
        await asyncio.sleep(0)
        first.cancel()
        return await second, first.cancelled() or first.cancelling()

    assert ("token-1", True) == asyncio.run(two())


def test_failure_is_shared(sign_in):
    """A credential that fails is not asked once for each task, and is asked again afterwards."""
    sign_in.errors = [ValueError("bad certificate")]

    async def many():
        source = shared(sign_in)
        failed = await asyncio.gather(*(source.token() for _ in range(50)), return_exceptions=True)
        return failed, await source.token()

    failed, later = asyncio.run(many())

    assert {"no token by managed identity: bad certificate"} == {str(error) for error in failed}
    assert "token-2" == later


def test_credential_speaks_of_a_secret(sign_in):
    """The credential's own words are kept, its secrets are not."""
    sign_in.errors = [ValueError("refused\nclient_secret=MARKER eyJhbGciOiJub25lIn0.eyJNQVJLRVIi.MARKER")]

    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(shared(sign_in).token())

    assert "no token by managed identity: refused client_secret=… (token)" == str(caught.value)


def test_repr_of_a_source(sign_in):
    """A source shows how it logs in and not the token that it holds."""
    source = shared(sign_in)
    asyncio.run(source.token())

    assert "<SharedToken by managed identity>" == repr(source)


def test_auxiliary_tenant(sign_in):
    """Tokens for another tenant are asked for by its id, and only for tenants that are listed."""
    listed = AzureSettings.load({"azure-native:auxiliaryTenantIds": f'["{TENANT}"]'}, MSI)
    asyncio.run(SharedToken(listed, tenant_id=TENANT, build=sign_in, wall=sign_in.wall).token())

    assert [{"tenant_id": TENANT}] == [options for _, options in sign_in.asked]
    assert "managed identity" in repr(token_source(listed, tenant_id=TENANT))
    with pytest.raises(ConfigurationError, match="auxiliaryTenantIds"):
        token_source(listed, tenant_id=CLIENT)


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


def test_sign_in_service_does_not_answer(sign_in):
    """A lost connection to the sign-in service is no matter of configuration, and nothing has taken effect."""
    sign_in.errors = [ServiceRequestError("connection refused")]

    with pytest.raises(NoAnswerError, match=r"GET token \(managed identity\) got no answer") as caught:
        asyncio.run(shared(sign_in).token())

    assert not caught.value.may_have_taken_effect


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
