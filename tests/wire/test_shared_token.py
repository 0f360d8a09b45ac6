"""One token for everything that a process does: got once, replaced in time, and told by nobody."""

from __future__ import annotations

import asyncio

import pytest
from azure.core.exceptions import ServiceRequestError

from azure_recovery.rest.credentials import SharedToken, token_source
from azure_recovery.rest.errors import ConfigurationError, NoAnswerError
from azure_recovery.rest.settings import AzureSettings
from azure_recovery.rest.transport import Refreshable

TENANT = "00000000-0000-0000-0000-0000000000aa"
OTHER = "00000000-0000-0000-0000-0000000000cc"
MSI = {"ARM_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001", "ARM_USE_MSI": "true"}
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
        token_source(listed, tenant_id=OTHER)


def test_sign_in_service_does_not_answer(sign_in):
    """A lost connection to the sign-in service is no matter of configuration, and nothing has taken effect."""
    sign_in.errors = [ServiceRequestError("connection refused")]

    with pytest.raises(NoAnswerError, match=r"GET token \(managed identity\) got no answer") as caught:
        asyncio.run(shared(sign_in).token())

    assert not caught.value.may_have_taken_effect
