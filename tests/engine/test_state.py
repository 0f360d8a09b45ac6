"""The state file as text: what is written is what is read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from azure_recovery.engine.passphrase import Passphrase
from azure_recovery.engine.state import Deployment, Resource

URN = "urn:pulumi:test::project::some:index:Type::name"

_values = st.recursive(
    st.none() | st.booleans() | st.text() | st.text("\u2028\u2029\x85\x0b\x0c\x1c\r\n "),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)  # the first key takes a third of a second
@given(value=_values)
def test_values_survive(value):
    """Every text comes back as it was, whatever characters it holds, after any number of writes."""
    written = Deployment([Resource(URN, type="some:index:Type", inputs={"value": value})], [], Passphrase("phrase"))

    once = Deployment.from_text(written.to_text(), "phrase", where="a state")
    twice = Deployment.from_text(once.to_text(), "phrase", where="a state")

    assert [{"value": value}] * 2 == [one.resources[0].inputs for one in (once, twice)]
