"""Bodies that say no, in all their shapes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_recovery.rest.error_body import ErrorTree, from_json, parse, redacted

SIGNED = "https://example.blob.core.windows.net/disk?sv=2024&sig=MARKER%3D"
JWT = "eyJhbGciOiJub25lIn0.eyJtYXJrZXIiOjF9.MARKER"

_NAMES = st.sampled_from(
    [
        "error",
        "code",
        "message",
        "details",
        "target",
        "innerError",
        "additionalInfo",
        "type",
        "info",
        "recommendedAction",
    ]
)

DATA_PROTECTION = {
    "status": "Failed",
    "error": {
        "code": "UserErrorMSIMissingPermissions",
        "message": "Appropriate permissions to perform the operation is missing.",
        "additionalInfo": [
            {
                "type": "UserFacingError",
                "info": {
                    "message": "Appropriate permissions to perform the operation is missing.",
                    "recommendedAction": ["Grant the vault its role on the target group.", "Then try again."],
                    "code": "UserErrorMSIMissingPermissions",
                    "target": "",
                    "innerError": {
                        "code": "AuthorizationFailed",
                        "additionalInfo": {"DetailedNonLocalisedMessage": "The client has no right to read snapshots."},
                    },
                    "isRetryable": False,
                    "properties": {"ActivityId": "x"},
                },
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        pytest.param({"error": {"code": "A", "message": "b"}}, "A", "b", id="documented"),
        pytest.param({"code": "A", "message": "b"}, "A", "b", id="bare"),
        pytest.param({"Error": {"Code": "A", "Message": "b"}}, "A", "b", id="capitals"),
        pytest.param({"error": {"error": {"code": "A", "message": "b"}}}, "A", "b", id="wrapped twice"),
        pytest.param([{"error": {"code": "A", "message": "b"}}], "A", "b", id="in a list"),
        pytest.param({"error": {"code": 429, "message": "b"}}, "429", "b", id="number for a code"),
        pytest.param({"error": "invalid_client", "error_description": "b"}, "invalid_client", "b", id="oauth"),
        pytest.param({"errorCode": "A", "errorMessage": "b"}, "A", "b", id="backup status"),
        pytest.param(
            {"odata.error": {"code": "A", "message": {"lang": "en-US", "value": "b"}}}, "A", "b", id="odata message"
        ),
        pytest.param(
            {"error": {"code": "A", "message": "b", "details": [{"code": "C", "message": "d", "target": "t"}]}},
            "A",
            "b C: d",
            id="details",
        ),
        pytest.param(
            {"error": {"code": "A", "message": "b", "details": [{"details": [{"code": "C", "message": "d"}]}]}},
            "A",
            "b C: d",
            id="details of details",
        ),
        pytest.param(
            {"error": {"code": "A", "message": "b", "innererror": {"exceptiontype": "E", "errordetail": "f"}}},
            "A",
            "b E: f",
            id="compute's innererror",
        ),
        pytest.param(
            {
                "error": {
                    "code": "A",
                    "message": "b",
                    "innerError": {"embeddedInnerError": {"code": "C", "message": "d"}},
                }
            },
            "A",
            "b C: d",
            id="embedded inner error",
        ),
        pytest.param(
            {"error": {"code": "A", "message": "b", "recommendations": ["Do c.", "Do d."]}},
            "A",
            "b Do c. Do d.",
            id="recovery services' recommendations",
        ),
        pytest.param({"error": {"code": "A", "details": "b"}}, "A", "b", id="details that are a string"),
    ],
)
def test_shapes_in_json(body, code, text):
    """Code and words are found wherever a service puts them."""
    found = parse(json.dumps(body))

    assert code == found.code
    assert text == found.text


def test_explicit_nulls():
    """A body whose fields are all null has said nothing, and is shown as it came."""
    body = '{"error": {"code": null, "message": null, "details": null}}'

    assert ErrorTree(message=body) == parse(body)


def test_data_protection_hides_its_words():
    """The sentence of the service that refused and every recommended action are in the text, repetitions are not."""
    found = parse(json.dumps(DATA_PROTECTION))

    assert "UserErrorMSIMissingPermissions" == found.code
    assert (
        "Appropriate permissions to perform the operation is missing. The client has no right to read snapshots. "
        "Grant the vault its role on the target group. Then try again."
    ) == found.text
    assert ("AuthorizationFailed", "") in found.pairs


def test_compute_counts_its_requests():
    """The figures that Compute hides as JSON inside a message are words."""
    figures = {"operationGroup": "GetOperation3Min", "allowedRequestCount": 45, "measuredRequestCount": 61}
    detail = {"code": "TooManyRequests", "target": "GetOperation3Min", "message": json.dumps(figures)}

    found = parse(json.dumps({"error": {"code": "OperationNotAllowed", "message": "Too many.", "details": [detail]}}))

    words = "operationGroup GetOperation3Min, allowedRequestCount 45, measuredRequestCount 61"
    assert f"Too many. {words}" == found.text
    assert ("TooManyRequests", "") in found.pairs


def test_service_passes_on_another_service_error():
    """The error of another service, quoted as JSON in a message, is read like any other."""
    inner = {"error": {"code": "KeyVaultAccessForbidden", "message": "No right to the key."}}

    found = parse(json.dumps({"error": {"code": "BadRequest", "message": json.dumps(inner)}}))

    assert "BadRequest" == found.code
    assert "No right to the key." == found.text
    assert (("KeyVaultAccessForbidden", "No right to the key."),) == found.pairs


def test_error_of_an_operation_status():
    """The `error` of an operation's status is read like a body."""
    assert from_json(DATA_PROTECTION) == from_json(DATA_PROTECTION["error"])


def test_targets_and_details_are_facts_too():
    """What a program may want to look at is kept apart from the sentence."""
    found = parse(b'{"error":{"code":"A","message":"b","target":"disk","details":[{"code":"C","message":"d"}]}}')

    assert "disk" == found.target
    assert (("C", "d"),) == found.pairs


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        pytest.param(
            '\ufeff<?xml version="1.0"?><Error><Code>AuthFailed</Code><Message>No\nway.</Message></Error>',
            "AuthFailed",
            "No way.",
            id="storage",
        ),
        pytest.param(
            '<m:error xmlns:m="x"><m:code>C</m:code><m:message xml:lang="en">d</m:message></m:error>',
            "C",
            "d",
            id="odata xml",
        ),
        pytest.param(
            "<html><head><style>p{}</style><title>502 Bad Gateway</title></head><body><h1>Oh</h1></body></html>",
            "",
            "502 Bad Gateway",
            id="proxy's page",
        ),
        pytest.param("<html><body><h1>Service Unavailable</h1><p>x</p>", "", "Service Unavailable", id="unclosed"),
        pytest.param("<html><body>just <b>words</b></body>", "", "just words", id="page without title"),
        pytest.param("upstream connect error", "", "upstream connect error", id="plain text"),
        pytest.param('"quoted"', "", "quoted", id="a JSON string"),
        pytest.param(json.dumps('{"error":{"code":"A","message":"b"}}'), "A", "b", id="JSON within JSON"),
        pytest.param("", "", "", id="nothing"),
        pytest.param("  \r\n", "", "", id="blank"),
        pytest.param("{}", "", "{}", id="empty object"),
        pytest.param("null", "", "null", id="null"),
        pytest.param("<", "", "<", id="half a page"),
    ],
)
def test_shapes_that_are_no_json_object(body, code, text):
    """XML, pages, words and nothing are read without complaint."""
    found = parse(body)

    assert (code, text) == (found.code, found.text)


def test_page_of_a_megabyte():
    """A body of unknown shape is cut to what is enough to recognise it."""
    assert 256 == len(parse("word " * 200_000).text)


def test_errors_nested_a_thousand_deep():
    """Depth is bounded: hostile nesting ends in a short text, not in a crash."""
    body = '{"details":[' * 5_000 + "{}" + "]}" * 5_000

    assert len(parse(body).text) <= 256


def test_bytes_that_are_no_text():
    """Bytes that are no UTF-8 are shown as well as they can be."""
    assert "caf\ufffd" == parse(b"caf\xe9").text


@pytest.mark.parametrize(
    "words",
    [
        f"Could not read {SIGNED} because",
        f"The access token {JWT} is expired",
        "Authorization: Bearer MARKER-abcdefgh",
        "sv=2024&sig=MARKER%3D&se=1",
        "sv%3D2024%26sig%3DMARKER",
        "AccountName=a;AccountKey=MARKER==;EndpointSuffix=core.windows.net",
        "/subscriptions/1/operations/2?api-version=2025-04-01&t=1&s=0123-MARKER",
        '{"url":"https://x.example/?code=MARKER"}',
    ],
)
def test_service_quotes_a_secret(words):
    """Tokens, signatures and queries of URLs never reach a message, whatever the shape of the body."""
    assert "MARKER" not in redacted(words)
    assert "MARKER" not in parse(json.dumps({"error": {"code": "A", "message": words}})).text
    assert "MARKER" not in parse(words).text
    assert "MARKER" not in parse(f"<html><title>{words}</title></html>").text


def test_redaction_keeps_the_rest():
    """What is no secret stays readable."""
    assert "GET https://x.example/a?… and (b)" == redacted("GET https://x.example/a?c=1 and (b)")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_at_all(value):
    """No body makes the reader fail, and what it says is one line."""
    said = parse(json.dumps(value))

    assert "\n" not in said.text
    assert all(isinstance(part, str) for pair in said.pairs for part in pair)


@given(st.binary(max_size=200))
def test_any_bytes_at_all(body):
    """Nor do bytes of any kind."""
    assert isinstance(parse(body).text, str)
    assert isinstance(parse(b"<" + body).text, str)


def test_nothing_said():
    """An empty tree is what nothing means."""
    assert ErrorTree() == parse(b"")
