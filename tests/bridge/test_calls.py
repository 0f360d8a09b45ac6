"""Calls and stops, without a process: a context that is told what it would be told by gRPC."""

from __future__ import annotations

import gc
import sys
import threading
from types import SimpleNamespace

import pytest

from azure_recovery.dynamic_providers import bridge, status_rows


class Context:
    """A call of gRPC: it calls back once, at its end, whatever kind of end that is."""

    def __init__(self):
        self.active = True
        self.callbacks = []
        self.metadata = ()

    def is_active(self):
        """Whether it goes on."""
        return self.active

    def add_callback(self, callback):
        """Tell *callback* the end."""
        if self.active:
            self.callbacks.append(callback)
        return self.active

    def set_trailing_metadata(self, metadata):
        """Keep *metadata*."""
        self.metadata = metadata

    def end(self):
        """End, in whatever way."""
        self.active = False
        for callback in self.callbacks:
            callback()


class Ends(list):
    """What was ended."""

    def __call__(self):
        """End it."""
        self.append("ended")


@pytest.fixture(autouse=True)
def cancellation(monkeypatch):
    """A Cancel of this test's own."""
    own = bridge._Cancellation()
    monkeypatch.setattr(bridge, "_cancellation", own)
    return own


@pytest.fixture
def call():
    return bridge.Call(context=Context())


def test_the_end_of_the_call_stops_a_block_that_runs(call):
    """The engine has gone away."""
    ends = Ends()
    with call.on_stop(ends):
        call.context.end()
        assert ["ended"] == ends
        assert call.stopped()


def test_the_end_of_the_call_after_the_block_stops_nothing(call):
    """It is told at the normal end too, when the next call may be running."""
    ends = Ends()
    with call.on_stop(ends):
        pass

    call.context.end()

    assert [] == ends


def test_a_block_that_ends_while_it_is_stopped(call):
    """It waits for the callback: what it was given may be gone right after the block."""
    order = []
    begun, go_on = threading.Event(), threading.Event()

    def stopped():
        begun.set()
        go_on.wait(10.0)
        order.append("stopped")

    def block():
        with call.on_stop(stopped):
            threading.Thread(target=call.context.end).start()
            begun.wait(10.0)
        order.append("ended")

    running = threading.Thread(target=block)
    running.start()
    begun.wait(10.0)
    running.join(0.05)
    go_on.set()
    running.join(10.0)

    assert ["stopped", "ended"] == order


def test_a_block_is_stopped_once(call, cancellation):
    """Ctrl-C twice is Cancel, then the end of the call."""
    ends = Ends()
    with call.on_stop(ends):
        cancellation.come()
        call.context.end()
        cancellation.come()

    assert ["ended"] == ends


@pytest.mark.parametrize("how", ["cancelled", "gone"])
def test_a_block_that_begins_too_late_is_stopped_before_it(call, cancellation, how):
    """Cancel came while nothing waited, or the engine is no more."""
    ends = Ends()
    if how == "cancelled":
        cancellation.come()
    else:
        call.context.end()

    with call.on_stop(ends):
        assert ["ended"] == ends


def test_a_stop_that_fails_keeps_no_other_from_its_own(cancellation, caplog):
    """Every wait ends, and the log says which did not."""
    ends = Ends()

    def fail():
        raise RuntimeError("loop closed")

    with bridge.Call().on_stop(ends), bridge.Call().on_stop(fail), bridge.Call().on_stop(ends):
        cancellation.come()

    assert ["ended", "ended"] == ends
    assert "loop closed" in caplog.text


def test_nothing_is_kept_of_a_block_that_ended(call, cancellation):
    """A process lives as long as a stack of thousands."""
    with call.on_stop(Ends()):
        assert 1 == len(cancellation._stops)

    assert set() == cancellation._stops
    assert [None] == [stop._callback for stop in call.context.callbacks]


def test_outside_of_the_server_nothing_is_known_and_nothing_changed(monkeypatch):
    """A provider that a unit test calls directly leaves the test its tracebacks."""
    monkeypatch.setattr(sys, "tracebacklimit", 7, raising=False)

    bridge.prepare_server()

    call = bridge.current_call()
    assert ("", "", None, None) == (call.method, call.urn, call.timeout_s, call.context)
    assert 7 == sys.tracebacklimit
    assert not bridge.fail_initialization(call, id_="x", outputs={}, inputs=None, reasons=["why"])


@pytest.mark.parametrize("collects", [True, False])
def test_no_garbage_is_collected_while_frames_are_looked_at(monkeypatch, collects):
    """Python 3.11 would stop there for good, and with it an `up`; afterwards all is as before."""
    seen = []
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    monkeypatch.setattr(sys, "_current_frames", lambda: seen.append(gc.isenabled()) or {})
    (gc.enable if collects else gc.disable)()
    try:
        bridge.prepare_server()
        seen.append(gc.isenabled())
    finally:
        gc.enable()

    assert [False, collects] == seen


def test_a_function_that_is_called_like_a_method_of_the_server_is_not_taken_for_it():
    """What has no gRPC context has no context."""

    def Create(request, context):  # noqa: N802
        return bridge.current_call()

    call = Create(SimpleNamespace(urn=7, timeout="long"), object())

    assert ("", None, None) == (call.urn, call.timeout_s, call.context)


@pytest.mark.parametrize(
    ("told", "next_one", "worth"),
    [
        ("replicating: 41 % of 3 disks", "replicating: 49.5 % of 3 disks", False),
        ("replicating: 41 % of 3 disks", "replicating: 50 % of 3 disks", True),
        ("slowest web-1-data-0 (20 %)", "slowest web-1-data-1 (20 %)", False),
        ("throttled until 14:05:00 UTC", "throttled until 14:06:00 UTC", False),
        ("throttled until 14:05:00 UTC", "accepted, the copy is being created", True),
    ],
)
def test_a_line_is_shown_at_once_if_it_says_something_new(told, next_one, worth):
    """A name, a time or a per cent more is no news."""
    status = status_rows.StatusRow()
    assert status.worth(told)

    assert worth == status.worth(next_one)


@pytest.mark.parametrize(("after_s", "pause_s"), [(0, 10), (600, 30), (86_400, 300)])
def test_lines_that_say_the_same_come_rarer_the_longer_it_takes(monkeypatch, after_s, pause_s):
    """Two weeks of waiting fit into a log."""
    now = [0.0]
    monkeypatch.setattr(status_rows.time, "monotonic", lambda: now[0])
    status = status_rows.StatusRow()
    now[0] = after_s
    assert status.worth("1 of 64 copies usable")

    now[0] = after_s + pause_s - 1
    assert not status.worth("2 of 64 copies usable")
    now[0] = (after_s + pause_s) * 1.06
    assert status.worth("3 of 64 copies usable")
