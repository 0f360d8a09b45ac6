"""Errors as the services and what stands before them write them.

- JSON, `{"odata.error": {"code": "", "message": {"lang": "en-US", "value": "…"}}}`; the code is often empty;
- the same JSON within an XML element, `<string xmlns="…">{…}</string>`, as Service Management Automation answers;
- XML, `<m:error><m:code/><m:message>…`, whatever was asked for;
- HTML of IIS or HTTP.sys, which answer before the service is asked; the reason stands in a paragraph below the title.

Source: OData 3.0, JSON and Atom formats; published answers of the sister product. No page shows an error of SPF's own.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from azure_recovery.rest import error_body
from azure_recovery.rest.error_body import ErrorTree
from azure_recovery.rest.redaction import one_line, redacted

_WRAPPED = re.compile(r"(?:<\?xml[^>]*\?>)?\s*<string\b[^>]*>(?P<body>.*)</string>\s*", re.DOTALL | re.IGNORECASE)


_REASON = re.compile(r"<p>\s*(?P<words>HTTP Error \d{3}[^<]*)</p>", re.IGNORECASE)
_LONGEST_PAGE = 65_536


def read_error(body: bytes, content_type: str) -> ErrorTree:
    """Return what a body that says no says. Never raises.

    Args:
        body: As it came. content_type: Value of `Content-Type`, a hint.
    """
    text = body.decode("utf-8-sig", errors="replace").strip()
    wrapped = _WRAPPED.fullmatch(text)
    said = error_body.parse(html.unescape(wrapped["body"]) if wrapped else text, content_type)
    reason = _REASON.search(text[:_LONGEST_PAGE]) if text.startswith("<") else None
    if reason is None:
        return said
    words = one_line(redacted(html.unescape(reason["words"])))
    return replace(said, message=f"{said.message}: {words}" if said.message else words)
