"""The service's refusals, in ARM's and Compute's shapes.

Both are `{"error": {"code", "message", "target"?, "details"?}}`. Codes whose spelling no page shows are marked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


class ArmError(Exception):
    """One refusal, ready to be sent.

    Args:
        status: HTTP status.
        code: Azure's word for it.
        message: Azure's sentence.
        target: What it is about, where Azure says so.
        details: Further entries of the same shape.
        headers: Sent with the answer; `Retry-After` for one.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.details = [dict(entry) for entry in details]
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Return the JSON body; members that are not set are absent, as ARM leaves them out."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        if self.details:
            error["details"] = self.details
        return {"error": error}


def resource_not_found(resource_type: str, name: str, group: str, status: int = 404) -> ArmError:
    """Return ARM's answer for a resource that is not there. *name* has a segment for each level of the type."""
    return ArmError(
        status,
        "ResourceNotFound",
        f"The Resource '{resource_type}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def parent_not_found(parent: str) -> ArmError:
    """Return ARM's answer for a nested resource whose parent is not there."""
    return ArmError(
        404,
        "ParentResourceNotFound",
        "Failed to perform 'write' on resource(s) of type 'restorePointCollections/restorePoints', because the parent "
        f"resource '{parent}' could not be found.",
    )


def group_not_found(group: str) -> ArmError:
    """Return ARM's answer for an unknown resource group."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")


def subscription_not_found(subscription: str) -> ArmError:
    """Return ARM's answer for an unknown subscription."""
    return ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def not_allowed(message: str, target: str | None = None) -> ArmError:
    """Return Compute's refusal of something that its state or a rule forbids."""
    return ArmError(409, "OperationNotAllowed", message, target=target)


def invalid_parameter(message: str, target: str) -> ArmError:
    """Return Compute's refusal of a value."""
    return ArmError(400, "InvalidParameter", message, target=target)


def too_many_requests(policy: str, limit: int, window: str, measured: int, retry_after_s: int) -> ArmError:
    """Return Compute's 429, whose detail is JSON inside a string.

    Source: Compute's throttling documentation. That the hourly copy limit has this shape too is unverified.
    """
    detail = {
        "operationGroup": policy,
        "window": window,
        "allowedRequestCount": limit,
        "measuredRequestCount": measured,
    }
    return ArmError(
        429,
        "OperationNotAllowed",
        "The server rejected the request because too many requests have been received for this subscription or "
        f"resource. Try again after {retry_after_s} seconds.",
        details=[{"code": "TooManyRequests", "target": policy, "message": json.dumps(detail)}],
        headers={"Retry-After": str(retry_after_s)},
    )
