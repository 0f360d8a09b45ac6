"""Each piece of the bridge taken away from the SDK's server: the plain fall-back works, and the other pieces too."""

from __future__ import annotations

import time

import grpc
import pytest

WAITS = 8
THREADS = 4
"""What the SDK's server has by itself."""

ENDS_WITHIN_S = 20.0
LINGERS_S = 0.3
"""Long enough for a fifth operation to be seen, were there a thread for it."""


def most(calls, outcome):
    return max(dict(outcome(call).properties)["most"] for call in calls)


def test_without_the_request_lines_go_to_the_stack(start, initialization_error):
    """URN and timeout are unknown; what goes through the context still works."""
    server = start("request")

    created = server.create("tell", timeout=2700.0)

    assert ("", "none") == (created["urn"], created["timeout_s"])
    assert {""} == {line.urn for line in server.listener.lines}
    assert "adopted" in server.listener.texts
    with pytest.raises(initialization_error):
        server.create("unready")


def test_without_the_context_an_unready_resource_is_a_plain_error(start, urn):
    """The next `up` finds the copy under its name."""
    server = start("context")

    for call in (server.create, server.update):
        with pytest.raises(grpc.RpcError) as caught:
            call("unready")
        assert "AzureRecoveryError: still replicating: 40 % second line" == caught.value.details().rstrip("\n")
    assert urn == server.create("tell")["urn"]


def test_without_the_context_a_read_of_something_unready_returns_it(start):
    """A refresh does not fail for want of a better word."""
    read = start("context").read("unready")

    assert ("things/unready", "done") == (read.id, dict(read.properties)["half"])


def test_without_the_context_cancel_still_ends_a_wait(start, outcome):
    """It has another way in."""
    server = start("context")
    waiting = server.creating("wait", seconds=60.0)
    server.listener.wait_for("waiting")

    server.cancel()

    with pytest.raises(grpc.RpcError) as caught:
        outcome(waiting)
    assert caught.value.details().startswith("InterruptedWaitError")


def test_without_the_end_of_the_call_a_wait_ends_by_itself(start):
    """After a second Ctrl-C the process is killed anyway."""
    server = start("context")
    waiting = server.creating("stall", seconds=ENDS_WITHIN_S, gate="the end", linger=LINGERS_S)
    server.listener.wait_for("waiting")

    waiting.cancel()
    assert "most" in server.create("tell", linger=LINGERS_S)
    server.create("open", gate="the end")

    assert "most" in server.create("tell", linger=2 * LINGERS_S)
    assert "the wait was ended" not in server.listener.texts


def test_without_the_server_four_run_at_a_time_and_end_by_themselves(start, outcome):
    """Ctrl-C waits for what runs; an error is one line all the same."""
    server = start("server")
    server.check("run")

    calls = [server.creating("run", seconds=ENDS_WITHIN_S, crowd=THREADS, linger=LINGERS_S) for _ in range(WAITS)]
    server.cancel()

    assert THREADS == most(calls, outcome)
    with pytest.raises(grpc.RpcError) as caught:
        server.create("refused")
    assert 1 == len(caught.value.details().splitlines())


def test_without_the_handlers_cancel_ends_nothing(start, outcome):
    """The pool is wide all the same."""
    server = start("handlers")
    server.check("run")

    calls = [server.creating("run", seconds=ENDS_WITHIN_S, crowd=WAITS) for _ in range(WAITS)]
    server.cancel()

    assert WAITS == most(calls, outcome)


def test_without_the_size_of_the_pool_four_run_at_a_time(start, outcome):
    """Nothing else changes."""
    server = start("pool")
    server.check("run")

    calls = [server.creating("run", seconds=ENDS_WITHIN_S, crowd=THREADS, linger=LINGERS_S) for _ in range(WAITS)]

    assert THREADS == most(calls, outcome)


def test_without_the_size_of_the_pool_cancel_does_not_queue_behind_the_waits(start, outcome, initialization_error):
    """It has a thread of its own; what was queued ends as it comes."""
    server = start("pool")
    server.check("wait")
    calls = [server.creating("wait", seconds=60.0) for _ in range(WAITS)]
    server.listener.wait_for("waiting", THREADS)

    begun = time.monotonic()
    server.cancel()

    for call in calls:
        with pytest.raises((initialization_error, grpc.RpcError), match="interrupted before it was done"):
            outcome(call)
    assert time.monotonic() - begun < ENDS_WITHIN_S
    assert THREADS == server.listener.texts.count("waiting")


def test_without_the_address_lines_go_to_stderr(start):
    """Pulumi shows them on the stack's row, so they begin with the resource's name."""
    server = start("argv")

    server.create("tell")

    printed = server.errors.read_text().splitlines()
    assert "daily-1: replicating: 0 % of 3 disks second line" == printed[0]
    assert "daily-1: adopted" == printed[-1]
    assert [] == server.listener.lines


def test_methods_that_are_registered_hear_of_cancel(start, outcome, initialization_error):
    """Newer generators put them where gRPC looks first."""
    server = start("registered")
    waiting = server.creating("wait", seconds=60.0)
    server.listener.wait_for("waiting")

    server.cancel()

    with pytest.raises(initialization_error, match="interrupted before it was done"):
        outcome(waiting)


def test_with_every_piece_missing_it_still_works(start):
    """The provider needs none of them."""
    server = start("request,context,server,argv,pool,handlers")

    assert "" == server.create("tell")["urn"]
    assert "replicating: 0 % of 3 disks second line" == server.errors.read_text().splitlines()[0]
