"""Long-running operations: what an answer means for one. Pure: no clock, no network.

An accepted request names where to look, in this order: the header `Azure-AsyncOperation` (a status to read), the header
`Location` (202 until it is over), and else the resource itself (`properties.provisioningState`). `first_step` says so,
`next_step` and `after_failed_look` say what a look there means; `operations` looks and waits.

To fail to read a status says nothing about the operation: 4xx and 5xx at a status URL are looked at again. When they go
on, because the status has expired or the caller may not read it, the resource itself is asked.

Sources: resource provider contract, async-api-reference; azure-core 1.41, `base_polling`, for the final GET.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from azure_recovery.rest.arm.operation_states import OperationState, state_of
from azure_recovery.rest.error_body import from_json
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError, ServiceError, UnexpectedAnswerError
from azure_recovery.rest.headers import retry_after_s
from azure_recovery.rest.transport import Answer

FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
"""Between looks where no `Retry-After` is given: the contract's default, reached by doubling."""
SHORTEST_ASKED_S, LONGEST_ASKED_S = 1.0, 600.0
"""Bounds for `Retry-After`. The contract allows 10 s to 10 min; a service that says 0 is not asked in a busy loop."""
FAILED_LOOKS = 3
"""Looks in which the status cannot be read, without one in which it can, before the resource itself is asked."""

_TRANSIENT = frozenset({401, 408, 429})
_UNREADABLE = frozenset({401, 403, 404, 408, 410, 429})
"""Answers at a `Location` that speak of the URL, not of the operation."""
_CREATED, _ACCEPTED = 201, 202


class Way(Enum):
    """Where the looks go."""

    STATUS = "Azure-AsyncOperation"
    LOCATION = "Location"
    RESOURCE = "provisioningState"


@dataclass(frozen=True)
class Running:
    """Not over: look again.

    Attributes:
        method: Of the request that was accepted. resource_url: Its URL.
        way: What kind of URL `look_at` is.
        look_at: Where to look next; signed.
        location: The `Location` of the first answer, for the result of a POST; signed.
        asked_s: What `Retry-After` asked for, or None.
        looks: Looks so far. failed: Those in which the status could not be read, since the last in which it could;
            what passes by itself, such as a 503, is not counted.
    """

    method: str
    resource_url: str = field(repr=False)
    way: Way
    look_at: str = field(repr=False)
    location: str = field(default="", repr=False)
    asked_s: float | None = None
    looks: int = 0
    failed: int = 0

    @property
    def pause_s(self) -> float:
        """Azure's seconds until the next look: soon at first, then the contract's minute."""
        if self.asked_s is not None:
            return min(max(self.asked_s, SHORTEST_ASKED_S), LONGEST_ASKED_S)
        return float(min(FIRST_PAUSE_S * 2.0 ** min(self.looks, 16), LONGEST_PAUSE_S))


@dataclass(frozen=True)
class Finished:
    """Over, and successful.

    Attributes:
        result: The answer that is the result, where one came. result_url: Where else to GET it; "" where there is none.
        status: The status that said so, where one was read; some services put the result into its `properties`.
    """

    result: Answer | None = None
    result_url: str = field(default="", repr=False)
    status: Answer | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Ended:
    """Over, and not successful: the service's own words."""

    state: OperationState
    code: str = ""
    text: str = ""
    request_id: str = ""


Step = Running | Finished | Ended


def first_step(answer: Answer, now: datetime) -> Step:
    """Return what to do after the *answer* that accepted a request, *now* by the service's time.

    Raises:
        UnexpectedAnswerError: A POST was accepted, and nothing says where to look.
    """
    status_url = answer.headers.get("azure-asyncoperation", "")
    location = answer.headers.get("location", "")
    way, look_at = Way.RESOURCE, answer.url
    if status_url:
        way, look_at = Way.STATUS, status_url
    elif location and answer.status in {_CREATED, _ACCEPTED}:
        way, look_at = Way.LOCATION, location
    running = Running(
        method=answer.method,
        resource_url=answer.url,
        way=way,
        look_at=look_at,
        location=location,
        asked_s=retry_after_s(answer.headers, now=now),
    )
    if way is not Way.RESOURCE:
        return running
    if answer.method in {"PUT", "PATCH"}:
        unsaid = OperationState.RUNNING if answer.status in {_CREATED, _ACCEPTED} else OperationState.SUCCEEDED
        return _by_resource(running, answer, unsaid)
    if answer.status != _ACCEPTED:
        return Finished(result=answer)
    if answer.method == "DELETE":
        return running
    raise answer.unexpected("names neither Azure-AsyncOperation nor Location, so nobody can follow what it started")


def next_step(running: Running, answer: Answer, now: datetime) -> Step:
    """Return what to do after a look that was answered with 2xx, *now* by the service's time.

    Raises:
        UnexpectedAnswerError: The answer holds no status where one belongs; that look failed.
    """
    looked = replace(running, looks=running.looks + 1, failed=0, asked_s=retry_after_s(answer.headers, now=now))
    if running.way is Way.STATUS:
        return _by_status(looked, answer)
    if running.way is Way.LOCATION:
        if answer.status == _ACCEPTED:
            return replace(looked, look_at=answer.headers.get("location") or running.look_at)
        if running.method not in {"PUT", "PATCH"}:
            return Finished(result=answer)
        if not isinstance(answer.body, Mapping):
            return Finished(result_url=running.resource_url)
        # The Location of a 201 may be the resource itself, which answers 200 long before it is done.
        on_resource = replace(looked, way=Way.RESOURCE, look_at=running.resource_url)
        return _by_resource(on_resource, answer, OperationState.SUCCEEDED)
    if running.method == "DELETE":
        state = state_of(_provisioning_state(answer))
        # "Succeeded" is what it was before the deletion reached it.
        return _ended(state, answer) if state in {OperationState.FAILED, OperationState.CANCELED} else looked
    return _by_resource(looked, answer, OperationState.SUCCEEDED)


def after_failed_look(running: Running, error: AzureRecoveryError) -> Step:
    """Return what to do after a look that got no 2xx."""
    status = error.status if isinstance(error, ServiceError) else 0
    gone = isinstance(error, NotFoundError) and error.is_gone
    if running.way is Way.RESOURCE and running.method == "DELETE" and gone:
        return Finished()
    refused = 400 <= status < 500  # noqa: PLR2004 - HTTP's client errors
    if isinstance(error, ServiceError) and running.way is Way.LOCATION and refused and status not in _UNREADABLE:
        # A Location answers as the request itself would have, had it been synchronous.
        return Ended(OperationState.FAILED, error.code, error.text, error.request_id)
    cannot_be_read = (refused and status not in _TRANSIENT) or isinstance(error, UnexpectedAnswerError)
    failed = running.failed + cannot_be_read
    asked = error.retry_after_s if isinstance(error, ServiceError) else None
    again = replace(running, looks=running.looks + 1, failed=failed, asked_s=asked)
    if failed >= FAILED_LOOKS and running.way is not Way.RESOURCE and running.method != "POST":
        return replace(again, way=Way.RESOURCE, look_at=running.resource_url, looks=0, failed=0, asked_s=None)
    return again


def _by_status(running: Running, answer: Answer) -> Step:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    word = body.get("status")
    if not isinstance(word, str) or not word:
        raise answer.unexpected("its body has no 'status'")
    state = state_of(word)
    if state is OperationState.RUNNING:
        return running
    if state is not OperationState.SUCCEEDED:
        return _ended(state, answer)
    moved = body.get("resourceLocation")
    if isinstance(moved, str) and moved:
        return Finished(result_url=moved, status=answer)
    if running.method in {"PUT", "PATCH"}:
        return Finished(result_url=running.resource_url, status=answer)
    return Finished(result_url=running.location if running.method == "POST" else "", status=answer)


def _by_resource(running: Running, answer: Answer, unsaid: OperationState) -> Step:
    word = _provisioning_state(answer)
    state = state_of(word) if word else unsaid
    if state is OperationState.RUNNING:
        return running
    return Finished(result=answer) if state is OperationState.SUCCEEDED else _ended(state, answer)


def _ended(state: OperationState, answer: Answer) -> Ended:
    said = from_json(answer.body)
    inner = next((tree for tree in said.walk() if tree.code), said)
    return Ended(state, inner.code, said.text, answer.request_id)


def _provisioning_state(answer: Answer) -> str:
    body: Any = answer.body
    properties = body.get("properties") if isinstance(body, Mapping) else None
    word = properties.get("provisioningState") if isinstance(properties, Mapping) else None
    return word if isinstance(word, str) else ""
