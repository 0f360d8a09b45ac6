"""Bodies that do not fit the contract, with the place and the words of the service's reader."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"propertys": {}}, "Could not find member 'propertys' on object of type 'RestorePoint'. Path 'propertys'"),
        (
            {"properties": {"sourceRestorePointId": "x"}},
            "on object of type 'RestorePointProperties'. Path 'properties.sourceRestorePointId'",
        ),
        ({"properties": {"optionalProperties": "x"}}, "Could not find member 'optionalProperties'"),
        ({"properties": []}, "to type 'RestorePointProperties'. Path 'properties'"),
        (
            {"properties": {"sourceRestorePoint": "x"}},
            "to type 'ApiEntityReference'. Path 'properties.sourceRestorePoint'",
        ),
        ({"properties": {"sourceRestorePoint": {"id": 7}}}, "value 7 to type 'System.String'"),
        ({"properties": {"excludeDisks": {"id": "x"}}}, "to type 'List'. Path 'properties.excludeDisks'"),
        ({"properties": {"excludeDisks": [{"ID": "x"}]}}, "Path 'properties.excludeDisks[0].ID'"),
        ({"properties": {"instantAccessDurationMinutes": "60"}}, "to type 'System.Int32'"),
        ({"properties": {"consistencyMode": "Perfect"}}, "value \"Perfect\" to type 'consistencyMode'"),
        ({"tags": {}}, "Could not find member 'tags' on object of type 'RestorePoint'"),
    ],
)
def test_unfit_body_is_refused_with_its_path(azure, body, expected):
    """InvalidRequestContent names member, type and path."""
    azure.make_target()

    answer = azure.call("PUT", f"{azure.target}/restorePoints/daily-1", body)

    assert (400, "InvalidRequestContent") == azure.refusal(answer)
    assert expected in answer.json()["error"]["message"]


def test_message_has_line_and_position(azure):
    """As the reader counts them."""
    azure.make_target()
    text = '{\n  "properties": {\n    "wrong": 1\n  }\n}'
    url = f"{azure.target}/restorePoints/daily-1?api-version={azure.compute}"

    answer = azure.raw("PUT", url, content=text, headers={"Authorization": f"Bearer {azure.token}"})

    assert "line 3, position 12." in answer.json()["error"]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a"}', b"\xff", b"[]", b'"text"'])
def test_body_must_be_an_object_in_json(azure, content):
    """No body, half a body, another type: one refusal."""
    url = f"{azure.target}?api-version={azure.compute}"

    answer = azure.raw("PUT", url, content=content, headers={"Authorization": f"Bearer {azure.token}"})

    assert (400, "InvalidRequestContent") == azure.refusal(answer)


def test_read_only_members_are_ignored_or_refused(make_azure):
    """The documentation's own requests carry `name`; read_only_members=refused is the strict reading."""
    lenient, strict = make_azure(), make_azure(read_only_members="refused")
    body = {"name": "copies", "location": "northeurope", "properties": {"source": {"id": lenient.source}}}

    answers = [azure.call("PUT", azure.target, body) for azure in (lenient, strict)]

    assert 201 == answers[0].status_code
    assert (400, "InvalidRequestContent") == strict.refusal(answers[1])


def test_old_version_does_not_know_new_members(azure):
    """`instantAccess` came with 2025-04-01, consistencyMode with 2021-07-01."""
    body = {"location": "northeurope", "properties": {"source": {"id": azure.source}, "instantAccess": True}}
    old = azure.call("PUT", azure.target, body, version="2024-11-01")
    new = azure.call("PUT", azure.target, body, version="2025-04-01")
    point = {"properties": {"consistencyMode": "CrashConsistent"}}
    oldest = azure.call("PUT", f"{azure.source}/restorePoints/x", point, version="2021-04-01")

    assert [(400, "InvalidRequestContent")] * 2 == [azure.refusal(old), azure.refusal(oldest)]
    assert 201 == new.status_code


def test_null_is_as_good_as_absent(azure):
    """Clients send explicit nulls."""
    body = {
        "location": "northeurope",
        "tags": None,
        "properties": {"source": {"id": azure.source}, "instantAccess": None},
    }

    assert 201 == azure.call("PUT", azure.target, body).status_code
