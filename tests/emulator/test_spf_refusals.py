"""What System Center answers to those it does not know, and how it writes a refusal."""

from __future__ import annotations

import base64
import json
import xml.etree.ElementTree as ET

import pytest

from tests.emulator.system_center import BEFORE, STAMP, key

TOKEN = "emulator-token-not-a-secret"
BASIC = "Basic " + base64.b64encode(f"emulator:{TOKEN}".encode()).decode()
MISSING = f"VMCheckPoints{key(STAMP)}"
WORDS = "Resource not found for the segment 'VMCheckPoints'."


def test_json_without_a_code(system_center):
    """OData's shape; the code is there and empty."""
    answer = system_center.call("GET", MISSING)

    assert {"odata.error": {"code": "", "message": {"lang": "en-US", "value": WORDS}}} == answer.json()
    assert "application/json;odata=minimalmetadata;streaming=true;charset=utf-8" == answer.headers["content-type"]


def test_json_with_a_code(make_system_center):
    """A service may well have one."""
    answer = make_system_center(spf_error_codes=True).call("GET", MISSING)

    assert "ResourceNotFound" == answer.json()["odata.error"]["code"]


def test_json_wrapped_in_xml(make_system_center):
    """The same as text of one element."""
    answer = make_system_center(spf_error_format="wrapped").call("GET", MISSING)
    root = ET.fromstring(answer.text)

    assert ("{http://schemas.microsoft.com/2003/10/Serialization/}string", "application/xml; charset=utf-8") == (
        root.tag,
        answer.headers["content-type"],
    )
    assert WORDS == json.loads(root.text)["odata.error"]["message"]["value"]


@pytest.mark.parametrize("codes", [True, False])
def test_xml(make_system_center, codes):
    """`<m:error>`, its code empty or not."""
    answer = make_system_center(spf_error_format="xml", spf_error_codes=codes).call("GET", MISSING)
    root = ET.fromstring(answer.content)
    space = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"

    assert (404, f"{space}error", WORDS) == (answer.status_code, root.tag, root.findtext(f"{space}message"))
    assert ("ResourceNotFound" if codes else "") == root.findtext(f"{space}code")


def test_page(make_system_center):
    """What stands before the service may write it."""
    answer = make_system_center(spf_error_format="html").call("GET", MISSING)

    assert (404, "text/html; charset=us-ascii") == (answer.status_code, answer.headers["content-type"])
    assert "<TITLE>Not Found</TITLE>" in answer.text


def test_another_place_is_not_the_service(system_center):
    """Neither root: 404, and in the log without an operation."""
    answer = system_center.raw("GET", "/elsewhere/VMCheckPoints")
    (entry,) = system_center.control("GET", "requests")["requests"]

    assert (404, "The resource cannot be found.") == system_center.refusal(answer)
    assert ("", 404, "/elsewhere/VMCheckPoints") == (entry["operation"], entry["status"], entry["path"])


@pytest.mark.parametrize(
    ("way", "given", "challenge"),
    [
        ("bearer", "", "Bearer"),
        ("bearer", "Bearer other", "Bearer"),
        ("bearer", BASIC, "Bearer"),
        ("basic", "", 'Basic realm="spf"'),
        ("basic", f"Bearer {TOKEN}", 'Basic realm="spf"'),
    ],
)
def test_caller_that_is_not_known(make_system_center, way, given, challenge):
    """401 is a page of IIS whatever the service writes, with a challenge; nothing is restored."""
    system_center = make_system_center(spf_authentication=way)

    answer = system_center.call("MERGE", f"VMCheckPoints{key(BEFORE)}", {}, headers={"Authorization": given})

    assert (401, challenge) == (answer.status_code, answer.headers["www-authenticate"])
    assert "<TITLE>Unauthorized</TITLE>" in answer.text


@pytest.mark.parametrize(("way", "given"), [("bearer", f"Bearer {TOKEN}"), ("basic", BASIC)])
def test_caller_that_is_known(make_system_center, way, given):
    """A token, or user and password."""
    system_center = make_system_center(spf_authentication=way)

    answer = system_center.call("GET", f"VMCheckPoints{key(BEFORE)}", headers={"Authorization": given})

    assert (200, BEFORE) == (answer.status_code, answer.json()["ID"])
