"""The inputs of a checkpoint restore: which checkpoint, of which service, and what it is asked for with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import CheckFailure
from pulumi.output import contains_unknowns

from azure_recovery.dynamic_providers import inputs
from azure_recovery.dynamic_providers.checkpoint_found import Baseline
from azure_recovery.dynamic_providers.inputs import Input
from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.odata.keys import read_guid
from azure_recovery.rest.redaction import quoted
from azure_recovery.rest.spf.address import service_root

BASE_URL = "base_url"
API_ROOT = "api_root"
SUBSCRIPTION = "subscription_id"
CHECKPOINT = "checkpoint_id"
STAMP = "stamp_id"
PRINCIPAL = "principal_id"
TRIGGER = "trigger"
BASELINE = "baseline"

_LONGEST_TRIGGER = 256
_SOME_ORIGIN = "https://wapserver:30006"
_SOME_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def guid(name: str, value: Any) -> str:
    """Parse a GUID, bare, in braces or as the literal `guid'…'`; it is kept in lower case."""
    return read_guid(inputs.plain_text(name, value), name)


def base_url(name: str, value: Any) -> str:
    """Parse the origin of a service, or its whole address."""
    written = inputs.plain_text(name, value)
    service_root(written, _SOME_SUBSCRIPTION)
    return written


def api_root(name: str, value: Any) -> str:
    """Parse the path below the origin, with `{subscription_id}` in it."""
    written = inputs.plain_text(name, value)
    service_root(_SOME_ORIGIN, _SOME_SUBSCRIPTION, written)
    return written


def trigger(name: str, value: Any) -> str:
    """Parse what a restore is asked for with: any text of one line."""
    written = inputs.plain_text(name, value)
    if len(written) > _LONGEST_TRIGGER or not written.isprintable():
        raise InvalidInputError(
            property=name,
            reason=f"must be one line of at most {_LONGEST_TRIGGER} characters, such as '2026-11-22 drill'",
        )
    return written


def principal_id(name: str, value: Any) -> str:
    """Parse whom the service writes down: printable ASCII, since it goes into a header."""
    written = inputs.plain_text(name, value)
    if not (written.isascii() and written.isprintable()):
        raise InvalidInputError(property=name, reason="must be printable ASCII, such as user@contoso.com")
    return written


def baseline(name: str, value: Any) -> dict[str, Any]:
    """Parse the output of a `CheckpointBaseline`."""
    try:
        return Baseline.of(value).as_output()
    except (KeyError, TypeError, ValueError):
        raise InvalidInputError(property=name, reason="must be the output `baseline` of a CheckpointBaseline") from None


_SERVICE = (
    Input(BASE_URL, base_url, required=True),
    Input(API_ROOT, api_root),
    Input(SUBSCRIPTION, guid, required=True),
    Input(CHECKPOINT, guid, required=True),
    Input(STAMP, guid),
    Input(PRINCIPAL, principal_id),
    Input(TRIGGER, trigger, required=True),
)

BASELINE_FIELDS = (
    *_SERVICE,
    Input("safety_checkpoint", inputs.switch, default=False),
    Input("preflight", inputs.one_of("on", "off"), default="on"),
)
"""Inputs of `CheckpointBaseline`."""

RUN_FIELDS = (
    *_SERVICE,
    Input("method", inputs.one_of("merge", "put"), default="merge"),
    Input(BASELINE, baseline, required=True),
    Input("confirmed_job_id", guid),
    Input("confirmed_done", trigger),
)
"""Inputs of `CheckpointRestoreRun`."""


def restores_something_else(olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[CheckFailure]:
    """Return what asks for another restore while the trigger stays.

    A restore that was sent cannot be changed, and a rollback that nobody asked for must not come of an edit.
    """
    if not olds.get(TRIGGER) or olds.get(TRIGGER) != news.get(TRIGGER):
        return []
    return [
        CheckFailure(
            name,
            f"was {quoted(str(olds[name]))} when {TRIGGER} {quoted(news[TRIGGER])} was given; another restore needs "
            f"another {TRIGGER}",
        )
        for name in (SUBSCRIPTION, CHECKPOINT, STAMP)
        if olds.get(name)
        and news.get(name)
        and not contains_unknowns(news[name])
        and str(olds[name]).lower() != str(news[name]).lower()
    ]


def wrong_address(news: Mapping[str, Any]) -> list[CheckFailure]:
    """Return what is wrong with a service's address as a whole, where it is known."""
    if not inputs.all_known(news, (BASE_URL, SUBSCRIPTION)) or contains_unknowns(news.get(API_ROOT)):
        return []
    try:
        service_root(news[BASE_URL], news[SUBSCRIPTION], news.get(API_ROOT) or "")
    except InvalidInputError as error:
        return [CheckFailure(error.property, error.reason)]
    return []
