"""Restores of disks, with anything that can go wrong in between: an emulator in this process, no socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from tests.hardening.test_verbs import ODD
from tests.providers.conftest import Azure, make_azure
from tests.providers.disk_worlds import DISK, RESTORE, vault_world
from tests.providers.services import TurnedService
from tests.providers.stack import Stack

__all__ = ["make_azure"]

MOST_REQUESTS = 3_000
DEADLINE_S = 7_200.0

LATE = {"job_visible_seconds": 55.0, "validate_seconds": 1.0}
"""A job that shows as late as a client has to allow for, and no validation that would give it the time to show."""

numbers = st.one_of(st.integers(0, 40), st.integers(8, 14))
"""Of requests; the second ones are those around the start."""

troubles = st.dictionaries(
    numbers,
    st.tuples(st.sampled_from([*ODD, "lost"]), st.sampled_from(["before", "after"])),
    max_size=10,
)
"""Number of a request to what happens to it, before it takes effect or after."""


class _Troubled(httpx.AsyncBaseTransport):
    """The way to Azure, on which some requests meet trouble.

    Attributes:
        log: Method, path and status of each request; 0 where nothing reached Azure.
    """

    def __init__(self, way: httpx.AsyncBaseTransport, troubles: dict[int, tuple[str, str]]) -> None:
        self._way = way
        self._troubles = troubles
        self.log: list[tuple[str, str, int]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = len(self.log)
        assert number < MOST_REQUESTS, "a busy loop"
        self.log.append((request.method, request.url.path, 0))
        kind, when = self._troubles.get(number, ("", "after"))
        response = None
        if when == "after":
            response = await self._way.handle_async_request(request)
            await response.aread()
            self.log[number] = (request.method, request.url.path, response.status_code)
        if kind == "lost":
            raise (httpx.ReadError if when == "after" else httpx.ConnectError)("reset by peer")
        if kind:
            status, content = ODD[kind]
            return httpx.Response(status, content=content, headers={"retry-after": "20"} if status == 429 else {})
        assert response is not None
        return response


class _Drill:
    """One restore in a stack, run with troubles, and the line that it ended in."""

    def __init__(self, azure: Azure, fit_to_show: Any) -> None:
        self.azure = azure
        self.stack: Stack = azure.stack(DiskRestoreProvider)
        self._fit_to_show = fit_to_show

    def run(self, verb: str, troubles: dict[int, tuple[str, str]]) -> tuple[bool, list[tuple[str, str, int]]]:
        """Run `up`, `refresh` or `destroy` in a process of its own; return whether it ended well, and its requests."""
        self.azure.new_process()
        way = _Troubled(self.azure.faults.connections, troubles)
        self.azure.faults.connections = way
        try:
            if verb == "up":
                self.stack.up(RESTORE, timeout=DEADLINE_S)
            elif verb == "refresh":
                self.stack.refresh()
            else:
                self.stack.destroy(timeout=DEADLINE_S)
        except Exception as error:  # noqa: BLE001 - the engine gets whatever it is
            said = self._fit_to_show(str(error))
            assert "a fault of azure-recovery" not in said, said
            return False, way.log
        posts = [path for method, path, _ in way.log if method == "POST" and path.endswith("/restore")]
        assert len(posts) <= 1, way.log
        return True, way.log

    @property
    def jobs(self) -> list[str]:
        """The status of each job, those that do not show yet as well."""
        world = self.azure.control("GET", "world").json()["resources"]
        return [one["properties"]["status"] for one in world if "/backupjobs/" in one["id"].lower()]

    def holds_the_disk(self) -> None:
        """Fail unless the state calls a disk restored that is, by the one job that there is."""
        assert DISK == self.stack.id == self.stack.outputs["disk_id"]
        assert "Completed" == self.stack.outputs["job_status"]
        assert ["Completed"] == self.jobs
        assert "Succeeded" == self.azure.get(DISK)["properties"]["provisioningState"]


@pytest.fixture
def drill(make_azure: Any, monkeypatch: pytest.MonkeyPatch, fit_to_show: Any) -> Any:
    """Return a context with a drill and an Azure of its own, for one example."""
    make_azure(whole=vault_world())  # for the settings of the environment, which are those of every other

    @contextmanager
    def make() -> Iterator[_Drill]:
        with closing(Azure(monkeypatch, TurnedService(vault_world(), LATE))) as azure:
            yield _Drill(azure, fit_to_show)

    return make


@given(first=troubles, second=troubles)
def test_ups_in_trouble(drill: Any, first: dict[int, Any], second: dict[int, Any]) -> None:
    """However the first two end, a job is started once, no claim is untrue, and the third brings the disk."""
    with drill() as made:
        for met in (first, second):
            well, _ = made.run("up", met)
            assert len(made.jobs) <= 1
            if well:
                made.holds_the_disk()
            assert made.stack.id or not made.stack.outputs

        assert made.run("up", {})[0]
        made.holds_the_disk()


@given(first=troubles, met=troubles)
def test_a_refresh_in_trouble(drill: Any, first: dict[int, Any], met: dict[int, Any]) -> None:
    """What may be there stays in the state, and what is there is called restored only once its job is over."""
    with drill() as made:
        made.run("up", first)
        held, jobs = made.stack.id, made.jobs
        well, log = made.run("refresh", met)

        if held and not made.stack.id:
            assert well
            assert [] == jobs
            assert ("GET", DISK, 404) in log
        if well and made.stack.id and not made.stack.unready:
            made.holds_the_disk()
        assert made.run("up", {})[0]
        made.holds_the_disk()


@given(first=troubles, met=troubles)
def test_a_destroy_in_trouble(drill: Any, first: dict[int, Any], met: dict[int, Any]) -> None:
    """One that says that it is done has left no disk and no job that makes one; another one ends what is left."""
    with drill() as made:
        made.run("up", first)
        held = bool(made.stack.id)
        well, log = made.run("destroy", met)
        # A 200 to a DELETE is ARM's word that it is done, and an odd body beside it takes nothing back.
        told = any(
            method == "DELETE" and ODD.get(met.get(number, ("",))[0], (0,))[0] == 200
            for number, (method, *_) in enumerate(log)
        )
        if well and held and not told:
            assert not made.azure.there(DISK)
            assert "InProgress" not in made.jobs
        if not told:
            assert made.run("destroy", {})[0]
            assert not held or not made.azure.there(DISK)
        assert len(made.jobs) <= 1
