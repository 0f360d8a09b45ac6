"""The verbs of every provider on top of a service whose answers go wrong in between: no engine, no socket."""

from __future__ import annotations

import json
from email.utils import format_datetime
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azure_recovery.dynamic_providers import provider as provider_module
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY, USABLE
from azure_recovery.dynamic_providers.replication_gate import ReplicationGateProvider
from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.settings import AzureSettings
from tests.providers.turned_clock import TurnedClock

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/recovery/providers/Microsoft.Compute"
TARGET = f"{COMPUTE}/restorePointCollections/web-1-copies"
SOURCE = f"{COMPUTE}/restorePointCollections/web-1".replace("recovery", "production")
POINT = f"{SOURCE}/restorePoints/daily-1"
COPY = f"{TARGET}/restorePoints/daily-1"
OPERATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/northeurope/operations/"
ENVIRONMENT = {
    "ARM_SUBSCRIPTION_ID": SUBSCRIPTION,
    "ARM_USE_MSI": "true",
    "ARM_RESOURCE_MANAGER_ENDPOINT": "https://arm.example",
    "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com/",
    "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.microsoftonline.com/",
}
REPLICATION_S = 1_800.0
MOST_REQUESTS = 2_000

NEWS = {
    RestorePointCollectionCopyProvider: {
        "resource_group_name": "recovery",
        "location": "northeurope",
        "source_collection_id": SOURCE,
        "restore_point_collection_name": "web-1-copies",
    },
    RestorePointCopyProvider: {
        "restore_point_collection_id": TARGET,
        "source_restore_point_id": POINT,
        "restore_point_name": "daily-1",
    },
    ReplicationGateProvider: {"restore_point_ids": [COPY]},
}

ODD = {
    "not JSON": (200, b"<html><title>Welcome</title></html>"),
    "empty": (200, b""),
    "null": (200, b"null"),
    "null properties": (200, b'{"properties":null}'),
    "wrong types": (200, b'{"properties":{"provisioningState":7,"sourceMetadata":[]},"value":3,"status":[]}'),
    "unheard-of words": (200, b'{"status":"Thinking","properties":{"provisioningState":"Pondering"}}'),
    "moved": (302, b""),
    "bad request": (400, b'{"error":{"code":"BadRequest","message":"no\\nno"}}'),
    "not allowed": (403, b'{"error":{"code":"AuthorizationFailed","message":"sig=PLANTED-SIGNATURE"}}'),
    "a proxy's 404": (404, b"<html>not here</html>"),
    "another 404": (404, b'{"error":{"code":"InvalidResourceType","message":"no such type"}}'),
    "subscription": (404, b'{"error":{"code":"SubscriptionNotFound","message":"?"}}'),
    "took too long": (408, b""),
    "conflict": (409, b'{"error":{"code":"Conflict","message":"busy"}}'),
    "throttled": (429, b'{"error":{"code":"TooManyRequests","message":"later"}}'),
    "server error": (500, b'{"error":{"code":"InternalServerError","message":"deep"}}'),
    "gateway": (502, b"<html>" * 500),
    "unavailable": (503, b"\xff\xfe"),
    "timeout": (504, b""),
}
"""Answers that say neither that the copy is gone nor that it is usable."""

troubles = st.dictionaries(
    st.integers(0, 25),
    st.tuples(st.sampled_from([*ODD, "lost"]), st.sampled_from(["before", "after"])),
    max_size=8,
)
"""Number of a request to what happens to it, before it takes effect or after."""


class _Azure:
    """A region with one source restore point, whose answers are right but for the troubles it is given."""

    def __init__(self, clock, things=()):
        self.clock = clock
        self.things = {name.lower(): clock.monotonic() for name in things}
        self.troubles = {}
        self.log = []
        self.told_gone = False
        self.usable_told = False
        self.second_copies = 0

    async def token(self):
        return "token-of-a-test"

    def trouble(self, troubles):
        """Count requests anew, and let *troubles* happen to them."""
        self.troubles, self.log, self.told_gone, self.usable_told = troubles, [], False, False
        self.second_copies = 0

    def answer(self, request):
        number = len(self.log)
        assert number < MOST_REQUESTS, "a busy loop"
        kind, when = self.troubles.get(number, ("", ""))
        answer = self.effect(request) if when != "before" else None
        self.log.append((request.method, request.url.path, kind, when))
        if kind == "lost":
            raise (httpx.ReadError if when == "after" else httpx.ConnectError)("reset by peer")
        if kind:
            status, content = ODD[kind]
            return httpx.Response(status, content=content, headers={"retry-after": "20"} if status == 429 else {})
        status, body, headers = answer
        self.told_gone |= status == 404
        if isinstance(body, dict) and "instanceView" in body.get("properties", {}):
            self.usable_told = self.is_usable(request.url.path)
        date = format_datetime(self.clock.now(), usegmt=True)
        content = b"" if body is None else json.dumps(body).encode()
        return httpx.Response(status, content=content, headers={"date": date, **headers})

    def effect(self, request):
        path = request.url.path
        key = path.lower()
        if path.startswith(OPERATION):
            return 200, {"status": "Succeeded"}, {}
        if key in {POINT.lower(), SOURCE.lower()}:
            return 200, self.point(POINT) if key == POINT.lower() else self.collection(SOURCE), {}
        if request.method == "DELETE":
            if self.things.pop(key, None) is None:
                return 204, None, {}
            return 202, None, {"azure-asyncoperation": f"https://arm.example{OPERATION}2?s=PLANTED"}
        if key == COPY.lower() and TARGET.lower() not in self.things:
            return 404, {"error": {"code": "ParentResourceNotFound", "message": "no collection"}}, {}
        if request.method == "GET" and key not in self.things:
            if key.endswith("restorepointcollections"):
                return 200, {"value": [self.collection(TARGET)]}, {}
            return 404, {"error": {"code": "ResourceNotFound", "message": "not found"}}, {}
        new = key not in self.things
        if request.method == "PUT" and key == COPY.lower():
            if not new:
                self.second_copies += 1
                return 409, {"error": {"code": "Conflict", "message": "exists"}}, {}
            self.things[key] = self.clock.monotonic()
            return 201, self.point(COPY), {"azure-asyncoperation": f"https://arm.example{OPERATION}1?s=PLANTED"}
        self.things.setdefault(key, self.clock.monotonic())
        return 201 if new else 200, self.point(path) if key == COPY.lower() else self.collection(path), {}

    def is_usable(self, path):
        began = self.things.get(path.lower())
        return began is not None and self.clock.monotonic() - began >= REPLICATION_S

    def collection(self, path):
        if path.lower() == SOURCE.lower():
            vm = f"{COMPUTE.replace('recovery', 'production')}/virtualMachines/web-1"
            properties = {"provisioningState": "Succeeded", "source": {"id": vm, "location": "westeurope"}}
            properties["restorePoints"] = [self.point(POINT)]
            return {"id": path, "name": "web-1", "location": "westeurope", "properties": properties}
        points = [self.point(COPY)] if path.lower() == TARGET.lower() and COPY.lower() in self.things else []
        source = {"id": SOURCE, "location": "westeurope"}
        properties = {"provisioningState": "Succeeded", "source": source, "restorePoints": points}
        return {"id": path, "name": path.rpartition("/")[2], "location": "northeurope", "properties": properties}

    def point(self, path):
        disk = {"id": f"{path}/diskRestorePoints/os"}
        word = "succeeded" if path == POINT or self.is_usable(path) else "replicating"
        status = {"status": {"code": f"ReplicationState/{word}", "level": "Info"}, "completionPercent": 50}
        properties = {
            "provisioningState": "Succeeded",
            "timeCreated": "2026-11-21T10:00:00.1234567+00:00",
            "sourceMetadata": {"storageProfile": {"osDisk": {"name": "os", "diskRestorePoint": disk}}},
            "instanceView": {"diskRestorePoints": [disk | {"replicationStatus": status}]},
        }
        if path.lower() == COPY.lower():
            properties["sourceRestorePoint"] = {"id": POINT}
        return {"id": path, "name": path.rpartition("/")[2], "properties": properties}


@pytest.fixture(scope="module")
def turned():
    """One clock for all of Azure, which turns itself, and the loop that it owns."""
    clock = TurnedClock()
    yield clock
    clock.close()


@pytest.fixture
def serve(monkeypatch, turned):
    """Return a function that makes a provider, and the Azure that it talks to."""

    def make(kind, *things):
        azure = _Azure(turned, things)
        session = Session(
            AzureSettings.load({}, ENVIRONMENT),
            clock=turned,
            http=httpx.AsyncClient(transport=httpx.MockTransport(azure.answer)),
            tokens=lambda _settings, tenant_id: azure,
            loop=turned.loop,
        )
        monkeypatch.setattr(provider_module, "session_for", lambda _: session)
        monkeypatch.setattr(provider_module, "wanted", provider_module._Wanted())
        provider = kind()
        provider.configure(SimpleNamespace(config=SimpleNamespace(get=lambda _: None)))
        checked = provider.check({}, NEWS[kind] | {NAME_SEED: "p/s/n", PROVIDER_KEY: "x"})
        assert [] == [f"{failure.property}: {failure.reason}" for failure in checked.failures]
        monkeypatch.setattr(provider_module, "wanted", provider_module._Wanted())
        return provider, azure, checked.inputs | {PROVIDER_KEY: "x"}

    return make


def outcome_of(fit_to_show, method, *args):
    """Return what *method* returns, or None after an error of one line that is not a fault of the library."""
    try:
        return method(*args)
    except Exception as error:  # noqa: BLE001 - the engine gets whatever it is
        said = fit_to_show(str(error))
    assert "a fault of azure-recovery" not in said, said
    return None


def judge_starts(azure):
    """Fail if a start was sent again without a look after one that may have taken effect."""
    unclear = False
    for method, path, kind, when in azure.log:
        if path.lower() != COPY.lower():
            continue
        if method == "GET" and not kind:
            unclear = False
        if method == "PUT":
            assert not unclear, azure.log
            proves_nothing_started = (kind == "lost" and when == "before") or kind == "throttled"
            unclear = not proves_nothing_started and ODD.get(kind, (599,))[0] not in {400, 403, 404, 409}
    # Sent again, a start finds what an earlier one has left, whose own answer said otherwise; nothing else excuses it.
    told_otherwise = [entry for entry in azure.log if entry[:2] == ("PUT", COPY) and entry[3] == "after"]
    assert azure.second_copies == 0 or told_otherwise, azure.log


kinds = pytest.mark.parametrize("kind", NEWS, ids=lambda kind: kind.__name__)
fewer = settings(max_examples=max(settings.default.max_examples // 3, 10))


@kinds
def test_without_trouble(kind, serve, fit_to_show):
    """The service of these tests is one with which everything works."""
    provider, azure, inputs = serve(kind, *({TARGET, COPY} if kind is ReplicationGateProvider else {TARGET}))
    made = outcome_of(fit_to_show, provider.create, dict(inputs))
    judge_claim(kind, made.outs, azure)
    seen = outcome_of(fit_to_show, provider.read, made.id, made.outs | {PROVIDER_KEY: "x"})

    assert made.id == seen.id == inputs[provider.id_input]
    assert 0 == azure.second_copies
    provider.delete(made.id, made.outs | {PROVIDER_KEY: "x"})
    assert (made.id.lower() in azure.things) is False


@kinds
@fewer
@given(troubles=troubles, later=troubles)
def test_create_and_then_update(kind, serve, fit_to_show, troubles, later):
    """What create left is brought to its end by update, and neither claims more than Azure said."""
    things = {
        RestorePointCollectionCopyProvider: (),
        RestorePointCopyProvider: (TARGET,),
        ReplicationGateProvider: (TARGET, COPY),
    }
    provider, azure, inputs = serve(kind, *things[kind])
    azure.trouble(troubles)
    made = outcome_of(fit_to_show, provider.create, dict(inputs))
    judge_starts(azure)
    if made is not None:
        judge_claim(kind, made.outs, azure)
    azure.trouble(later)
    olds = made.outs if made is not None else inputs
    updated = outcome_of(fit_to_show, provider.update, inputs[provider.id_input], olds | {PROVIDER_KEY: "x"}, inputs)
    judge_starts(azure)
    if updated is not None and azure.log:
        judge_claim(kind, updated.outs, azure)


def judge_claim(kind, outs, azure):
    """Fail if *outs* call a copy usable that Azure does not."""
    if kind is RestorePointCopyProvider:
        assert outs["usable"] is True
        assert azure.usable_told
    if kind is ReplicationGateProvider:
        assert outs[USABLE].keys() == {COPY.lower()}
        assert azure.is_usable(COPY)


@kinds
@pytest.mark.parametrize("there", [True, False])
@fewer
@given(troubles=troubles)
def test_read(kind, there, serve, fit_to_show, troubles):
    """Gone is said only after Azure said so, and usable likewise."""
    provider, azure, inputs = serve(kind, *((TARGET, COPY) if there else ()))
    azure.trouble(troubles)
    seen = outcome_of(fit_to_show, provider.read, inputs[provider.id_input], dict(inputs))
    if seen is None:
        return
    if not seen.id:
        assert azure.told_gone
        assert not there
    elif kind is RestorePointCopyProvider:
        assert seen.outs["usable"] is azure.is_usable(COPY)


@kinds
@fewer
@given(troubles=troubles)
def test_delete(kind, serve, fit_to_show, troubles):
    """A delete that reports success has deleted, and a gate's deletes nothing."""
    things = (TARGET,) if kind is RestorePointCollectionCopyProvider else (TARGET, COPY)
    provider, azure, inputs = serve(kind, *things)
    azure.trouble(troubles)
    failed = []

    def delete():
        provider.delete(inputs[provider.id_input], dict(inputs))
        return failed

    deleted = outcome_of(fit_to_show, delete) is not None
    # A 200 to a DELETE is ARM's word that it is done, and an odd body beside it takes nothing back.
    told = any(method == "DELETE" and kind_ in ODD and ODD[kind_][0] == 200 for method, _, kind_, _ in azure.log)
    if deleted and not told:
        assert (inputs[provider.id_input].lower() not in azure.things) or kind is ReplicationGateProvider
    if kind is ReplicationGateProvider:
        assert COPY.lower() in azure.things
