"""What to do about an error that tells what happened, and no more.

An error of `rest` knows the request and Azure's answer, not the program that somebody runs. What a person does next is
added here, in one place, for every resource; an error that names its way out itself is left as it is, and one that
knows what asking once more does says it with `once_more`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from azure_recovery.dynamic_providers.rights import lacks_right
from azure_recovery.dynamic_providers.session import InterruptedWaitError
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    ConfigurationError,
    NoAnswerError,
    NotFoundError,
    OperationError,
    OperationTimedOutError,
    ServiceError,
    UnexpectedAnswerError,
)

_AGAIN = {"create": "run up again", "update": "run up again", "read": "run it again", "delete": "run it again"}
"""The engine's verb → what a person calls it; a deletion may be that of an `up` or of a `destroy`."""

_GO_ON = {
    "create": "run up again to go on",
    "update": "run up again to go on",
    "read": "run the same again, refresh or up: what was known before stays in the state",
    "delete": "run the same again, destroy or up, to go on",
}
"""After an interruption. An `up` that is asked for after a `destroy` would make anew what was being deleted."""

_FOUND = "what was started is found, and nothing is started twice"
_KEPT = {"read": "what was known before stays in the state", "delete": "what is gone by then is no error"}
_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
_SAID = re.compile(
    r"(?i)not have (?:authorization|permission) to perform (?:the following )?actions?(?:\(s\))? '([^']+)'"
)
"""What ARM itself says is lacking; the action of a linked scope stands in no URL."""

_COPY = re.compile(r"(?i)PUT \S+/restorePointCollections/[^/]+/restorePoints/[^/]+$")
_SYSTEM_CENTER = re.compile(r"/(VMCheckPoints|VirtualMachines|Jobs)(\(ID=[^/]*\))?$")
"""The end of a path of the VMM service; ARM writes types with a small letter, and no parentheses."""

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
    if isinstance(error, InterruptedWaitError):
        return _GO_ON[verb]
    if isinstance(error, OperationTimedOutError):
        return f"{again} to validate anew" if error.what.endswith("/validateRestore") else f"{again} to follow it"
    if isinstance(error, OperationError):
        copied = _COPY.match(error.what) and verb != "delete"
        return "set recopy_failed=True, or delete the copy, to copy again" if copied else f"{again} to try once more"
    if error.once_more:
        return f"{again}, {error.once_more}"
    if isinstance(error, (NoAnswerError, UnexpectedAnswerError)) or _passes(error):
        return f"{again} when {_asked(error)} answers: {_KEPT.get(verb, _FOUND)}"
    if isinstance(error, ConfigurationError):
        return f"set that right, then {again}"
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
    return f"clear away what {_asked(error)} names, then {again}"


def _asked(error: AzureRecoveryError) -> str:
    """Return who was asked."""
    return "System Center" if _SYSTEM_CENTER.search(getattr(error, "url", "")) else "Azure"


def _passes(error: AzureRecoveryError) -> bool:
    return isinstance(error, ServiceError) and (error.status in _PASSING or error.status >= _HTTP_INTERNAL)


def _action(error: ServiceError) -> str:
    """Return the action of Azure RBAC that a refused request needs.

    Where Azure does not say, it is made of the resource's namespace and types; a POST adds its own name. The last
    `/providers/` counts, because an extension resource is named after what it extends; a group and a subscription have
    none.

    Source: Azure Resource Manager resource provider operations.
    """
    said = _SAID.search(error.text)
    if said:
        return said[1]
    _, extends, path = urlsplit(error.url).path.rpartition("/providers/")
    names = path.strip("/").split("/") if extends else ["Microsoft.Resources", *path.strip("/").split("/")]
    if error.method == "POST":
        *names, verb = names
        verb = f"{verb}/action"
    else:
        verb = _VERBS.get(error.method, "")
    if error.code.lower().startswith("linked") or not verb or len(names) == 1:
        return "the action that Azure names"
    return "/".join((names[0], *names[1::2], verb))
