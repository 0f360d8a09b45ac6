"""What a body that says no means, as one typed tree, whatever its shape.

Azure has one documented error shape and a dozen that arrive: `error` wrapped or bare, `innererror` spelled in two ways,
the useful sentence three levels down in `additionalInfo`, XML from storage, HTML from a proxy, or nothing at all.
`parse` reads all of them into an `ErrorTree`, whose `text` is the one line for a person. Never a token or the query of
a URL: services quote the request they refuse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from azure_recovery.rest.redaction import one_line, redacted

_LONGEST_UNKNOWN = 256
"""Characters shown of a body of unknown shape."""
_LONGEST_CODE = 120
"""Characters of a code: the longest of Azure's have half as many."""
_DEEPEST = 8
"""Levels followed. Real answers have three or four; a hostile one could have thousands."""


@dataclass(frozen=True, slots=True)
class ErrorTree:
    """One error and those below it.

    Attributes:
        code: `OperationNotAllowed`, or "". message: The service's words, redacted, or "". target: or "".
        actions: What the service recommends to do, from `recommendedAction` or `recommendations`.
        details: Inner errors, in the order in which they came.
    """

    code: str = ""
    message: str = ""
    target: str = ""
    actions: tuple[str, ...] = ()
    details: tuple[ErrorTree, ...] = field(default=())

    def walk(self) -> Iterator[ErrorTree]:
        """Yield this error and all below it, outer ones first."""
        yield self
        for detail in self.details:
            yield from detail.walk()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every inner error as (code, message), each once."""
        found = dict.fromkeys((below.code, below.message) for tree in self.details for below in tree.walk())
        return tuple(pair for pair in found if any(pair))

    @property
    def text(self) -> str:
        """One line: the message, what inner errors add to it, and what to do."""
        said = ""
        for tree in self.walk():
            if tree.message and tree.message not in said:
                # An outer error without words of its own is named by its code already.
                said = f"{said} {f'{tree.code}: ' if said and tree.code else ''}{tree.message}".strip()
        actions = dict.fromkeys(action for tree in self.walk() for action in tree.actions if action not in said)
        return one_line(" ".join([said, *actions]).strip())


def parse(body: bytes | str, content_type: str = "") -> ErrorTree:
    """Return what *body* says, an empty tree when it says nothing. Never raises.

    Args:
        body: As it came.
        content_type: Value of `Content-Type`; only a hint, because proxies and services mislabel.
    """
    text = body if isinstance(body, str) else body.decode("utf-8-sig", errors="replace")
    text = text.strip().removeprefix("\ufeff")
    if not text:
        return ErrorTree()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _from_markup(text) if text.startswith("<") or "html" in content_type else _unknown(text)
    found = from_json(value)
    return found if found != ErrorTree() else _unknown(text)


def from_json(value: Any) -> ErrorTree:
    """Return what a parsed body, or the `error` of an operation's status, says. Never raises."""
    if isinstance(value, str):
        # Some front ends send the JSON of the error as a JSON string.
        return parse(value) if value.lstrip().startswith("{") else _unknown(value)
    if isinstance(value, list):
        trees = tuple(tree for item in value[:_LONGEST_UNKNOWN] if (tree := _tree(item, 0)) != ErrorTree())
        return trees[0] if len(trees) == 1 else ErrorTree(details=trees)
    return _tree(value, 0)


def _tree(value: Any, depth: int) -> ErrorTree:
    if isinstance(value, str):
        return ErrorTree(message=_words(value))
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return ErrorTree()
    fields = {str(key).lower(): item for key, item in value.items()}
    for envelope in ("error", "odata.error", "fault"):
        inner = fields.get(envelope)
        if isinstance(inner, Mapping) and inner:
            return _tree(inner, depth + 1)
    description = fields.get("error_description")
    if isinstance(fields.get("error"), str) and description:  # OAuth 2, RFC 6749 5.2
        return ErrorTree(code=_words(fields["error"], _LONGEST_CODE), message=_words(description))
    message = fields.get("message") or fields.get("errordetail") or fields.get("errormessage") or fields.get("detail")
    quoted = _quoted(message, depth)
    return ErrorTree(
        code=_words(fields.get("code") or fields.get("errorcode") or fields.get("exceptiontype"), _LONGEST_CODE),
        message=_words(message) if quoted is None else "",
        target=_words(fields.get("target")),
        actions=tuple(_actions(fields)),
        details=tuple(tree for tree in (quoted, *_below(fields, depth)) if tree not in (None, ErrorTree())),
    )


def _quoted(message: Any, depth: int) -> ErrorTree | None:
    """Return what a message says that is itself JSON: another service's error, or what Compute counted."""
    if not isinstance(message, str) or not message.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return None
    found = _tree(value, depth + 1)
    if found != ErrorTree():
        return found
    facts = (f"{name} {fact}" for name, fact in value.items() if isinstance(fact, str | int | float))
    return ErrorTree(message=_words(", ".join(facts)))


def _below(fields: Mapping[str, Any], depth: int) -> Iterator[ErrorTree]:
    details = fields.get("details")
    for item in details if isinstance(details, list) else [details]:
        yield _tree(item, depth + 1)
    for name in ("innererror", "embeddedinnererror"):
        yield _tree(fields.get(name), depth + 1)
    extra = fields.get("additionalinfo")
    for item in extra if isinstance(extra, list) else []:
        if isinstance(item, Mapping) and str(item.get("type", "")).lower() == "userfacingerror":
            yield _tree(item.get("info"), depth + 1)
    if isinstance(extra, Mapping):
        # Data Protection's innerError: a bag of strings of which one is the sentence of the service that refused.
        yield _tree(extra.get("DetailedNonLocalisedMessage"), depth + 1)


def _actions(fields: Mapping[str, Any]) -> Iterator[str]:
    for name in ("recommendedaction", "recommendedactions", "recommendations"):
        said = fields.get(name)
        for item in said if isinstance(said, list) else [said]:
            if words := _words(item):
                yield words


def _words(value: Any, limit: int = 2_000) -> str:
    if isinstance(value, Mapping):  # OData: {"message": {"lang": "en-US", "value": "…"}}
        value = value.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return one_line(redacted(value), limit) if isinstance(value, str) else ""


def _unknown(text: str) -> ErrorTree:
    return ErrorTree(message=one_line(redacted(text[: 4 * _LONGEST_UNKNOWN]), _LONGEST_UNKNOWN))


class _Markup(HTMLParser):
    """Collects the text of each element by its lower-case name, local part only."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.texts: dict[str, str] = {}
        self.all: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.path.append(tag.rpartition(":")[2])

    def handle_endtag(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in self.path:
            while self.path.pop() != name:
                continue

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        within = self.path[-1] if self.path else ""
        if words and within not in {"style", "script"}:
            self.all.append(words)
            self.texts.setdefault(within, words)


def _from_markup(text: str) -> ErrorTree:
    """Read XML and HTML with one lenient parser, which expands no entities of a document's own."""
    page = _Markup()
    # The title of a page stands at its beginning, and what is no markup costs the parser the square of its length.
    page.feed(text[: 32 * _LONGEST_UNKNOWN])
    page.close()
    code, message = page.texts.get("code", ""), page.texts.get("message", "")
    if message:
        return ErrorTree(code=_words(code), message=_words(message))
    title = page.texts.get("title") or page.texts.get("h1") or page.texts.get("h2") or " ".join(page.all)
    return _unknown(title)
