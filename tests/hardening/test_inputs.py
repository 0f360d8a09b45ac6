"""Every property of every resource, with any value that the engine can send: no socket, no engine."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown
from pulumi.runtime import rpc

from azure_recovery.dynamic_providers.inputs import ARM_ID, GATE_ID, NAME_SEED, PROVIDER_KEY, USABLE
from azure_recovery.dynamic_providers.lookups import Lookups, NotKnown
from azure_recovery.dynamic_providers.replication_gate import ReplicationGate, ReplicationGateProvider
from azure_recovery.dynamic_providers.restore_point_collection_copy import (
    RestorePointCollectionCopy,
    RestorePointCollectionCopyProvider,
)
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopy, RestorePointCopyProvider
from azure_recovery.rest.redaction import one_line, redacted

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/production/providers/Microsoft.Compute"
SOURCE = f"{COMPUTE}/restorePointCollections/web-1"
TARGET = f"{COMPUTE}/restorePointCollections/web-1-copies"
KEYS = f"{COMPUTE}/diskEncryptionSets/keys"

RIGHT = {
    RestorePointCollectionCopyProvider: {
        "resource_group_name": "recovery",
        "location": "northeurope",
        "source_collection_id": SOURCE,
        "restore_point_collection_name": "web-1-copies",
        "subscription_id": SUBSCRIPTION,
        "tags": {"department": "finance"},
        "force_delete": False,
    },
    RestorePointCopyProvider: {
        "restore_point_collection_id": TARGET,
        "source_restore_point_id": f"{SOURCE}/restorePoints/daily-1",
        "restore_point_name": "daily-1",
        "disk_encryption": {"os": KEYS},
        "wait": "accepted",
        "recopy_failed": True,
        "expose_source_metadata": True,
    },
    ReplicationGateProvider: {"restore_point_ids": [f"{TARGET}/restorePoints/daily-1"]},
}
"""Provider to a right value for each of its inputs."""

REQUIRED = {provider: {field.name for field in provider.fields if field.required} for provider in RIGHT}
OPTIONAL = {provider: set(RIGHT[provider]) - REQUIRED[provider] for provider in RIGHT}
RESOURCES = {
    RestorePointCollectionCopyProvider: RestorePointCollectionCopy,
    RestorePointCopyProvider: RestorePointCopy,
    ReplicationGateProvider: ReplicationGate,
}

SIGNED = "https://blob.example/container?sv=2026&sig=PLANTED-SIGNATURE-0123456789"
AUTHORISED = "Bearer PLANTED-TOKEN-0123456789"

texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.sampled_from(
        [
            "",
            " ",
            "\n",
            "two\nlines",
            "two\u2028lines",
            "\x00",
            "\x1b[31m",
            "\ufeff",
            "x" * 70_000,
            "/" * 9_000,
            f"{SOURCE}/",
            f" {SOURCE} ",
            SOURCE.upper(),
            SOURCE.removeprefix("/"),
            f"{SOURCE}?sig=PLANTED-SIGNATURE",
            f"{SOURCE}&sig=PLANTED-SIGNATURE",
            f"{SOURCE}/restorePoints/daily\n1",
            f"{SOURCE}/restorePoints/{'d' * 300}",
            f"{SOURCE}/restorePoints/tägliche sicherung",
            f"{SOURCE}/restorePoints/daily\u2028one",
            f"{TARGET}/restorePoints/daily-2",
            f"https://management.example{SOURCE}?sig=PLANTED-SIGNATURE",
            SIGNED,
            AUTHORISED,
            "true",
            "False",
            "Replicated",
            "nan",
            "West Europe",
            "ǅ",
            "\u0130",
            SUBSCRIPTION.upper(),
        ]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.sampled_from([0.0, -0.0, 1e308, -1e308, float("nan"), float("inf"), float("-inf")]),
    texts,
    st.builds(Unknown),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def nested(depth):
    """Return lists in maps in lists, as deep as the engine's messages can be."""
    value = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"deeper": value}
    return value


odd = st.one_of(values, st.integers(1, 90).map(nested), st.dictionaries(texts, texts, min_size=45, max_size=60))
"""Anything that the engine can send as a property."""

seeds = {NAME_SEED: "project/stack/name", PROVIDER_KEY: "x"}
providers = pytest.mark.parametrize("provider", RIGHT, ids=lambda provider: provider.__name__)


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch):
    """Let every look-up before a preview end without an answer."""
    monkeypatch.setattr(
        Lookups, "ask", lambda _self, _call, questions, **_: dict.fromkeys(questions, NotKnown("nobody to ask"))
    )


def configured(kind):
    provider = kind()
    provider.configure(SimpleNamespace(config=SimpleNamespace(get=lambda _: None)))
    return provider


def serialised(inputs):
    """Return *inputs* as the SDK's server sends them to the engine."""
    return asyncio.run(rpc.serialize_properties(inputs, {})).SerializeToString(deterministic=True)


def news_for(kind):
    """Return what a program may send: right values, odd ones, missing ones, and properties that there are not."""
    right = RIGHT[kind]
    return st.builds(
        lambda kept, changed, extra, seed: (
            {name: right[name] for name in sorted(kept)} | changed | extra | seeds | seed
        ),
        st.sets(st.sampled_from(sorted(right))),
        st.dictionaries(st.sampled_from(sorted(right)), odd, max_size=3),
        st.dictionaries(texts, values, max_size=2),
        st.dictionaries(st.sampled_from([NAME_SEED, ARM_ID, GATE_ID, USABLE]), odd, max_size=1),
    )


def right_news_for(kind):
    """Return right values with some of the optional ones left out and some of any unknown."""
    right = RIGHT[kind]
    return st.builds(
        lambda left_out, unknown: (
            {name: value for name, value in right.items() if name not in left_out}
            | {name: Unknown() for name in unknown}
            | seeds
        ),
        st.sets(st.sampled_from(sorted(OPTIONAL[kind]) or [""])),
        st.sets(st.sampled_from(sorted(right)), max_size=2),
    )


def state_of(kind, data, *, odd_values=False):
    """Return what another version may have stored: some keys missing, others besides, nulls, other types.

    Every version stores the name that it made, and a gate's map.
    """
    inputs = configured(kind).check({}, dict(RIGHT[kind]) | seeds).inputs
    keys = st.sampled_from(sorted(inputs.keys()))
    missing = data.draw(st.sets(keys, max_size=3), "missing")
    nulls = data.draw(st.sets(keys, max_size=1), "nulls")
    extra = data.draw(st.dictionaries(st.sampled_from(["of_a_later_version", "provisioning_state"]), values), "extra")
    changed = data.draw(st.dictionaries(keys, values, max_size=2), "changed") if odd_values else {}
    return (
        {name: value for name, value in inputs.items() if name not in missing} | dict.fromkeys(nulls) | extra | changed
    )


def answer(method, *args):
    """Return what *method* returns: an exception, even one of one line, is none of its answers."""
    try:
        return method(*args)
    except Exception as error:  # noqa: BLE001 - whatever it is
        raised = f"{type(error).__name__}: {error}"
    raise AssertionError(raised)


def property_of(failure, news):
    """Return the property that *failure* names: in its text alone where the engine would print a secret beside it."""
    planted = {name for name, value in news.items() if "PLANTED" in repr((name, value))}
    if failure.property:
        assert failure.property not in planted
        return failure.property
    named = [name for name in planted if failure.reason.startswith(one_line(redacted(f"{name}: ")))]
    assert named or "" in news
    return max(named, key=len, default="")


def judge(provider, olds, news, fit_to_show):
    """Check *news*, judge the outcome, and return the inputs if they are accepted."""
    result = answer(provider.check, dict(olds), dict(news))
    for failure in result.failures:
        fit_to_show(failure.reason)
        assert property_of(failure, news) in news.keys() | REQUIRED[type(provider)] | set(RIGHT[type(provider)])
    if result.failures:
        return None
    again = answer(provider.check, dict(olds), result.inputs | {PROVIDER_KEY: "x"})
    assert [] == again.failures
    assert serialised(result.inputs) == serialised(again.inputs)
    diff = answer(provider.diff, "id", result.inputs | {USABLE: result.inputs.get(USABLE, True)}, again.inputs)
    assert set(diff.replaces) <= set(RIGHT[type(provider)])
    return result.inputs


@providers
def test_every_property_is_tried(provider):
    """The right values name each input of the resource, and nothing else."""
    assert set(RESOURCES[provider]._inputs) == set(RIGHT[provider]) == {field.name for field in provider.fields}


@providers
def test_right_values_pass(provider, fit_to_show):
    """The values that the other tests spoil are not refused themselves."""
    assert judge(configured(provider), {}, RIGHT[provider] | seeds, fit_to_show) is not None


@providers
@given(data=st.data())
def test_any_value_of_a_new_resource(provider, fit_to_show, data):
    """It is accepted and stays what it was, or each failure names its property in one line."""
    judge(configured(provider), {}, data.draw(news_for(provider)), fit_to_show)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in RIGHT for name in RIGHT[kind]])
@given(data=st.data())
def test_any_value_of_one_property(kind, name, fit_to_show, data):
    """Whatever is wrong with one property is told of that property alone."""
    news = RIGHT[kind] | seeds | {name: data.draw(odd)}
    result = answer(configured(kind).check, {}, dict(news))

    assert {property_of(failure, news) for failure in result.failures} <= {name}
    judge(configured(kind), {}, news, fit_to_show)


@providers
@given(data=st.data())
def test_any_value_of_a_resource_that_exists(provider, fit_to_show, data):
    """What another version stored makes no difference to that."""
    judge(configured(provider), state_of(provider, data), data.draw(news_for(provider)), fit_to_show)


@providers
@given(data=st.data())
def test_right_values_of_a_resource_that_exists(provider, fit_to_show, data):
    """Right values reach the rules about what exists already; those hold whatever is stored, or say why not."""
    olds = state_of(provider, data, odd_values=True)
    instance = configured(provider)
    inputs = judge(instance, olds, data.draw(right_news_for(provider)), fit_to_show)
    if inputs is not None:
        diff = answer(instance.diff, "id", olds, inputs)
        assert isinstance(diff.changes, bool)
        assert set(diff.replaces) <= set(RIGHT[provider])


@providers
@given(data=st.data())
def test_what_did_not_change_is_no_difference(provider, data):
    """Inputs that were checked before are the same the next time, and diff says so."""
    news = data.draw(right_news_for(provider).filter(lambda news: not rpc.contains_unknowns(news)))
    instance = configured(provider)
    olds = instance.check({}, news).inputs
    kept = instance.check(dict(olds), news)

    assert [] == kept.failures
    assert serialised(olds) == serialised(kept.inputs)
    assert [] == instance.diff("id", olds | {USABLE: olds.get(USABLE, True)}, kept.inputs).replaces
