"""SPF's refusals: OData 3.0 JSON, the same wrapped in XML, `<m:error>`, or a page of IIS.

They are raised as what the faults raise, and written here. Words that no page shows are those of WCF Data Services.
"""

from __future__ import annotations

import json
from html import escape
from http import HTTPStatus
from typing import Any, Final

from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.exchange import Answer
from azure_recovery.emulator.settings import Settings

SYSTEM_CENTER_NAMESPACE: Final = "VMM"
"""Namespace of the targets of calls to SPF, whose entities have no ARM ids."""

JSON_TYPE: Final = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
_PAGES: Final = (502, 503, 504)
_XML: Final = '<?xml version="1.0" encoding="utf-8"?>'
_METADATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_SERIALIZED: Final = "http://schemas.microsoft.com/2003/10/Serialization/"
_PAGE: Final = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\r\n'
    "<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\r\n<BODY><h2>{title}</h2>\r\n<hr><p>HTTP Error {status}. {text}</p>\r\n"
    "</BODY></HTML>\r\n"
)


class UnauthenticatedError(ArmError):
    """A refusal by IIS, before the service is asked: always a page."""

    def __init__(self, challenge: str) -> None:
        headers = {"WWW-Authenticate": challenge} if challenge else None
        super().__init__(401, "Unauthorized", "The requested resource requires user authentication.", headers=headers)


class CertificateMissingError(ArmError):
    """A refusal by IIS of a caller without a client certificate: a page, too."""

    def __init__(self) -> None:
        super().__init__(403, "Forbidden", "403.7 - Client certificate required.")


def refused(status: int, code: str, message: str) -> ArmError:
    """Return a refusal of the service."""
    return ArmError(status, code, message)


def no_such_segment(segment: str) -> ArmError:
    """Return the answer for what the service does not have: an entity set, or an entity."""
    return refused(404, "ResourceNotFound", f"Resource not found for the segment '{segment}'.")


def bad_request(message: str) -> ArmError:
    """Return the answer for what makes no sense."""
    return refused(400, "BadRequest", message)


def answer(error: ArmError, settings: Settings) -> Answer:
    """Return *error* as the service writes it."""
    # HTTP.sys answers 401 and 503 itself, and what stands before it 502 and 504.
    page = isinstance(error, (UnauthenticatedError, CertificateMissingError)) or error.status in _PAGES
    written = "html" if page else settings.text("spf_error_format")
    code = error.code if settings.flag("spf_error_codes") else ""
    kind, body = {"json": _json, "wrapped": _wrapped, "xml": _m_error, "html": _page}[written](error, code)
    return Answer(error.status, body, {**error.headers, "Content-Type": kind})


def _json(error: ArmError, code: str) -> tuple[str, Any]:
    return JSON_TYPE, {"odata.error": {"code": code, "message": {"lang": "en-US", "value": error.message}}}


def _wrapped(error: ArmError, code: str) -> tuple[str, Any]:
    text = escape(json.dumps(_json(error, code)[1]), quote=False)
    return "application/xml; charset=utf-8", f'<string xmlns="{_SERIALIZED}">{text}</string>'


def _m_error(error: ArmError, code: str) -> tuple[str, Any]:
    message = f'<m:message xml:lang="en-US">{escape(error.message, quote=False)}</m:message>'
    named = f"<m:code>{escape(code)}</m:code>" if code else "<m:code />"
    return "application/xml;charset=utf-8", f'{_XML}<m:error xmlns:m="{_METADATA}">{named}{message}</m:error>'


def _page(error: ArmError, _code: str) -> tuple[str, Any]:
    title = HTTPStatus(error.status).phrase
    return "text/html; charset=us-ascii", _PAGE.format(title=title, status=error.status, text=escape(error.message))
