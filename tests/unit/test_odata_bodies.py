"""Times and errors in bodies of OData services."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from azure_recovery.rest.error_body import ErrorTree
from azure_recovery.rest.odata.errors import read_error
from azure_recovery.rest.odata.values import Moment

ERROR = json.loads((Path(__file__).parents[1] / "data" / "spf" / "job_and_error.json").read_text())["error"]
WORDS = ERROR["odata.error"]["message"]["value"]
JWT = "eyJhbGciOiJub25lIn0.eyJtYXJrZXIiOjF9.MARKER"
MOMENT = TypeAdapter(Moment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-09-04T05:15:58.733-07:00", "2014-09-04T12:15:58.733000+00:00"),
        ("2014-09-04T05:15:58Z", "2014-09-04T05:15:58+00:00"),
        ("2014-09-04T05:15:58.1234567Z", "2014-09-04T05:15:58.123456+00:00"),
        ("/Date(1409832958733)/", "2014-09-04T12:15:58.733000+00:00"),
        ("/Date(1409832958733-0420)/", "2014-09-04T12:15:58.733000+00:00"),
    ],
)
def test_moments(text, expected):
    """All generations of the protocol give one aware time in UTC."""
    assert expected == MOMENT.validate_python(text).isoformat()


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "/Date(99999999999999999999)/",
        "2014-09-04T05:15:58.7",
    ],
)
def test_no_moment(text):
    """Not yet, beyond the calendar, or without the offset that says which moment it is."""
    assert MOMENT.validate_python(text) is None


@pytest.mark.parametrize("text", ["soon", [], "2014-13-04T05:15:58Z"])
def test_what_is_no_time(text):
    """It is an error, and no guess."""
    with pytest.raises(ValidationError):
        MOMENT.validate_python(text)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ERROR),
        "\ufeff" + json.dumps(ERROR),
        f'<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{html.escape(json.dumps(ERROR))}</string>',
        f'<?xml version="1.0" encoding="utf-8"?>\r\n<string xmlns="x">{json.dumps(ERROR)}</string>\r\n',
        f'<?xml version="1.0"?><m:error xmlns:m="x"><m:code /><m:message>{html.escape(WORDS)}</m:message></m:error>',
    ],
)
def test_an_error_in_each_shape(body):
    """The words are those of the service, and an empty code is none."""
    assert ErrorTree(message=WORDS) == read_error(body.encode(), "application/json;odata=minimalmetadata")


def test_an_error_with_its_inner_errors():
    """What .NET adds in development is told after the message, each once."""
    inner = {"message": "VMM is not there.", "type": "System.Exception", "internalexception": {"message": "deeper"}}
    body = {"odata.error": {"code": "23801", "message": {"lang": "en-US", "value": "No."}, "innererror": inner}}

    found = read_error(json.dumps(body).encode(), "")

    assert ("23801", "No. VMM is not there.") == (found.code, found.text)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<html><head><title>401 - Unauthorized</title></head><body><p>Long</p></body></html>", "401 - Unauthorized"),
        ("<!DOCTYPE html><BODY><h2>Bad Request - Invalid Verb</h2></BODY>", "Bad Request - Invalid Verb"),
        (
            "<html><TITLE>Forbidden</TITLE><h2>No</h2>\r\n<p>HTTP Error 403. 403.7 - Client certificate required.</p>",
            "Forbidden: HTTP Error 403. 403.7 - Client certificate required.",
        ),
        ("Service Unavailable", "Service Unavailable"),
        ("", ""),
    ],
)
def test_a_page_of_what_stands_before_the_service(page, expected):
    """Its title and the reason below it, in one line."""
    assert expected == read_error(page.encode(), "text/html").text


def test_secrets_within_a_wrapped_error():
    """What the service quotes is searched for tokens in every shape."""
    body = json.dumps({"odata.error": {"code": "", "message": {"value": f"bad Authorization: Bearer {JWT}"}}})

    assert "MARKER" not in read_error(f"<string>{body}</string>".encode(), "").text


@given(st.binary(max_size=200))
def test_any_bytes(body):
    """Nothing that a service sends makes reading it fail, and a line stays a line."""
    assert "\n" not in read_error(body, "").text
    assert "\n" not in read_error(b"<string>" + body + b"</string>", "application/xml").text
