"""What is cut out of somebody's text before it is shown, and what is not."""

import json
import time

import pytest

from azure_recovery.rest import redaction
from azure_recovery.rest.redaction import redacted, unsigned

ONE_MARK = {
    "?": "https://x/a?b",
    "@": "https://u@x",
    "=": "&a=12345678",
    "eyj": "eyJabcdefgh.a",
    "bearer": "Bearer abcdefgh",
    "basic": "Basic abcdefgh",
    "secret": "secret: 'x'",
    "pass": "password: 'x'",
    "pwd": "pwd: 'x'",
    "sig": "sig%3dx",
    "sas": "sas: 'x'",
    "assertion": "assertion: 'x'",
    "key": "api-key: 'x'",
    "token": "id_token: 'x'",
}
"""By mark, what only that mark keeps from being let through unsearched."""

JWT = "eyJhbGciOiJub25lIn0.eyJtYXJrZXIiOjF9.MARKER"


@pytest.mark.parametrize(
    "words",
    [
        "GET https://x.example/operations/1?t=638&c=MII&s=MARKER&h=MARKER failed",
        "poll /subscriptions/s/providers/Microsoft.Compute/operations/1?api-version=2026-04-01&t=638&s=MARKER&h=MARKER",
        "/blob?sv=2024&sig=MARKER%3D&se=1 is gone",
        "https://user:MARKER@x.example/a is no address",
        f"token {JWT} is expired",
        "Authorization: Basic TUFSS0VSOk1BUktFUg-MARKER",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=MARKER+/a==;EndpointSuffix=core.windows.net",
        "Endpoint=sb://x.example/;SharedAccessKeyName=Root;SharedAccessKey=MARKER=",
        "BlobEndpoint=https://x.example;SharedAccessSignature=sv=2024&ss=b&sig=MARKER&se=MARKER",
        "grant_type=client_credentials&client_secret=MARKER&client_assertion=MARKER",
        'refused: {"client_id": "a", "client_secret": "MARKER with blanks, \\" and quotes MARKER"}',
        "refused: {'clientSecret': 'MARKER', 'password':'MARKER'}",
        json.dumps({"message": json.dumps({"client_secret": "MARKER", "refresh_token": "MARKER"})}),
        "net use x password=MARKER",
        "PASSWORD=MARKER\\MARKER;",
        'adminPassword="MARKER MARKER"',
        "x-api-key=MARKER",
        '{"access_token":"MARKER"}',
    ],
)
def test_what_must_be_cut(words):
    """A signature, a key, a password or a token, however it is written; and what was cut stays cut."""
    shown = redacted(words)

    assert "MARKER" not in shown
    assert "…" in shown or "(token)" in shown
    assert shown == redacted(shown)


@pytest.mark.parametrize(
    "words",
    [
        "PUT /subscriptions/s/resourceGroups/g?api-version=2026-04-01 answered 409 (Conflict): busy",
        "/subscriptions/s/providers/Microsoft.RecoveryServices/locations/r/backupStatus?resourceId=/subscriptions/s/x",
        "GET /restorePoints/p?$expand=instanceView",
        "the signature does not match; the password must not be empty, nor the client secret",
        "azure-native:clientSecret is not set",
        "client_secret: must be text, not a number",
        "SharedAccessKeyName=RootManageSharedAccessKey",
        "Basic authentication is disabled, Bearer authorization is required",
        "secretUrl='https://vault.example/secrets/a', passwordless=true, partitionKey=a",
        "which one? Is it s=1?",
        "status=Succeeded&settings=none&design=a",
        '"protectionStatus": "Protected"',
    ],
)
def test_what_must_not_be_cut(words):
    """What helps to find the fault, and holds no secret."""
    assert words == redacted(words)


def test_what_stays_around_a_secret():
    """One can see what it was, and read on."""
    words = 'AccountName=a;AccountKey=x;EndpointSuffix=b "client_secret": "y", "client_id": "c" /op?t=1&s=2 was refused'

    expected = 'AccountName=a;AccountKey=…;EndpointSuffix=b "client_secret": "…", "client_id": "c" /op?… was refused'
    assert expected == redacted(words)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.example:8443/a/b?t=1&s=MARKER#MARKER", "https://x.example:8443/a/b"),
        ("/subscriptions/s?api-version=1", "/subscriptions/s"),
        ("https://[bad/x?s=MARKER", "https://[bad/x"),
        ("token (client secret)", "token (client secret)"),
    ],
)
def test_a_url_without_its_query(url, shown):
    """Whatever an answer names where a URL belongs."""
    assert shown == unsigned(url)


@pytest.mark.parametrize("mark", redaction._MARKS)
def test_a_text_with_one_mark(mark):
    """It is searched, and would not be without that mark."""
    words = ONE_MARK[mark]

    assert [mark] == [known for known in redaction._MARKS if known in words.lower()]
    assert words != redacted(words)


def test_a_letter_that_matches_another():
    """The long s is an s where case is ignored, and stays what it is in lower case."""
    assert "MARKER" not in redacted('{"\u017fa\u017f": "MARKER"}')


@pytest.mark.parametrize("piece", ["?", "/", "a", "a=", "&s", "?s&", "secret", 'secret"', "password: ", "\\", "sig="])
def test_a_long_text_costs_no_more_than_its_length(piece):
    """No body of megabytes holds up the process that reads it: by the square it would be hours."""
    begun = time.process_time()
    redacted((piece * 200_000)[:200_000])

    assert time.process_time() - begun < 20.0
