"""Requests to SPF to operations: a table, and the service's own answers to what is not in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from azure_recovery.emulator import spf_checkpoints, spf_entities, spf_errors, spf_jobs, spf_machines, spf_query
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.spf_address import Address
from azure_recovery.emulator.spf_entities import CHECKPOINT, JOB, SETS, TYPES
from azure_recovery.emulator.store import Row

Handler = Callable[[Cloud, Call, Address], Answer]
_ALL: Final = 1_000_000


@dataclass(frozen=True)
class Route:
    """One operation: its name in the request log and for faults, and what does it."""

    operation: str
    handler: Handler


def get(cloud: Cloud, call: Call, address: Address) -> Answer:
    """Answer one entity."""
    assert address.key is not None
    kind = SETS[address.entity_set]
    row = cloud.store.get(spf_entities.row_key(address.subscription, kind, address.key), kind)
    if row is None or not _visible(row, call.now):
        raise spf_errors.no_such_segment(address.entity_set)
    return Answer(200, {"odata.metadata": _metadata(call, address, "/@Element"), **_shown(cloud, row, call.now)})


def list_all(cloud: Cloud, call: Call, address: Address) -> Answer:
    """Answer the entities of a set that a query asks for, or the first page of them."""
    kind, query = SETS[address.entity_set], dict(call.query)
    named = spf_query.filtered_by(query)
    if cloud.settings.text("spf_stamp_filter") == "required" and "StampId" not in named:
        raise spf_errors.bad_request("The query has to be restricted to a stamp: filter by 'StampId'.")
    targets = named & set(spf_jobs.TARGET_MEMBERS)
    if kind == JOB and targets and cloud.settings.text("spf_jobs_filter") != "accepted":
        if cloud.settings.text("spf_jobs_filter") == "refused":
            raise spf_errors.bad_request(f"Filtering by '{min(targets)}' is not supported.")
        del query["$filter"]
    elif kind == JOB and (unknown := targets - {cloud.settings.text("spf_target_member")}):
        # Names are known by their casing, also where there is no entity yet that could lack one.
        raise spf_query.no_property(min(unknown), TYPES[kind])
    rows, _ = cloud.store.page(kind, address.subscription, None, 0, _ALL)
    entities = [_shown(cloud, row, call.now) for row in rows if _visible(row, call.now)]
    value, token = spf_query.paged(
        query, spf_query.applied(query, entities, TYPES[kind]), cloud.settings.whole("spf_page_size")
    )
    body: dict[str, Any] = {"odata.metadata": _metadata(call, address, ""), "value": value}
    if token is not None:
        options = urlencode({**call.query, "$skiptoken": token}, safe="$'")
        body["odata.nextLink"] = f"{call.base_url}{call.path}?{options}"
    return Answer(200, body)


def _create(cloud: Cloud, call: Call, address: Address) -> Answer:
    answer = spf_checkpoints.create(cloud, call, address)
    body = {"odata.metadata": _metadata(call, address, "/@Element"), **answer.body}
    return Answer(answer.status, body, answer.headers, answer.started)


def _visible(row: Row, now: float) -> bool:
    return row.type != JOB or spf_jobs.visible(row, now)


def _shown(cloud: Cloud, row: Row, now: float) -> dict[str, Any]:
    if row.type == JOB:
        return spf_jobs.shown(row, now, cloud.settings)
    return spf_checkpoints.shown(row) if row.type == CHECKPOINT else spf_machines.shown(cloud, row, now)


def _metadata(call: Call, address: Address, suffix: str) -> str:
    return f"{call.base_url}{address.root}/$metadata#{address.entity_set}{suffix}"


_OF_ONE: Final = {
    ("VMCheckPoints", "GET"): Route("VMCheckPoints.Get", get),
    ("VMCheckPoints", "MERGE"): Route("VMCheckPoints.Merge", spf_checkpoints.merge),
    ("VMCheckPoints", "PUT"): Route("VMCheckPoints.Put", spf_checkpoints.put),
    ("VMCheckPoints", "DELETE"): Route("VMCheckPoints.Delete", spf_checkpoints.delete),
    ("VirtualMachines", "GET"): Route("VirtualMachines.Get", get),
    ("Jobs", "GET"): Route("Jobs.Get", get),
}
_OF_SET: Final = {
    ("VMCheckPoints", "GET"): Route("VMCheckPoints.List", list_all),
    ("VMCheckPoints", "POST"): Route("VMCheckPoints.Create", _create),
    ("VirtualMachines", "GET"): Route("VirtualMachines.List", list_all),
    ("Jobs", "GET"): Route("Jobs.List", list_all),
}
OPERATIONS: Final = frozenset(route.operation for route in (*_OF_ONE.values(), *_OF_SET.values()))


def find(method: str, address: Address) -> Route:
    """Return the operation of a request.

    Raises:
        ArmError: There is no such operation.
    """
    if address.entity_set not in SETS:
        raise spf_errors.no_such_segment(address.entity_set)
    route = (_OF_SET if address.key is None else _OF_ONE).get((address.entity_set, method))
    if route is None:
        raise spf_errors.refused(405, "MethodNotAllowed", "The method is not allowed on the requested resource.")
    return route
