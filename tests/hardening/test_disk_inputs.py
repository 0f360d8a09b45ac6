"""Every property of a restored disk, with any value that the engine can send: no socket, no engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi.runtime import rpc

from azure_recovery.dynamic_providers.disk_restore import DiskRestore, DiskRestoreProvider
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.lookups import Lookups, NotKnown
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

GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
RIGHT = {
    "backup_instance_id": (
        f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault/backupInstances/web-1-data"
    ),
    "target_resource_group_id": f"{GROUPS}/drills",
    "disk_name": "restored",
    "recovery_point": "latest",
    "location": "westeurope",
    "max_age": "P1D",
    "identity_id": f"{GROUPS}/production/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vault",
    "resource_guard_operation_requests": [
        f"{GROUPS}/production/providers/Microsoft.DataProtection/backupVaults/vault/backupResourceGuardProxies/p"
    ],
    "auxiliary_tenant_ids": ["00000000-0000-0000-0000-0000000000ab"],
    "preflight": "on",
    "permission_wait": 900.0,
}
REQUIRED = {"backup_instance_id", "target_resource_group_id"}
DURATIONS = (
    "PT",
    "P",
    "P1",
    "P1Y",
    "P1M",
    "-P1D",
    "P1DT",
    "PT1H30",
    "P1,5D",
    "1d",
    "inf",
    "1e9",
    "P9" + "9" * 500 + "D",
)


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch):
    """Let every look-up before a preview end without an answer."""
    monkeypatch.setattr(
        Lookups, "ask", lambda _self, _call, questions, **_: dict.fromkeys(questions, NotKnown("nobody to ask"))
    )


def judge(olds, news, fit_to_show):
    """Check *news*, judge the outcome, and return the inputs if they are accepted."""
    provider = configured(DiskRestoreProvider)
    result = answer(provider.check, dict(olds), dict(news))
    for failure in result.failures:
        fit_to_show(failure.reason)
        assert property_of(failure, news) in news.keys() | RIGHT.keys()
    if result.failures:
        return None
    again = answer(provider.check, dict(olds), result.inputs | {PROVIDER_KEY: "x"})
    assert [] == again.failures
    assert serialised(result.inputs) == serialised(again.inputs)
    diff = answer(provider.diff, "id", result.inputs | {"disk_id": "x"}, again.inputs)
    assert set(diff.replaces) <= set(RIGHT)
    return result.inputs


def state(data):
    """Return what another version may have stored: some keys missing, others of any value, others besides."""
    inputs = configured(DiskRestoreProvider).check({}, RIGHT | seeds).inputs
    keys = st.sampled_from(sorted(inputs))
    missing = data.draw(st.sets(keys, max_size=3), "missing")
    changed = data.draw(st.dictionaries(keys, values, max_size=2), "changed")
    return (
        {name: value for name, value in inputs.items() if name not in missing} | changed | {"of_a_later_version": 1.0}
    )


def test_every_property_is_tried():
    """The right values name each input of the resource, and nothing else."""
    assert set(DiskRestore._inputs) == set(RIGHT) == {field.name for field in DiskRestoreProvider.fields}
    assert {field.name for field in DiskRestoreProvider.fields if field.required} == REQUIRED


def test_right_values_pass(fit_to_show):
    """The values that the other tests spoil are not refused themselves."""
    assert judge({}, RIGHT | seeds, fit_to_show) is not None


@pytest.mark.parametrize("name", RIGHT)
@given(data=st.data())
def test_any_value_of_one_property(name, fit_to_show, data):
    """Whatever is wrong with one property is told of that property alone."""
    news = RIGHT | seeds | {name: data.draw(odd)}
    result = answer(configured(DiskRestoreProvider).check, {}, dict(news))

    assert {property_of(failure, news) for failure in result.failures} <= {name}
    judge({}, news, fit_to_show)


@given(data=st.data())
def test_any_values_of_a_new_disk(fit_to_show, data):
    """They are accepted and stay what they were, or each failure names its property in one line."""
    kept = data.draw(st.sets(st.sampled_from(sorted(RIGHT))))
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(RIGHT)), odd, max_size=3))
    extra = data.draw(st.dictionaries(texts, values, max_size=2))
    own = data.draw(st.dictionaries(st.sampled_from([NAME_SEED, ARM_ID]), odd, max_size=1))
    judge({}, {name: RIGHT[name] for name in sorted(kept)} | changed | extra | seeds | own, fit_to_show)


@given(data=st.data())
def test_right_values_of_a_disk_that_exists(fit_to_show, data):
    """What another version stored makes no difference to that; diff answers in any case."""
    olds = state(data)
    left_out = data.draw(st.sets(st.sampled_from(sorted(RIGHT.keys() - REQUIRED))))
    unknown = data.draw(st.sets(st.sampled_from(sorted(RIGHT)), max_size=2))
    news = {name: value for name, value in RIGHT.items() if name not in left_out}
    inputs = judge(olds, news | {name: Unknown() for name in unknown} | seeds, fit_to_show)
    if inputs is not None:
        diff = answer(configured(DiskRestoreProvider).diff, "id", olds, inputs)
        assert set(diff.replaces) <= set(RIGHT)


@given(data=st.data())
def test_what_did_not_change_is_no_difference(data):
    """Inputs that were checked before are the same the next time, and diff says so."""
    left_out = data.draw(st.sets(st.sampled_from(sorted(RIGHT.keys() - REQUIRED))))
    news = {name: value for name, value in RIGHT.items() if name not in left_out} | seeds
    assert not rpc.contains_unknowns(news)
    provider = configured(DiskRestoreProvider)
    olds = provider.check({}, news).inputs
    kept = provider.check(dict(olds), news)

    assert [] == kept.failures
    assert serialised(olds) == serialised(kept.inputs)
    assert provider.diff("id", olds | {"disk_id": "x"}, kept.inputs).changes is False


@pytest.mark.parametrize("written", DURATIONS)
@pytest.mark.parametrize("name", ["max_age", "permission_wait"])
def test_what_is_no_duration(name, written, fit_to_show):
    """It is refused in one line that says what to write, and stays refused however it is sent."""
    result = answer(configured(DiskRestoreProvider).check, {}, RIGHT | seeds | {name: written})

    [failure] = result.failures
    assert name == failure.property
    assert "is no duration" in fit_to_show(failure.reason)
