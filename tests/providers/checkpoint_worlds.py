"""System Center for the providers: one machine with two checkpoints in one stamp, on a clock that turns itself."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from enum import Enum
from typing import Any

import httpx
import pytest

from azure_recovery.dynamic_providers.checkpoint_baseline import CheckpointBaselineProvider
from azure_recovery.dynamic_providers.checkpoint_restore_run import CheckpointRestoreRunProvider
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.emulator.server import Service, open_cloud
from azure_recovery.emulator.world import checked
from tests.providers.conftest import Azure
from tests.providers.in_process import Behind, Cuts, InProcess
from tests.providers.network import Faults
from tests.providers.services import TOKEN, TurnedService
from tests.providers.stack import Stack
from tests.providers.turned_clock import TurnedClock
from tests.providers.worlds import SUBSCRIPTION

STAMP = "00000000-0000-0000-0000-000000000500"
OTHER_STAMP = "00000000-0000-0000-0000-000000000600"
MACHINE = "00000000-0000-0000-0000-000000000501"
BEFORE_PATCH = "00000000-0000-0000-0000-000000000511"
AFTER_PATCH = "00000000-0000-0000-0000-000000000512"
URL = "https://spf.test"
ROOT = f"/{SUBSCRIPTION}/services/systemcenter/vmm"
CHECKPOINT_PATH = f"{ROOT}/VMCheckPoints(ID=guid'{BEFORE_PATCH}',StampId=guid'{STAMP}')"

MERGE = "MERGE VMCheckPoints.Merge"
PUT = "PUT VMCheckPoints.Put"
CREATE = "POST VMCheckPoints.Create"

UNCLEAR = "whether a restore was sent is not known"
"""What an `up` says that cannot tell."""

RESTORE = {
    "base_url": URL,
    "subscription_id": SUBSCRIPTION,
    "checkpoint_id": BEFORE_PATCH,
    "trigger": "one",
    PROVIDER_KEY: "x",
}


def system_center_world(*, stamps: int = 1, **machine: Any) -> dict[str, Any]:
    """Return a world; *stamps* have the same checkpoints, *machine* is more about the machine."""
    return {
        "subscription_id": SUBSCRIPTION,
        "resource_groups": [{"name": "production", "location": "westeurope"}],
        "system_center": {
            "stamps": [
                {
                    "id": stamp,
                    "virtual_machines": [
                        {
                            "name": "web-1",
                            "id": MACHINE,
                            "restore_minutes": 3,
                            "checkpoint_minutes": 1,
                            "checkpoints": [
                                {"name": "before-patch", "id": BEFORE_PATCH, "age_hours": 48},
                                {"name": "after-patch", "id": AFTER_PATCH, "age_hours": 24},
                            ],
                            **machine,
                        }
                    ],
                }
                for stamp in (STAMP, OTHER_STAMP)[:stamps]
            ]
        },
    }


class _ByHost(httpx.AsyncBaseTransport):
    """Leads to System Center, or to Azure."""

    def __init__(self, azure: httpx.AsyncBaseTransport, system_center: httpx.AsyncBaseTransport) -> None:
        self._azure = azure
        self._system_center = system_center

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = self._system_center if request.url.host == httpx.URL(URL).host else self._azure
        return await there.handle_async_request(request)


class TurnedSystemCenter(TurnedService):
    """System Center beside the Azure of `TurnedService`, with one request log."""

    def __init__(self, world: dict[str, Any], settings: dict[str, Any]) -> None:
        random.seed(0)  # by which pauses are shortened
        self.clock = TurnedClock()
        self._cloud = open_cloud(
            checked(world), None, self.speed, settings, wall=self.clock.wall, sleep=self.clock.sleep
        )
        service = Service(self._cloud, connections=Cuts())
        self._application = httpx.ASGITransport(service.azure())
        self.system_center = httpx.ASGITransport(service.system_center())
        self.behind = Behind(self._application)

    def connections(self) -> httpx.AsyncBaseTransport:
        """Return what leads to both."""
        return _ByHost(InProcess(self._application, self.clock), InProcess(self.system_center, self.clock))


class Moment(Enum):
    """When a process is killed, seen from a request."""

    BEFORE = "before it took effect"
    AFTER_EFFECT = "after its effect and before its answer"
    ANSWERED = "after its answer"


class KilledError(Exception):
    """Stands for the end of a process: whatever it did afterwards, nobody sees."""


class _Killer(httpx.AsyncBaseTransport):
    """Ends a process at one of its requests; after that, none of them has an effect."""

    def __init__(self, there: httpx.AsyncBaseTransport, at: int | str, moment: Moment) -> None:
        self._there = there
        self._left, self._method = (at, "") if isinstance(at, int) else (1, at)
        self._moment = moment
        self.killed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= not self._method or request.method == self._method
        if self.killed or (self._left <= 0 and self._moment is Moment.BEFORE):
            self.killed = True
            raise KilledError
        response = await self._there.handle_async_request(request)
        self.killed = self._left <= 0
        if self.killed and self._moment is Moment.AFTER_EFFECT:
            raise KilledError
        return response


class Restore:
    """A stack with the two resources of a restore, as the component makes them.

    Attributes:
        baseline, run: Each as the engine keeps it.
    """

    def __init__(self) -> None:
        self.baseline = Stack(CheckpointBaselineProvider)
        self.run = Stack(CheckpointRestoreRunProvider)

    def up(self, *, timeout: float = 0.0, **given: Any) -> tuple[str, str]:
        """Bring both to what the program says, and return what that took of each."""
        of_baseline = {name: given[name] for name in ("safety_checkpoint", "preflight") if name in given}
        of_run = {name: given[name] for name in ("method", "confirmed_job_id", "confirmed_done") if name in given}
        of_both = {name: value for name, value in given.items() if name not in of_baseline | of_run}
        seed = {NAME_SEED: "p/s/rollback"}
        took = self.baseline.up(RESTORE | seed | of_both | of_baseline, timeout=timeout)
        inputs = RESTORE | seed | of_both | of_run | {"baseline": self.baseline.outputs["baseline"]}
        return took, self.run.up(inputs, timeout=timeout)

    def error_of_up(self, **given: Any) -> str:
        """Return what an `up` stops with, or ""."""
        try:
            self.up(**given)
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine shows it
            return str(error) or type(error).__name__
        return ""

    def killed(self, system_center: SystemCenter, at: int | str, moment: Moment, **given: Any) -> bool:
        """Kill the process of an `up`; return whether it came to that.

        Args:
            system_center: Whom it asks. at: The nth request, or the first one with this method.
            moment: Seen from it. given: What the program says.

        What the engine had put into the state by then stays; the operation that was under way is lost.
        """
        killer = system_center.kill_at(at, moment)
        states = []
        for stack in (self.baseline, self.run):
            verb = stack._keep

            def keep(*args: Any, stack: Stack = stack, verb: Any = verb) -> None:
                before = (stack.id, stack.inputs, stack.outputs, stack.unready)
                try:
                    verb(*args)
                finally:
                    if killer.killed:
                        stack.id, stack.inputs, stack.outputs, stack.unready = before
                if killer.killed:
                    raise KilledError

            states.append((stack, verb))
            stack._keep = keep  # type: ignore[method-assign]
        error = self.error_of_up(**given)
        assert killer.killed or not error, error
        for stack, verb in states:
            stack._keep = verb  # type: ignore[method-assign]
        system_center.new_process()
        return killer.killed

    def destroy(self) -> None:
        """Remove both."""
        self.run.destroy()
        self.baseline.destroy()


class SpfFaults(Faults):
    """Faults of a network before System Center."""

    def refuse(self, method: str, path: str, *, times: int) -> None:
        """Open no connection."""

        async def act(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("connection refused", request=request)

        self._rules.append((method, path, [times], act))

    def pass_then(self, method: str, path: str, status: int, *, times: int = 1) -> None:
        """Let so many requests pass, and answer in the place of the service from then on."""

        async def act(request: httpx.Request) -> httpx.Response:
            return await self.connections.handle_async_request(request)

        self._rules.append((method, path, [times], act))
        self.answer(method, path, status)

    def fail_after(self, method: str, path: str, status: int) -> None:
        """Let the request take effect, and answer with an error that names the request."""

        async def act(request: httpx.Request) -> httpx.Response:
            answer = await self.connections.handle_async_request(request)
            ids = {"x-ms-request-id": answer.headers["x-ms-request-id"]}
            return httpx.Response(status, html="<html>no</html>", headers=ids, request=request)

        self._rules.append((method, path, [1], act))

    def distrust(self, method: str, path: str) -> None:
        """Show a certificate whose authority nobody knows."""
        trouble = ssl.SSLCertVerificationError()
        trouble.verify_code = 20  # as OpenSSL counts

        async def act(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("certificate verify failed", request=request) from trouble

        self._rules.append((method, path, [10**6], act))

    def list_none(self, collection: str, *, times: int) -> None:
        """Say that a collection cannot be listed; its entities are answered."""
        left = [times]

        async def act(request: httpx.Request) -> httpx.Response:
            if not left[0] or not request.url.path.endswith(f"/{collection}"):
                return await self.connections.handle_async_request(request)
            left[0] -= 1
            return httpx.Response(501, html="<html>no</html>", request=request)

        self._rules.append(("GET", f"/{collection}", [10**6], act))

    def take_effect_and_then(self, method: str, path: str, happens: Callable[[], None]) -> None:
        """Let the request take effect, something happen, and no answer come."""

        async def act(request: httpx.Request) -> httpx.Response:
            await (await self.connections.handle_async_request(request)).aread()
            happens()
            await asyncio.Event().wait()
            raise AssertionError

        self._rules.append((method, path, [1], act))


class SystemCenter(Azure):
    """System Center, the network before it, and the provider processes that ask it."""

    faults: SpfFaults
    _closed = False

    def __init__(self, patch: pytest.MonkeyPatch, service: TurnedSystemCenter) -> None:
        super().__init__(patch, service)
        self.faults = SpfFaults(service.connections())
        self.new_process()

    def close(self) -> None:
        """End it; a second time is nothing."""
        if not self._closed:
            self._closed = True
            super().close()

    @property
    def sent(self) -> int:
        """How often a restore was asked for, and took effect, since the world began."""
        return sum(job["CmdletName"] == "Restore-SCVMCheckpoint" for job in self.jobs)

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """All jobs, those that do not show as well, in the order in which they began."""
        world = self.control("GET", "world").json()
        return [one["properties"] for one in world["resources"] if "/Jobs(" in one["id"]]

    def kill_at(self, at: int | str, moment: Moment) -> _Killer:
        """Let the process that runs end at its nth request, or at the first one with a method."""
        killer = _Killer(self.faults.connections, at, moment)
        self.faults.connections = killer
        return killer

    def restore(self, checkpoint_id: str = BEFORE_PATCH) -> None:
        """Restore behind the providers' back."""
        body = {"odata.type": "VMM.VMCheckPoint", "VMCheckPointAction": "Restore"}
        self._ask("MERGE", f"VMCheckPoints(ID=guid'{checkpoint_id}',StampId=guid'{STAMP}')", body)

    def create_checkpoint(self) -> None:
        """Make a checkpoint behind the providers' back."""
        body = {"odata.type": "VMM.VMCheckPoint", "VMId": MACHINE, "StampId": STAMP, "Name": "other", "Confirm": True}
        self._ask("POST", "VMCheckPoints", body)

    def _ask(self, method: str, what: str, body: dict[str, Any]) -> None:
        headers = {
            "authorization": f"Bearer {TOKEN}",
            "content-type": "application/json",
            "accept": "application/json",
            "x-ms-principal-id": "somebody",
        }
        there = Behind(self._service.system_center)  # type: ignore[attr-defined]
        with httpx.Client(transport=there, headers=headers) as http:
            answer = http.request(method, f"{URL}{ROOT}/{what}", json=body)
        assert answer.is_success, answer.text
