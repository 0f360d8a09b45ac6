"""What goes wrong on demand, at the two places that every request passes.

Before its effect a request can be refused, held up or lost without a trace; after it the answer can be. What a fault
does to operations and disks is in `fault_effects`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

from azure_recovery.emulator import backup_faults, backup_oddities, fault_effects, regions, spf_faults
from azure_recovery.emulator.connections import Connections, HalfAnswer
from azure_recovery.emulator.errors import ArmError, not_allowed
from azure_recovery.emulator.exchange import Answer, Call, Cloud
from azure_recovery.emulator.fault_table import Fault
from azure_recovery.emulator.spf_errors import SYSTEM_CENTER_NAMESPACE, UnauthenticatedError

_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>Our services aren't available right now</h1>"
    "</body></html>"
)
_LATE: Final = (
    "error-after",
    "html",
    "cut-body",
    "cut-after",
    "hang-after",
    *fault_effects.NAMES,
    *backup_faults.NAMES,
    *backup_oddities.NAMES,
    *spf_faults.NAMES,
)


class Cut(Exception):  # noqa: N818 - an event, not a mistake
    """The connection is to be cut without an answer."""


class Exchange(Protocol):
    """What faults see of a request."""

    call: Call
    request: Request
    fault: str
    struck: list[Fault]


class Faults:
    """The faults in force.

    Args:
        faults: Those of the command line.
        now: When they come into force.
    """

    def __init__(self, faults: Iterable[Fault] = (), now: float = 0.0) -> None:
        self._faults: list[Fault] = []
        self._given = 0
        for fault in faults:
            self.add(fault, now)

    def add(self, fault: Fault, now: float) -> Fault:
        """Put a fault into force at *now*."""
        self._given += 1
        fault.id, fault.since = self._given, now
        self._faults.append(fault)
        return fault

    def lift(self, number: int | None = None) -> int:
        """Take one fault away, or all; requests that they hold go on. Returns how many went."""
        going = [fault for fault in self._faults if number in {None, fault.id}]
        for fault in going:
            fault.lift()
        self._faults = [fault for fault in self._faults if not fault.lifted]
        return len(going)

    def every(self) -> list[Fault]:
        """Return them in the order in which they were given."""
        return list(self._faults)

    async def before_effect(self, exchange: Exchange, cloud: Cloud) -> None:
        """Hold up, refuse or lose a request that has not had any effect.

        Raises:
            ArmError: The refusal.
            Cut: No answer at all.
        """
        call = exchange.call
        for fault in list(self._faults):
            if fault.kind.name == "silent-region" and not _in_region(cloud, call, str(fault.parameters["region"])):
                continue
            if not _is_of(fault, of_system_center=call.target.namespace == SYSTEM_CENTER_NAMESPACE):
                continue
            if not fault.strikes(call.method, call.path, call.operation, call.now):
                continue
            exchange.struck.append(fault)
            exchange.fault = fault.kind.name
            if fault.kind.name not in _LATE:
                await _early(fault, exchange, cloud)

    @staticmethod
    def seen_by(exchange: Exchange, cloud: Cloud) -> Cloud:
        """Return the cloud as a request finds it that is answered in another shape."""
        struck = [(fault.kind.name, fault.parameters) for fault in exchange.struck]
        settings = backup_oddities.changed(cloud.settings, struck)
        return cloud if settings is cloud.settings else replace(cloud, settings=settings)

    async def after_effect(self, exchange: Exchange, cloud: Cloud, answer: Answer) -> Answer:
        """Hold up, change or lose the answer to a request whose effect is there for good.

        Raises:
            ArmError: The refusal.
            Cut: No answer at all.
        """
        for fault in exchange.struck:
            name = fault.kind.name
            if name == "hang-after":
                await _hung(fault, exchange)
            elif name == "cut-after":
                raise Cut
            elif name == "error-after":
                raise _server_error(int(fault.parameters["status"]))
            elif name in spf_faults.NAMES:
                spf_faults.apply(fault, cloud, answer)
            elif name in backup_faults.NAMES:
                backup_faults.apply(fault, exchange.call, cloud, answer)
            elif name in fault_effects.NAMES:
                if exchange.call.operation in backup_faults.OPERATIONS:
                    backup_faults.apply(fault, exchange.call, cloud, answer)
                else:
                    fault_effects.apply(fault, exchange.call, cloud, answer)
        return answer

    @staticmethod
    def spoil(exchange: Exchange, response: Response, connections: Connections) -> Response:
        """Return what is sent instead of an answer that is ready."""
        for fault in exchange.struck:
            if fault.kind.name == "html":
                status = int(fault.parameters["status"])
                return Response(_PAGE.format(status=status), status, media_type="text/html")
            if fault.kind.name == "cut-body":
                return HalfAnswer(connections, response)
        return response


def _is_of(fault: Fault, *, of_system_center: bool) -> bool:
    """Tell whether a fault is one of a service: both name some of their operations alike."""
    if fault.kind.name == "unauthorized":
        return of_system_center
    return not (of_system_center and fault.kind.name in backup_oddities.NAMES)


async def _early(fault: Fault, exchange: Exchange, cloud: Cloud) -> None:
    name, parameters = fault.kind.name, fault.parameters
    if name == "throttled":
        seconds = int(parameters["retry_after"])
        raise ArmError(
            429,
            "TooManyRequests",
            f"The request was throttled. Please try again after '{seconds}' seconds.",
            headers={"Retry-After": str(seconds)},
        )
    if name == "unavailable":
        raise _server_error(int(parameters["status"]))
    if name == "forbidden":
        raise _forbidden(exchange.call)
    if name == "unauthorized":
        raise UnauthenticatedError("Negotiate")
    if name == "disk-attached":
        machine = exchange.call.target.parent.child("virtualMachines", "emulated")
        raise not_allowed(f"Disk {exchange.call.target.name} is attached to VM {machine}.")
    if name == "cut-before":
        raise Cut
    if name == "slow":
        await _held(fault, cloud.clock.sleep(float(parameters["seconds"])))
    else:
        await _hung(fault, exchange)


async def _hung(fault: Fault, exchange: Exchange) -> None:
    await _held(fault, _caller_gone(exchange.request))
    if not fault.lifted:
        raise Cut


async def _held(fault: Fault, other_end: Coroutine[Any, Any, None]) -> None:
    """Wait until the fault is taken away, or for *other_end*."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def release() -> None:
        loop.call_soon_threadsafe(over.set)

    fault.held.append(release)
    ends = [asyncio.create_task(over.wait()), asyncio.create_task(other_end)]
    try:
        if not fault.lifted:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        fault.held.remove(release)
        for end in ends:
            end.cancel()


async def _caller_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _forbidden(call: Call) -> ArmError:
    if call.target.namespace == SYSTEM_CENTER_NAMESPACE:
        return ArmError(403, "Forbidden", "The user does not have permission to perform this operation.")
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client does not have authorization to perform action '{_action(call)}' over scope '{call.path}' or "
        "the scope is invalid. If access was recently granted, please refresh your credentials.",
    )


def _action(call: Call) -> str:
    """Return the action of Azure RBAC that a request needs."""
    verb = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
    last = call.path.rstrip("/").rsplit("/", 1)[-1]
    kinds = [call.target.namespace, *call.target.types]
    if call.method == "POST" or call.target.names[-1:] != (last,):
        kinds.append(last)  # a list is named after what it is asked of
    return "/".join((*kinds, verb.get(call.method, "action")))


def _server_error(status: int) -> ArmError:
    words = {500: "InternalServerError", 502: "BadGateway", 503: "ServerUnavailable", 504: "GatewayTimeout"}
    return ArmError(status, words.get(status, "InternalServerError"), "The service is unavailable. Please retry later.")


def _in_region(cloud: Cloud, call: Call, region: str) -> bool:
    """Tell whether a request is about something in *region*: what it names, or what that is in."""
    target = call.target
    while target.names:
        row = cloud.store.get(target.key)
        if row is not None:
            return row.location == regions.normalised(region)
        target = target.parent
    return False
