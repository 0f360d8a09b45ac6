"""One subscription's VMM service: its address, its credential, its headers; requests go through `Transport`.

Everything that `Transport` promises holds here: the credential goes to this origin alone, redirects are not followed,
reads are repeated while that is harmless, and a lost connection says whether the request may have taken effect.
"""

from __future__ import annotations

import base64
import re
import ssl
from datetime import datetime
from typing import Any

import httpx

from azure_recovery.rest import wire
from azure_recovery.rest.clock import Clock, Deadline, SystemClock
from azure_recovery.rest.errors import InvalidInputError, NoAnswerError
from azure_recovery.rest.odata import protocol
from azure_recovery.rest.redaction import quoted
from azure_recovery.rest.retrying import OnWait, Repeat, RetryPolicy
from azure_recovery.rest.spf.address import ServiceRoot
from azure_recovery.rest.spf.settings import SpfLogin, SpfSettings
from azure_recovery.rest.spf.tls import tls_context
from azure_recovery.rest.transport import Answer, TokenSource, Transport

DEFAULT_PRINCIPAL_ID = "azure-recovery"
"""`x-ms-principal-id`, which has to be there and may be anything. Source: checkpoint page."""

_NO_AUTHORITY = frozenset({18, 19, 20, 21})
"""OpenSSL's codes for a certificate whose authority is not known. Source: x509_vfy.h."""
_OTHER_HOST = frozenset({62, 64})
"""Those for a name, and an address, that a certificate does not have."""
_IN_A_HEADER = re.compile(r"[!-~]([ -~]*[!-~])?")


class _Fixed:
    """A credential that stays as it was configured."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def token(self) -> str:
        return self._value


class Connection:
    """Requests to one service root, for all tasks of one event loop.

    Args:
        transport: To the origin of *root*.
        root: Where the entities are.
        principal_id: Whom the service is to write down, printable ASCII; `DEFAULT_PRINCIPAL_ID` if empty.

    Attributes:
        transport: As given. root: As given.

    Raises:
        InvalidInputError: *principal_id* does not fit into a header.
    """

    def __init__(self, transport: Transport, root: ServiceRoot, *, principal_id: str = "") -> None:
        principal = principal_id.strip() or DEFAULT_PRINCIPAL_ID
        if not _IN_A_HEADER.fullmatch(principal):
            raise InvalidInputError(
                property="principal_id", reason=f"{quoted(principal_id)} is no printable ASCII such as user@contoso.com"
            )
        self.transport = transport
        self.root = root
        self._headers = {**protocol.HEADERS, "x-ms-principal-id": principal}

    def __repr__(self) -> str:
        """Return it without its credential."""
        return f"<Connection to {self.root}>"

    async def aclose(self) -> None:
        """Close all connections."""
        await self.transport.aclose()

    def service_now(self) -> datetime:
        """Return the service's time of day, aware, in UTC: its newest `Date` and what has passed since."""
        return self.transport.service_now()

    async def send(
        self,
        method: str,
        entity: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        repeat: Repeat,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Answer:
        """Send a request and return its 2xx answer.

        Args:
            method: In capitals; `MERGE` is one of them.
            entity: Below the service root, `Jobs(ID=guid'…',StampId=guid'…')`, or what a page names as its next.
            query: Options such as `{"$filter": "ID eq guid'…'"}`.
            body: Sent as JSON unless None.
            repeat: What a second sending could do.
            deadline: No pause goes past it.
            on_wait: Told each pause before it begins.

        Raises:
            NoAnswerError: Nothing came back; it says whether the request may have taken effect.
            ServiceError: Or one of its kinds: the service said no.
            UnexpectedAnswerError: *entity* leads to another host (nothing was sent), or a 2xx answer holds no JSON.
        """
        absolute = entity.startswith("/") or "://" in entity
        try:
            return await self.transport.send(
                method,
                entity if absolute else f"{self.root.path}/{entity}",
                query=query,
                body=body,
                headers=self._headers,
                repeat=repeat,
                deadline=deadline,
                on_wait=on_wait,
            )
        except NoAnswerError as silence:
            advice = _about_certificates(silence)
            raise (silence.advised(advice) if advice else silence) from silence.__cause__


def _about_certificates(silence: NoAnswerError) -> str:
    if wire.certificate_refused(silence):
        return "the service demands a client certificate that it trusts: set azure-recovery:spfClientCertificatePath"
    trouble = wire.tls_trouble(silence)
    code = trouble.verify_code if isinstance(trouble, ssl.SSLCertVerificationError) else 0
    if code in _NO_AUTHORITY:
        return "the service's certificate is not trusted: name its authority in azure-recovery:spfCaBundlePath"
    if code in _OTHER_HOST:
        return "write the host into base_url under a name that the service's certificate has"
    return ""


def connect(
    settings: SpfSettings,
    root: ServiceRoot,
    *,
    principal_id: str = "",
    clock: Clock | None = None,
    policy: RetryPolicy | None = None,
    http: httpx.AsyncClient | None = None,
) -> Connection:
    """Return a connection. The files of *settings* are read; nothing is sent.

    Args:
        settings: How to log in, and whom to trust.
        root: Where to.
        principal_id: Whom the service is to write down.
        clock: The source of time; the machine's, at the configured speed, if None.
        policy: How patiently reads are repeated.
        http: A client of one's own, for tests; the TLS side of *settings* is not used then.

    Raises:
        ConfigurationError: A file cannot be used, or the speed is not for this service.
        InvalidInputError: *principal_id* does not fit into a header.
    """
    clock = clock or SystemClock(settings.speed(root))
    scheme, token = _credential(settings)
    transport = Transport(
        endpoint=root.origin,
        token=token,
        clock=clock,
        # As for ARM, a proxy of the environment is not asked for what is on this machine.
        http=http
        or httpx.AsyncClient(
            verify=tls_context(settings), timeout=wire.TIMEOUT, limits=wire.LIMITS, trust_env=not root.is_loopback
        ),
        policy=policy,
        user_agent=protocol.USER_AGENT,
        dialect=protocol.dialect(scheme),
    )
    return Connection(transport, root, principal_id=principal_id)


def _credential(settings: SpfSettings) -> tuple[str, TokenSource | None]:
    match settings.login:
        case SpfLogin.CERTIFICATE:
            return "", None
        case SpfLogin.TOKEN:
            return "Bearer", _Fixed(settings.token.value)
        case SpfLogin.BASIC:
            pair = f"{settings.username.value}:{settings.password.value}"
            return "Basic", _Fixed(base64.b64encode(pair.encode()).decode("ascii"))
