"""From request to answer at SPF: the steps of ARM's gateway, with another caller, other URLs and other words.

Clock, state, faults and request log are those of the whole emulator.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from azure_recovery.emulator import spf_address, spf_errors, spf_query, spf_routing
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import TOKEN, Answer, Call
from azure_recovery.emulator.gateway import Exchange, Gateway
from azure_recovery.emulator.ids import ArmId

USER: Final = "emulator"
PASSWORD: Final = TOKEN
_BASIC: Final = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
_ACCEPTED: Final = ("application/json", "application/json;odata=minimalmetadata")


class SystemCenterGateway(Gateway):
    """Answers every request to SPF. TLS has looked at a client certificate before a request is one."""

    async def _result(self, exchange: Exchange, request: Request, body: bytes, now: float) -> Answer:
        settings = self._cloud.settings
        self._authenticate_caller(request)
        address = spf_address.parse(exchange.path)
        route = spf_routing.find(exchange.method, address)
        exchange.operation = route.operation
        query = dict(parse_qsl(exchange.query, keep_blank_values=True))
        call = Call(
            operation=route.operation,
            method=exchange.method,
            target=ArmId(
                address.subscription,
                "",
                spf_errors.SYSTEM_CENTER_NAMESPACE,
                (address.entity_set,),
                (str(address.key or ""),),
            ),
            path=exchange.path,
            query=query,
            api_version="",
            body=body,
            base_url=f"https://{request.headers.get('host', 'localhost')}",
            now=now,
            headers=request.headers,
        )
        exchange.call = call
        await self._faults.before_effect(exchange, self._cloud)
        try:
            self._check(call)
            # A fault may have held the request back; what it does, it does now.
            late = replace(call, now=self._cloud.clock.now())
            with self._cloud.store.transaction():
                self._cloud.store.settle(late.now)
                if address.subscription not in self._cloud.system_center_subscriptions:
                    raise spf_errors.refused(404, "SubscriptionNotFound", "The subscription cannot be found.")
                answer = route.handler(self._cloud, late, address)
        except ArmError as error:
            exchange.code = error.code
            answer = spf_errors.answer(error, settings)
        return await self._faults.after_effect(exchange, self._cloud, answer)

    def _authenticate_caller(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        way = self._cloud.settings.text("spf_authentication")
        if way == "certificate" and not self._connections.certified(request.scope):
            raise spf_errors.CertificateMissingError
        if way == "bearer" and given != f"Bearer {TOKEN}":
            raise spf_errors.UnauthenticatedError("Bearer")
        if way == "basic" and given != _BASIC:
            raise spf_errors.UnauthenticatedError('Basic realm="spf"')

    def _check(self, call: Call) -> None:
        if self._cloud.settings.text("spf_principal_id") == "required" and not call.headers.get("x-ms-principal-id"):
            raise spf_errors.bad_request("The header 'x-ms-principal-id' is required.")
        accepted = call.headers.get("accept", "").replace(" ", "").lower()
        if not any(accepted == known or accepted.startswith(f"{known},") for known in _ACCEPTED):
            raise spf_errors.refused(
                415, "UnsupportedMediaType", "Unsupported media type requested: this service answers minimal JSON."
            )
        version = call.headers.get("maxdataserviceversion", "3.0").partition(";")[0].strip()
        if version != "3.0":
            raise spf_errors.bad_request(f"The MaxDataServiceVersion '{version}' is too low for the response; use 3.0.")
        spf_query.check(call.query)

    def _refused(self, error: ArmError) -> Answer:
        return spf_errors.answer(error, self._cloud.settings)

    def _response(self, _exchange: Exchange, answer: Answer, _asked: Mapping[str, str]) -> Response:
        headers = {
            "Cache-Control": "no-cache",
            "Server": "Microsoft-IIS/8.5",
            "x-ms-request-id": str(uuid.uuid4()),
            "X-Content-Type-Options": "nosniff",
            "request-id": str(uuid.uuid4()),
            "DataServiceVersion": "1.0;" if answer.body is None else "3.0;",
            "X-AspNet-Version": "4.0.30319",
            "Persistent-Auth": "true",
            "X-Powered-By": "ASP.NET",
            "Date": formatdate(self._cloud.clock.now(), usegmt=True),
            **answer.headers,
        }
        if answer.body is None:
            return Response(status_code=answer.status, headers=headers)
        headers.setdefault("Content-Type", spf_errors.JSON_TYPE)
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, separators=(",", ":"))
        return Response(text.encode(), answer.status, headers)
