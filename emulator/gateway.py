"""From request to answer, in one place: who asks, what for, may they, do it, say it, write it down.

The steps between "understood" and "sent" are where faults come in: before anything took effect, and after it did but
before the caller hears of it. Everything between those two is one transaction, and nothing else runs meanwhile.
"""

from __future__ import annotations

import json
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from azure_recovery.emulator import routing
from azure_recovery.emulator.connections import Connections, NoAnswer
from azure_recovery.emulator.errors import ArmError, group_not_found, subscription_not_found
from azure_recovery.emulator.exchange import TOKEN, Answer, Call, Cloud
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.faults import Cut, Faults
from azure_recovery.emulator.inventory import group_key
from azure_recovery.emulator.journal import Journal

_CONFLICTS_KEPT: Final = 1000
_CONFLICT: Final = 409
_ERROR: Final = 400


@dataclass
class Exchange:
    """One request on its way: what is known of it so far."""

    method: str
    path: str
    query: str
    client_request_id: str
    request: Request
    operation: str = ""
    code: str = ""
    fault: str = ""
    struck: list[Fault] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    _call: Call | None = None

    @property
    def call(self) -> Call:
        """The request as it was understood; faults see only those that were."""
        assert self._call is not None
        return self._call

    @call.setter
    def call(self, call: Call) -> None:
        self._call = call


class Gateway:
    """Answers every request to ARM.

    Args:
        cloud: What there is.
        journal: Where requests are written down.
        faults: What goes wrong on demand.
        connections: Where connections can be cut.
    """

    def __init__(self, cloud: Cloud, journal: Journal, faults: Faults, connections: Connections) -> None:
        self._cloud = cloud
        self._connections = connections
        self._journal = journal
        self._faults = faults
        self._conflicts: OrderedDict[tuple[str, str, str], tuple[float, ArmError]] = OrderedDict()

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        body = await request.body()
        now = self._cloud.clock.now()
        exchange = Exchange(
            method=request.method,
            path=request.url.path,
            query=request.scope["query_string"].decode("latin-1"),
            client_request_id=request.headers.get("x-ms-client-request-id", ""),
            request=request,
        )
        try:
            answer = await self._result(exchange, request, body, now)
        except ArmError as error:
            exchange.code = error.code
            answer = self._refused(error)
        except Cut:
            self._log(exchange, now, 0)
            return NoAnswer(self._connections)
        response = self._response(exchange, answer, request.headers)
        response = self._faults.spoil(exchange, response, self._connections)
        self._log(exchange, now, response.status_code)
        return response

    def _log(self, exchange: Exchange, now: float, status: int) -> None:
        self._journal.add(
            at=now,
            method=exchange.method,
            path=exchange.path,
            query=exchange.query,
            operation=exchange.operation,
            status=status,
            code=exchange.code,
            client_request_id=exchange.client_request_id,
            fault=exchange.fault,
        )

    async def _result(self, exchange: Exchange, request: Request, body: bytes, now: float) -> Answer:
        self._authenticate(request.headers)
        route = routing.find(exchange.method, exchange.path)
        exchange.operation = route.operation
        call = self._understood(exchange, route, request, body, now)
        exchange.call = call
        await self._faults.before_effect(exchange, self._cloud)
        self._replay(exchange, now)
        try:
            # A fault may have held the request back; what it does, it does now.
            answer = self._effect(exchange, route, replace(call, now=self._cloud.clock.now()))
        except ArmError as error:
            if error.status == _CONFLICT:
                self._remember(exchange, now, error)
            exchange.code = error.code
            answer = self._refused(error)
        return await self._faults.after_effect(exchange, self._cloud, answer)

    def _refused(self, error: ArmError) -> Answer:
        return Answer(error.status, error.body(), error.headers)

    @staticmethod
    def _authenticate(headers: Mapping[str, str]) -> None:
        given = headers.get("authorization")
        challenge = {
            "WWW-Authenticate": 'Bearer error="invalid_token", error_description="The access token is invalid."'
        }
        if not given:
            raise ArmError(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if given != f"Bearer {TOKEN}":
            raise ArmError(401, "InvalidAuthenticationToken", "The access token is invalid.", headers=challenge)

    def _understood(self, exchange: Exchange, route: routing.Route, request: Request, body: bytes, now: float) -> Call:
        query = {name.lower(): value for name, value in parse_qsl(exchange.query, keep_blank_values=True)}
        api_version = query.get("api-version", "")
        if route.signed:
            self._verify(request)
        else:
            api_version = routing.check_api_version(route, api_version, exchange.path)
        host = request.headers.get("host", "localhost")
        return Call(
            operation=route.operation,
            method=exchange.method,
            target=routing.target(exchange.path),
            path=exchange.path,
            query=query,
            api_version=api_version,
            body=body,
            base_url=f"http://{host}",
            now=now,
            headers=request.headers,
        )

    def _verify(self, request: Request) -> None:
        raw = request.scope.get("raw_path", request.scope["path"].encode()) + b"?" + request.scope["query_string"]
        if not self._cloud.signer.verify(raw):
            raise ArmError(
                self._cloud.settings.whole("bad_signature_status"),
                "InvalidAsyncOperationUrl",
                "The signature of the operation URL is missing or does not match.",
            )

    def _effect(self, exchange: Exchange, route: routing.Route, call: Call) -> Answer:
        cloud, subscription = self._cloud, call.target.subscription.lower()
        if subscription not in cloud.subscriptions:
            raise subscription_not_found(call.target.subscription)
        exchange.headers.update(cloud.throttle.admit_to_arm(call.method, subscription, call.now))
        exchange.headers.update(
            cloud.throttle.admit_to_compute(route.operation, subscription, call.target.key, call.now)
        )
        with cloud.store.transaction():
            cloud.store.settle(call.now)
            if route.in_group and cloud.store.get(group_key(subscription, call.target.group)) is None:
                raise group_not_found(call.target.group)
            return route.handler(self._faults.seen_by(exchange, cloud), call)

    def _replay(self, exchange: Exchange, now: float) -> None:
        """Refuse again what was refused with 409 under the same request id, as ARM does without asking the provider."""
        key = (exchange.client_request_id, exchange.method, exchange.path.lower())
        remembered = self._conflicts.get(key)
        if remembered is not None and now - remembered[0] < self._cloud.settings.number("conflict_replay_seconds"):
            raise remembered[1]

    def _remember(self, exchange: Exchange, now: float, error: ArmError) -> None:
        if exchange.client_request_id:
            self._conflicts[(exchange.client_request_id, exchange.method, exchange.path.lower())] = (now, error)
            while len(self._conflicts) > _CONFLICTS_KEPT:
                self._conflicts.popitem(last=False)

    def _response(self, exchange: Exchange, answer: Answer, asked: Mapping[str, str]) -> Response:
        request_id = str(uuid.uuid4())
        headers = {
            "Date": formatdate(self._cloud.clock.now(), usegmt=True),
            "Cache-Control": "no-cache",
            "x-ms-request-id": request_id,
            "x-ms-correlation-request-id": asked.get("x-ms-correlation-request-id") or request_id,
            "x-ms-routing-request-id": f"EMULATOR:{request_id}",
            **exchange.headers,
            **answer.headers,
        }
        if exchange.operation in routing.DATA_PROTECTION_OPERATIONS and self._cloud.settings.flag("empty_request_id"):
            headers["x-ms-request-id"] = ""
        if asked.get("x-ms-return-client-request-id", "").lower() == "true" and exchange.client_request_id:
            headers["x-ms-client-request-id"] = exchange.client_request_id
        if answer.status >= _ERROR and "x-ms-failure-cause" not in headers and not exchange.headers:
            headers["x-ms-failure-cause"] = "gateway"
        if answer.body is None:
            return Response(status_code=answer.status, headers=headers)
        content = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False).encode()
        return Response(content, answer.status, headers, media_type="application/json; charset=utf-8")
