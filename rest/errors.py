"""The errors that this library raises about Azure, in one tree; those of one service stand beside its calls.

    AzureRecoveryError
    ├── InvalidInputError        a value cannot work, whatever the service says
    ├── ConfigurationError       cloud, credential or clock settings that cannot work
    ├── NoAnswerError            nothing usable came back
    │   └── NotSentError         calls of this kind are throttled for longer than the caller would wait
    ├── ServiceError             the service said no
    │   ├── NotFoundError        404
    │   ├── ConflictError        409, 412
    │   └── ThrottledError       429
    ├── UnexpectedAnswerError    an answer, but not as documented
    ├── OperationError           accepted, then not done
    │   ├── OperationFailedError
    │   ├── OperationCanceledError
    │   └── OperationTimedOutError
    ├── CopyError                a copy of a restore point that will not become usable by itself (`compute.errors`)
    ├── RestoreError             a restore job of a backup vault that brought no disk (`dataprotection.errors`)
    ├── CheckpointJobError       a job of System Center that did not do its work (`spf.errors`)
    └── RefusedError             we will not do it, because something would be lost or doubled

A message is one line and complete in itself, because it may be all that Pulumi shows: what was asked, what came back,
the service's own words, the request id, and what to do next. Facts are attributes and the constructor builds the
sentence. Never in a message: headers, tokens, the query of a URL; the base cuts out of it what looks like a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from azure_recovery.rest.redaction import one_line, redacted, unsigned

_HTTP_INTERNAL = 500
_REQUEST_TIMEOUT = 408
_LONGEST_TEXT = 256
"""Characters of a body of unknown shape that a message shows: enough to recognise a proxy's page, no more."""


class AzureRecoveryError(Exception):
    """Base of every error of this library; `str()` is one line.

    Attributes:
        once_more: What happens when the same is asked for again, as a clause that begins with "which"; "" where the
            kind of the error does not tell.
    """

    once_more: ClassVar[str] = ""

    def __init__(self, message: str = "") -> None:
        # Here, because every kind quotes somebody: a service's words, a user's value, another error.
        super().__init__(redacted(message))


class InvalidInputError(AzureRecoveryError, ValueError):
    """A value that cannot work.

    Attributes:
        property: The input's name as the user wrote it, such as `source_restore_point_id`.
        reason: What is wrong and what to write instead.
    """

    def __init__(self, *, property: str, reason: str) -> None:  # noqa: A002 - the name Pulumi uses for it
        self.property = property
        self.reason = one_line(redacted(reason))
        super().__init__(f"{property}: {self.reason}" if property else self.reason)


class ConfigurationError(AzureRecoveryError):
    """Settings of the cloud, the credential or the clock that cannot work; the text names the setting."""


class NoAnswerError(AzureRecoveryError):
    """Nothing usable came back.

    Attributes:
        method: HTTP method. url: URL without its query. waited_s: Azure's seconds spent, retries included.
        reason: What went wrong, one line. advice: What to do next, or "".
        may_have_taken_effect: Whether the request may have reached the service. Work that it starts must be
            looked for before it is sent again.
    """

    def __init__(
        self, *, method: str, url: str, waited_s: float, reason: str, may_have_taken_effect: bool, advice: str = ""
    ) -> None:
        self.method = method
        self.url = unsigned(url)
        self.waited_s = waited_s
        self.reason = one_line(reason, _LONGEST_TEXT)
        self.advice = advice
        self.may_have_taken_effect = may_have_taken_effect
        after = f"; {advice}" if advice else ""
        super().__init__(f"{method} {self.url} got no answer in {waited_s:.0f} s: {self.reason}{after}")

    def advised(self, advice: str) -> NoAnswerError:
        """Return this error with *advice* added to its own."""
        return NoAnswerError(
            method=self.method,
            url=self.url,
            waited_s=self.waited_s,
            reason=self.reason,
            may_have_taken_effect=self.may_have_taken_effect,
            advice="; ".join(part for part in (self.advice, advice) if part),
        )


class NotSentError(NoAnswerError):
    """Nothing was sent, because calls of this kind are throttled for longer than the caller would wait.

    Attributes:
        pause_s: Azure's seconds until they are not.
    """

    def __init__(self, *, method: str, url: str, waited_s: float, reason: str, pause_s: float) -> None:
        self.pause_s = pause_s
        super().__init__(method=method, url=url, waited_s=waited_s, reason=reason, may_have_taken_effect=False)


class ServiceError(AzureRecoveryError):
    """The service said no.

    Attributes:
        method: HTTP method. url: URL without its query. status: HTTP status code.
        code: ARM error code such as `OperationNotAllowed`, or "" when the body had none.
        text: The service's own words, one line, inner errors and recommended actions included.
        target: `error.target`, or "". details: `error.details[]` and inner errors as (code, message).
        request_id: `x-ms-request-id`, else the correlation id, else "".
        retry_after_s: What `Retry-After` asked for, in seconds, or None.
        from_gateway: Whether a gateway answered for the resource provider (`x-ms-failure-cause: gateway`).
    """

    def __init__(
        self,
        *,
        method: str,
        url: str,
        status: int,
        code: str = "",
        text: str = "",
        target: str = "",
        details: Sequence[tuple[str, str]] = (),
        request_id: str = "",
        retry_after_s: float | None = None,
        from_gateway: bool = False,
    ) -> None:
        self.method = method
        self.url = unsigned(url)
        self.status = status
        self.code = code
        self.text = one_line(text)
        self.target = target
        self.details = tuple(details)
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.from_gateway = from_gateway
        said = f" ({code})" if code else ""
        words = f": {self.text}" if self.text else ""
        trace = f" [request id {request_id}]" if request_id else ""
        super().__init__(f"{method} {self.url} answered {status}{said}{words}{trace}")


class NotFoundError(ServiceError):
    """404. Whether it means "gone" depends on `code`: see `is_gone`."""

    GONE_CODES = frozenset({"resourcenotfound", "notfound", "parentresourcenotfound", "resourcegroupnotfound"})
    """Codes by which ARM itself says that the thing, its parent or its group does not exist.

    Source: ARM common API details; a bare 404 of a proxy or of a region that is down carries none of them.
    """

    @property
    def is_gone(self) -> bool:
        """Whether ARM says that the resource, its parent or its group does not exist."""
        return self.code.lower() in self.GONE_CODES


class ConflictError(ServiceError):
    """409 or 412: already there, busy, or locked."""


class ThrottledError(ServiceError):
    """429: too much asked; `retry_after_s` says when to come back."""


class UnexpectedAnswerError(AzureRecoveryError):
    """An answer that is not as documented: no JSON, a missing field, no URL to poll.

    Attributes:
        method: HTTP method. url: URL without its query. reason: What is wrong with it.
        status: HTTP status code; 0 for a URL that came with an answer and is not followed.
        request_id: Of the answer, or "".
    """

    def __init__(self, *, method: str, url: str, status: int, reason: str, request_id: str = "") -> None:
        self.method = method
        self.url = unsigned(url)
        self.status = status
        self.reason = one_line(reason, 2 * _LONGEST_TEXT)
        self.request_id = request_id
        trace = f" [request id {request_id}]" if request_id else ""
        came = f" answered {status}, but" if status else " was not sent:"
        super().__init__(f"{method} {self.url}{came} {self.reason}{trace}")


class OperationError(AzureRecoveryError):
    """Accepted, then not done.

    Attributes:
        what: The request that was accepted, as `PUT /subscriptions/…`.
        code: The service's code. text: The service's own words. waited_s: Azure's seconds since it was accepted.
        request_id: Of the answer that ended it.
    """

    verb = "did not succeed"

    def __init__(self, *, what: str, code: str = "", text: str = "", waited_s: float, request_id: str = "") -> None:
        self.what = what
        self.code = code
        self.text = one_line(text)
        self.waited_s = waited_s
        self.request_id = request_id
        said = f" ({code})" if code else ""
        words = f": {self.text}" if self.text else ""
        trace = f" [request id {request_id}]" if request_id else ""
        super().__init__(f"{what} was accepted and {self.verb} after {waited_s:.0f} s{said}{words}{trace}")


class OperationFailedError(OperationError):
    """The operation ended Failed, or left what it was to delete. A word that nobody documents means that it runs."""

    verb = "failed"


class OperationCanceledError(OperationError):
    """The operation ended Canceled."""

    verb = "was canceled"


class OperationTimedOutError(OperationError):
    """Still running when the deadline passed: the next run follows it."""

    verb = "is still running"


class RefusedError(AzureRecoveryError):
    """We will not do it: something would be lost or made twice. The text names what was found and the way out."""


def may_have_taken_effect(error: AzureRecoveryError) -> bool:
    """Return whether what a request starts may be there although it ended with *error*."""
    if isinstance(error, NoAnswerError):
        return error.may_have_taken_effect
    if isinstance(error, UnexpectedAnswerError):
        return error.status != 0  # accepted, in words that nobody can read
    return isinstance(error, ServiceError) and (error.status >= _HTTP_INTERNAL or error.status == _REQUEST_TIMEOUT)
