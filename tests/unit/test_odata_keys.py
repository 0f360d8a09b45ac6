"""Guids and keys in URLs and bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.odata.keys import entity, equals, guid_literal, read_guid

GUID = "a11cc636-5521-4f88-92b2-cad392911fe0"


@pytest.mark.parametrize(
    "text",
    [GUID, GUID.upper(), f"{{{GUID}}}", f" {GUID}\n", f"guid'{GUID}'", f"Guid'{GUID.upper()}'", f"guid'{{{GUID}}}'"],
)
def test_all_ways_to_write_a_guid(text):
    """What people copy from VMM, from a URL or from a body is the same guid."""
    assert GUID == read_guid(text)


@pytest.mark.parametrize("text", ["", "before-patch", GUID[:-1], GUID.replace("-", ""), f"guid'{GUID}", f"x'{GUID}'"])
def test_what_is_no_guid(text):
    """The error names the input and shows what was written."""
    with pytest.raises(InvalidInputError, match=r"^checkpoint_id: ['\"].* is no GUID such as") as caught:
        read_guid(text, "checkpoint_id")

    assert "checkpoint_id" == caught.value.property


def test_the_key_of_the_page():
    """Both parts, by name and in order, each as a literal."""
    key = entity("VMCheckPoints", {"ID": GUID.upper(), "StampId": "ba4146fa-fb41-4f59-a193-ad00c52a138c"})

    assert f"VMCheckPoints(ID=guid'{GUID}',StampId=guid'ba4146fa-fb41-4f59-a193-ad00c52a138c')" == key


def test_a_filter():
    """It compares with the same literal."""
    assert f"ID eq guid'{GUID}'" == equals("ID", GUID)


@given(st.uuids())
def test_any_guid_survives(value):
    """A literal is read as the guid that it was made of."""
    assert str(value) == read_guid(guid_literal(str(value).upper()))


@given(st.text())
def test_no_text_gets_into_a_url(text):
    """Whatever is written, a key holds a guid or is none, and the error is a line."""
    with pytest.raises(InvalidInputError) as caught:
        entity("Jobs", {"ID": text})

    assert "\n" not in str(caught.value)
