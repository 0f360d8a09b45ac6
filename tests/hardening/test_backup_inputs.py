"""Every property of a backup status and of a protection gate, with any value that the engine can send: no socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi.runtime import rpc

from azure_recovery.dynamic_providers.backup_facts import STATUS_FIELDS
from azure_recovery.dynamic_providers.backup_status import STATUS_ID, BackupStatus, BackupStatusProvider
from azure_recovery.dynamic_providers.inputs import GATE_ID, NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.lookups import Lookups, NotKnown
from azure_recovery.dynamic_providers.protection_gate import STATUSES, ProtectionGate, ProtectionGateProvider
from tests.hardening.test_inputs import (
    SUBSCRIPTION,
    answer,
    configured,
    odd,
    property_of,
    seeds,
    serialised,
    texts,
    values,
)

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/production/providers"
MACHINE = f"{GROUP}/Microsoft.Compute/virtualMachines/web-1"
FILES = f"{GROUP}/Microsoft.Storage/storageAccounts/files"
SHARE = {"resource_id": FILES, "location": "West Europe", "po_logical_name": "share-1"}
RIGHT = {
    BackupStatusProvider: {
        "resource_id": MACHINE,
        "location": "westeurope",
        "resource_type": "VM",
        "po_logical_name": "web-1",
        "require": {"status": "Protected", "policy_name": "daily"},
        "preflight": "require",
    },
    ProtectionGateProvider: {
        "resources": [{"resource_id": MACHINE, "location": "westeurope"}, SHARE],
        "require": "Protected",
        "preflight": "require",
    },
}
"""Provider to a right value for each of its inputs."""

REQUIRED = {kind: {field.name for field in kind.fields if field.required} for kind in RIGHT}
RESOURCES = {BackupStatusProvider: BackupStatus, ProtectionGateProvider: ProtectionGate}
COMPUTED = {BackupStatusProvider: (STATUS_ID, *STATUS_FIELDS), ProtectionGateProvider: (GATE_ID, STATUSES)}
KINDS = pytest.mark.parametrize("kind", RIGHT, ids=lambda kind: kind.__name__)


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch):
    """Let every look-up before a preview end without an answer."""
    monkeypatch.setattr(
        Lookups, "ask", lambda _self, _call, questions, **_: dict.fromkeys(questions, NotKnown("nobody to ask"))
    )


def judge(kind, olds, news, fit_to_show):
    """Check *news*, judge the outcome, and return the inputs if they are accepted."""
    provider = configured(kind)
    result = answer(provider.check, dict(olds), dict(news))
    for failure in result.failures:
        fit_to_show(failure.reason)
        assert property_of(failure, news) in news.keys() | RIGHT[kind].keys()
    if result.failures:
        return None
    again = answer(provider.check, dict(olds), result.inputs | {PROVIDER_KEY: "x"})
    assert [] == again.failures
    assert serialised(result.inputs) == serialised(again.inputs)
    diff = answer(provider.diff, "id", result.inputs, again.inputs)
    assert set(diff.replaces) <= RIGHT[kind].keys()
    return result.inputs


@KINDS
def test_every_property_is_tried(kind):
    """The right values name each input of the resource, and nothing else."""
    assert set(RESOURCES[kind]._inputs) == set(RIGHT[kind]) == {field.name for field in kind.fields}


@KINDS
def test_right_values_pass(kind, fit_to_show):
    """The values that the other tests spoil are not refused themselves."""
    assert judge(kind, {}, RIGHT[kind] | seeds, fit_to_show) is not None


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, right in RIGHT.items() for name in right])
@given(data=st.data())
def test_any_value_of_one_property(kind, name, fit_to_show, data):
    """Whatever is wrong with one property is told of that property alone."""
    news = RIGHT[kind] | seeds | {name: data.draw(odd)}
    result = answer(configured(kind).check, {}, dict(news))

    has_to_fit = {"resource_id": "resource_type"}
    assert {property_of(failure, news) for failure in result.failures} <= {name, has_to_fit.get(name, name)}
    judge(kind, {}, news, fit_to_show)


@given(data=st.data())
def test_any_value_of_one_entry(fit_to_show, data):
    """A gate's list is told of as a whole, and the line says which entry it is."""
    name = data.draw(st.sampled_from(["resource_id", "location", "resource_type", "po_logical_name", "else"]))
    kind = ProtectionGateProvider
    judge(kind, {}, RIGHT[kind] | seeds | {"resources": [SHARE, SHARE | {name: data.draw(odd)}]}, fit_to_show)


@KINDS
@given(data=st.data())
def test_any_values(kind, fit_to_show, data):
    """They are accepted and stay what they were, or each failure names its property in one line."""
    right = RIGHT[kind]
    kept = data.draw(st.sets(st.sampled_from(sorted(right))))
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(right)), odd, max_size=3))
    extra = data.draw(st.dictionaries(texts, values, max_size=2))
    own = data.draw(st.dictionaries(st.sampled_from([NAME_SEED, *COMPUTED[kind]]), odd, max_size=1))
    judge(kind, {}, {name: right[name] for name in sorted(kept)} | changed | extra | seeds | own, fit_to_show)


@KINDS
@given(data=st.data())
def test_right_values_of_one_that_exists(kind, fit_to_show, data):
    """What another version stored makes no difference to that; diff answers in any case."""
    provider = configured(kind)
    olds = provider.check({}, RIGHT[kind] | seeds).inputs
    keys = st.sampled_from(sorted({*olds, *COMPUTED[kind]}))
    missing = data.draw(st.sets(keys, max_size=3), "missing")
    changed = data.draw(st.dictionaries(keys, values, max_size=2), "changed")
    stored = {name: value for name, value in olds.items() if name not in missing} | changed | {"of_a_later": 1.0}
    unknown = data.draw(st.sets(st.sampled_from(sorted(RIGHT[kind])), max_size=2))
    inputs = judge(kind, stored, RIGHT[kind] | {name: Unknown() for name in unknown} | seeds, fit_to_show)
    if inputs is not None:
        assert set(answer(provider.diff, "id", stored, inputs).replaces) <= RIGHT[kind].keys()


@KINDS
@given(data=st.data())
def test_what_did_not_change_is_no_difference(kind, data):
    """Inputs that were checked before are the same the next time, and diff says so."""
    left_out = data.draw(st.sets(st.sampled_from(sorted(RIGHT[kind].keys() - REQUIRED[kind]))))
    news = {name: value for name, value in RIGHT[kind].items() if name not in left_out} | seeds
    assert not rpc.contains_unknowns(news)
    provider = configured(kind)
    olds = provider.check({}, news).inputs
    kept = provider.check(dict(olds), news)

    assert [] == kept.failures
    assert serialised(olds) == serialised(kept.inputs)
    assert provider.diff("id", olds, kept.inputs).changes is False
