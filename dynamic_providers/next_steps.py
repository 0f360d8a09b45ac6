"""What to do about an error that tells what happened, and no more.

An error of `rest` knows the request and Azure's answer, not the program that somebody runs. What a person does next is
added here, in one place, for every resource; an error that names its way out itself is left as it is.
"""

from __future__ import annotations

import re

from azure_recovery.dynamic_providers.rights import lacks_right
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    NoAnswerError,
    NotFoundError,
    OperationError,
    OperationTimedOutError,
    ServiceError,
    UnexpectedAnswerError,
)

_AGAIN = {"create": "run up again", "update": "run up again", "read": "run it again", "delete": "run it again"}
"""The engine's verb → what a person calls it; a deletion may be that of an `up` or of a `destroy`."""

_FOUND = "what was started is found, and nothing is started twice"
_KEPT = {"read": "what was known before stays in the state", "delete": "what is gone by then is no error"}
_ACTIONS = {"GET": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
_COMPUTE = re.compile(r"(?i)/providers/(Microsoft\.Compute)/(restorePointCollections)/[^/]+(?:/(restorePoints)/)?")
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_PASSING = frozenset({408, 429})
_HTTP_INTERNAL = 500


def told(error: AzureRecoveryError, verb: str) -> str:
    """Return *error* with what to do next.

    Args:
        error: What went wrong. verb: The provider's method: `create`, `update`, `read`, `delete`, or another one.
    """
    again = _AGAIN.get(verb)
    step = _step(error, verb, again) if again else ""
    return f"{error}; {step}" if step else str(error)


def _step(error: AzureRecoveryError, verb: str, again: str) -> str:
    if isinstance(error, OperationTimedOutError):
        return f"{again} to follow it"
    if isinstance(error, OperationError):
        started = error.what.startswith("PUT ") and verb != "delete"
        return "set recopy_failed=True, or delete the copy, to copy again" if started else f"{again} to try once more"
    if isinstance(error, (NoAnswerError, UnexpectedAnswerError)) or _passes(error):
        return f"{again} when Azure answers: {_KEPT.get(verb, _FOUND)}"
    if not isinstance(error, ServiceError):
        return ""
    if lacks_right(error):
        return f"grant a role that holds {_action(error)}, then {again}"
    if error.status == _UNAUTHORIZED:
        return f"check the credentials, then {again}"
    if error.status == _FORBIDDEN:
        return f"have what forbids it changed, then {again}"
    if isinstance(error, NotFoundError):
        return f"make what is missing, or correct its id, then {again}"
    return f"clear away what Azure names, then {again}"


def _passes(error: AzureRecoveryError) -> bool:
    return isinstance(error, ServiceError) and (error.status in _PASSING or error.status >= _HTTP_INTERNAL)


def _action(error: ServiceError) -> str:
    """Return the action of Azure RBAC that a refused request needs."""
    found = _COMPUTE.search(error.url)
    what = "/".join(part for part in found.groups() if part) if found else "the action that Azure names"
    return f"{what}/{_ACTIONS[error.method]}" if found and error.method in _ACTIONS else what
