"""Every way to a token on top of anything that can be answered: no socket."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
import requests
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransportResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_recovery.rest.credentials import SharedToken, assertion, credential_for
from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.settings import AzureSettings
from tests.hardening.answers import (
    RAW,
    STATUSES,
    SUBSCRIPTION,
    spoilt_bodies,
)


class _SignIn:
    """A token endpoint, as azure-identity's pipeline reaches it."""

    def __init__(self, status, content):
        self.status, self.content = status, content

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def open(self):
        pass

    def close(self):
        pass

    def sleep(self, _):
        pass

    def send(self, request, **_):
        if self.status is None:
            raise ServiceRequestError("connection lost")
        answer = requests.Response()
        answer.status_code, answer._content = self.status, self.content
        answer.headers["content-type"] = "application/json"
        return RequestsTransportResponse(request, answer)


MSI = {"access_token": "opaque-token", "expires_on": "1900000000", "resource": "x", "token_type": "Bearer"}


@settings(max_examples=max(settings.default.max_examples // 2, 10))
@given(
    status=st.sampled_from([None, 200, 400, 401, 403, 404, 410, 429, 500, 503]),
    content=st.one_of(st.sampled_from([raw for raw in RAW.values() if len(raw) < 40_000]), spoilt_bodies(MSI)),
)
def test_any_answer_of_a_managed_identity(monkeypatch, fit_to_show, status, content):
    """A token that can go into a header, or one line."""
    judge_token(monkeypatch, fit_to_show, status, content)


NO_TOKENS = [
    json.dumps(MSI | {"access_token": odd}).encode() for odd in (None, True, 7, "", "two\nlines", "\xf6", [], {})
]


@pytest.mark.parametrize("content", [*RAW.values(), *NO_TOKENS], ids=[*RAW, *map(str, range(len(NO_TOKENS)))])
def test_each_body_in_place_of_a_token(monkeypatch, fit_to_show, content):
    """A status of success makes no token of it, and neither does a field of that name."""
    judge_token(monkeypatch, fit_to_show, 200, content)


def judge_token(monkeypatch, fit_to_show, status, content):
    """Fail unless the answer makes a token that can go into a header, or an error of one line."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:9/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header-of-a-test")
    stack = AzureSettings.load({}, {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION, "ARM_USE_MSI": "true"})
    source = SharedToken(stack, build=lambda of: credential_for(of, transport=_SignIn(status, content), retry_total=0))
    try:
        token = asyncio.run(source.token())
    except AzureRecoveryError as error:
        fit_to_show(str(error))
    else:
        assert httpx.Headers({"authorization": f"Bearer {token}"}).raw
        assert token.isprintable()


@given(
    status=st.sampled_from((200, *STATUSES)),
    content=st.one_of(st.sampled_from(sorted(RAW)).map(RAW.get), spoilt_bodies({"value": "assertion"})),
)
def test_any_answer_to_a_pipeline_that_asks_for_its_assertion(fit_to_show, status, content):
    """An assertion, or one line that names the host alone."""
    judge_assertion(fit_to_show, status, content)


@pytest.mark.parametrize("body", RAW)
def test_each_body_in_place_of_an_assertion(fit_to_show, body):
    """A status of success makes no assertion of it."""
    judge_assertion(fit_to_show, 200, RAW[body])


def judge_assertion(fit_to_show, status, content):
    """Fail unless the answer makes an assertion, or an error of one line."""
    login = AzureSettings.load(
        {},
        {
            "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
            "ARM_TENANT_ID": SUBSCRIPTION,
            "ARM_CLIENT_ID": SUBSCRIPTION,
            "ARM_USE_OIDC": "true",
            "ARM_OIDC_REQUEST_URL": "https://pipeline.example/assertion?key=PLANTED",
            "ARM_OIDC_REQUEST_TOKEN": "PLANTED",
        },
    ).login
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(status, content=content))) as http:
        try:
            assert isinstance(assertion(login, http), str)
        except AzureRecoveryError as error:
            fit_to_show(str(error))
