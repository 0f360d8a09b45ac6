"""Every property of a checkpoint restore, with any value that the engine can send: no socket, no engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown

from azure_recovery.dynamic_providers.checkpoint_baseline import CheckpointBaseline, CheckpointBaselineProvider
from azure_recovery.dynamic_providers.checkpoint_restore_run import CheckpointRestoreRun, CheckpointRestoreRunProvider
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.lookups import Lookups, NotKnown
from tests.hardening.test_inputs import answer, configured, odd, property_of, seeds, serialised, texts, values

GUID = "a11cc636-5521-4f88-92b2-cad392911fe0"
BOTH = {
    "base_url": "https://wapserver:30006",
    "api_root": "{subscription_id}/services/systemcenter/vmm",
    "subscription_id": "ba4146fa-fb41-41b6-a7c0-2b4ff4c3f7e3",
    "checkpoint_id": GUID,
    "stamp_id": "ba4146fa-fb41-4f59-a193-ad00c52a138c",
    "principal_id": "user@contoso.com",
    "trigger": "one",
}
TAKEN = {
    "trigger": "one",
    "vm_id": GUID,
    "stamp_id": "ba4146fa-fb41-4f59-a193-ad00c52a138c",
    "taken_at": "2026-11-22T10:00:00+00:00",
    "last_task_id": "",
    "last_restored_checkpoint_id": "",
    "job_ids": [],
    "listed": True,
}
RIGHT = {
    CheckpointBaselineProvider: BOTH | {"safety_checkpoint": True, "preflight": "on"},
    CheckpointRestoreRunProvider: BOTH
    | {"method": "merge", "baseline": TAKEN, "confirmed_job_id": GUID, "confirmed_done": "one"},
}
REQUIRED = {
    CheckpointBaselineProvider: {"base_url", "subscription_id", "checkpoint_id", "trigger"},
    CheckpointRestoreRunProvider: {"base_url", "subscription_id", "checkpoint_id", "trigger", "baseline"},
}
RESOURCES = {CheckpointBaselineProvider: CheckpointBaseline, CheckpointRestoreRunProvider: CheckpointRestoreRun}
KINDS = pytest.mark.parametrize("kind", RIGHT, ids=lambda kind: kind.__name__)


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch):
    """Let every look-up before a preview end without an answer."""
    monkeypatch.setenv("AZURE_RECOVERY_SPF_TOKEN", "token-of-a-test")
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
    assert [] == answer(provider.diff, "id", result.inputs, again.inputs).replaces
    return result.inputs


@KINDS
def test_every_property_is_tried(kind):
    """The right values name each input of the resource, and nothing else."""
    assert set(RESOURCES[kind]._inputs) == set(RIGHT[kind]) == {field.name for field in kind.fields}
    assert {field.name for field in kind.fields if field.required} == REQUIRED[kind]


@KINDS
def test_right_values_pass(kind, fit_to_show):
    """The values that the other tests spoil are not refused themselves."""
    assert judge(kind, {}, RIGHT[kind] | seeds, fit_to_show) is not None


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, right in RIGHT.items() for name in right])
@given(data=st.data())
def test_any_value_of_one_property(kind, name, fit_to_show, data):
    """Whatever is wrong with one property is told of that property, or of one that has to fit to it."""
    news = RIGHT[kind] | seeds | {name: data.draw(odd)}
    result = answer(configured(kind).check, {}, dict(news))

    has_to_fit = {"trigger": "baseline", "base_url": "api_root"}
    assert {property_of(failure, news) for failure in result.failures} <= {name, has_to_fit.get(name, name)}
    judge(kind, {}, news, fit_to_show)


@KINDS
@given(data=st.data())
def test_any_values(kind, fit_to_show, data):
    """They are accepted and stay what they were, or each failure names its property in one line."""
    right = RIGHT[kind]
    kept = data.draw(st.sets(st.sampled_from(sorted(right))))
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(right)), odd, max_size=3))
    extra = data.draw(st.dictionaries(texts, values, max_size=2))
    own = data.draw(st.dictionaries(st.sampled_from([NAME_SEED, kind.id_input]), odd, max_size=1))
    judge(kind, {}, {name: right[name] for name in sorted(kept)} | changed | extra | seeds | own, fit_to_show)


@KINDS
@given(data=st.data())
def test_right_values_of_one_that_exists(kind, fit_to_show, data):
    """What another version stored makes no difference to that; diff answers in any case."""
    provider = configured(kind)
    olds = provider.check({}, RIGHT[kind] | seeds).inputs
    keys = st.sampled_from(sorted(olds))
    missing = data.draw(st.sets(keys, max_size=3), "missing")
    changed = data.draw(st.dictionaries(keys, values, max_size=2), "changed")
    stored = {name: value for name, value in olds.items() if name not in missing} | changed | {"of_a_later": 1.0}
    unknown = data.draw(st.sets(st.sampled_from(sorted(RIGHT[kind])), max_size=2))
    inputs = judge(kind, stored, RIGHT[kind] | {name: Unknown() for name in unknown} | seeds, fit_to_show)
    if inputs is not None:
        assert [] == answer(provider.diff, "id", stored, inputs).replaces


@KINDS
@given(data=st.data())
def test_what_did_not_change_is_no_difference(kind, data):
    """Inputs that were checked before are the same the next time, and diff says so."""
    left_out = data.draw(st.sets(st.sampled_from(sorted(RIGHT[kind].keys() - REQUIRED[kind]))))
    news = {name: value for name, value in RIGHT[kind].items() if name not in left_out} | seeds
    provider = configured(kind)
    olds = provider.check({}, news).inputs
    kept = provider.check(dict(olds), news)

    assert [] == kept.failures
    assert serialised(olds) == serialised(kept.inputs)
    known = {"outcome": "restored", "baseline": TAKEN}
    assert provider.diff("id", known | olds, kept.inputs).changes is False
