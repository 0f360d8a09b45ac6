"""What differs between the services that `Transport` speaks to: headers, the credential's scheme, words of refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from azure_recovery.rest import error_body
from azure_recovery.rest.error_body import ErrorTree
from azure_recovery.rest.errors import ConflictError, NotFoundError, ServiceError, ThrottledError
from azure_recovery.rest.headers import request_id, retry_after_s

_KINDS: Mapping[int, type[ServiceError]] = {
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    429: ThrottledError,
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a service is spoken to. The defaults are ARM's.

    Attributes:
        accept: Media type that is asked for. content_type: Of bodies, which are JSON in any case.
        scheme: Of `Authorization`, before the token.
        client_request_id: Whether each sending gets an id of its own, `x-ms-client-request-id`.
        read_error: Body and `Content-Type` of a refusal → what it says; it never raises.
    """

    accept: str = "application/json"
    content_type: str = "application/json"
    scheme: str = "Bearer"
    client_request_id: bool = True
    read_error: Callable[[bytes, str], ErrorTree] = error_body.parse

    def headers(self, *, token: str, has_body: bool, more: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of one sending.

        Args:
            token: Credential behind the scheme; without one there is no `Authorization`.
            has_body: Whether it has one. more: Of this call.
        """
        found = {"accept": self.accept}
        if has_body:
            found["content-type"] = self.content_type
        found.update(more)
        if token:
            found["authorization"] = f"{self.scheme} {token}"
        if self.client_request_id:
            found |= {"x-ms-client-request-id": str(uuid.uuid4()), "x-ms-return-client-request-id": "true"}
        return found

    def said(self, response: httpx.Response) -> ErrorTree:
        """Return what the body of a response says, taken as that of an error."""
        return self.read_error(response.content, response.headers.get("content-type", ""))

    def refusal(self, method: str, url: str, response: httpx.Response, now: datetime) -> ServiceError:
        """Return the error that tells of a response that is no success.

        Args:
            method: As sent. url: As sent.
            response: Whole.
            now: The service's time of day, for a `Retry-After` that is a date.
        """
        said = self.said(response)
        return _KINDS.get(response.status_code, ServiceError)(
            method=method,
            url=url,
            status=response.status_code,
            code=said.code,
            text=said.text,
            target=said.target,
            details=said.pairs,
            request_id=request_id(response.headers),
            retry_after_s=retry_after_s(response.headers, now=now),
            from_gateway=response.headers.get("x-ms-failure-cause", "").strip().lower() == "gateway",
        )


ARM = Dialect()
