"""A provider process that is killed after a new copy was made and before the old one is deleted."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.components.conftest import Deployed
from tests.waiting import wait_until
from tests.warm import provider_with

ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])


@ENGINES
@pytest.mark.parametrize("wanted", ["daily-2", "daily-1"], ids=["on", "back"])
def test_killed_between_create_and_delete(
    deploy: Callable[..., Deployed], tmp_path: Path, engine: str, wanted: str
) -> None:
    """The next `up` takes away the one that is not asked for, makes none, and leaves the other as it is."""
    stack = deploy(engine, "single", KILLED=str(tmp_path))
    copies = {"daily-1": stack.run("up", of="daily-1").outputs["copy"]}
    hold = stack.fault(name="hang-before", operation="RestorePoints.Delete")

    with ThreadPoolExecutor(1) as pool:
        replacing = pool.submit(stack.run, "up", ok=False, of="daily-2")
        wait_until(lambda: stack.struck(hold) == 1 or replacing.done())
        os.kill(provider_with("KILLED", str(tmp_path)), signal.SIGKILL)
        killed = replacing.result()
    copies["daily-2"] = stack.engine.outputs()["copy"]

    assert {"PUT"} == {request.method for request in killed.writes if request.status}
    assert all(stack.there(copy) for copy in copies.values())

    done = stack.run("up", of=wanted)

    gone = copies["daily-1" if wanted == "daily-2" else "daily-2"]
    assert [("DELETE", gone.lower())] == [(request.method, request.path.lower()) for request in done.writes]
    assert copies[wanted] == done.outputs["copy"]
    assert [copies[wanted]] == [copy for copy in copies.values() if stack.there(copy)]
    assert {} == stack.run("up", of=wanted).changed
