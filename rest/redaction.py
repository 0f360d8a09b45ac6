"""What a message may show of somebody else's text: one line, no secret, no more than helps.

Services quote the request that they refuse, and users paste URLs where an id belongs. Whatever is not ours goes through
here before it stands in an error, a row or a log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LONGEST_QUOTE = 160
"""Characters of somebody's value that a message shows: an id of Azure's, and room for what follows it."""

_NAMED = (
    r"(?:(?<![\w-])|(?<=%26)|(?<=%3F))(?:sig|sas|[\w-]*(?:secret|password|passwd|pwd|passphrase|signature|assertion"
    r"|(?:access|account|api|private|primary|secondary|shared|storage|subscription)[_-]?key"
    r"|(?:access|auth|id|refresh|sas|session)[_-]?token))"
)
"""What secrets are called: the last part of a name, so that `SharedAccessKeyName` is none."""

_SECRETS = (
    (re.compile(r"(https?://)[^\s/?#@\"'<>]+@"), r"\1…@"),
    (re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+"), r"\1?…"),
    # Without a host a query is cut where it is signed: `?t=…&c=…&s=…&h=…` of ARM, `?sv=…&sig=…` of storage.
    (re.compile(r"(?i)\?(?=(?:[^\s?\"'<>]*&)?(?:s|h|sig|signature)=)[^\s\"'<>]+"), "?…"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?"), "(token)"),
    # ARM signs the URLs of operations by parameters of one letter.
    (re.compile(r"(?i)([?&][a-z]=)[^\s&\"'<>]{8,}"), r"\1…"),
    # "Basic authentication" is no credential.
    (re.compile(r"(?i)\b(bearer|basic)\s+(?!authenticat|authoriz|credential)[\w.~+/=-]{8,}"), r"\1 (token)"),
    # A connection string's signature has `&` within it.
    (re.compile(r"(?i)\b(SharedAccessSignature)=[^\s;\"'<>\\]+"), r"\1=…"),
    (re.compile(rf"(?i)({_NAMED})(?:=|%3d)(?:[^\s&;\"'<>\\]|\\(?![\"']))+"), r"\1=…"),
    # In JSON, in what Python prints of a dictionary, and in JSON within JSON. Without quotes it may be our own words.
    (re.compile(rf"(?i)({_NAMED}[\"']?\s*[:=]\s*)\"(?:\\.|[^\"\\])*"), r'\1"…'),
    (re.compile(rf"(?i)({_NAMED}[\"']?\s*[:=]\s*)'(?:\\.|[^'\\])*"), r"\1'…"),
    (re.compile(rf"(?i)({_NAMED}\\+[\"']?\s*[:=]\s*\\+[\"'])[^\"'\\]*"), r"\1…"),
)

_MARKS = ("?", "@", "=", "eyj", "bearer", "basic", "secret", "pass", "pwd", "sig", "sas", "assertion", "key", "token")
"""One of them is in whatever a pattern of `_SECRETS` finds, in lower case. Most texts have none, and need no search."""

_QUERY = re.compile(r"[?#]")

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What moves a terminal's cursor, and halves of surrogate pairs: valid JSON, and no message can carry them."""


def redacted(text: str) -> str:
    """Return *text* without tokens, signatures and queries of URLs."""
    # Beyond ASCII, the long s matches an s where case is ignored, and `lower` leaves it.
    if text.isascii():
        lower = text.lower()
        if not any(mark in lower for mark in _MARKS):
            return text
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def holds_secret(value: object) -> bool:
    """Return whether *value*, text or lists and maps of it, holds what a message may not show."""
    if isinstance(value, str):
        return redacted(value) != value
    if isinstance(value, Mapping):
        return any(holds_secret(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(map(holds_secret, value))


def quoted(text: str) -> str:
    """Return somebody's *text* in quotation marks, short enough for the words that say what is wrong with it."""
    shown = repr(redacted(text[: 64 * _LONGEST_QUOTE]))
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…{shown[0]}"


def one_line(text: str, limit: int = 2_000) -> str:
    """Return *text* as one line of at most *limit* characters."""
    flat = " ".join(_NOT_SHOWN.sub(" ", text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def unsigned(url: str) -> str:
    """Return *url* without its query: ARM signs status URLs, and a signature is a credential.

    What is no URL at all comes back too, as an answer may name anything: it is not taken apart.
    """
    return _QUERY.split(url, 1)[0]
