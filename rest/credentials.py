"""Bearer tokens, by azure-identity, one for all tasks that need one.

azure-identity is imported when the first token is needed and not before: it takes longer to load than everything else
here, and a preview that changes nothing asks for no token. Its synchronous credentials run in a thread, because the
asynchronous ones need a second HTTP library.

A credential object lives for one token. It keeps no cache below ours, which makes "get a new one" mean that, and no
open connection for the hour until the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from azure_recovery.rest import wire
from azure_recovery.rest.errors import ConfigurationError, NoAnswerError
from azure_recovery.rest.logins import AuthMethod, Login
from azure_recovery.rest.redaction import one_line, redacted
from azure_recovery.rest.settings import AzureSettings
from azure_recovery.rest.transport import TokenSource

if TYPE_CHECKING:
    from types import TracebackType

_LOG = logging.getLogger("azure_recovery.rest")
_RENEW_BEFORE_S = 300.0
"""Wall time before its end at which a token is replaced: a request may be under way for minutes."""
_RENEW_AGAIN_S = 30.0
"""Wall time between attempts to replace a token that still works."""
_LONGEST_WORDS = 600
_IN_A_HEADER = re.compile(r"[!-~]+")
_CLI_TIMEOUT_S = 30.0
"""Wall time for the Azure CLI, which takes seconds to start on a busy machine."""


class AccessToken(Protocol):
    """A token of azure-core."""

    @property
    def token(self) -> str:
        """The bearer token."""
        ...

    @property
    def expires_on(self) -> int:
        """End of its life, seconds since 1970."""
        ...


class Credential(Protocol):
    """What azure-identity's synchronous credentials have in common."""

    def get_token(self, *scopes: str, tenant_id: str | None = None) -> AccessToken:
        """Return a token for *scopes*."""
        ...

    def __enter__(self) -> Any: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def token_source(settings: AzureSettings, *, tenant_id: str | None = None) -> TokenSource:
    """Return where the tokens of a stack come from. Nothing is loaded, opened or asked until the first token.

    Args:
        settings: Say how to log in.
        tenant_id: Another tenant for which tokens are made out, one of the auxiliary ones.

    Raises:
        ConfigurationError: *tenant_id* is not among the auxiliary tenants.
    """
    if tenant_id is not None and tenant_id not in settings.login.auxiliary_tenant_ids:
        raise ConfigurationError(f"tenant {tenant_id} is not listed in azure-native:auxiliaryTenantIds")
    return SharedToken(settings, tenant_id=tenant_id)


def credential_for(settings: AzureSettings, **options: Any) -> Credential:
    """Return a new credential of azure-identity.

    Args:
        settings: Say which.
        options: Given to azure-identity as they are; `transport` replaces its connections in tests.
    """
    from azure import identity  # noqa: PLC0415 - see the module's docstring

    login = settings.login
    allowed = {"additionally_allowed_tenants": list(login.auxiliary_tenant_ids)}
    entra = {
        "authority": settings.cloud.authority,
        "disable_instance_discovery": login.disable_instance_discovery,
        **allowed,
        **options,
    }
    match login.method:
        case AuthMethod.DEFAULT:
            # It reads AZURE_* and its own order; that is what asking for it means.
            return identity.DefaultAzureCredential(
                authority=settings.cloud.authority, process_timeout=int(_CLI_TIMEOUT_S), **allowed, **options
            )
        case AuthMethod.CERTIFICATE:
            return identity.CertificateCredential(
                settings.tenant_id,
                login.client_id,
                login.certificate_path,
                password=login.certificate_password or None,
                **entra,
            )
        case AuthMethod.SECRET:
            return identity.ClientSecretCredential(settings.tenant_id, login.client_id, login.client_secret, **entra)
        case AuthMethod.OIDC:
            return identity.ClientAssertionCredential(
                settings.tenant_id, login.client_id, lambda: assertion(login), **entra
            )
        case AuthMethod.MANAGED_IDENTITY:
            return identity.ManagedIdentityCredential(client_id=login.client_id or None, **options)
        case AuthMethod.CLI:
            # The CLI takes a tenant or a subscription, not both.
            subscription = None if settings.tenant_id else settings.subscription_id or None
            return identity.AzureCliCredential(
                tenant_id=settings.tenant_id,
                subscription=subscription,
                process_timeout=int(_CLI_TIMEOUT_S),
                **allowed,
            )


def assertion(login: Login, http: httpx.Client | None = None) -> str:
    """Return the token of a pipeline or cluster that Microsoft Entra takes in exchange for its own.

    Args:
        login: Holds the token, its file, or the URL and token to ask for it.
        http: Asks; a new one when None.

    Raises:
        ConfigurationError: The file or the answer holds none, or the URL is none.
        httpx.HTTPError: The URL does not answer.
    """
    if login.oidc_token:
        return login.oidc_token
    if login.oidc_token_file:
        try:
            found = Path(login.oidc_token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"OIDC token file {login.oidc_token_file} cannot be read: {error}") from None
        if not found:
            raise ConfigurationError(f"OIDC token file {login.oidc_token_file} is empty")
        return found
    wire.keep_quiet()
    try:
        url = httpx.URL(login.oidc_request_url).copy_merge_params({"audience": login.oidc_audience})
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"OIDC request URL is no URL: {_words(error)}") from None
    with contextlib.ExitStack() as stack:
        stack.enter_context(wire.unlogged())
        client = http or stack.enter_context(httpx.Client(timeout=wire.TIMEOUT))
        answer = client.get(url, headers={"authorization": f"Bearer {login.oidc_request_token}"})
    where = f"OIDC request URL at {url.host}"
    if not answer.is_success:
        raise ConfigurationError(f"{where} answered {answer.status_code}; its request token may have expired")
    try:
        value = answer.json()["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        value = None
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{where} answered no JSON object with a `value`")
    return value


@dataclass(frozen=True, slots=True)
class _Held:
    text: str
    expires_on: float


class SharedToken:
    """One token, got once for any number of tasks, and again before it expires.

    A token that cannot be replaced in time is used until its end: a sign-in service that is down for five minutes is
    no reason to end a wait of ten hours.

    Args:
        settings: Say how to log in.
        tenant_id: Another tenant than the credential's own.
        build: Makes a credential.
        wall: Seconds since 1970; tokens live in wall time, rehearsal or not.
    """

    def __init__(
        self,
        settings: AzureSettings,
        *,
        tenant_id: str | None = None,
        build: Callable[[AzureSettings], Credential] = credential_for,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._tenant_id = tenant_id
        self._build = build
        self._wall = wall
        self._held: _Held | None = None
        self._getting: asyncio.Task[_Held] | None = None
        self._not_before = 0.0

    def __repr__(self) -> str:
        """Return it without its token."""
        return f"<SharedToken by {self._settings.login.method.value}>"

    async def token(self) -> str:
        """Return a token that is valid now.

        Raises:
            ConfigurationError: The credential was refused, or is not there; in its own words.
            NoAnswerError: The sign-in service did not answer; nothing has taken effect.
        """
        held, now = self._held, self._wall()
        if held is not None and (
            now < held.expires_on - _RENEW_BEFORE_S or now < min(self._not_before, held.expires_on)
        ):
            return held.text
        if self._getting is None:
            self._getting = asyncio.create_task(asyncio.to_thread(self._get))
            self._getting.add_done_callback(self._got)
        try:
            # Whoever is cancelled leaves the others their token.
            return (await asyncio.shield(self._getting)).text
        except (ConfigurationError, NoAnswerError) as error:
            if held is None or self._held is not held or self._wall() >= held.expires_on:
                raise
            self._not_before = self._wall() + _RENEW_AGAIN_S
            _LOG.warning("token could not be renewed and is used until its end: %s", error)
            return held.text

    def forget(self, token: str) -> None:
        """Never return *token* again: the service has refused it."""
        if self._held is not None and self._held.text == token:
            self._held = None

    def _got(self, task: asyncio.Task[_Held]) -> None:
        self._getting = None
        if not task.cancelled() and task.exception() is None:
            self._held = task.result()

    def _get(self) -> _Held:
        from azure.core.exceptions import (  # noqa: PLC0415 - see the module's docstring
            AzureError,
            ServiceRequestError,
            ServiceResponseError,
        )

        method = self._settings.login.method.value
        _heard_once()
        try:
            with self._build(self._settings) as credential:
                got = credential.get_token(
                    self._settings.cloud.scope, **({"tenant_id": self._tenant_id} if self._tenant_id else {})
                )
        except (ServiceRequestError, ServiceResponseError, httpx.HTTPError) as error:
            raise _no_answer(method, _words(error)) from None
        except (AzureError, ValueError, OSError) as error:
            raise ConfigurationError(f"no token by {method}: {_words(error)}") from None
        except (TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
            # Raised in azure-identity and msal by JSON of another shape, such as a proxy's `null`.
            raise _no_answer(method, f"what answered is no token ({type(error).__name__})") from None
        if not isinstance(got.token, str) or not _IN_A_HEADER.fullmatch(got.token):
            raise _no_answer(method, "what answered is no token: no header can carry it")
        return _Held(got.token, float(got.expires_on))


async def subscription_id(settings: AzureSettings) -> str:
    """Return the subscription of a stack: the configured one, else the default of the Azure CLI.

    Raises:
        ConfigurationError: None is configured, and the CLI names none.
    """
    if settings.subscription_id:
        return settings.subscription_id
    unset = "azure-native:subscriptionId is not set"
    try:
        shown = await asyncio.to_thread(
            subprocess.run,
            ("az", "account", "show", "--output", "json"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CLI_TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        raise ConfigurationError(f"{unset}, and az cannot be run: {error}") from None
    except subprocess.TimeoutExpired:
        raise ConfigurationError(f"{unset}, and az did not answer in {_CLI_TIMEOUT_S:.0f} s") from None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return str(json.loads(shown.stdout)["id"])
    words = one_line(redacted(shown.stderr.decode(errors="replace")), _LONGEST_WORDS)
    raise ConfigurationError(f"{unset}, and az names no default: {words}")


def _heard_once() -> None:
    """Keep what azure-identity logs off stderr where nobody listens: the error that follows says it, redacted."""
    logger = logging.getLogger("azure")
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())


def _no_answer(method: str, reason: str) -> NoAnswerError:
    return NoAnswerError(
        method="GET", url=f"token ({method})", waited_s=0.0, reason=reason, may_have_taken_effect=False
    )


def _words(error: Exception) -> str:
    return one_line(redacted(str(error) or type(error).__name__), _LONGEST_WORDS)
